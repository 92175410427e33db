"""`routing.share_lookups` and `routing.keep_finished`, against a site that answers when it is told to:
who gets another one's answer, and who never does."""

import concurrent.futures
import json
import threading
import urllib.request

import http2
from gateways import OwnHouseTest, new_task

ID = "f61d60d2-698a-46dc-a266-88df27644956"
RUNNING = json.dumps(new_task("site2", "admin1@Org1", id=ID)).encode()
FINISHED = json.dumps(new_task("site2", "admin1@Org1", id=ID, state="SUCCEEDED", endTime=3000)).encode()
PATH = f"/tasks/{ID}?site=site2"


class SharedLookups(OwnHouseTest):
    def start(self, document=RUNNING, **routing):
        """site2 answers each lookup with its number, `held` until told otherwise."""
        self.held = threading.Event()
        self.document = document
        self.waiting = []

        def answer(site, connection, stream, _):
            numbered = json.dumps(json.loads(self.document) | {"note": len(site.asked)}).encode()
            if self.held.is_set():
                connection.reply(stream, numbered)
            else:
                self.waiting.append((connection, stream, numbered))

        self.site2 = http2.Site(self.house, "site2", answer)
        self.addCleanup(self.site2.close)
        entry = self.house.remote_site("site1", "site2", self.site2.port)
        self.site1 = self.gateway("site1", workers=1, sites={"site2": entry}, routing=routing).start()
        self.pool = concurrent.futures.ThreadPoolExecutor(16)
        self.addCleanup(self.pool.shutdown)

    def let_go(self):
        self.held.set()
        for connection, stream, document in self.waiting:
            with self.site2.lock:
                connection.reply(stream, document)
                connection.flush()

    def ask(self, *tokens):
        return [self.pool.submit(self.site1.get, PATH, token) for token in tokens]

    def ask_at_once(self, tokens):
        """Connections on which each has asked, and its lookup is under way: the one worker reads what
        comes in its order."""
        connections = [self.site1.connect() for _ in tokens]
        for number, (connection, token) in enumerate(zip(connections, tokens)):
            self.addCleanup(connection.socket.close)
            connection.send(f"GET {PATH} HTTP/1.1\r\nHost: s\r\nX-VCAV-Auth: {token}\r\n"
                            f"operationID: op-{number}\r\n\r\n")
        self.eventually(lambda: len(self.waiting), 1)
        self.assertEqual(self.site1.get("/sessions", tokens[0]).status, 200)
        return connections

    def counted(self):
        """What /metrics says of site2."""
        url = f"http://127.0.0.1:{self.site1.ports['admin']}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            lines = answer.read().decode().splitlines()
        wanted = 'sitegate_site_lookups_total{site="site2",answered="'
        return {line[len(wanted):].split('"')[0]: int(line.rsplit(" ", 1)[1])
                for line in lines if line.startswith(wanted)}

    def answered_from(self):
        return sorted(line.get("answeredFrom", "site") for line in self.site1.access()
                      if line["path"].startswith("/tasks"))

    def notes(self, futures):
        answers = [future.result() for future in futures]
        self.assertEqual([answer.status for answer in answers], [200] * len(answers))
        return [answer.json["note"] for answer in answers]

    def test_a_site_is_asked_once_for_one_user(self):
        self.start(share_lookups=True)
        mine = [self.site1.log_in("admin1@Org1") for _ in range(2)]
        asked = self.ask_at_once(mine * 4)
        self.let_go()
        answers = [connection.answer() for connection in asked]
        self.assertEqual([(answer.status, answer.json["note"]) for answer in answers], [(200, 1)] * 8)
        self.assertEqual(self.counted(), {"site": 1, "shared": 7, "kept": 0})
        self.eventually(self.answered_from, ["shared"] * 7 + ["site"])

    def test_each_has_its_own_operation_id_and_entity_tag(self):
        self.start(share_lookups=True)
        token = self.site1.log_in("root")
        asked = self.ask_at_once([token] * 4)
        self.let_go()
        answers = [connection.answer() for connection in asked]
        self.assertEqual([answer.field("operationID") for answer in answers], [f"op-{n}" for n in range(4)])
        self.assertEqual(len({answer.field("ETag") for answer in answers}), 1)
        again = self.site1.get(PATH, token, **{"If-None-Match": answers[0].field("ETag")})
        self.assertEqual(again.status, 200)  # another note: another answer of the site

    def test_another_user_is_another_question(self):
        self.start(share_lookups=True, keep_finished="1h", document=FINISHED)
        tokens = [self.site1.log_in(user) for user in ("root", "admin1@Org1", "admin1@Org2")]
        futures = self.ask(*tokens)
        self.eventually(lambda: len(self.waiting), 3)
        self.let_go()
        self.assertEqual(sorted(self.notes(futures)), [1, 2, 3])
        self.assertEqual(self.notes(self.ask(*tokens)), self.notes(futures))  # each its own
        self.assertEqual(self.counted(), {"site": 3, "shared": 0, "kept": 3})
        stated = {fields["sitegate-statement"] for fields in self.site2.asked}
        self.assertEqual(len(stated), 3)

    def test_nothing_is_shared_by_default(self):
        self.start(document=FINISHED)
        self.held.set()
        token = self.site1.log_in("root")
        self.assertEqual([self.notes(self.ask(token)) for _ in range(3)], [[1], [2], [3]])

    def test_a_finished_task_outlives_its_site_but_no_session(self):
        self.start(keep_finished="1h", document=FINISHED)
        self.held.set()
        mine, other = self.site1.log_in("admin1@Org1"), self.site1.log_in("admin1@Org2")
        self.assertEqual(self.notes(self.ask(mine)), [1])
        self.site2.close()
        kept = self.site1.get(PATH, mine)
        self.assertEqual((kept.status, kept.json["note"]), (200, 1))
        self.assertIn('next-hop="site2"', kept.field("Proxy-Status"))
        self.assertIn(self.site1.get(PATH, other).status, (502, 503))  # not his: nobody is there to ask
        self.assertEqual(self.site1.call("DELETE", "/sessions", mine).status, 204)
        self.assert_error(self.site1.get(PATH, mine), 401, "NotAuthenticated")
        self.assertEqual(self.site1.get(PATH, self.site1.log_in("admin1@Org1")).json["note"], 1)

    def test_a_finished_task_is_asked_for_again_when_its_time_is_over(self):
        self.start(keep_finished="200ms", document=FINISHED)
        self.held.set()
        token = self.site1.log_in("root")
        self.assertEqual(self.notes(self.ask(token)), [1])
        self.eventually(lambda: self.notes(self.ask(token)), [2])

    def test_a_running_task_is_asked_for_each_time(self):
        self.start(keep_finished="1h", document=RUNNING)
        self.held.set()
        token = self.site1.log_in("root")
        self.assertEqual([self.notes(self.ask(token)) for _ in range(2)], [[1], [2]])
