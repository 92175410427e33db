"""PROXY protocol v2 in front of callers' and peers' listeners: HAProxy, and octets by hand."""

import socket
import ssl
import struct
import subprocess

from balancer import Balancer
from gateways import PASSWORD, Gateway, GatewayTest
from wire import PATIENCE

ID = "f61d60d2-698a-46dc-a266-88df27644956"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def header(source, command=0x21):
    addresses = socket.inet_aton(source) + socket.inet_aton("192.0.2.1") + struct.pack(">HH", 9, 8443)
    return SIGNATURE + struct.pack(">BBH", command, 0x11, len(addresses)) + addresses


def proxied(gateway, listener="callers", networks=("127.0.0.1",)):
    for each in gateway.config["listeners"]:
        if each["for"] == listener:
            each["proxy_protocol_from"] = list(networks)
    return gateway


class ProxyProtocol(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = proxied(Gateway(cls.house, "site1", limits={
            "handshake": "5s", "connections_per_address": 1, "login_failures_per_user": 1}))
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()

    def get(self, first, path="/nowhere"):
        with self.site.connect(first=first) as connection:
            connection.send(f"GET {path} HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")
            return connection.answer()

    def callers_of(self, path):
        """Addresses in the access log of those who asked for this path."""
        return [line["peer"] for line in self.site.access() if line["path"] == path]

    def refused(self, data):
        """What is sent leads to the end of the connection, and to no octet."""
        with socket.create_connection(("127.0.0.1", self.site.ports["callers"]), PATIENCE) as plain:
            plain.sendall(data)
            try:
                return plain.recv(100) == b""
            except ConnectionResetError:
                return True

    def ask_through_haproxy(self, path, options):
        balancer = Balancer(self, f"server s 127.0.0.1:{self.site.ports['callers']} {options}")
        return subprocess.run(
            ["curl", "-sS", "--interface", "127.0.0.2", "--cacert", self.house.authority.certificate,
             f"https://127.0.0.1:{balancer.port}{path}"], capture_output=True, timeout=PATIENCE)

    def test_haproxy_tells_who_calls(self):
        curl = self.ask_through_haproxy("/via-haproxy", "send-proxy-v2")
        self.assertIn(b"EndpointNotFound", curl.stdout, curl.stderr)
        self.eventually(lambda: self.callers_of("/via-haproxy"), ["127.0.0.2"])

    def test_what_else_haproxy_says_is_skipped_and_its_checksum_is_right(self):
        options = "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority"
        curl = self.ask_through_haproxy("/via-haproxy-with-more", options)
        self.assertIn(b"EndpointNotFound", curl.stdout, curl.stderr)
        self.eventually(lambda: self.callers_of("/via-haproxy-with-more"), ["127.0.0.2"])

    def test_version_1_of_haproxy_is_refused(self):
        curl = self.ask_through_haproxy("/version-1", "send-proxy")
        self.assertNotEqual(curl.returncode, 0)
        self.assertEqual(curl.stdout, b"")
        self.assertEqual(self.callers_of("/version-1"), [])

    def test_a_check_of_haproxy_comes_from_haproxy_itself(self):
        balancer = Balancer(self, f"""
  option httpchk GET /checked-by-haproxy
  http-check expect status 404
  server s 127.0.0.1:{self.site.ports['callers']} send-proxy-v2 check-send-proxy check check-ssl verify none inter 200ms""")
        self.eventually(balancer.checks, {"s": "L7OK"})
        self.eventually(lambda: set(self.callers_of("/checked-by-haproxy")), {"127.0.0.1"})

    def test_what_is_no_header_ends_without_a_word(self):
        whole = header("192.0.2.9")
        for data in (b"PROXY TCP4 192.0.2.9 192.0.2.1 9 8443\r\n", b"GET / HTTP/1.1\r\n\r\n",
                     header("192.0.2.9", command=0x22), header("192.0.2.9", command=0x11),
                     whole[:14] + b"\x00\x05" + whole[16:21], whole[:14] + b"\xff\xff",
                     whole[:13] + b"\x41" + whole[14:]):
            with self.subTest(data):
                self.assertTrue(self.refused(data))
        self.assertEqual(self.get(whole).status, 404)

    def test_who_comes_without_a_header_is_not_served_and_the_operator_hears_of_it(self):
        site = proxied(self.gateway()).start()
        with self.assertRaises((OSError, ssl.SSLError)):
            site.connect()
        self.eventually(lambda: "no PROXY protocol v2 header: the connection does not begin with one"
                        in site.log, True)

    def test_a_header_that_does_not_come_or_does_not_end_is_late(self):
        for data in (b"", header("192.0.2.9")[:20]):
            with self.subTest(data):
                self.assertTrue(self.refused(data))

    def test_a_header_may_come_octet_by_octet(self):
        plain = socket.create_connection(("127.0.0.1", self.site.ports["callers"]), PATIENCE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in header("192.0.2.10"):
            plain.sendall(bytes([octet]))
        with self.house.context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            connection.sendall(b"GET /in-drops HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")
            self.assertIn(b" 404 ", connection.recv(1000))
        self.eventually(lambda: self.callers_of("/in-drops"), ["192.0.2.10"])

    def test_no_limit_per_address_holds_behind_a_balancer(self):
        with self.site.connect(first=header("192.0.2.11")), \
                self.site.connect(first=header("192.0.2.11")):
            self.assertEqual(self.get(header("192.0.2.11")).status, 404)

    def test_wrong_logins_count_where_they_really_come_from(self):
        def log_in(source, password):
            body = '{"type":"localUser","localUser":"root","localPassword":"%s"}' % password
            with self.site.connect(first=header(source)) as connection:
                connection.send("POST /sessions HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\n"
                                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}")
                return connection.answer()
        self.assertEqual(log_in("192.0.2.20", "wrong").status, 401)
        self.assertEqual(log_in("192.0.2.20", PASSWORD).status, 429)
        self.assertEqual(log_in("192.0.2.21", PASSWORD).status, 200)

    def test_nobody_but_the_balancers_is_believed(self):
        site = proxied(self.gateway(), networks=["192.0.2.0/24", "127.0.0.9"]).start()
        with self.assertRaises((OSError, ssl.SSLError)):
            site.connect(first=header("192.0.2.9"))
        self.eventually(lambda: "it is not in listeners[0].proxy_protocol_from" in site.log, True)
        with site.connect(first=header("192.0.2.9"), source="127.0.0.9") as connection:
            connection.send("GET /nowhere HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")
            self.assertEqual(connection.answer().status, 404)


class Peers(GatewayTest):
    def test_a_site_is_asked_through_haproxy(self):
        site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")})
        proxied(site2, "peers", ["127.0.0.9"]).start()
        balancer = Balancer(self, f"server s 127.0.0.1:{site2.ports['peers']} source 127.0.0.9 send-proxy-v2")
        site1 = self.gateway("site1", sites={
            "site2": self.house.remote_site("site1", "site2", balancer.port)}).start()
        answer = site1.get(f"/tasks/{ID}?site=site2", site1.log_in("root"))
        self.assert_error(answer, 404, "TaskNotFound")
        self.eventually(lambda: [line["peer"] for line in site2.access()], ["127.0.0.1"])
