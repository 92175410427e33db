"""Sessions at other sites: POST /sessions/extend and DELETE /sessions/{site} (CONTRACT rows 44 to 49),
at a site that runs other software of the same API and at another sitegate."""

import json
import time

from gateways import PASSWORD, OwnHouseTest, new_task
from vcda_site import VcdaSite

THERE = "canary-91aa-there"  # the password at the other site
MINE = new_task("theirs", "admin1@Org2")
NOT_MINE = new_task("theirs", "other@Org9")


class ExtendTest(OwnHouseTest):
    def setUp(self):
        super().setUp()
        self.there = VcdaSite(self.house, "theirs", "site2",
                              {"admin1@Org2": THERE, "other@Org9": "x"}, [MINE, NOT_MINE])
        self.addCleanup(self.there.close)
        self.site = self.gateway("site1", sites={"site2": self.there.entry(self.house)})

    def extend(self, token, site="site2", **body):
        body = {"type": "credentials", "site": site, "vcdUsername": "admin1@Org2",
                "vcdPassword": THERE} | body
        return self.site.call("POST", "/sessions/extend", token, body)

    def extended(self, user="admin1@Org1", **body):
        token = self.site.log_in(user)
        answer = self.extend(token, **body)
        self.assertEqual(answer.status, 200, answer)
        return token

    def sites_of(self, token):
        return [entry["site"] for entry in self.site.get("/sessions", token).json["authenticatedSites"]]

    def look_up(self, token, task=MINE, site="?site=site2"):
        return self.site.get(f"/tasks/{task['id']}{site}", token)

    def assert_needs_extension(self, answer):
        self.assert_error(answer, 401, "RemoteAuthenticationFailure")
        self.assertEqual(answer.json["args"], ["site2"])
        self.assertIn("Extend again", answer.json["msg"])
        self.assertEqual(answer.field("WWW-Authenticate"), 'RemoteSite realm="site2"')


