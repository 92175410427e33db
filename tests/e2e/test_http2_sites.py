"""Sites that speak HTTP/2: python3-h2, nginx and a sitegate. Many lookups on few connections, each
ended alone, and none lost."""

import threading
import time

import http2
from gateways import new_task
from holding import held
from http2_sites import BROKEN, DOCUMENT, ID, SitesTest
from nginx_site import Nginx
from wire import PATIENCE


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
        self.site2.may_settle.clear()
        threading.Timer(3, self.site2.may_settle.set).start()
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

    def test_others_may_be_quicker_than_the_lookup_that_opened_the_connection(self):
        """SETTINGS with room for one and five lookups reach the gateway at once."""
        self.start(streams=1, links={"warm": 0})
        self.site2.may_settle.clear()
        question = (f"GET /tasks/{ID}%s HTTP/1.1\r\nHost: sitegate\r\n"
                    f"X-VCAV-Auth: {self.root}\r\n\r\n")
        others = [self.enterContext(self.site1.connect()) for _ in range(5)]
        for other in others:
            other.send((question % "?site=site1").encode())
            self.assertEqual(other.answer().status, 404)
        opening = self.pool.submit(self.ask)
        self.eventually(self.opened, 1)
        self.assertTrue(self.site2.connections[0].begun.wait(PATIENCE))
        with held(self.site1):
            self.site2.may_settle.set()
            self.assertTrue(self.site2.connections[0].settled.wait(PATIENCE))
            for other in others:
                other.send((question % "?site=site2").encode())
        self.assertEqual([other.answer().status for other in others], [200] * 5)
        self.assertEqual(opening.result(), (200, None))

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
