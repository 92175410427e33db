"""Limits of size and time (CHECKLIST 28 to 31): each is met by an answer, then by the end."""

import socket
import time

from gateways import GatewayTest, new_task

ID = "f61d60d2-698a-46dc-a266-88df27644956"


class Sizes(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway()
        cls.token = cls.site.log_in("replicator")

    def only(self, request):
        answers = self.site.exchange(request)
        self.assertEqual(len(answers), 1, answers)
        return answers[0]

    def test_a_request_line_of_8000_octets_is_taken_and_9000_are_not(self):
        def request(length):
            line = "GET /nowhere?" + "a" * (length - len("GET /nowhere? HTTP/1.1")) + " HTTP/1.1"
            return line + "\r\nHost: s\r\nConnection: close\r\n\r\n"
        self.assert_error(self.only(request(8000)), 404, "EndpointNotFound")
        self.assert_error(self.only(request(9000)), 414, "UriTooLong")
        # Never a line end: it must not be collected without bound.
        self.assert_error(self.only("GET /" + "a" * 300000), 414, "UriTooLong")

    def test_heads_are_bounded_in_octets_and_fields(self):
        start = "GET /nowhere HTTP/1.1\r\nHost: s\r\nConnection: close\r\n"
        self.assertEqual(self.only(start + "X: a\r\n" * 90 + "\r\n").status, 404)
        self.assert_error(self.only(start + "X: a\r\n" * 120 + "\r\n"), 431, "HeadersTooLarge")
        self.assertEqual(self.only(start + "X: " + "a" * 7000 + "\r\n\r\n").status, 404)
        self.assert_error(self.only(start + "X: " + "a" * 20000 + "\r\n\r\n"), 431, "HeadersTooLarge")
        self.assert_error(self.only(start + "X: " + "a" * 300000), 431, "HeadersTooLarge")

    def test_bodies_are_bounded_by_their_route(self):
        login = b'{"type":"localUser","localUser":"root","localPassword":"' + b"a" * 17000 + b'"}'
        self.assert_error(self.site.call("POST", "/sessions", body=login), 413, "PayloadTooLarge")
        large = new_task(result="a" * 1100000)
        self.assert_error(self.site.put(large, self.token), 413, "PayloadTooLarge")
        fits = new_task(result="a" * 1000000)
        self.assertEqual(self.site.put(fits, self.token).status, 201)

    def test_a_body_in_chunks_is_bounded_while_it_is_read(self):
        head = (f"PUT /tasks/{ID} HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\n"
                f"X-VCAV-Auth: {self.token}\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = "10000\r\n" + "a" * 65536 + "\r\n"
        self.assert_error(self.only(head + chunk * 20), 413, "PayloadTooLarge")

    def test_json_is_bounded_in_depth_and_read_without_mercy(self):
        def put(document):
            return self.site.call("PUT", f"/tasks/{ID}", self.token, document.encode())
        deep = '{"id":"%s","a":' % ID + "[" * 100 + "]" * 100 + "}"
        self.assert_error(put(deep), 400, "BadRequest")
        for document in ("", "{", "[1,", "nonsense", '{"a":1,"a":2}', r'{"a":"\ud800"}', '{"a":NaN}',
                         "{} {}"):
            with self.subTest(document):
                self.assertEqual(put(document).status, 400)
        self.assertEqual(put("[]").status, 400)


class Times(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway(limits={"handshake": "2s", "head_time": "2s",
                                             "body_time": "2s", "idle": "2s"})
        cls.token = cls.site.log_in("replicator")

    def test_a_head_that_does_not_end(self):
        with self.site.connect() as connection:
            connection.send("GET /tasks HTTP/1.1\r\nHost: s\r\n")
            self.assert_error(connection.answer(), 408, "RequestTimeout")
            self.assertIsNone(connection.answer())

    def test_a_head_that_comes_in_drops_is_late_as_a_whole(self):
        with self.site.connect() as connection:
            began = time.monotonic()
            while connection.send("X") and time.monotonic() - began < 10:
                connection.socket.settimeout(0.2)
                try:
                    if connection.answer() is None:
                        break
                except TimeoutError:
                    continue
            self.assertLess(time.monotonic() - began, 8)

    def test_a_body_that_does_not_end(self):
        with self.site.connect() as connection:
            connection.send(f"PUT /tasks/{ID} HTTP/1.1\r\nHost: s\r\nX-VCAV-Auth: {self.token}\r\n"
                            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
            self.assert_error(connection.answer(), 408, "RequestTimeout")
            self.assertIsNone(connection.answer())

    def test_a_kept_connection_without_a_request_is_closed_without_a_word(self):
        with self.site.connect() as connection:
            connection.send(f"GET /tasks/{ID} HTTP/1.1\r\nHost: s\r\n\r\n")
            self.assertEqual(connection.answer().status, 401)
            self.assertEqual(connection.rest(), [])

    def test_a_handshake_that_does_not_come(self):
        for said in (b"", b"\x16\x03\x01\x02\x00"):
            with socket.create_connection(("127.0.0.1", self.site.ports["callers"]), 10) as plain:
                plain.sendall(said)
                self.assertLessEqual(len(plain.recv(100)), 7)  # at most an alert

    def test_a_reader_that_is_slow_holds_up_nobody(self):
        site = self.gateway("slow", workers=1).start()
        token = site.log_in("replicator")
        task = new_task("slow", "replicator", result="a" * 1000000)
        site.put(task, token)
        request = f"GET /tasks/{task['id']} HTTP/1.1\r\nHost: s\r\nX-VCAV-Auth: {token}\r\n\r\n"
        with site.connect() as slow:
            slow.send(request * 40)  # more than any socket buffer takes
            self.assertEqual(slow.answer().status, 200)
            for _ in range(5):
                self.assertEqual(site.get("/nowhere").status, 404)
            self.assertEqual([slow.answer().status for _ in range(39)], [200] * 39)
