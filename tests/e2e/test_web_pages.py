"""Web pages of other origins, through Python's http.client: a model of what browsers check (Fetch)."""

import http.client
import json
import socket
import uuid

from gateways import GatewayTest, new_task
from wire import PATIENCE

UI = "https://ui.example.org"
EVIL = "https://evil.example"
JSON = {"Content-Type": "application/json"}
# What a page may read without being told so.
SAFELISTED = {"cache-control", "content-language", "content-length", "content-type", "expires",
              "last-modified", "pragma"}


class WebPages(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        closed = socket.socket()
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        cls.addClassCleanup(closed.close)
        site2 = cls.house.remote_site("site1", "site2", closed.getsockname()[1])
        cls.site = cls.class_gateway(sites={"site2": site2}, limits={"body": "1KiB"},
                                     cors={"origins": [UI, "http://localhost:3000"]})
        cls.producer = cls.site.log_in("replicator")
        cls.tenant = cls.site.log_in("admin1@Org1")
        cls.task, cls.hidden = new_task(), new_task(user="admin1@Org2")
        for task in (cls.task, cls.hidden):
            assert cls.site.put(task, cls.producer).status == 201
        cls.path = f"/tasks/{cls.task['id']}"

    def ask(self, method, target, origin=None, body=None, **fields):
        """(status, fields by lower-case name, body)"""
        connection = http.client.HTTPSConnection("127.0.0.1", self.site.ports["callers"],
                                                 timeout=PATIENCE, context=self.house.context)
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        connection.request(method, target, body, fields | ({"Origin": origin} if origin else {}))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        names = [name.lower() for name, _ in answer.getheaders()]
        self.assertEqual(len(names), len(set(names)), names)
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content

    def may_send(self, origin, method, target, names):
        """Whether a browser sends the request after its preflight."""
        status, fields, content = self.ask("OPTIONS", target, origin, Access_Control_Request_Method=method,
                                           Access_Control_Request_Headers=",".join(sorted(names)).lower())
        self.assertEqual(content == b"", status == 204)
        allowed = {name.strip().lower() for name in fields.get("access-control-allow-headers", "").split(",")}
        return (200 <= status < 300 and fields.get("access-control-allow-origin") == origin
                and method in fields.get("access-control-allow-methods", "").split(", ")
                and {name.lower() for name in names} <= allowed)

    def readable(self, fields, origin):
        """The names of the fields that a browser shows to the page; None: not even the status."""
        if fields.get("access-control-allow-origin") != origin:
            return None
        exposed = fields["access-control-expose-headers"].lower().split(", ")
        return {name for name in fields if name in SAFELISTED or name in exposed}

    def test_answers_of_every_kind(self):
        token = {"X_VCAV_Auth": self.tenant}
        writing = {"X_VCAV_Auth": self.producer, **JSON}
        for method, target, body, fields, status in (
                ("GET", self.path, None, token, 200),
                ("HEAD", self.path, None, token, 200),
                ("GET", self.path, None, token | {"If_None_Match": "*"}, 304),
                ("GET", self.path, None, token | {"operationID": "a b"}, 400),
                ("GET", self.path, None, {}, 401),
                ("POST", "/sessions", '{"type":"localUser","localUser":"x","localPassword":"y"}', JSON, 401),
                ("PUT", self.path, "{}", token | JSON, 403),
                ("GET", f"/tasks/{uuid.uuid4()}?site=site1", None, token, 404),
                ("GET", f"{self.path}?site=site9", None, token, 404),
                ("GET", "/nowhere", None, {}, 404),
                ("OPTIONS", "/nowhere", None, {}, 404),
                ("DELETE", self.path, None, token, 405),
                ("GET", self.path, None, token | {"Accept": "text/html"}, 406),
                ("PUT", self.path, " " * 2000, writing, 413),
                ("GET", "/" + "x" * 9000, None, {}, 414),
                ("PUT", self.path, "{}", writing | {"Content-Type": "text/plain"}, 415),
                ("GET", self.path, None, token | {"X_Long": "x" * 9000}, 431),
                ("BREW", self.path, None, token, 501),
                ("GET", f"{self.path}?site=site2", None, token, 503),
        ):
            with self.subTest(status=status, target=target[:50]):
                # A line that is too long is refused before the fields have come.
                known = status != 414
                answer, seen, _ = self.ask(method, target, UI, body, **fields)
                self.assertEqual(answer, status)
                self.assertIn("Origin", seen["vary"].split(", "))
                if known:
                    for name in ("operationid", "x-request-id", "retry-after", "proxy-status", "etag",
                                 "www-authenticate", "x-vcav-auth"):
                        self.assertTrue(name not in seen or name in self.readable(seen, UI), name)
                    self.assertNotIn("access-control-allow-credentials", seen)
                for origin in (EVIL, "null", None):
                    answer, other, _ = self.ask(method, target, origin, body, **fields)
                    self.assertEqual(answer, status)
                    self.assertIn("Origin", other["vary"].split(", "))
                    self.assertEqual([name for name in other if name.startswith("access-control")], [])
                    if known:
                        self.assertEqual({name for name in seen if not name.startswith("access-control")},
                                         set(other))

    def test_a_login_is_readable_with_its_token(self):
        body = json.dumps({"type": "localUser", "localUser": "root", "localPassword": "canary-5f1e0c"})
        self.assertTrue(self.may_send("http://localhost:3000", "POST", "/sessions", {"Content-Type", "operationID"}))
        status, fields, _ = self.ask("POST", "/sessions", "http://localhost:3000", body,
                                     Accept_Encoding="gzip", **JSON)
        self.assertEqual(status, 200)
        self.assertIn("x-vcav-auth", self.readable(fields, "http://localhost:3000"))
        self.site.tokens.add(fields["x-vcav-auth"])
        self.assertNotIn("content-encoding", fields)

    def test_preflights(self):
        names = {"X-VCAV-Auth", "operationID", "Content-Type", "Accept", "If-None-Match", "Authorization"}
        for target in (self.path, f"/tasks/{uuid.uuid4()}", f"{self.path}?site=site2", f"{self.path}?site=site9"):
            for method in ("GET", "HEAD", "PUT"):
                self.assertTrue(self.may_send(UI, method, target, names), (method, target))
        self.assertTrue(self.may_send(UI, "DELETE", "/sessions", names))
        self.assertFalse(self.may_send(UI, "DELETE", self.path, names))
        self.assertFalse(self.may_send(UI, "GET", self.path, {"Config-Secret"}))
        self.assertFalse(self.may_send(UI, "GET", "/nowhere", names))
        for origin in (EVIL, "null", "https://UI.example.org", UI + ":443"):
            self.assertFalse(self.may_send(origin, "GET", self.path, names), origin)
        lines = [line for line in self.site.access() if line["method"] == "OPTIONS" and line["status"] == 204]
        self.assertTrue(lines)
        self.assertEqual([line for line in lines if "site" in line or "caller" in line], [])

    def test_a_hidden_task_is_like_none(self):
        absent = str(uuid.uuid4())

        def seen(identifier, origin, **fields):
            status, found, content = self.ask("GET", f"/tasks/{identifier}?site=site1", origin,
                                              X_VCAV_Auth=self.tenant, operationID="same", **fields)
            return (status, {name: value for name, value in found.items() if name not in ("date", "x-request-id")},
                    content.replace(identifier.encode(), b"ID"))
        for origin in (UI, EVIL, None):
            for fields in ({}, {"If_None_Match": "*"}, {"Accept_Encoding": "gzip, identity;q=0"}):
                self.assertEqual(seen(self.hidden["id"], origin, **fields), seen(absent, origin, **fields))
                self.assertEqual(seen(absent, origin, **fields)[0], 404)

    def test_nothing_of_it_on_the_admin_listener_or_without_origins(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.site.ports["admin"], timeout=PATIENCE)
        connection.request("GET", "/readyz", headers={"Origin": UI})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.getheader("Vary"), answer.getheader("Access-Control-Allow-Origin")),
                         (200, None, None))
        connection.close()
        plain = self.gateway().start()
        answer = plain.call("OPTIONS", self.path, Origin=UI, Access_Control_Request_Method="GET")
        self.assertEqual(answer.status, 204)
        self.assertEqual([name for name, _ in answer.fields if name.startswith("Access-") or name == "Vary"], [])