class AtOtherSoftware(ExtendTest):
    def setUp(self):
        super().setUp()
        self.site.start()

    def test_a_session_is_extended_used_and_shrunk(self):
        token = self.site.log_in("admin1@Org1")
        self.assertEqual(self.sites_of(token), ["site1"], "one entry at login, row 39")
        self.assert_needs_extension(self.look_up(token))
        self.assertEqual(self.there.asked, [])

        answer = self.site.call("POST", "/sessions/extend", token,
                                {"type": "credentials", "site": "site2", "vcdUsername": "admin1@Org2",
                                 "vcdPassword": THERE}, operationID="op-7")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json, {
            "user": "admin1@Org1", "roles": ["EVERYONE"],
            "authenticatedSites": [{"site": "site1", "org": "Org1"}, {"site": "site2", "org": "Org2"}]})
        self.assertEqual(answer.all("X-VCAV-Auth"), [])
        self.assertEqual(answer.field("Cache-Control"), "no-store")
        login = self.there.asked_for("POST", "/sessions")
        self.assertEqual([(one[3], one[4]) for one in login], [("op-7", {
            "type": "vcdCredentials", "vcdUser": "admin1@Org2", "vcdPassword": THERE})])
        self.assertEqual(self.site.get("/sessions", token).json, answer.json)

        found = self.look_up(token)
        self.assertEqual((found.status, found.json), (200, MINE))
        self.assert_error(self.look_up(token, NOT_MINE), 404, "TaskNotFound")
        there = self.there.asked_for("GET", f"/tasks/{MINE['id']}")[0][2]
        self.assertIn(there, self.there.tokens)

        gone = self.site.call("DELETE", "/sessions/site2", token)
        self.assertEqual(gone.status, 200, gone)
        self.assertEqual([one["site"] for one in gone.json["authenticatedSites"]], ["site1"])
        self.assert_needs_extension(self.look_up(token))
        self.eventually(lambda: there in self.there.tokens, False)  # ended there as well
        self.assert_error(self.site.call("DELETE", "/sessions/site2", token), 400, "BadUserInput")
        self.site.tokens.add(there)  # which no log may hold

    def test_it_is_this_sessions_and_no_others(self):
        token = self.extended()
        other = self.site.log_in("admin1@Org1")
        self.assertEqual(self.look_up(token).status, 200)
        for ask in (lambda: self.look_up(other), lambda: self.look_up(self.site.log_in("root"))):
            self.assert_needs_extension(ask())
        self.assertEqual(self.sites_of(other), ["site1"])
        # What one session found where is not remembered for the other.
        self.assertEqual(self.look_up(token, site="").status, 200)
        self.assert_error(self.look_up(other, site=""), 404, "TaskNotFound")

    def test_lists_are_asked_with_it_too(self):
        token = self.extended()
        page = self.site.get("/tasks?site=site2", token)
        self.assertEqual((page.status, page.json["items"]), (200, [MINE]))
        merged = self.site.get("/tasks?site=*", token).json
        self.assertEqual([(one["site"], one["outcome"]) for one in merged["sites"]],
                         [("site1", "ok"), ("site2", "ok")])
        self.assertEqual(merged["items"], [MINE])
        alone = self.site.get("/tasks?site=*", self.site.log_in("root")).json
        self.assertEqual([(one["site"], one["outcome"]) for one in alone["sites"]],
                         [("site1", "ok"), ("site2", "notAuthenticated")])

    def test_a_site_that_pages_by_a_hundred_is_paged(self):
        for number in range(249):
            task = new_task("theirs", "admin1@Org2", startTime=10_000 + number)
            self.there.tasks[task["id"]] = task
        token = self.extended()
        seen = []
        for offset in range(0, 300, 100):
            page = self.site.get(f"/tasks?site=*&limit=100&offset={offset}", token).json
            self.assertEqual(page["total"], 250)
            seen += [task["id"] for task in page["items"]]
        self.assertEqual(len(set(seen)), 250)

    def test_the_spellings_and_ways_of_other_clients(self):
        for body in ({"vcdUsername": None, "vcdUser": "admin1@Org2"},  # PB, row 47
                     {"type": "cookie", "cookie": "cookie of admin1@Org2"},  # the page
                     {"type": "cookie", "vcdCookie": "cookie of admin1@Org2"}):  # PB
            with self.subTest(body):
                token = self.extended(**body)
                self.assertEqual(self.look_up(token).json, MINE)

    def test_what_is_wrong_is_said_and_nothing_is_extended(self):
        token = self.site.log_in("admin1@Org1")
        for body, status, code in (
                ({"vcdPassword": "wrong"}, 401, "RemoteAuthenticationFailure"),
                ({"vcdUsername": "nobody@Org2"}, 401, "RemoteAuthenticationFailure"),
                ({"vcdPassword": ""}, 400, "BadUserInput"),
                ({"type": "pigeon"}, 400, "BadUserInput"),
                ({"type": "multisite", "org": "Org2"}, 501, "NotImplemented"),
                ({"type": "apiToken"}, 501, "NotImplemented"),
                ({"type": "vcdAccessToken", "vcdAccessToken": "t"}, 400, "BadUserInput"),  # theirs
                ({"site": "site1"}, 400, "BadUserInput"),
                ({"site": "no such"}, 400, "BadUserInput"),
                ({"site": "site3"}, 404, "SiteNotFound")):
            with self.subTest(body):
                answer = self.extend(token, **body)
                self.assert_error(answer, status, code)
                self.assertNotIn(THERE, answer.body.decode())
                if code == "RemoteAuthenticationFailure":
                    self.assertEqual(answer.field("WWW-Authenticate"), 'RemoteSite realm="site2"')
        self.assert_error(self.site.call("POST", "/sessions/extend", token, b"{"), 400, "BadRequest")
        self.assert_error(self.site.call("POST", "/sessions/extend", None, b"{}"), 401, "NotAuthenticated")
        self.assert_error(self.site.get("/sessions/extend", token), 405, "MethodNotAllowed")
        self.assertEqual(self.sites_of(token), ["site1"])

    def test_guesses_are_limited_for_the_site_as_for_this_one(self):
        token = self.site.log_in("admin1@Org1")
        statuses = [self.extend(token, vcdPassword=f"guess {n}").status for n in range(12)]
        self.assertEqual(statuses, [401] * 5 + [429] * 7)
        self.assertEqual(len(self.there.asked), 5)
        other = self.site.log_in("admin1@Org2")  # this site's own logins are others
        self.assertEqual(self.extend(other).status, 200, "and so are other callers")

    def test_a_site_that_answers_a_login_otherwise(self):
        token = self.site.log_in("admin1@Org1")
        details = self.there.details("admin1@Org2")
        for answer, status, code in (
                ((200, {}, details), 502, "SiteProtocolError"),
                ((200, {"X-VCAV-Auth": ["a", "b"]}, details), 502, "SiteProtocolError"),
                ((200, {"X-VCAV-Auth": "a b"}, details), 502, "SiteProtocolError"),
                ((200, {"X-VCAV-Auth": "a"}, []), 502, "SiteProtocolError"),
                ((500, {}, {}), 502, "SiteProtocolError"),
                ((503, {"Retry-After": "7"}, {}), 503, "SiteUnavailable"),
                ((429, {"Retry-After": "7"}, {}), 503, "SiteUnavailable")):
            with self.subTest(answer):
                self.there.answers = {"/sessions": answer}
                self.assert_error(self.extend(token), status, code)
        self.assertEqual(self.sites_of(token), ["site1"])
        self.assertEqual(len(self.there.asked), 7, "never twice")
        self.assertIsNone(self.site.get("/sites/site2", token).json["state"]["outgoingCommError"])

    def test_one_that_is_over_there_leaves_at_once(self):
        token = self.extended()
        self.there.forget()
        self.assert_needs_extension(self.look_up(token))
        self.assertEqual(self.sites_of(token), ["site1"])
        before = len(self.there.asked)
        self.assert_needs_extension(self.look_up(token))
        self.assertEqual(len(self.there.asked), before, "it is not asked again")
        self.assertEqual(self.extend(token).status, 200)
        self.assertEqual(self.look_up(token).status, 200)

    def test_a_logout_here_is_one_there(self):
        token = self.extended()
        self.assertEqual(len(self.there.tokens), 1)
        self.assertEqual(self.site.call("DELETE", "/sessions", token).status, 204)
        self.eventually(lambda: self.there.tokens, {})

    def test_it_is_stored_sealed_and_outlives_a_crash(self):
        token = self.extended()
        there = next(iter(self.there.tokens))
        self.site.kill()
        stored = b"".join(file.read_bytes() for file in sorted((self.site.home / "state").iterdir())
                          if file.is_file())
        for secret in (there, THERE):
            self.assertNotIn(secret.encode(), stored)
        key = self.site.home / "state" / "sealing-keys"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.site.start()
        self.assertEqual(self.sites_of(token), ["site1", "site2"])
        self.assertEqual(self.look_up(token).status, 200)
        self.assertEqual(len(self.there.asked_for("POST", "/sessions")), 1)

    def test_the_site_gone_in_the_middle_of_a_login(self):
        token = self.site.log_in("admin1@Org1")
        self.there.silent = True
        self.assert_error(self.extend(token), 504, "SiteTimeout")
        self.assertEqual(len(self.there.asked), 1, "a login is never repeated")
        self.assertEqual(self.sites_of(token), ["site1"])

    def test_health_does_not_need_it(self):
        token = self.site.log_in("admin1@Org1")
        task = self.site.call("POST", "/diagnostics/health", token).json
        self.eventually(lambda: self.site.get(f"/tasks/{task['id']}", token).json["state"], "SUCCEEDED")
        task = self.site.get(f"/tasks/{task['id']}", token).json
        self.assertEqual(task["result"]["sites"], [{"site": "site2", "error": None}])


