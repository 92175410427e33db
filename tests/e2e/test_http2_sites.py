"""Sites that speak HTTP/2: python3-h2, nginx and a sitegate. Many lookups on few connections, each
ended alone, and none lost."""

import concurrent.futures
import json
import time

import http2
from gateways import OwnHouseTest, new_task
from nginx_site import Nginx

ID = "f61d60d2-698a-46dc-a266-88df27644956"
DOCUMENT = json.dumps(new_task("site2", "root", id=ID)).encode()
BROKEN = (502, "SiteProtocolError")


def answer(_, connection, stream, __):
    connection.reply(stream, DOCUMENT)


class SitesTest(OwnHouseTest):
    def setUp(self):
        super().setUp()
        self.pool = concurrent.futures.ThreadPoolExecutor(64)
        self.addCleanup(self.pool.shutdown)

    def start(self, how=answer, streams=100, **changes):
        self.site2 = http2.Site(self.house, "site2", how, streams)
        self.addCleanup(self.site2.close)
        self.serve(self.site2.port, **changes)

    def serve(self, port, **changes):
        entry = self.house.remote_site("site1", "site2", port, **changes)
        self.site1 = self.gateway("site1", workers=1, sites={"site2": entry}).start()
        self.root = self.site1.log_in("root")

    def ask(self, path=f"/tasks/{ID}?site=site2", **fields):
        found = self.site1.get(path, self.root, **fields)
        return (200, None) if found.status == 200 else (found.status, found.code)

    def ask_often(self, times):
        return [future.result() for future in [self.pool.submit(self.ask) for _ in range(times)]]

    def opened(self):
        return len(self.site2.connections)


