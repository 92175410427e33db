"""What CONTRACT 0.1 says of every request: order of checks, media types, operationID, HEAD, caching."""

import re

from gateways import GatewayTest, new_task

ID = "f61d60d2-698a-46dc-a266-88df27644956"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Requests(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway()
        cls.producer = cls.site.log_in("replicator")
        cls.tenant = cls.site.log_in("admin1@Org1")
        cls.task = new_task(user="admin1@Org1")
        assert cls.site.put(cls.task, cls.producer).status == 201
        cls.path = f"/tasks/{cls.task['id']}"

    def test_head_has_no_body_even_where_its_head_is_refused(self):
        for head, status in (("HEAD /sessions HTTP/1.1\r\n\r\n", 400), ("HEAD / HTTP/2.0\r\n\r\n", 505),
                             ("HEAD /?" + "a" * 9000 + " HTTP/1.1\r\nHost: s\r\n\r\n", 414)):
            with self.subTest(status), self.site.connect() as connection:
                connection.send(head)
                answer = connection.answer(to_head=True)
                self.assertEqual(answer.status, status)
                self.assertGreater(int(answer.field("Content-Length")), 0)
                self.assertEqual(connection.rest(), [])  # not an octet behind it

    def test_checks_come_in_the_order_of_the_contract(self):
        # Each request is wrong in all the ways that follow; each step mends the first.
        task = new_task()
        good = {"operationID": "op", "Accept": "application/json", "Content_Type": "application/json"}
        bad = {"operationID": "o p", "Accept": "text/html", "Content_Type": "text/plain"}
        for changes, token, path, body, status, code in (
                (bad, None, "/nowhere", b"{", 404, "EndpointNotFound"),
                (bad, None, "/tasks/1", b"{", 400, "BadUserInput"),
                (bad | {"operationID": "op"}, None, "/tasks/1", b"{", 401, "NotAuthenticated"),
                (bad | {"operationID": "op"}, self.tenant, "/tasks/1", b"{", 403, "Forbidden"),
                (bad | {"operationID": "op"}, self.producer, "/tasks/1", b"{", 406, "NotAcceptable"),
                (good | {"Content_Type": "text/plain"}, self.producer, "/tasks/1", b"{", 415,
                 "UnsupportedMediaType"),
                (good, self.producer, "/tasks/1", b"{" * 1100000, 413, "PayloadTooLarge"),
                (good, self.producer, "/tasks/1", b"{", 400, None),
                (good, self.producer, f"/tasks/{task['id']}?site=site2", b"{}", 400, "BadUserInput"),
        ):
            with self.subTest(status=status, code=code):
                answer = self.site.call("PUT", path, token, body, **changes)
                self.assertEqual(answer.status, status, answer)
                if code:
                    self.assertEqual(answer.code, code)

    def test_strangers_learn_neither_sites_nor_tasks(self):
        answers = [self.site.get(target, operationID="same") for target in (
            self.path, "/tasks/1", f"{self.path}?site=site2", f"{self.path}?site=-",
            f"/tasks/{ID}?site=site9")]
        for answer in answers:
            self.assert_error(answer, 401, "NotAuthenticated")
            self.assertEqual(answer.body, answers[0].body)

    def test_repeated_slashes_are_one(self):
        for path in (f"/{self.path}", f"//{self.path}//", f"/tasks//{self.task['id']}"):
            answer = self.site.get(path, self.tenant)
            with self.subTest(path):
                self.assertEqual(answer.status, 404 if path.endswith("/") else 200)

    def test_queries_and_escapes(self):
        for target, status, code in (
                (f"/tasks/{ID}?site=", 400, "BadUserInput"),
                (f"/tasks/{ID}?site=a&site=a", 400, "BadUserInput"),
                (f"/tasks/{ID}?site=site1&site=site1", 400, "BadUserInput"),
                (f"/tasks/{ID}?site=%00", 400, "BadUserInput"),
                (f"/tasks/{ID}?site=a%2Fb", 400, "BadUserInput"),
                (f"/tasks/{ID}?site=a+b", 400, "BadUserInput"),
                (f"/tasks/{ID}?site=*", 400, "BadUserInput"),
                (f"/tasks/{ID}?site=" + "a" * 64, 400, "BadUserInput"),
                (f"/tasks/{ID}?site=%zz", 400, "BadRequest"),
                (f"/tasks/{ID}?site=%4", 400, "BadRequest"),
                (f"/tasks/{ID}?site={{", 400, "BadRequest"),
                (f"/tasks/{ID}%0a", 400, "BadUserInput"),
                (f"/tasks/{{{ID}}}", 400, "BadRequest"),
                (f"/tasks/%7B{ID}%7D", 400, "BadUserInput"),
                (f"/tasks/{ID}?site=SITE1", 404, "SiteNotFound"),
                (f"/tasks/{ID}?site=site9", 404, "SiteNotFound"),
                (f"/tasks/{ID.replace('-', '')}", 400, "BadUserInput"),
                (f"/tasks/{ID}/more", 404, "EndpointNotFound"),
                ("/", 404, "EndpointNotFound"),
        ):
            with self.subTest(target):
                answer = self.site.get(target, self.tenant)
                self.assertEqual((answer.status, answer.code), (status, code), answer)
        self.assertEqual(self.site.get(f"/tasks/{ID}?site=site9", self.tenant).json["args"], ["site9"])

    def test_one_task_by_every_spelling_of_its_address(self):
        identifier = self.task["id"]
        for target in (f"/tasks/{identifier.upper()}", f"{self.path}?site=site1", f"{self.path}?site=%73ite1",
                       f"{self.path}?other=x", f"/tasks/%{ord(identifier[0]):02x}{identifier[1:]}"):
            with self.subTest(target):
                self.assertEqual(self.site.get(target, self.tenant).json, self.task)

    def test_media_types(self):
        plain = "application/json;charset=UTF-8"
        versioned = "application/vnd.vmware.h4-v%s+json;charset=UTF-8"
        for accept, status, content_type in (
                ("*/*", 200, plain), ("application/*", 200, plain), ("application/json", 200, plain),
                ("APPLICATION/JSON; charset=utf-8", 200, plain),
                ("application/vnd.vmware.h4-v3.5+json", 200, versioned % "3.5"),
                ("application/vnd.vmware.H4-V4.7+json;charset=UTF-8", 200, versioned % "4.7"),
                ("text/html, application/vnd.vmware.h4-v4+json;q=0.5", 200, versioned % "4"),
                ("application/json;q=0.1, application/vnd.vmware.h4-v4.2+json", 200, versioned % "4.2"),
                ("text/html", 406, plain), ("application/json;q=0", 406, plain),
                ("application/vnd.vmware.h4-v9+json", 406, plain),
        ):
            with self.subTest(accept):
                answer = self.site.get(self.path, self.tenant, Accept=accept)
                self.assertEqual((answer.status, answer.field("Content-Type")), (status, content_type))
        answer = self.site.get(f"/tasks/{ID}", self.tenant, Accept="application/vnd.vmware.h4-v3.5+json")
        self.assertEqual((answer.status, answer.field("Content-Type")), (404, versioned % "3.5"))
        answer = self.site.get(self.path, self.tenant, Accept="text/html")
        self.assertIn("application/vnd.vmware.h4-v4.7+json", answer.json["args"])

    def test_operation_ids(self):
        for given in ("Powershell__123", "!" * 256, "a"):
            answer = self.site.get(self.path, self.tenant, operationID=given)
            self.assertEqual((answer.status, answer.field("operationID")), (200, given))
        for given in ("a" * 257, "a b", "\xe9", ""):
            with self.subTest(given[:5]):
                answer = self.site.get(self.path, self.tenant, operationID=given)
                self.assertEqual((answer.status, answer.code), (400, "BadUserInput"))
                self.assertRegex(answer.field("operationID"), f"^{UUID}$")
        first, second = (self.site.get(self.path, self.tenant) for _ in range(2))
        self.assertRegex(first.field("operationID"), f"^{UUID}$")
        self.assertNotEqual(first.field("operationID"), second.field("operationID"))
        self.assertNotEqual(first.field("X-Request-Id"), second.field("X-Request-Id"))

    def test_head_is_get_without_the_body(self):
        for target in (self.path, f"/tasks/{ID}", "/tasks/1", "/sessions", "/nowhere"):
            get = self.site.call("GET", target, self.tenant, operationID="same")
            head = self.site.call("HEAD", target, self.tenant, operationID="same")
            changing = {"x-request-id", "date"}
            with self.subTest(target):
                self.assertEqual(head.status, get.status)
                self.assertEqual([f for f in head.fields if f[0].lower() not in changing],
                                 [f for f in get.fields if f[0].lower() not in changing])

    def test_options_needs_no_login(self):
        for path, allow in (("/tasks/1", "GET, HEAD, PUT, OPTIONS"), ("/sessions", None)):
            answer = self.site.call("OPTIONS", path)
            self.assertEqual(answer.status, 204)
            self.assertIn("OPTIONS", answer.field("Allow"))
            if allow:
                self.assertEqual(answer.field("Allow"), allow)
        self.assertEqual(self.site.call("OPTIONS", "/nowhere").status, 404)

    def test_fields_of_every_answer(self):
        task = self.site.get(self.path, self.tenant)
        self.assertEqual(task.field("Cache-Control"), "private, no-cache")
        self.assertEqual(self.site.get("/sessions", self.tenant).field("Cache-Control"), "no-store")
        for answer in (task, self.site.get("/nowhere"), self.site.get(f"/tasks/{ID}", self.tenant)):
            self.assertEqual(answer.field("X-Content-Type-Options"), "nosniff")
            self.assertIsNotNone(answer.field("Date"))
            self.assertEqual(answer.all("Server"), [])
        for name in ("Accept", "X-VCAV-Auth", "Authorization"):
            self.assertIn(name, task.field("Vary"))

    def test_another_users_task_looks_like_one_that_is_not_there(self):
        other = new_task(user="admin1@Org2")
        self.assertEqual(self.site.put(other, self.producer).status, 201)
        changing = {"x-request-id", "date"}

        def seen(identifier, method="GET"):
            answer = self.site.call(method, f"/tasks/{identifier}", self.tenant, operationID="same")
            return (answer.status, [f for f in answer.fields if f[0].lower() not in changing],
                    answer.body.replace(identifier.encode(), b"ID"))
        for method in ("GET", "HEAD"):
            self.assertEqual(seen(other["id"], method), seen(ID, method))
        root = self.site.log_in("root")
        self.assertEqual(self.site.get(f"/tasks/{other['id']}", root).json, other)

    def test_nothing_sent_comes_back_in_a_head_or_as_markup(self):
        for target in ("/%0d%0aX-Evil:1", f"/tasks/{ID}?site=%0d%0aX-Evil:1", "/<script>",
                       f"/tasks/%3Cscript%3E"):
            answer = self.site.get(target, self.tenant)
            with self.subTest(target):
                self.assertEqual(answer.all("X-Evil"), [])
                self.assertNotIn(b"\n", answer.body)
                self.assertTrue(re.fullmatch("application/json;charset=UTF-8", answer.field("Content-Type")))

    def test_the_log_has_a_line_per_request_without_secrets(self):
        site = self.gateway().start()
        token = site.log_in("root")
        site.get(f"/tasks/{ID}?site=site9", token, operationID="find-me")
        site.get(f"/tasks/{ID}", token[:-1] + "x")
        site.stop()
        lines = site.access()
        self.assertEqual([line["status"] for line in lines], [200, 404, 401])
        self.assertEqual(lines[1]["operationID"], "find-me")
        self.assertNotIn(token, str(lines))

    def test_what_is_no_json_is_said_before_a_value_that_is_wrong(self):
        for target in ("/tasks/not-a-uuid", f"/tasks/{ID}?site=a&site=b"):
            self.assert_error(self.site.call("PUT", target, self.producer, b"{"), 400, "BadRequest")
            self.assert_error(self.site.call("PUT", target, self.producer, b"{}"), 400, "BadUserInput")
