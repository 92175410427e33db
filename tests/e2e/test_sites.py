"""Lookups at another site: two and three real gateways, and what a hop may and may not do."""

from gateways import GatewayTest, OwnHouseTest, new_task

ID = "f61d60d2-698a-46dc-a266-88df27644956"


class Pair(GatewayTest):
    """site1 asks site2."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site2 = cls.class_gateway("site2", peers={"site1": cls.house.peer("site1")})
        cls.site1 = cls.class_gateway("site1", sites={
            "site2": cls.house.remote_site("site1", "site2", cls.site2.ports["peers"]),
            "stranger": cls.house.remote_site("site1", "site2", cls.site2.ports["peers"],
                                              tls_name="stranger.sitegate.test",
                                              find_anywhere=False),
            "misnamed": cls.house.remote_site("site1", "site2", cls.site2.ports["peers"],
                                              tls_name="127.0.0.1", remote_name="site7",
                                              find_anywhere=False),
        })
        producer = cls.site2.log_in("replicator")
        cls.tasks = {user: new_task("site2", user) for user in ("root", "admin1@Org1", "admin1@Org2")}
        for task in cls.tasks.values():
            assert cls.site2.put(task, producer).status == 201
        cls.root = cls.site1.log_in("root")
        cls.tenant = cls.site1.log_in("admin1@Org1")

    def ask(self, user, token=None, site="site2", **fields):
        return self.site1.get(f"/tasks/{self.tasks[user]['id']}?site={site}", token or self.tenant, **fields)

    def test_a_tenants_own_task_is_relayed_as_it_is_kept_there(self):
        answer = self.ask("admin1@Org1", operationID="op-7")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json, self.tasks["admin1@Org1"])
        self.assertEqual(answer.field("operationID"), "op-7")
        self.assertIn("sitegate-site1", answer.field("Via"))
        self.assertIn("received-status=200", answer.field("Proxy-Status"))
        self.eventually(lambda: [line["operationID"] for line in self.site2.access()].count("op-7"), 1)

    def test_an_administrator_sees_all_because_the_role_is_mapped(self):
        for user in self.tasks:
            self.assertEqual(self.ask(user, self.root).json, self.tasks[user])

    def test_another_users_task_is_not_there_whichever_way_it_is_asked_for(self):
        for site in ("site2", "misnamed"):
            with self.subTest(site):
                answer = self.ask("admin1@Org2", site=site)
                self.assertNotEqual(answer.status, 200)
        foreign = self.ask("admin1@Org2", operationID="same")
        absent = self.site1.get(f"/tasks/{ID}?site=site2", self.tenant, operationID="same")
        self.assertEqual((foreign.status, foreign.code), (404, "TaskNotFound"))
        self.assertEqual(foreign.json["stacktrace"], "site2: TaskNotFound\nsite1: TaskNotFound")
        self.assertEqual(foreign.body.replace(self.tasks["admin1@Org2"]["id"].encode(), ID.encode()),
                         absent.body)

    def test_a_certificate_with_another_name_is_refused(self):
        answer = self.ask("admin1@Org1", site="stranger")
        self.assert_error(answer, 401, "RemoteAuthenticationFailure")
        self.assertEqual(answer.json["args"], ["stranger"])
        self.assertTrue(answer.field("WWW-Authenticate").startswith("RemoteSite "))
        self.assertEqual(self.site1.get("/sessions", self.tenant).status, 200)

    def test_a_statement_for_another_site_is_refused(self):
        answer = self.ask("admin1@Org1", site="misnamed")
        self.assertEqual((answer.status, answer.code), (401, "RemoteAuthenticationFailure"))

    def test_a_via_with_our_own_name_is_a_loop(self):
        for target in (f"/tasks/{ID}", f"/tasks/{ID}?site=site2"):
            answer = self.site1.get(target, self.tenant, Via="1.1 someone, 1.1 sitegate-site1")
            self.assertEqual((answer.status, answer.code), (508, "LoopDetected"))
        self.assertEqual(self.ask("admin1@Org1", Via="1.1 sitegate-site10").status, 200)

    def test_fields_between_gateways_are_not_read_from_callers(self):
        answer = self.ask("admin1@Org1", Sitegate_Deadline_Ms="0", Sitegate_Statement="nonsense")
        self.assertEqual(answer.status, 200)

    def test_a_peers_listener_takes_no_token_of_callers_and_serves_little_else(self):
        context = self.house.client_context("site1")
        token = self.site2.log_in("root")
        for request in ("GET /sessions", "PUT /sessions", "POST /sessions/extend", "GET /sites",
                        f"PUT /tasks/{ID}", "GET /livez", f"GET /tasks/{ID}",
                        f"GET /tasks/{ID}?site=site2"):
            answers = self.site2.exchange(
                f"{request} HTTP/1.1\r\nHost: s\r\nX-VCAV-Auth: {token}\r\nConnection: close\r\n\r\n",
                "peers", context)
            with self.subTest(request):
                self.assertIn(answers[0].status, (401, 404, 405))

    def test_head_at_another_site(self):
        answer = self.site1.call("HEAD", f"/tasks/{self.tasks['admin1@Org1']['id']}?site=site2", self.tenant)
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertGreater(int(answer.field("Content-Length")), 10)


class Trust(OwnHouseTest):
    """What a statement may not do."""

    def pair(self, peer=None, **remote):
        site2 = self.gateway("site2", peers={"site1": self.house.peer("site1", **(peer or {}))}).start()
        site1 = self.gateway("site1", sites={
            "site2": self.house.remote_site("site1", "site2", site2.ports["peers"], **remote)}).start()
        return site1, site2

    def outcome(self, site1, user, task):
        answer = site1.get(f"/tasks/{task['id']}?site=site2", site1.log_in(user))
        return answer.status, None if answer.status == 200 else answer.code

    def test_without_a_role_map_an_administrator_is_an_ordinary_user_there(self):
        site1, site2 = self.pair({"roles": {}})
        mine, others = new_task("site2", "root"), new_task("site2", "admin1@Org1")
        producer = site2.log_in("replicator")
        for task in (mine, others):
            site2.put(task, producer)
        self.assertEqual(self.outcome(site1, "root", mine), (200, None))
        self.assertEqual(self.outcome(site1, "root", others), (404, "TaskNotFound"))

    def test_a_peer_speaks_only_for_the_users_it_may_name(self):
        site1, site2 = self.pair({"accept": {"users": ["*@Org1"]}})
        task = new_task("site2", "admin1@Org1")
        site2.put(task, site2.log_in("replicator"))
        self.assertEqual(self.outcome(site1, "admin1@Org1", task), (200, None))
        self.assertEqual(self.outcome(site1, "admin1@Org2", task), (401, "RemoteAuthenticationFailure"))
        self.assertEqual(self.outcome(site1, "root", task), (401, "RemoteAuthenticationFailure"))

    def test_a_statement_signed_with_another_key_is_refused(self):
        _, foreign_key = self.house.certificate("site9"), self.house.statement_key("site9")[0]
        site1, _ = self.pair(auth={"mode": "statement", "statement_key": str(foreign_key)})
        self.assertEqual(self.outcome(site1, "root", new_task()), (401, "RemoteAuthenticationFailure"))

    def test_a_client_certificate_of_another_site_is_refused(self):
        certificate, key = map(str, self.house.certificate("site9"))
        site1, _ = self.pair(client={"certificate": certificate, "key": key})
        self.assertEqual(self.outcome(site1, "root", new_task()), (401, "RemoteAuthenticationFailure"))


class Outage(OwnHouseTest):
    def test_a_killed_site_is_said_to_be_unavailable_and_heals_by_itself(self):
        site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")}).start()
        site1 = self.gateway("site1", sites={
            "site2": self.house.remote_site("site1", "site2", site2.ports["peers"])}).start()
        task = new_task("site2", "root")
        site2.put(task, site2.log_in("replicator"))
        target, token = f"/tasks/{task['id']}?site=site2", site1.log_in("root")
        self.assertEqual(site1.get(target, token).json, task)
        for _ in range(2):
            site2.kill()
            answer = site1.get(target, token)
            self.assert_error(answer, 503, "SiteUnavailable")
            self.assertGreater(int(answer.field("Retry-After")), 0)
            self.assertIn("error=", answer.field("Proxy-Status"))
            site2.start()
            self.assertEqual(site1.get(target, token).json, task)
        # The operator is told, and not once per request.
        self.eventually(lambda: site1.log.count("warning SiteUnavailable (site site2)"), 1)

    def test_a_site_that_stopped_in_order_is_found_again_on_kept_links(self):
        site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")}).start()
        site1 = self.gateway("site1", sites={
            "site2": self.house.remote_site("site1", "site2", site2.ports["peers"])}).start()
        token = site1.log_in("root")
        for _ in range(3):
            self.assertEqual(site1.get(f"/tasks/{ID}?site=site2", token).code, "TaskNotFound")
            site2.stop()
            site2.start()
        self.assertEqual(site1.get(f"/tasks/{ID}?site=site2", token).code, "TaskNotFound")
