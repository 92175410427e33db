"""Framing by RFC 9112 without mercy: CHECKLIST A, points 1 to 18, in raw octets over TLS.

After every framing error: one ApiError, the connection ends, nothing of the rest is a request.
"""

from gateways import GatewayTest, new_task

ID = "f61d60d2-698a-46dc-a266-88df27644956"
NEXT = f"GET /tasks/{ID} HTTP/1.1\r\nHost: smuggled\r\n\r\n"


class Framing(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway()
        cls.token = cls.site.log_in("replicator")

    def refused(self, request, statuses=(400,), then=NEXT):
        """One error with this status, then the end, whatever follows."""
        answers = self.site.exchange(request + then)
        self.assertEqual(len(answers), 1, (request[:300], answers))
        self.assertIn(answers[0].status, statuses, request[:300])
        self.assertTrue(answers[0].code)
        self.assertEqual(answers[0].field("Connection"), "close")
        return answers[0]

    def accepted(self, request, status=401):
        """An ordinary answer; the connection goes on and answers the next request."""
        with self.site.connect() as connection:
            connection.send(request + NEXT)
            first, second = connection.answer(), connection.answer()
        self.assertEqual((first.status, second.status), (status, 401), request[:300])
        return first

    def get(self, *fields, target=f"/tasks/{ID}", version="HTTP/1.1", host="Host: sitegate"):
        lines = [f"GET {target} {version}", *([host] if host else []), *fields]
        return "\r\n".join(lines) + "\r\n\r\n"

    def put_head(self, *fields):
        return "\r\n".join([f"PUT /tasks/{ID} HTTP/1.1", "Host: sitegate", "Content-Type: application/json",
                            f"X-VCAV-Auth: {self.token}", *fields]) + "\r\n\r\n"


class Lengths(Framing):
    def test_01_length_and_transfer_encoding_together(self):
        for fields in (("Content-Length: 5", "Transfer-Encoding: chunked"),
                       ("Transfer-Encoding: chunked", "Content-Length: 5")):
            with self.subTest(fields):
                self.refused(self.get(*fields) + "0\r\n\r\n")

    def test_02_transfer_encoding_other_than_one_chunked(self):
        for value in ("xchunked", "chunked, identity", "identity", "chunked, chunked", "gzip, chunked",
                      "", '"chunked"', "chunked;q=1", "chun ked", "chunked,", ", chunked"):
            for more in ((), ("Content-Length: 0",)):
                with self.subTest(value=value, more=more):
                    line = f"Transfer-Encoding: {value}"
                    self.refused(self.get(line, *more), (400, 501))
                    self.refused(self.get(*more, line), (400, 501))
        with self.subTest("two fields"):
            self.refused(self.get("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), (400, 501))
            self.refused(self.get("Transfer-Encoding: identity", "Transfer-Encoding: chunked"), (400, 501))

    def test_03_transfer_encoding_in_http_1_0(self):
        self.refused(self.get("Transfer-Encoding: chunked", version="HTTP/1.0"))

    def test_04_content_length_is_digits_once(self):
        for value in ("+3", "-1", "0x3", "3 3", "", "3,4", "three", "18446744073709551616",
                      "99999999999999999999999", "3.0", "\x0b3"):
            with self.subTest(value):
                self.refused(self.get(f"Content-Length: {value}"))
        with self.subTest("differs"):
            self.refused(self.get("Content-Length: 3", "Content-Length: 4"))

    def test_14_a_body_on_get_never_becomes_a_request(self):
        body = NEXT
        for token in ("", f"X-VCAV-Auth: {self.token}\r\n"):
            request = (f"GET /tasks/{ID} HTTP/1.1\r\nHost: sitegate\r\n{token}"
                       f"Content-Length: {len(body)}\r\n\r\n{body}")
            answers = self.site.exchange(request + NEXT.replace("1.1\r\n", "1.1\r\nConnection: close\r\n"))
            statuses = [answer.status for answer in answers]
            # With a login: BadUserInput and the end. Without: 401, then at most the last request.
            self.assertIn(statuses, ([400],) if token else ([401], [401, 401]))
            if token:
                self.assertEqual(answers[0].code, "BadUserInput")

    def test_14_content_length_zero_and_a_type_without_a_body_are_normal(self):
        self.accepted(self.get("Content-Length: 0", "Content-Type: application/json"))

    def test_14_a_body_of_a_request_answered_early_is_no_request(self):
        for head in ("POST /nowhere HTTP/1.1", f"PATCH /tasks/{ID} HTTP/1.1", f"PUT /tasks/{ID} HTTP/1.1"):
            request = f"{head}\r\nHost: sitegate\r\nContent-Length: {len(NEXT)}\r\n\r\n{NEXT}"
            last = NEXT.replace("1.1\r\n", "1.1\r\nConnection: close\r\n")
            with self.subTest(head):
                self.assertLessEqual(len(self.site.exchange(request + last)), 2)


class Heads(Framing):
    def test_06_space_before_the_colon(self):
        self.refused(self.get("Accept : */*"))
        self.refused(self.get("Accept\t: */*"))

    def test_07_folded_lines(self):
        self.refused(self.get("X-One: a\r\n b"))
        self.refused(self.get("X-One: a\r\n\tb"))
        self.refused("GET / HTTP/1.1\r\n Host: sitegate\r\n\r\n")

    def test_08_control_octets_in_names_values_and_targets(self):
        for field in ("X-One: a\rb", "X-One: a\0b", "X-One: a\x01b", "X-\x01One: a", "X-One\0: a",
                      "X-One: a\x7fb", "X(One): a", ": a", "X-One"):
            with self.subTest(field):
                self.refused(self.get(field))
        for target in ("/tasks/\x01", "/tasks/\x7f", "/tasks/\0", "/tasks/\xff", "/tasks/a\tb", "tasks", ""):
            with self.subTest(target):
                self.refused(self.get(target=target))

    def test_08_bare_line_feeds(self):
        self.refused(f"GET /tasks/{ID} HTTP/1.1\nHost: sitegate\n\n")
        self.refused(f"GET /tasks/{ID} HTTP/1.1\r\nHost: sitegate\nX-One: a\r\n\r\n")

    def test_11_exactly_one_good_host(self):
        self.refused(self.get(host=None))
        for host in ("sitegate\r\nHost: sitegate", "sitegate\r\nHost: other", "user@sitegate",
                     "sitegate/path", "site gate", "sitegate:99999", "sitegate:x", "[::1", "a?b",
                     "a#b", "sitegate:443:443"):
            with self.subTest(host):
                self.refused(self.get(host=f"Host: {host}"))
        for host in ("sitegate", "sitegate:443", "127.0.0.1:8441", "[::1]:443", "SITE-gate.test"):
            with self.subTest(host):
                self.accepted(self.get(host=f"Host: {host}"))

    def test_12_absolute_form_is_accepted_and_its_authority_never_dialled(self):
        # Port 9 of a documentation address: dialling it would not give a 401 at once.
        self.accepted(self.get(target=f"https://192.0.2.1:9/tasks/{ID}"))
        for target in (f"https://user@sitegate/tasks/{ID}", f"https:///tasks/{ID}",
                       f"https://sitegate:x/tasks/{ID}", f"ftp://sitegate/tasks/{ID}"):
            with self.subTest(target):
                self.refused(self.get(target=target))

    def test_13_methods(self):
        for method, status in (("BREW", 501), ("get", 501), ("Get", 501)):
            with self.subTest(method):
                self.assertEqual(self.site.call(method, f"/tasks/{ID}").status, status)
        for method in ("POST", "PATCH", "DELETE", "TRACE"):
            with self.subTest(method):
                answer = self.site.call(method, f"/tasks/{ID}")
                self.assert_error(answer, 405, "MethodNotAllowed")
                self.assertEqual(answer.field("Allow"), "GET, HEAD, PUT, OPTIONS")
        answers = self.site.exchange("CONNECT sitegate:443 HTTP/1.1\r\nHost: sitegate:443\r\n\r\n" + NEXT)
        self.assertEqual(len(answers), 1)
        self.assertIn(answers[0].status, (400, 405, 501))

    def test_15_fields_that_pose_as_others(self):
        for field in (f"X_VCAV_Auth: {self.token}", "X-Original-URL: /sessions", "X-Rewrite-URL: /sessions",
                      "X-Forwarded-For: 10.0.0.1"):
            answers = self.site.exchange(self.get(field, "Connection: close"))
            with self.subTest(field):
                self.assertIn([answer.status for answer in answers], ([401], [400]))
        answer = self.site.call("GET", f"/tasks/{ID}", X_HTTP_Method_Override="DELETE")
        self.assertEqual(answer.status, 401)

    def test_18_upgrades_are_ignored_and_other_protocols_refused(self):
        self.accepted(self.get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                               "HTTP2-Settings: AAMAAABkAAQAAP__"))
        self.accepted(self.get("Connection: Upgrade", "Upgrade: websocket",
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"))
        self.refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505), then="\0\0\0\4\0\0\0\0\0")
        self.refused(self.get(version="HTTP/1.2"), (400, 505))
        self.refused(self.get(version="HTTP/2.0"), (400, 505))
        self.refused(self.get(version="HTP/1.1"))
        self.refused(f"GET /tasks/{ID}\r\n\r\n")


class Chunks(Framing):
    def chunked(self, *parts):
        return self.put_head("Transfer-Encoding: chunked") + "".join(parts)

    def test_09_a_good_body_in_chunks_is_read_whatever_its_pieces(self):
        task = str(new_task(id=ID)).replace("'", '"')
        pieces = [task[i:i + 7] for i in range(0, len(task), 7)]
        body = "".join(f"{len(piece):x};name=value\r\n{piece}\r\n" for piece in pieces) + "0\r\n\r\n"
        with self.site.connect() as connection:
            for octet in self.chunked(body).encode():
                connection.send(bytes([octet]))
            self.assertIn(connection.answer().status, (200, 201))
            connection.send(NEXT)
            self.assertEqual(connection.answer().status, 401)

    def test_09_chunk_sizes_are_hex_digits(self):
        for size in ("+5", "-5", "0x5", " 5", "5 5", "", "g", "fffffffffffffffff",
                     "5\0", '5;a="\n"'):
            with self.subTest(size):
                self.refused(self.chunked(f"{size}\r\nhello\r\n0\r\n\r\n"), (400, 413))

    def test_09_exactly_crlf_after_size_and_data(self):
        for body in ("5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello0\r\n\r\n",
                     "5\r\nhelloXX0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\n\n",
                     "5\r\nhello\r\n0\r\n\n"):
            with self.subTest(body):
                self.refused(self.chunked(body))

    def test_10_chunk_extensions_are_bounded(self):
        with self.subTest("one long"):
            self.refused(self.chunked("5;" + "x" * 20000 + "\r\nhello\r\n0\r\n\r\n"), (400, 413, 431))
        with self.subTest("many short"):
            self.refused(self.chunked(("1;" + "x" * 100 + "\r\na\r\n") * 300, "0\r\n\r\n"), (400, 413, 431))

    def test_10_trailers_are_refused(self):
        for trailer in ("X-One: a\r\n", "X-One: " + "a" * 70000 + "\r\n", "X-One: a\r\n" * 5000,
                        "Content-Length: 5\r\n"):
            with self.subTest(trailer[:20]):
                self.refused(self.chunked("2\r\n{}\r\n0\r\n" + trailer + "\r\n"))
        # It killed nobody else: that connection alone has ended.
        self.assertEqual(self.site.get("/sessions", self.token).status, 200)


class Flow(Framing):
    def test_16_a_known_expectation_is_met_only_when_the_body_is_wanted(self):
        task = str(new_task()).replace("'", '"')
        path = f"/tasks/{task[8:44]}"
        fields = ("Host: s\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                  f"Content-Length: {len(task)}\r\n")
        with self.site.connect() as connection:
            connection.send(f"PUT {path} HTTP/1.1\r\nX-VCAV-Auth: {self.token}\r\n{fields}\r\n")
            self.assertEqual(connection.answer().status, 100)
            connection.send(task)
            self.assertEqual(connection.answer().status, 201)
        with self.subTest("no login"), self.site.connect() as connection:
            connection.send(f"PUT {path} HTTP/1.1\r\n{fields}\r\n")
            self.assertEqual(connection.answer().status, 401)
        with self.subTest("too large"), self.site.connect() as connection:
            large = fields.replace(f"Content-Length: {len(task)}", "Content-Length: 99999999")
            connection.send(f"PUT {path} HTTP/1.1\r\nX-VCAV-Auth: {self.token}\r\n{large}\r\n")
            self.assert_error(connection.answer(), 413, "PayloadTooLarge")
            self.assertIsNone(connection.answer())
        with self.subTest("the body comes anyway"):
            answers = self.site.exchange(f"PUT {path} HTTP/1.1\r\n{fields}\r\n{task}"
                                         + NEXT.replace("1.1\r\n", "1.1\r\nConnection: close\r\n"))
            self.assertIn([a.status for a in answers], ([401], [401, 401]))

    def test_16_an_unknown_expectation(self):
        self.refused(self.get("Expect: a-pony"), (417,))

    def test_17_pipelined_requests_are_answered_in_order(self):
        targets = ["/sessions", f"/tasks/{ID[:-1]}0", "/nowhere", "/tasks/1"]
        with self.site.connect() as connection:
            for _ in range(25):
                connection.send("".join(
                    self.get(f"X-VCAV-Auth: {self.token}", f"operationID: op-{i}", target=target)
                    for i, target in enumerate(targets)))
                found = [connection.answer() for _ in targets]
                self.assertEqual([answer.status for answer in found], [200, 404, 404, 400])
                self.assertEqual([answer.field("operationID") for answer in found],
                                 [f"op-{i}" for i in range(len(targets))])

    def test_17_what_follows_a_close_is_dropped(self):
        answers = self.site.exchange(self.get("Connection: close") + NEXT * 3)
        self.assertEqual([answer.status for answer in answers], [401])
        answers = self.site.exchange(self.get() + self.get("Connection: foo, Close") + NEXT)
        self.assertEqual([answer.status for answer in answers], [401, 401])

    def test_http_1_0_ends_after_its_answer_unless_it_asks_to_stay(self):
        answers = self.site.exchange(self.get(version="HTTP/1.0", host=None) + NEXT)
        self.assertEqual([answer.status for answer in answers], [401])
        self.assertEqual(answers[0].all("Transfer-Encoding"), [])

    def test_one_octet_at_a_time_is_a_request_like_any_other(self):
        with self.site.connect() as connection:
            for octet in self.get().encode():
                connection.send(bytes([octet]))
            self.assertEqual(connection.answer().status, 401)

    def test_an_empty_line_before_a_request_is_let_pass(self):
        self.assertEqual(len(self.site.exchange("\r\n" + self.get("Connection: close"))), 1)
