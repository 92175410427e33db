"""What a site answers by HTTP/2: none of it is believed unseen, all of it is mapped as ever."""

import json

import http2
from http2_sites import BROKEN, DOCUMENT, ID, SitesTest, answer


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
