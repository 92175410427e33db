"""Callers that keep HTTP/2 busy with nothing (RFC 9113 10.5, CHECKLIST 37): cut off, and nobody else
notices."""

import contextlib
import json

import h2.connection
import http2
from gateways import new_task
from python_site import PythonSite
from test_http2_callers import ID, Http2Test

CALM = 0xb  # ENHANCE_YOUR_CALM


class Floods(Http2Test):
    def flood(self, client, pieces):
        """Sends until the gateway has had enough; the error code it leaves with, if it could be read."""
        client.deaf = True
        with contextlib.suppress(OSError):
            for octets in pieces:
                client.send(octets)
        client.read_to_the_end()
        self.assert_well()
        self.assertIn(client.goaway, (CALM, None))

    def repeat(self, frame):
        self.start()
        self.flood(self.connect(), [frame * 100] * 200)

    def test_pings(self):
        self.repeat(http2.frame(http2.PING, payload=b"12345678"))

    def test_settings(self):
        self.repeat(http2.frame(http2.SETTINGS))

    def test_priorities(self):
        self.repeat(http2.frame(http2.PRIORITY, stream=1, payload=b"\0\0\0\0\1"))

    def test_requests_that_are_reset_at_once(self):
        """CVE-2023-44487."""
        self.start()
        client = self.connect()
        head = client.h2.encoder.encode([(":method", "GET"), (":scheme", "https"),
                                         (":authority", "sitegate"), (":path", f"/tasks/{ID}")])
        self.flood(client, (http2.frame(http2.HEADERS, 0x5, stream, head) +
                            http2.frame(http2.RST_STREAM, stream=stream, payload=b"\0\0\0\x08")
                            for stream in range(1, 40_000, 2)))

    def test_a_head_without_an_end(self):
        """CVE-2024-27316 and its like."""
        self.start()
        more = http2.frame(http2.CONTINUATION, 0, 1, b"\x00\x01a\x01b" * 100)
        client = self.connect()
        client.deaf = True
        with contextlib.suppress(OSError):
            client.send(http2.frame(http2.HEADERS, 0, 1, b"\x82"))
            for _ in range(20_000):
                client.send(more)
        client.read_to_the_end()
        self.assert_well()

    def test_requests_that_are_reset_without_an_error(self):
        self.start()
        client = self.connect()
        head = client.h2.encoder.encode([(":method", "GET"), (":scheme", "https"),
                                         (":authority", "sitegate"), (":path", f"/tasks/{ID}")])
        self.flood(client, (http2.frame(http2.HEADERS, 0x5, stream, head) +
                            http2.frame(http2.RST_STREAM, stream=stream, payload=bytes(4))
                            for stream in range(1, 40_000, 2)))

    def test_a_small_head_of_large_fields_is_not_read_to_its_end(self):
        """Fields out of the table: an octet each on the wire, kilobytes each to look at."""
        self.start()
        client = self.connect()
        head = client.h2.encoder.encode([(":method", "GET"), (":scheme", "https"), (":authority", "s"),
                                         (":path", "/"), ("x", "v" * 3000)])
        client.deaf = True
        client.send(http2.frame(http2.HEADERS, 0x5, 1, head + b"\xbe" * 10_000))  # the newest entry
        while not client.resets:
            self.assertTrue(client.read())
        self.assertEqual(client.resets, [(1, 2)])  # INTERNAL_ERROR
        self.assert_well()

    def test_empty_data(self):
        self.start()
        client = self.connect()
        stream = client.ask("PUT", f"/tasks/{ID}", end=False, X_VCAV_Auth=self.producer,
                            Content_Type="application/json")
        self.flood(client, [http2.frame(http2.DATA, stream=stream)] * 20_000)

    def test_more_streams_than_are_allowed(self):
        site2 = PythonSite(self.house, "site2", b"")
        self.addCleanup(site2.close)
        self.start(sites={"site2": self.house.remote_site("site1", "site2", site2.port)},
                   limits={"http2_streams": 10})
        client = self.connect()
        client.read()
        self.assertEqual(client.h2.remote_settings.max_concurrent_streams, 10)
        head = client.h2.encoder.encode([(":method", "GET"), (":scheme", "https"), (":authority", "s"),
                                         (":path", f"/tasks/{ID}?site=site2"), ("x-vcav-auth", self.root)])
        for stream in range(1, 41, 2):  # behind the back of h2, which would not
            client.replies[stream] = http2.Reply()
            client.h2._begin_new_stream(stream, h2.connection.AllowedStreamIDs.ODD)
            client.send(http2.frame(http2.HEADERS, 0x5, stream, head))
        self.assertEqual(client.read_to_the_end(), 1)  # PROTOCOL_ERROR: it had been told
        site2.close()
        self.assert_well()

    def test_no_preface(self):
        self.start()
        for octets in (b"GET / HTTP/1.1\r\nHost: s\r\n\r\n", b"\0" * 1000, http2.PREFACE + b"x" * 100):
            client = self.connect(quiet=True)
            client.send(octets)
            client.read_to_the_end()
        self.assert_well()

    def test_a_caller_who_takes_no_answer(self):
        self.start(limits={"write": "500ms"})
        task = new_task("site1", "root", result="x" * 500_000)
        self.assertEqual(self.site1.put(task, self.producer).status, 201)
        client = self.connect()
        stream = client.ask("GET", f"/tasks/{task['id']}", X_VCAV_Auth=self.root)
        while client.replies[stream].status is None:
            self.assertTrue(client.read())
        client.h2.acknowledge_received_data = lambda *_: None  # no window is given back
        answer = client.answer(stream)
        self.assertEqual((answer.whole, answer.reset), (False, 8))
        self.assertEqual(client.get(f"/tasks/{ID}", self.root).status, 200)
        self.eventually(lambda: [line["endedBy"] for line in self.site1.access()
                                 if line["path"] == f"/tasks/{task['id']}" and line["method"] == "GET"], ["caller"])

    def test_who_rests_too_long_is_told_goodbye(self):
        self.start(limits={"idle": "300ms"})
        client = self.connect()
        self.assertEqual(client.get(f"/tasks/{ID}", self.root).status, 200)
        self.assertEqual(client.read_to_the_end(), 0)