class Sites(SitesTest):
    def test_what_is_asked_and_what_is_answered(self):
        self.start()
        found = self.site1.get(f"/tasks/{ID}?site=site2", self.root, operationID="op-7")
        self.assertEqual((found.status, found.body), (200, DOCUMENT))
        fields = self.site2.asked[0]
        self.assertEqual({name: fields[name] for name in (":method", ":scheme", ":path", "accept",
                                                         "operationid", "via")},
                         {":method": "GET", ":scheme": "https", ":path": f"/tasks/{ID}?site=site2",
                          "accept": "application/json", "operationid": "op-7", "via": "1.1 sitegate-site1"})
        self.assertEqual(fields[":authority"], f"site2.sitegate.test:{self.site2.port}")
        self.assertEqual(set(fields) - {":method", ":scheme", ":path", ":authority", "accept", "operationid",
                                        "via", "sitegate-deadline-ms", "sitegate-statement"}, set())

    def test_many_lookups_share_one_connection(self):
        self.start()
        self.assertEqual(self.ask_often(200), [(200, None)] * 200)
        self.assertEqual(self.opened(), 1)

    def test_a_site_that_settles_late_is_waited_for(self):
        """Longer than a round of housekeeping: a connection that takes no lookup yet is not over."""
        self.start(links={"warm": 0}, timeouts={"connect": "8s"})
        self.site2.settles_after = 3
        self.assertEqual(self.ask_often(20), [(200, None)] * 20)
        self.assertEqual(self.opened(), 1)

    def test_http1_where_http2_is_not_offered(self):
        self.start(links={"http2": False})
        self.assertEqual(self.ask(), BROKEN)  # this site speaks nothing else
        self.assertEqual(self.site2.asked, [])

    def test_more_lookups_than_a_site_takes_on_one_connection(self):
        self.start(streams=5)
        self.assertEqual(self.ask_often(100), [(200, None)] * 100)
        self.assertLess(self.opened(), 40)

    def test_a_lookup_that_hangs_is_reset_alone(self):
        def hang(_, connection, stream, fields):
            if fields["operationid"] != "hang":
                connection.reply(stream, DOCUMENT)

        self.start(hang, timeouts={"total": "1s", "connect": "1s"})
        hanging = self.pool.submit(self.ask, operationID="hang")
        self.assertEqual(self.ask_often(50), [(200, None)] * 50)
        self.assertEqual(hanging.result(), (504, "SiteTimeout"))
        connection = self.site2.connections[0]
        self.eventually(lambda: (len(connection.resets), connection.open), (1, True))
        self.assertEqual(self.opened(), 1)

    def test_a_connection_that_leads_nowhere_is_left_and_given_up(self):
        self.start(timeouts={"total": "1s", "connect": "1s"})
        self.assertEqual(self.ask(), (200, None))
        with self.site2.lock:  # its thread takes nothing any more
            self.assertEqual(self.ask(), (504, "SiteTimeout"))
            began = time.monotonic()
            self.pool.submit(self.ask)
        self.eventually(lambda: self.ask(), (200, None))
        self.assertLess(time.monotonic() - began, 10)

    def test_a_site_that_answers_no_ping_is_no_site(self):
        def hang(site, connection, stream, _):
            site.answers_pings = connection is not site.connections[0]
            if site.answers_pings:
                connection.reply(stream, DOCUMENT)

        self.start(hang, timeouts={"total": "8s", "connect": "500ms"})
        began = time.monotonic()
        self.assertEqual(self.ask(), (200, None))  # after the retry, on another connection
        self.assertLess(time.monotonic() - began, 7)
        self.assertEqual(self.opened(), 2)

    def test_a_refused_stream_is_asked_again(self):
        def refuse(site, connection, stream, _):
            if len(site.asked) == 1:
                connection.h2.reset_stream(stream, 7)
            else:
                connection.reply(stream, DOCUMENT)

        self.start(refuse)
        self.assertEqual(self.ask(), (200, None))
        self.assertEqual(len(self.site2.asked), 2)

    def test_a_site_that_refuses_everything_gets_few_connections(self):
        self.start(lambda _, connection, stream, __: connection.h2.reset_stream(stream, 7))
        self.assertLessEqual({outcome[1] for outcome in self.ask_often(200)},
                             {"SiteProtocolError", "SiteUnavailable"})
        self.assertLessEqual(self.opened(), 32)

    def test_a_connection_that_refuses_is_left_to_itself_and_others_are_used(self):
        def refuse(site, connection, stream, _):
            if connection is site.connections[0]:
                connection.h2.reset_stream(stream, 7)
            else:
                connection.reply(stream, DOCUMENT)

        self.start(refuse)
        self.assertEqual(self.ask_often(200), [(200, None)] * 200)
        self.assertLessEqual(self.opened(), 3)

    def test_the_first_lookups_share_a_connection_too(self):
        self.start(links={"warm": 0})
        self.assertEqual(self.ask_often(60), [(200, None)] * 60)
        self.assertEqual(self.opened(), 1)

    def test_a_site_that_ends_a_connection_in_order_loses_no_lookup(self):
        """Those above the last stream of its GOAWAY were not looked at: they go elsewhere."""
        def leave(site, connection, stream, _):
            if connection is site.connections[0] and len(site.asked) == 10:
                connection.last = stream
                connection.flush()
                connection.socket.sendall(http2.frame(
                    http2.GOAWAY, payload=stream.to_bytes(4, "big") + bytes(4)))
            if stream <= connection.last:
                connection.reply(stream, DOCUMENT)

        self.start(leave)
        self.assertEqual(self.ask_often(60), [(200, None)] * 60)
        self.eventually(lambda: self.site2.connections[0].open, False)
        self.assertEqual(self.opened(), 2)

    def test_a_site_that_hangs_up_while_it_is_asked(self):
        def hang_up(site, connection, stream, _):
            if len(site.asked) == 1:
                connection.close()
            else:
                connection.reply(stream, DOCUMENT)

        self.start(hang_up)
        self.assertEqual(self.ask(), (200, None))  # once more, on a fresh connection
        self.assertEqual(len(self.site2.asked), 2)

    def test_a_site_that_hangs_up_always(self):
        self.start(lambda _, connection, *__: connection.close())
        self.assertEqual(self.ask(), BROKEN)
        self.assertEqual(len(self.site2.asked), 2)

    def test_old_connections_are_replaced(self):
        self.start(links={"max_age": "1s", "retry": "100ms"})
        until = time.monotonic() + 4
        while time.monotonic() < until:
            self.assertEqual(self.ask(), (200, None))
        self.assertGreaterEqual(self.opened(), 3)
        self.eventually(lambda: sum(connection.open for connection in self.site2.connections) <= 2, True)

    def test_a_connection_at_rest_is_closed(self):
        self.start(timeouts={"idle": "300ms"}, links={"warm": 0})
        self.assertEqual(self.ask(), (200, None))
        self.eventually(lambda: self.site2.connections[0].open, False)
        self.assertEqual(self.ask(), (200, None))


