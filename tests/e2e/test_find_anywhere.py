"""Lookups without `site`: three real gateways, of which one is asked and two may have the task."""

import time
import uuid

from gateways import GatewayTest, OwnHouseTest, new_task


def three_sites(test, **routing):
    """site1, which asks site2 and site3."""
    sites = {name: test.gateway(name, peers={"site1": test.house.peer("site1")}).start()
             for name in ("site2", "site3")}
    remote = {name: test.house.remote_site("site1", name, gateway.ports["peers"])
              for name, gateway in sites.items()}
    sites["site1"] = test.gateway("site1", sites=remote, routing=routing).start()
    return sites


def put(gateway, task):
    answer = gateway.put(task, gateway.log_in("replicator"))
    assert answer.status == 201, answer
    return task


def same_but_for_ids(answer, task_id):
    """What a caller can tell of an answer."""
    fields = sorted((name.lower(), value) for name, value in answer.fields
                    if name.lower() not in ("date", "x-request-id", "operationid"))
    return answer.status, fields, answer.body.replace(task_id.encode(), b"ID")


class FindAnywhere(OwnHouseTest):
    def test_a_poll_without_site_finds_the_task_wherever_it_runs(self):
        sites = three_sites(self)
        token = sites["site1"].log_in("admin1@Org1")
        for name in ("site1", "site2", "site3"):
            task = put(sites[name], new_task(name))
            for _ in range(3):
                answer = sites["site1"].get(f"/tasks/{task['id']}", token, operationID="op-9")
                self.assertEqual((answer.status, answer.json), (200, task))
                self.assertEqual(answer.field("operationID"), "op-9")
            forwarded = answer.all("Proxy-Status")
            self.assertEqual(forwarded, [] if name == "site1" else
                             [f'sitegate-site1; next-hop="{name}"; received-status=200'])

    def test_the_next_poll_asks_only_where_it_was_found(self):
        sites = three_sites(self)
        token = sites["site1"].log_in("admin1@Org1")
        task = put(sites["site2"], new_task("site2"))
        for number in range(4):
            sites["site1"].get(f"/tasks/{task['id']}", token, operationID=f"poll-{number}")

        # One that site3 answers, so that its log says all that came before.
        sites["site1"].get(f"/tasks/{task['id']}?site=site3", token, operationID="poll-last")

        def polls(name):
            return [line["operationID"] for line in sites[name].access()
                    if line["operationID"].startswith("poll-")]
        self.eventually(lambda: sorted(polls("site2")), [f"poll-{number}" for number in range(4)])
        self.eventually(lambda: "poll-last" in polls("site3"), True)
        # Asked once, or given up before it was asked because site2 had answered.
        self.assertIn(sorted(polls("site3")), (["poll-last"], ["poll-0", "poll-last"]))

    def test_a_hidden_and_an_absent_task_are_one_answer_with_all_sites_up_and_with_one_down(self):
        sites = three_sites(self)
        site1 = sites["site1"]
        token = site1.log_in("admin1@Org1")
        hidden = [put(sites[name], new_task(name, "admin1@Org2"))["id"]
                  for name in ("site1", "site2", "site3")]

        def answers():
            ids = [*hidden, str(uuid.uuid4())]
            return [same_but_for_ids(site1.get(f"/tasks/{each}", token), each) for each in ids]
        found = answers()
        self.assertEqual(found, [found[0]] * 4)
        self.assertEqual(found[0][0], 404)
        self.assertIn(b'"stacktrace":"site1: TaskNotFound"', found[0][2])
        sites["site3"].kill()
        found = answers()
        self.assertEqual(found, [found[0]] * 4)
        self.assertEqual(found[0][0], 503)
        self.assertIn(b'"args":["site3"]', found[0][2])

    def test_a_hidden_and_an_absent_task_cost_the_same_questions(self):
        sites = three_sites(self)
        site1 = sites["site1"]
        token = site1.log_in("admin1@Org1")
        ids = [put(sites[name], new_task(name, "admin1@Org2"))["id"] for name in sites] + [str(uuid.uuid4())]

        def questions(operation):
            lines = {name: [line for line in site.access() if line["operationID"] == operation]
                     for name, site in sites.items()}
            return {name: [line.get("sitesAsked", 0) for line in found] for name, found in lines.items()}

        def assert_same(wanted):
            for number, each in enumerate(ids):
                operation = f"{len(wanted)}-{sum(map(len, wanted.values()))}-{number}"
                site1.get(f"/tasks/{each}", token, operationID=operation)
                self.eventually(lambda: questions(operation), wanted)
        assert_same({"site2": [0], "site3": [0], "site1": [2]})
        sites["site3"].kill()
        assert_same({"site2": [0], "site3": [], "site1": [2]})

    def test_a_site_that_is_down_is_named_and_heals(self):
        sites = three_sites(self)
        site1, nowhere = sites["site1"], str(uuid.uuid4())
        token = site1.log_in("admin1@Org1")
        task = put(sites["site2"], new_task("site2"))
        sites["site3"].kill()
        answer = site1.get(f"/tasks/{nowhere}", token)
        self.assert_error(answer, 503, "SiteUnavailable")
        self.assertEqual(answer.json["args"], ["site3"])
        self.assertGreater(int(answer.field("Retry-After")), 0)
        self.assertEqual(answer.all("Proxy-Status"), ["sitegate-site1; error=destination_unavailable"])
        self.assertEqual(site1.get(f"/tasks/{task['id']}", token).json, task)
        sites["site3"].start()
        self.assertEqual(site1.get(f"/tasks/{nowhere}", token).code, "TaskNotFound")

    def test_a_remembered_site_that_is_down_is_the_answer(self):
        sites = three_sites(self)
        token = sites["site1"].log_in("admin1@Org1")
        task = put(sites["site2"], new_task("site2"))
        self.assertEqual(sites["site1"].get(f"/tasks/{task['id']}", token).status, 200)
        sites["site2"].kill()
        answer = sites["site1"].get(f"/tasks/{task['id']}", token)
        self.assert_error(answer, 503, "SiteUnavailable")
        self.assertEqual(answer.json["args"], ["site2"])
        self.assertIn('next-hop="site2"', answer.field("Proxy-Status"))

    def test_it_may_be_switched_off(self):
        sites = three_sites(self, find_anywhere=False)
        task = put(sites["site2"], new_task("site2"))
        answer = sites["site1"].get(f"/tasks/{task['id']}", sites["site1"].log_in("admin1@Org1"))
        self.assert_error(answer, 404, "TaskNotFound")
        self.assertEqual(answer.all("Proxy-Status"), [])

    def test_head_finds_it_too(self):
        sites = three_sites(self)
        task = put(sites["site3"], new_task("site3"))
        answer = sites["site1"].call("HEAD", f"/tasks/{task['id']}", sites["site1"].log_in("root"))
        self.assertEqual((answer.status, answer.body), (200, b""))


