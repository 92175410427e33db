"""A remote site that we did not write: Python and nginx in its place.

What it is told (no credential of the caller), and what becomes of its answers (CONTRACT 0.3).
"""

import base64
import hashlib
import json
import socket

from gateways import PASSWORD, GatewayTest, new_task
from nginx_site import Nginx
from pki import openssl
from python_site import PythonSite, reply

ID = "f61d60d2-698a-46dc-a266-88df27644956"
DOCUMENT = json.dumps(new_task("site2", "root", id=ID), indent=1).encode()


def error(code, status, **fields):
    body = json.dumps({"code": code, "msg": "<b>foreign words</b>", "args": ["a", 1, "x" * 400],
                       "stacktrace": f"com.vendor.Secret.method(Secret.java:1)\nsite2: {code}"}).encode()
    return reply(body, status, **fields)


class Foreign(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.remote = PythonSite(cls.house, "site2", reply(DOCUMENT))
        cls.addClassCleanup(cls.remote.close)
        cls.site = cls.class_gateway("site1", sites={
            "site2": cls.house.remote_site("site1", "site2", cls.remote.port)})
        cls.root = cls.site.log_in("root")

    def ask(self, answer=None, then_close=False, **fields):
        self.remote.answer = reply(DOCUMENT) if answer is None else answer
        self.remote.then_close = then_close
        self.remote.requests.clear()
        return self.site.get(f"/tasks/{ID}?site=site2", self.root, **fields)

    def test_a_document_is_relayed_byte_for_byte_and_nothing_of_the_head_is(self):
        answer = self.ask(reply(DOCUMENT, Server="evil", Set_Cookie="a=b", X_Powered_By="x", ETag='"1"',
                                Connection="keep-alive, X-Powered-By", Location="https://elsewhere"))
        self.assertEqual((answer.status, answer.body), (200, DOCUMENT))
        for name in ("Server", "Set-Cookie", "X-Powered-By", "Location"):
            self.assertEqual(answer.all(name), [])
        self.assertRegex(answer.field("ETag"), '^"[A-Za-z0-9_-]{22}"$')  # ours
        self.assertEqual(answer.field("Content-Type"), "application/json;charset=UTF-8")

    def test_nothing_of_the_caller_travels_but_the_operation_id(self):
        secrets = {"Authorization": "Bearer canary-1", "Cookie": "canary-2", "Config_Secret": "canary-3",
                   "Secret": "canary-4", "X_Custom": "canary-5", "User_Agent": "canary-6",
                   "Sitegate_Statement": "canary-7", "X_Forwarded_For": "canary-8",
                   "Accept": "application/vnd.vmware.h4-v3.5+json", "Content_Type": "application/canary"}
        self.assertEqual(self.ask(operationID="op-9", **secrets).status, 200)
        head, _ = self.remote.requests[0]
        self.assertNotIn("canary", head)
        self.assertNotIn(self.root, head)
        self.assertNotIn(PASSWORD, head)
        lines = head.split("\r\n")
        self.assertEqual(lines[0], f"GET /tasks/{ID}?site=site2 HTTP/1.1")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        self.assertEqual(set(fields), {"Host", "Accept", "operationID", "Via", "Sitegate-Deadline-Ms",
                                       "Sitegate-Statement"})
        self.assertEqual((fields["operationID"], fields["Accept"], fields["Via"]),
                         ("op-9", "application/json", "1.1 sitegate-site1"))
        self.assertLessEqual(int(fields["Sitegate-Deadline-Ms"]), 8000)

    def test_the_statement_says_who_asks_signed_for_this_site_and_this_connection(self):
        self.ask()
        head, certificate = self.remote.requests[0]
        token = next(line for line in head.split("\r\n") if line.startswith("Sitegate-Statement: "))[20:]
        parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]
        header, claims, signature = json.loads(parts[0]), json.loads(parts[1]), parts[2]
        self.assertEqual(header["alg"], "ES256")
        self.assertEqual([claims[name] for name in ("iss", "aud", "sub", "org")],
                         ["site1", "site2", "root", "System"])
        self.assertIn("ADMINISTRATORS", claims["roles"])
        self.assertLessEqual(claims["exp"] - claims["iat"], 120)
        thumbprint = hashlib.sha256(certificate).digest()
        self.assertEqual(claims["cnf"]["x5t#S256"],
                         base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode())
        # The signature, by openssl: r and s as DER.
        r, s = (int.from_bytes(signature[i:i + 32], "big") for i in (0, 32))
        config = self.house.folder / "signature.cnf"
        config.write_text(f"asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x{r:x}\ns=INTEGER:0x{s:x}\n")
        der = self.house.folder / "signature.der"
        openssl("asn1parse", "-genconf", config, "-out", der, "-noout")
        said = openssl("dgst", "-sha256", "-verify", self.house.statement_key("site1")[1], "-signature", der,
                       stdin=token.rsplit(".", 1)[0].encode())
        self.assertIn(b"Verified OK", said)

    def test_queued_is_shown_to_callers_who_know_it(self):
        queued = DOCUMENT.replace(b'"RUNNING"', b'"QUEUED"')
        self.assertIn(b"QUEUED", queued)
        self.assertEqual(self.ask(reply(queued)).body, queued.replace(b"QUEUED", b"RUNNING"))
        knows = self.ask(reply(queued), Accept="application/vnd.vmware.h4-v4.7+json")
        self.assertEqual(knows.body, queued)
        knows_not = self.ask(reply(queued), Accept="application/vnd.vmware.h4-v4.6+json")
        self.assertEqual(knows_not.body, queued.replace(b"QUEUED", b"RUNNING"))

    def test_what_its_answers_become(self):
        garbage = "502 SiteProtocolError"
        for title, answer, wanted in (
                ("TaskNotFound", error("TaskNotFound", "404 Not Found"), "404 TaskNotFound"),
                ("SiteNotFound", error("SiteNotFound", "404 Not Found"), garbage),
                ("another 404", error("EndpointNotFound", "404 Not Found"), garbage),
                ("404 in HTML", reply(b"<html>", "404 Not Found"), garbage),
                ("508", error("LoopDetected", "508 Loop Detected"), "508 LoopDetected"),
                ("401", error("NotAuthenticated", "401 Unauthorized"), "401 RemoteAuthenticationFailure"),
                ("403", error("Forbidden", "403 Forbidden"), "401 RemoteAuthenticationFailure"),
                ("400", error("BadUserInput", "400 Bad Request"), garbage),
                ("429", error("TooManyRequests", "429 Too Many", Retry_After="7"), "503 SiteUnavailable"),
                ("503", error("Overloaded", "503 Unavailable", Retry_After="900"), "503 SiteUnavailable"),
                ("504", error("SiteTimeout", "504 Timeout"), "504 SiteTimeout"),
                ("500", error("GeneralServerFailure", "500 Error"), garbage),
                ("502", error("SiteProtocolError", "502 Bad"), garbage),
                ("301", reply(b"", "301 Moved", Location="https://127.0.0.1:1/"), garbage),
                ("204", b"HTTP/1.1 204 No Content\r\n\r\n", garbage),
                ("299", reply(DOCUMENT, "299 Odd"), garbage),
                ("another task", reply(DOCUMENT.replace(ID.encode(), b"0" + ID[1:].encode())), garbage),
                ("an array", reply(b"[" + DOCUMENT + b"]"), garbage),
                ("no JSON", reply(b"hello"), garbage),
                ("nothing", reply(b""), garbage),
                ("id twice", reply(DOCUMENT.replace(b"{", b'{"id":"x",', 1)), garbage),
                ("too large", reply(DOCUMENT[:-2] + b',"x":"' + b"a" * 3000000 + b'"}'), garbage),
                ("no HTTP", b"SSH-2.0-OpenSSH\r\n\r\n", garbage),
                ("two lengths", reply(DOCUMENT, Content_length="5"), garbage),
                ("length and chunks", reply(DOCUMENT, Transfer_Encoding="chunked"), garbage),
                ("odd coding", reply(DOCUMENT, Content_Encoding="gzip"), garbage),
                ("a huge head", reply(DOCUMENT, X="a" * 300000), garbage),
                ("NUL in the head", reply(DOCUMENT, X="a\0b"), garbage),
                ("HTTP/2.0", reply(DOCUMENT).replace(b"HTTP/1.1", b"HTTP/2.0"), garbage),
        ):
            with self.subTest(title):
                answer = self.ask(answer)
                self.assertEqual(f"{answer.status} {answer.code}", wanted)
                self.assertNotIn(b"foreign words", answer.body)
                self.assertNotIn(b"Secret", answer.body)
                self.assertNotIn("x" * 300, answer.body.decode())
                self.assertTrue(answer.json["stacktrace"].endswith(f"site1: {answer.code}"))
                self.assertEqual(self.ask().status, 200, "the next lookup is not concerned")

    def test_retry_after_is_kept_and_bounded(self):
        self.assertEqual(self.ask(error("X", "429 Many", Retry_After="7")).field("Retry-After"), "7")
        self.assertEqual(self.ask(error("X", "503 No", Retry_After="900")).field("Retry-After"), "60")

    def test_chunks_and_interim_answers_are_read(self):
        half = len(DOCUMENT) // 2
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (DOCUMENT[:half], DOCUMENT[half:]))
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertEqual(self.ask(head + chunks + b"0\r\n\r\n").body, DOCUMENT)
        interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        self.assertEqual(self.ask(interim + reply(DOCUMENT)).body, DOCUMENT)
        self.assertEqual(self.ask(head + b"x\r\n").status, 502)
        self.assertEqual(self.ask(interim * 1000 + reply(DOCUMENT)).status, 502)

    def test_a_cut_answer_is_never_passed_on(self):
        for cut in (DOCUMENT[:50], reply(DOCUMENT)[:-1], reply(DOCUMENT)[:20]):
            answer = self.ask(cut, then_close=True)
            self.assertEqual((answer.status, answer.code), (502, "SiteProtocolError"))

    def test_surplus_octets_never_become_the_next_answer(self):
        evil = reply(DOCUMENT.replace(b"RUNNING", b"SMUGGLE"))
        self.assertEqual(self.ask(reply(DOCUMENT) + evil).body, DOCUMENT)
        for _ in range(4):
            self.assertEqual(self.ask().body, DOCUMENT)

    def test_silence_is_a_timeout_within_the_deadline(self):
        site = self.gateway(sites={"site2": self.house.remote_site(
            "site1", "site2", self.remote.port, timeouts={"connect": "1s", "total": "1500ms"})}).start()
        root = site.log_in("root")
        for self.remote.answer in (b"", reply(DOCUMENT)[:-1]):
            answer = site.get(f"/tasks/{ID}?site=site2", root)
            self.assertEqual((answer.status, answer.code), (504, "SiteTimeout"))

    def test_a_link_closed_while_at_rest_is_replaced_once(self):
        for _ in range(5):
            self.assertEqual(self.ask(then_close=True).status, 200)

    def test_a_server_that_never_ends_its_handshake(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            site = self.gateway("site7", sites={"site2": self.house.remote_site(
                "site7", "site2", mute.getsockname()[1], timeouts={"connect": "500ms", "total": "1s"})}).start()
            answer = site.get(f"/tasks/{ID}?site=site2", site.log_in("root"))
            self.assertEqual((answer.status, answer.code), (504, "SiteTimeout"))


class NginxSite(GatewayTest):
    """nginx serves a file where the task would be."""

    def test_nginx_as_a_remote_site(self):
        nginx = Nginx(self.house, "site2", {f"tasks/{ID}": DOCUMENT}, "ssl")
        self.addCleanup(nginx.close)
        site = self.gateway("site1", sites={"site2": self.house.remote_site("site1", "site2", nginx.port)}).start()
        token = site.log_in("root")
        self.eventually(lambda: site.get(f"/tasks/{ID}?site=site2", token).status, 200)
        self.assertEqual(site.get(f"/tasks/{ID}?site=site2", token).body, DOCUMENT)
        answer = site.get(f"/tasks/{ID.replace('f', '0')}?site=site2", token)
        self.assertEqual((answer.status, answer.code), (502, "SiteProtocolError"))