class KeptAlive(ExtendTest):
    def test_while_the_session_here_lives_and_not_afterwards(self):
        self.site.config["sessions"] = {"keep_extensions": "1s"}
        self.site.start()
        token = self.extended()
        first = time.monotonic()
        signs = lambda: len(self.there.asked_for("GET", "/sessions"))
        self.eventually(lambda: signs() >= 2, True)
        self.assertGreaterEqual(time.monotonic() - first, 1)
        self.there.forget()
        self.eventually(lambda: self.sites_of(token), ["site1"])  # a lapsed one leaves


class AtAnotherSitegate(OwnHouseTest):
    """For every mode of site: there callers are stated, and may have a session of their own."""

    def setUp(self):
        super().setUp()
        self.site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")}).start()
        self.site1 = self.gateway("site1", sites={"site2": self.house.remote_site(
            "site1", "site2", self.site2.ports["peers"])}).start()

    def test_the_session_goes_before_the_statement(self):
        task = new_task("site2", "root")
        self.assertEqual(self.site2.put(task, self.site2.log_in("replicator")).status, 201)
        token = self.site1.log_in("admin1@Org1")
        target = f"/tasks/{task['id']}?site=site2"
        self.assert_error(self.site1.get(target, token), 404, "TaskNotFound")  # stated: a tenant
        answer = self.site1.call("POST", "/sessions/extend", token, {
            "type": "credentials", "site": "site2", "vcdUsername": "root", "vcdPassword": PASSWORD})
        self.assertEqual(answer.json["authenticatedSites"],
                         [{"site": "site1", "org": "Org1"}, {"site": "site2", "org": "System"}])
        self.assertEqual(self.site1.get(target, token).json, task)  # there: root
        self.assertEqual(self.site1.call("DELETE", "/sessions/site2", token).status, 200)
        self.assert_error(self.site1.get(target, token), 404, "TaskNotFound")  # stated again

    def test_a_session_of_a_peers_listener_is_one_of_that_listener_alone(self):
        body = json.dumps({"type": "localUser", "localUser": "root", "localPassword": PASSWORD}).encode()
        login = (b"POST /sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(body)) + body
        with self.site2.connect("peers", self.house.client_context("site1")) as connection:
            def ask(line, token, more="", content=""):
                connection.send(f"{line} HTTP/1.1\r\nHost: x\r\nX-VCAV-Auth: {token}\r\n{more}"
                                f"Content-Length: {len(content)}\r\n\r\n{content}")
                return connection.answer().status
            connection.send(login)
            answer = connection.answer()
            self.assertEqual(answer.status, 200, answer)
            there = answer.field("X-VCAV-Auth")
            self.site2.tokens.add(there)
            self.assertEqual(ask("GET /tasks?site=site2", there), 200)
            self.assertEqual(ask("GET /sessions", there), 200)
            self.assertEqual(ask("GET /tasks?site=site1", there), 404)  # not passed on, not known
            # A statement and a token at once are two identities, which is none.
            self.assertEqual(ask("GET /tasks?site=site2", there, "Sitegate-Statement: a.b.c\r\n"), 401)
            self.assertEqual(ask("PUT /tasks/" + MINE["id"], there, content="{}"), 404)
            self.assertEqual(ask("GET /tasks?site=site2", self.site2.log_in("root")), 401)
            self.assertEqual(self.site2.get("/tasks", there).status, 401)
            self.assertEqual(ask("DELETE /sessions", there), 204)
            self.assertEqual(ask("GET /sessions", there), 401)
        # A certificate of the same authority, but of nobody's peer.
        with self.site2.connect("peers", self.house.client_context("stranger")) as connection:
            connection.send(login)
            self.assertEqual(connection.answer().status, 401)

    def test_many_wrong_names_of_one_caller_do_not_lock_the_others_out(self):
        one, other = self.site1.log_in("admin1@Org1"), self.site1.log_in("admin1@Org2")
        def extend(token, user, password):
            return self.site1.call("POST", "/sessions/extend", token, {
                "type": "credentials", "site": "site2", "vcdUsername": user, "vcdPassword": password}).status
        self.assertEqual([extend(one, "root", f"guess {n}") for n in range(7)], [401] * 5 + [429] * 2)
        self.assertEqual(extend(other, "root", PASSWORD), 200)