class NoAmplification(GatewayTest):
    def test_what_comes_from_a_gateway_is_never_searched_for(self):
        site3 = self.class_gateway("site3", peers={"site2": self.house.peer("site2")})
        site2 = self.class_gateway("site2", peers={"site1": self.house.peer("site1")}, sites={
            "site3": self.house.remote_site("site2", "site3", site3.ports["peers"])})
        site1 = self.class_gateway("site1", sites={
            "site2": self.house.remote_site("site1", "site2", site2.ports["peers"])})
        task = put(site3, new_task("site3"))
        token = site1.log_in("admin1@Org1")
        for target in (f"/tasks/{task['id']}", f"/tasks/{task['id']}?site=site2"):
            self.assert_error(site1.get(target, token), 404, "TaskNotFound")
        # The same caller at site2 finds it: one step, from the gateway that was asked.
        self.assertEqual(site2.get(f"/tasks/{task['id']}", site2.log_in("admin1@Org1")).json, task)
        # And that is all that site3 was ever asked.
        self.eventually(lambda: [line["status"] for line in site3.access() if line["listener"] == "peers"], [200])

    def test_a_caller_has_a_few_questions_at_once_and_others_are_not_disturbed(self):
        import socket
        import threading
        with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
            site4 = self.class_gateway("site4", routing={"questions_per_caller": 2,
                                                         "find_anywhere_time": "5s"}, sites={
                "silent": self.house.remote_site("site4", "silent", silent.getsockname()[1])})
            tokens = {user: site4.log_in(user) for user in ("admin1@Org1", "admin1@Org2")}
            mine = put(site4, new_task("site4"))
            outcomes = []

            def ask():
                answer = site4.get(f"/tasks/{uuid.uuid4()}", tokens["admin1@Org1"])
                outcomes.append((answer.status, answer.code, answer.field("Retry-After") != ""))
            threads = [threading.Thread(target=ask) for _ in range(5)]
            for thread in threads:
                thread.start()
            began = time.monotonic()
            self.assertEqual(site4.get(f"/tasks/{mine['id']}", tokens["admin1@Org1"]).json, mine)
            self.assertEqual(site4.get(f"/tasks/{uuid.uuid4()}", tokens["admin1@Org2"]).status, 503)
            self.assertLess(time.monotonic() - began, 15)
            for thread in threads:
                thread.join()
            self.assertEqual(sorted(outcomes), [(429, "TooManyRequests", True)] * 3
                             + [(503, "SiteUnavailable", True)] * 2)
