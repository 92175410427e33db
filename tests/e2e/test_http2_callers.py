"""Callers that speak HTTP/2: curl, and python3-h2 for what no ordinary client does."""

import json
import select
import signal
import subprocess

import http2
from gateways import PASSWORD, OwnHouseTest, new_task
from python_site import PythonSite, reply

ID = "f61d60d2-698a-46dc-a266-88df27644956"


class Http2Test(OwnHouseTest):
    def start(self, **changes):
        self.site1 = self.gateway("site1", **changes)
        for listener in self.site1.config["listeners"]:
            if listener["for"] == "callers":
                listener["http2"] = True
        self.site1.start()
        self.root = self.site1.log_in("root")
        producer = self.site1.log_in("replicator")
        self.task = new_task("site1", "root", id=ID)
        self.assertEqual(self.site1.put(self.task, producer).status, 201)
        self.producer = producer

    def connect(self, **how):
        client = http2.Client(self.site1.ports["callers"], self.house.authority.certificate, **how)
        self.addCleanup(client.socket.close)
        return client

    def assert_well(self):
        self.assertEqual(self.connect().get(f"/tasks/{ID}", self.root).status, 200)


class Callers(Http2Test):
    def curl(self, *how):
        done = subprocess.run(
            ["/usr/bin/curl", "-sS", "--cacert", self.house.authority.certificate, *how],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def url(self, path):
        return f"https://127.0.0.1:{self.site1.ports['callers']}{path}"

    def test_curl_chooses_it_and_sees_what_http1_shows(self):
        self.start()
        told = ["-H", f"X-VCAV-Auth: {self.root}", "-H", "operationID: op-1", "-w", "\n%{http_version} %{http_code}",
                self.url(f"/tasks/{ID}")]
        new, old = self.curl("-i", *told), self.curl("-i", "--http1.1", *told)
        self.assertTrue(new.endswith("\n2 200"), new)
        self.assertTrue(old.endswith("\n1.1 200"), old)

        def parts(text):
            head, body = text.replace("\r\n", "\n").split("\n\n", 1)
            fields = [line.split(": ", 1) for line in head.split("\n")[1:] if ": " in line]
            return ({name.lower(): value for name, value in fields if name.lower() not in ("date", "x-request-id")},
                    body.rpartition("\n")[0])

        self.assertEqual(parts(new), parts(old))
        self.assertEqual(json.loads(parts(new)[1]), self.task)

    def test_a_login_a_lookup_and_a_logout_by_curl(self):
        self.start()
        login = json.dumps({"type": "localUser", "localUser": "root", "localPassword": PASSWORD})
        answer = self.curl("-i", "-H", "Content-Type: application/json", "-d", login, self.url("/sessions"))
        token = next(line for line in answer.splitlines() if line.startswith("x-vcav-auth: "))[13:]
        self.site1.tokens.add(token)
        told = ["-o", "/dev/null", "-w", "%{http_version} %{http_code}", "-H", f"X-VCAV-Auth: {token}"]
        self.assertEqual(self.curl(*told, self.url(f"/tasks/{ID}")), "2 200")
        self.assertEqual(self.curl(*told, "-X", "DELETE", self.url("/sessions")), "2 204")
        self.assertEqual(self.curl(*told, self.url(f"/tasks/{ID}")), "2 401")

    def test_a_listener_for_callers_does_not_take_it_up_by_default(self):
        self.site1 = self.gateway("site1").start()
        self.assertEqual(self.curl("--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}",
                                   self.url("/nowhere")), "1.1 404")

    def test_the_grep_of_client_sh_finds_its_token_by_default(self):
        """CONTRACT row 8: `grep X-VCAV-Auth` on what curl prints."""
        self.site1 = self.gateway("site1").start()
        login = json.dumps({"type": "localUser", "localUser": "root", "localPassword": PASSWORD})
        answer = self.curl("-i", "-H", "Content-Type: application/json", "-d", login, self.url("/sessions"))
        found = [line for line in answer.splitlines() if "X-VCAV-Auth" in line]
        self.assertEqual(len(found), 1)
        self.site1.tokens.add(found[0].split(": ")[1])

    def test_a_hundred_lookups_at_once_on_one_connection(self):
        self.start()
        client = self.connect()
        streams = [client.ask("GET", f"/tasks/{ID}", X_VCAV_Auth=self.root, operationID=f"op-{i}")
                   for i in range(100)]
        for i, stream in enumerate(streams):
            answer = client.answer(stream)
            self.assertEqual((answer.status, answer.fields["operationid"]), (200, f"op-{i}"))
            self.assertEqual(json.loads(answer.body), self.task)
        self.eventually(lambda: sum(line["method"] == "GET" and line["endedBy"] == "gateway"
                                    and line["bytes"] > 300 for line in self.site1.access()), 100)

    def test_a_lookup_that_hangs_holds_up_no_other_and_can_be_given_up(self):
        site2 = PythonSite(self.house, "site2", b"")
        self.addCleanup(site2.close)
        self.start(sites={"site2": self.house.remote_site("site1", "site2", site2.port)})
        client = self.connect()
        hanging = client.ask("GET", f"/tasks/{ID}?site=site2", X_VCAV_Auth=self.root)
        for _ in range(5):
            self.assertEqual(client.get(f"/tasks/{ID}", self.root).status, 200)
        self.assertFalse(client.replies[hanging].whole)
        client.h2.reset_stream(hanging, 8)
        client.flush()
        self.assertEqual(client.get(f"/tasks/{ID}", self.root).status, 200)
        site2.close()
        self.eventually(lambda: [line["endedBy"] for line in self.site1.access()
                                 if line.get("site") == "site2"], ["caller"])

    def test_bodies_of_every_size_up_to_the_limit(self):
        self.start(limits={"body": "256KiB"})
        client = self.connect()
        for size in (0, 100_000, 250_000):
            task = new_task("site1", "root", result="x" * size)
            stream = client.ask("PUT", f"/tasks/{task['id']}", json.dumps(task).encode(),
                                X_VCAV_Auth=self.producer, Content_Type="application/json")
            self.assertEqual(client.answer(stream).status, 201)
            self.assertEqual(json.loads(client.get(f"/tasks/{task['id']}", self.root).body), task)

    def test_a_body_over_the_limit_ends_its_stream_and_no_other(self):
        self.start(limits={"body": "128KiB"})
        client = self.connect()
        for announced in ({}, {"Content_Length": "900000"}):
            stream = client.ask("PUT", f"/tasks/{ID}", b"x" * 900_000, X_VCAV_Auth=self.producer,
                                Content_Type="application/json", **announced)
            answer = client.answer(stream)
            self.assertEqual((answer.status, json.loads(answer.body)["code"]), (413, "PayloadTooLarge"))
        self.assertEqual(client.get(f"/tasks/{ID}", self.root).status, 200)

    def test_bodies_that_nobody_wants_do_not_fill_the_window_of_the_connection(self):
        self.start()
        client = self.connect()
        for _ in range(40):  # 40 times 60 KB is more than the whole window
            stream = client.ask("PUT", f"/tasks/{ID}", b"x" * 60_000, X_VCAV_Auth="nobody",
                                Content_Type="application/json")
            self.assertEqual(client.answer(stream).status, 401)
        self.assertEqual(client.get(f"/tasks/{ID}", self.root).status, 200)

    def test_a_large_answer_that_is_taken_slowly_holds_up_nothing_that_is_sent(self):
        self.start()
        task = new_task("site1", "root", result="x" * 900_000)
        self.assertEqual(self.site1.put(task, self.producer).status, 201)
        client = self.connect()
        client.h2.increment_flow_control_window(100_000_000)
        client.h2.update_settings({4: 2**31 - 1})  # windows that bound nothing: the socket has to
        client.flush()
        large = [client.ask("GET", f"/tasks/{task['id']}", X_VCAV_Auth=self.root) for _ in range(30)]
        select.select([client.socket], [], [], 15)  # it has begun to answer
        for stream in large[10:]:  # the gateway cannot send any more, and must hear this all the same
            client.h2.reset_stream(stream, 8)
        client.flush()
        for stream in large[:10]:
            self.assertEqual(json.loads(client.answer(stream).body), task)
        self.assertLess(client.octets, 20_000_000)  # of 27 million

    def test_a_body_that_does_not_end(self):
        self.start(limits={"body_time": "300ms"})
        client = self.connect()
        stream = client.ask("PUT", f"/tasks/{ID}", b"{", end=False, X_VCAV_Auth=self.producer,
                            Content_Type="application/json")
        answer = client.answer(stream)
        self.assertEqual((answer.status, json.loads(answer.body)["code"]), (408, "RequestTimeout"))

    def test_100_continue(self):
        self.start()
        client = self.connect()
        task = json.dumps(new_task("site1", "root", id=ID, lastUpdated=3000)).encode()
        stream = client.ask("PUT", f"/tasks/{ID}", end=False, X_VCAV_Auth=self.producer,
                            Content_Type="application/json", Expect="100-continue")
        while not client.replies[stream].interim:
            self.assertTrue(client.read())
        client.send_body(stream, task)
        self.assertEqual((client.replies[stream].interim, client.answer(stream).status), (["100"], 200))

    def test_head_and_304_have_no_content(self):
        self.start()
        client = self.connect()
        got = client.get(f"/tasks/{ID}", self.root)
        head = client.answer(client.ask("HEAD", f"/tasks/{ID}", X_VCAV_Auth=self.root))
        self.assertEqual((head.status, head.body, head.fields["content-length"]),
                         (200, b"", str(len(got.body))))
        same = client.get(f"/tasks/{ID}", self.root, If_None_Match=got.fields["etag"])
        self.assertEqual((same.status, same.body, same.fields.get("content-length")), (304, b"", None))


class Requests(Http2Test):
    """What is no proper request: an ApiError where there is one to answer, else the stream ends."""

    def test_heads_that_are_refused(self):
        self.start()
        client = self.connect()
        plain = [(":method", "GET"), (":scheme", "https"), (":authority", "sitegate"), (":path", f"/tasks/{ID}")]
        rows = {
            "too long a path": (plain[:3] + [(":path", "/" + "a" * 9000)], 414, "UriTooLong"),
            "too large a field": (plain + [("x", "a" * 9000)], 431, "HeadersTooLarge"),
            "too large a head": (plain + [(f"x{i}", "a" * 4000) for i in range(5)], 431, "HeadersTooLarge"),
            "too many fields": (plain + [(f"x{i}", "a") for i in range(101)], 431, "HeadersTooLarge"),
            "two hosts": (plain + [("host", "other")], 400, "BadRequest"),
            "a bad authority": (plain[:2] + [(":authority", "a b"), plain[3]], None, None),
            "a bad escape": (plain[:3] + [(":path", "/tasks/%zz")], 400, "BadRequest"),
            "an unknown method": ([(":method", "BREW")] + plain[1:], 501, "NotImplemented"),
            "no path": (plain[:3], None, None),
            "CONNECT": ([(":method", "CONNECT"), (":authority", "sitegate:1")], None, None),
            "upper case": (plain + [("X-Upper", "a")], None, None),
            "a line end in a value": (plain + [("x", "a\r\nb: c")], 400, "BadRequest"),
            "connection": (plain + [("connection", "close")], None, None),
            "transfer-encoding": (plain + [("transfer-encoding", "chunked")], None, None),
            "pseudo-field behind": (plain[1:] + [("x", "a"), (":method", "GET")], None, None),
            "a second path": (plain + [(":path", "/x")], None, None),
        }
        for name, (head, status, code) in rows.items():
            with self.subTest(name):
                stream = client.h2.get_next_available_stream_id()
                client.ask_with(stream, head)
                answer = client.answer(stream)
                if status:
                    self.assertEqual((answer.status, json.loads(answer.body)["code"]), (status, code))
                    self.assertIn("operationid", answer.fields)
                elif answer.status is None:
                    self.assertIsNotNone(answer.reset, "neither answered nor reset")
                else:
                    self.assertEqual(answer.status, 400)
        self.assertEqual(client.get(f"/tasks/{ID}", self.root).status, 200)  # still the same connection

    def test_a_length_that_is_not_that_of_the_body(self):
        self.start()
        client = self.connect()
        for announced in ("1", "5"):
            stream = client.ask("PUT", f"/tasks/{ID}", b"{}x", X_VCAV_Auth=self.producer,
                                Content_Type="application/json", Content_Length=announced)
            answer = client.answer(stream)
            self.assertEqual((answer.status, answer.reset), (None, 1))  # PROTOCOL_ERROR
        self.assert_well()


class Ends(Http2Test):
    def test_a_gateway_that_ends_answers_what_it_was_asked(self):
        site2 = PythonSite(self.house, "site2", reply(json.dumps(new_task("site2", "root", id=ID)).encode()))
        self.addCleanup(site2.close)
        self.start(sites={"site2": self.house.remote_site("site1", "site2", site2.port)})
        busy, resting, fresh = self.connect(), self.connect(), self.connect()
        self.assertEqual(resting.get(f"/tasks/{ID}", self.root).status, 200)
        streams = [busy.ask("GET", f"/tasks/{ID}?site={site}", X_VCAV_Auth=self.root)
                   for site in ("site2", "site1") for _ in range(20)]
        self.site1.process.send_signal(signal.SIGTERM)
        self.assertEqual([busy.answer(stream).status for stream in streams], [200] * 40)
        for client in (busy, resting, fresh):
            self.assertEqual(client.read_to_the_end(), 0)

    def test_while_it_drains_it_serves_and_asks_its_callers_to_leave(self):
        self.start(drain={"delay": "10m"})
        client = self.connect()
        self.assertEqual(client.get(f"/tasks/{ID}", self.root).status, 200)
        self.site1.process.send_signal(signal.SIGTERM)
        self.eventually(lambda: self.site1.probe("/readyz"), 503)
        self.assertIsNone(client.goaway)
        self.assertEqual(client.get(f"/tasks/{ID}", self.root).status, 200)
        self.assertEqual(client.read_to_the_end(), 0)
        self.assert_well()
        self.site1.process.send_signal(signal.SIGTERM)  # enough of it
