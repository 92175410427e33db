"""TLS as openssl s_client sees it: versions, suites, ALPN, tickets, client certificates."""

import ssl
import subprocess

from gateways import GatewayTest


class Tls(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway(peers={"site7": cls.house.peer("site7")})

    def s_client(self, *options, listener="callers", said=b"Q\n"):
        """(exit code, everything it printed)"""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.site.ports[listener]}", "-CAfile",
             str(self.house.authority.certificate), *map(str, options)],
            input=said, capture_output=True, timeout=30)
        return done.returncode, (done.stdout + done.stderr).decode("latin-1")

    def test_versions(self):
        for option, version in (("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2")):
            code, said = self.s_client(option, "-verify_return_error", "-verify_ip", "127.0.0.1")
            self.assertEqual(code, 0, said)
            self.assertIn(f"New, {version}, Cipher is", said)
            self.assertIn("Verify return code: 0 (ok)", said)
        for option in ("-tls1", "-tls1_1"):
            code, said = self.s_client(option, "-cipher", "ALL:@SECLEVEL=0")
            self.assertNotEqual(code, 0, said)
            self.assertIn("Cipher is (NONE)", said)

    def test_only_aead_suites_with_forward_secrecy(self):
        for suite in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                      "ECDHE-ECDSA-CHACHA20-POLY1305"):
            self.assertEqual(self.s_client("-tls1_2", "-cipher", suite)[0], 0, suite)
        for suite in ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256", "kRSA"):
            self.assertNotEqual(self.s_client("-tls1_2", "-cipher", suite)[0], 0, suite)

    def test_alpn_is_http_1_1(self):
        self.assertIn("ALPN protocol: http/1.1", self.s_client("-alpn", "h2,http/1.1")[1])
        self.assertIn("No ALPN negotiated", self.s_client()[1])

    def test_callers_may_resume_by_ticket_and_never_send_early_data(self):
        for version in ("-tls1_2", "-tls1_3"):
            ticket = self.house.folder / f"ticket{version}"
            request = b"GET /nowhere HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n"
            _, said = self.s_client(version, "-sess_out", ticket, "-ign_eof", said=request)
            self.assertIn("EndpointNotFound", said)
            self.assertNotIn("Max Early Data: 1", said)
            self.assertTrue(ticket.exists())
            # Whichever worker takes the connection: they share the keys.
            for _ in range(6):
                _, said = self.s_client(version, "-sess_in", ticket, "-ign_eof", said=request)
                self.assertIn("Reused, TLSv1.", said)

    def test_renegotiation_is_refused(self):
        _, said = self.s_client("-tls1_2", said=b"R\n")
        self.assertRegex(said, "no renegotiation|handshake failure|unexpected")

    def test_peers_must_show_a_certificate_of_the_ca(self):
        request = b"GET /nowhere HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n"
        certificate, key = self.house.certificate("site7")
        shown = ("-cert", certificate, "-key", key, "-ign_eof")
        for version in ("-tls1_2", "-tls1_3"):
            _, said = self.s_client(version, "-ign_eof", listener="peers", said=request)
            self.assertRegex(said, "certificate required|handshake failure")
            self.assertNotIn("EndpointNotFound", said)
            _, said = self.s_client(version, *shown, listener="peers", said=request)
            self.assertIn("EndpointNotFound", said)
            self.assertNotIn("TLS session ticket:", said)

    def test_a_peer_of_another_ca_is_refused(self):
        import pki
        other = pki.Authority(self.house.folder / "other-ca", "another CA")
        certificate, key = other.issue("site2")
        request = b"GET /nowhere HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n"
        _, said = self.s_client("-cert", certificate, "-key", key, "-ign_eof", listener="peers",
                                said=request)
        self.assertRegex(said, "alert unknown ca|alert bad certificate|alert")
        self.assertNotIn("EndpointNotFound", said)

    def test_callers_are_not_asked_for_a_certificate(self):
        self.assertIn("No client certificate CA names sent", self.s_client("-tls1_2")[1])

    def test_plain_http_on_a_tls_port_does_no_harm(self):
        import socket
        with socket.create_connection(("127.0.0.1", self.site.ports["callers"]), 10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: s\r\n\r\n")
            try:
                self.assertLess(len(plain.recv(1000)), 20)
            except ConnectionResetError:
                pass
        self.assertEqual(self.site.get("/nowhere").status, 404)

    def test_python_sees_close_notify_at_the_end(self):
        context = ssl.create_default_context(cafile=self.house.authority.certificate)
        with self.site.connect(context=context) as connection:
            connection.socket.suppress_ragged_eofs = False
            connection.send("GET /nowhere HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")
            self.assertEqual(connection.answer().status, 404)
            self.assertIsNone(connection.answer())