class Answers(SitesTest):
    """What a site may not answer is SiteProtocolError, and costs no other lookup."""

    def test_answers_that_are_none(self):
        head = [(":status", "200"), ("content-type", "application/json")]

        def raw(fields, body=b"", end=True):
            def how(_, connection, stream, __):
                encoded = connection.h2.encoder.encode(fields)
                connection.flush()
                connection.socket.sendall(
                    http2.frame(http2.HEADERS, 0x4, stream, encoded) +
                    http2.frame(http2.DATA, int(end), stream, body))
            return how

        rows = {
            "no status": raw([("content-type", "application/json")], DOCUMENT),
            "a status that is none": raw([(":status", "2x0")], DOCUMENT),
            "too long for its length": raw(head + [("content-length", "5")], DOCUMENT),
            "too short for its length": raw(head + [("content-length", "5000")], DOCUMENT),
            "connection": raw(head + [("connection", "close")], DOCUMENT),
            "no JSON": raw(head, b"{"),
            "another task": raw(head, DOCUMENT.replace(b"f61d", b"0000")),
            "too large a head": raw(head + [(f"x{i}", "a" * 4000) for i in range(5)], DOCUMENT),
            "reset within": lambda _, connection, stream, __: (
                connection.reply(stream, DOCUMENT[:20], end=False), connection.h2.reset_stream(stream, 2)),
        }
        current = []
        self.start(lambda *how: current[0](*how))
        for name, how in rows.items():
            with self.subTest(name):
                current[:] = [how]
                self.assertEqual(self.ask(), BROKEN)
        current[:] = [answer]
        self.assertEqual(self.ask(), (200, None))

    def test_an_answer_over_the_limit(self):
        def large(_, connection, stream, fields):
            body = DOCUMENT if fields["operationid"] == "small" else b"x" * 60_000
            length = {"content_length": str(len(body))} if fields["operationid"] == "length" else {}
            connection.reply(stream, body, **length)

        self.site2 = http2.Site(self.house, "site2", large)
        self.addCleanup(self.site2.close)
        self.site1 = self.gateway("site1", workers=1, limits={"answer_body": "16KiB"}, sites={
            "site2": self.house.remote_site("site1", "site2", self.site2.port)}).start()
        self.root = self.site1.log_in("root")
        for operation in ("large", "length"):
            self.assertEqual(self.ask(operationID=operation), BROKEN)
        self.assertEqual(self.ask(operationID="small"), (200, None))
        self.assertEqual(self.opened(), 1)

    def test_interim_answers_go_by(self):
        def early(_, connection, stream, __):
            connection.h2.send_headers(stream, [(":status", "103")])
            connection.reply(stream, DOCUMENT)

        self.start(early)
        self.assertEqual(self.ask(), (200, None))

    def test_errors_are_mapped_as_ever(self):
        body = json.dumps({"code": "TaskNotFound", "msg": "", "args": [ID], "stacktrace": ""}).encode()
        self.start(lambda _, connection, stream, __: connection.reply(stream, body, 404))
        self.assertEqual(self.ask(), (404, "TaskNotFound"))


class OtherSoftware(SitesTest):
    def test_nginx(self):
        nginx = Nginx(self.house, "site2", {f"tasks/{ID}": DOCUMENT}, "ssl http2")
        self.addCleanup(nginx.close)
        self.serve(nginx.port)
        self.eventually(lambda: self.ask(), (200, None))
        self.assertEqual(self.ask_often(100), [(200, None)] * 100)
        self.assertEqual({line.split('"')[1].rsplit(" ", 1)[1] for line in nginx.access()}, {"HTTP/2.0"})

    def test_two_sitegates(self):
        site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")}).start()
        task = new_task("site2", "root", id=ID)
        self.assertEqual(site2.put(task, site2.log_in("replicator")).status, 201)
        self.serve(site2.ports["peers"])
        self.assertEqual(self.ask_often(100), [(200, None)] * 100)
        self.assertEqual(self.ask(f"/tasks/{ID}?site=site1"), (404, "TaskNotFound"))
        found = self.site1.get(f"/tasks/{ID}?site=site2", self.root)
        self.assertEqual(found.json, task)
        self.eventually(lambda: [line["listener"] for line in site2.access()
                                 if line["path"] == f"/tasks/{ID}" and line["method"] == "GET"], ["peers"] * 101)
