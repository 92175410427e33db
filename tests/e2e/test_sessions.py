"""Logging in and out (CONTRACT 0.4, 0.5 and its sections 4 and 5)."""

import contextlib
import hashlib
import json
import sqlite3
import subprocess

from gateways import PASSWORD, GatewayTest, command


class Sessions(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway()

    def login(self, **body):
        return self.site.call("POST", "/sessions", body=body)

    def test_curl_logs_in_and_asks(self):
        url = f"https://127.0.0.1:{self.site.ports['callers']}"
        curl = ["curl", "-sS", "--max-time", "10", "--cacert", str(self.house.authority.certificate), "-i"]
        body = json.dumps({"type": "localUser", "localUser": "admin1@Org1", "localPassword": PASSWORD})
        said = subprocess.run([*curl, "-H", "Content-Type: application/json", "-d", body, f"{url}/sessions"],
                              capture_output=True, text=True, check=True).stdout
        head, _, body = said.partition("\n\n")
        tokens = [line.split(": ")[1] for line in head.splitlines() if line.startswith("X-VCAV-Auth: ")]
        self.assertEqual(len(tokens), 1, "exactly one, in that case: scripts grep for it")
        self.site.tokens.add(tokens[0])
        self.assertEqual(json.loads(body), {
            "user": "admin1@Org1", "roles": ["EVERYONE"],
            "authenticatedSites": [{"site": "site1", "org": "Org1"}]})
        said = subprocess.run([*curl, "-H", f"X-VCAV-Auth: {tokens[0]}", f"{url}//sessions"],
                              capture_output=True, text=True, check=True).stdout
        self.assertTrue(said.startswith("HTTP/1.1 200 "))

    def test_the_types_of_password_login(self):
        for body in ({"type": "localUser", "localUser": "root", "localPassword": PASSWORD},
                     {"type": "ssoCredentials", "username": "root", "password": PASSWORD},
                     {"type": "vcdCredentials", "vcdUser": "root", "vcdPassword": PASSWORD},
                     {"type": "vcdCredentials", "username": "root", "password": PASSWORD}):
            answer = self.login(**body)
            with self.subTest(body):
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.json["roles"], ["EVERYONE", "ADMINISTRATORS"])
                self.site.tokens.add(answer.field("X-VCAV-Auth"))

    def test_types_that_are_not_supported_and_bodies_that_are_wrong(self):
        for kind in ("vcdAccessToken", "ssoToken", "vcdCookie"):
            self.assert_error(self.login(type=kind), 501, "NotImplemented")
        self.assert_error(self.login(type="magic"), 400, "BadUserInput")
        self.assert_error(self.login(type="localUser", localUser="root"), 400, "BadUserInput")
        self.assert_error(self.login(localUser="root", localPassword=PASSWORD), 400, "BadUserInput")
        self.assert_error(self.site.call("POST", "/sessions", body=b"no json"), 400, "BadRequest")
        self.assertEqual(self.site.call("POST", "/sessions", body=b"[]").status, 400)

    def test_a_wrong_password_and_an_unknown_user_are_one_answer(self):
        answers = [self.login(type="localUser", localUser=user, localPassword="wrong")
                   for user in ("root", "nobody")]
        for answer in answers:
            self.assert_error(answer, 401, "NotAuthenticated")
            self.assertIn("Authentication required.", answer.json["msg"])
            self.assertEqual(answer.field("WWW-Authenticate"), 'Login realm="site1"')
            self.assertEqual(answer.all("X-VCAV-Auth"), [])
        self.assertEqual(answers[0].body, answers[1].body)

    def test_no_token_an_empty_one_and_a_wrong_one(self):
        for fields in ({}, {"X_VCAV_Auth": ""}, {"X_VCAV_Auth": "AAAA"}, {"X_VCAV_Auth": "A" * 43},
                       {"Authorization": "Bearer x"}, {"Cookie": "X-VCAV-Auth=x"}):
            answer = self.site.get("/sessions", **fields)
            self.assert_error(answer, 401, "NotAuthenticated")
            self.assertEqual(answer.field("WWW-Authenticate"), "Authentication Token Required")

    def test_a_token_in_the_query_is_none(self):
        token = self.site.log_in("root")
        site = self.gateway().start()
        self.assertEqual(site.get("/sessions?X-VCAV-Auth=abc").status, 401)
        self.assertEqual(self.site.get("/sessions", token[::-1]).status, 401)

    def test_log_out_holds_on_every_connection_at_once(self):
        token = self.site.log_in("admin1@Org1")
        kept = [self.site.connect() for _ in range(8)]  # some on each worker
        request = f"GET /sessions HTTP/1.1\r\nHost: s\r\nX-VCAV-Auth: {token}\r\n\r\n"
        for connection in kept:
            connection.send(request)
            self.assertEqual(connection.answer().status, 200)
        answer = self.site.call("DELETE", "/sessions", token)
        self.assertEqual((answer.status, answer.body), (204, b""))
        for connection in kept:
            connection.send(request)
            self.assertEqual(connection.answer().status, 401)
            connection.socket.close()
        self.assertEqual(self.site.call("DELETE", "/sessions", token).status, 401)

    def test_a_user_keeps_the_newest_sessions_only(self):
        site = self.gateway(sessions={"per_user": 2}).start()
        tokens = [site.log_in("root") for _ in range(3)]
        self.assertEqual([site.get("/sessions", token).status for token in tokens], [401, 200, 200])

    def test_guessing_meets_429_and_the_right_password_from_elsewhere_does_not(self):
        site = self.gateway(limits={"login_failures_per_user": 3}).start()
        wrong = {"type": "localUser", "localUser": "root", "localPassword": "wrong"}
        answers = [site.call("POST", "/sessions", body=wrong) for _ in range(5)]
        self.assertEqual([answer.status for answer in answers], [401, 401, 401, 429, 429])
        self.assert_error(answers[-1], 429, "TooManyRequests")
        self.assertGreater(int(answers[-1].field("Retry-After")), 0)
        # Another user is not concerned.
        site.log_in("admin1@Org1")

    def test_a_flood_of_logins_keeps_nobody_from_logging_out(self):
        site = self.gateway(limits={"password_queue": 1, "login_failures_per_address": 1000}).start()
        tokens = [site.log_in("root") for _ in range(3)]
        flood = [site.connect() for _ in range(12)]
        for number, connection in enumerate(flood):
            body = json.dumps({"type": "localUser", "localUser": f"u{number}", "localPassword": "x"})
            connection.send("POST /sessions HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n{body}")
        for token in tokens:
            self.assertEqual(site.call("DELETE", "/sessions", token).status, 204)
        statuses = [connection.answer().status for connection in flood]
        for connection in flood:
            connection.socket.close()
        self.assertIn(503, statuses)  # the queue was full indeed

    def test_a_new_password_ends_the_sessions_of_the_old_one(self):
        site = self.gateway().start()
        token, other = site.log_in("root"), site.log_in("admin1@Org1")
        site.stop()
        another = command("hash-password", stdin="another\n").stdout.strip()
        site.password_hashes["root"] = another
        site.start()
        self.assertEqual(site.get("/sessions", token).status, 401)
        self.assertEqual(site.get("/sessions", other).status, 200)

    def test_by_default_30_idle_minutes_or_24_hours_end_a_session_row_50(self):
        site = self.gateway().start()
        minutes_ago = {(60 * 23 + 58, 28): 200, (60, 31): 401, (60 * 23 + 58, 0): 200, (60 * 24 + 1, 0): 401}
        tokens = [site.log_in("root") for _ in minutes_ago]
        site.stop()
        with contextlib.closing(sqlite3.connect(site.home / "state" / "tasks.db")) as database, database:
            for token, (created, used) in zip(tokens, minutes_ago):
                changed = database.execute("UPDATE sessions SET created = created - ?, last_used = last_used - ? "
                                           "WHERE key = ?", (created * 60000, used * 60000,
                                                             hashlib.sha256(token.encode()).digest()))
                self.assertEqual(changed.rowcount, 1)
        site.start()
        self.assertEqual([site.get("/sessions", token).status for token in tokens], [*minutes_ago.values()])

    def test_right_logins_meet_no_limit(self):
        site = self.gateway(limits={"login_failures_per_user": 2, "login_failures_per_address": 4}).start()
        for _ in range(15):
            site.log_in("root")
