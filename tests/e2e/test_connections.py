"""How many connections there may be, and what becomes of those that are one too many."""

import contextlib
import os
import re
import resource
import socket
import time

from gateways import GatewayTest, OwnHouseTest, new_task
from wire import PATIENCE

ID = "f61d60d2-698a-46dc-a266-88df27644956"


def ask(connection, path="/nowhere"):
    connection.send(f"GET {path} HTTP/1.1\r\nHost: s\r\n\r\n")
    return connection.answer()


def is_closed(plain):
    """Waits for the end of a connection that says nothing."""
    try:
        return plain.recv(100) == b""
    except ConnectionResetError:
        return True


def status(site):
    """Of the answer to a caller who comes now; None without one."""
    try:
        return site.get("/nowhere").status
    except (OSError, AssertionError):
        return None


class Places(GatewayTest):
    def test_one_address_gets_its_share_and_hears_which_limit_it_met(self):
        site = self.gateway(limits={"connections_per_address": 3}).start()
        with contextlib.ExitStack() as stack:
            kept = [stack.enter_context(site.connect()) for _ in range(3)]
            answer = site.get("/nowhere")
            self.assert_error(answer, 429, "TooManyRequests")
            self.assertIn("limits.connections_per_address", answer.json["msg"])
            self.assertEqual(answer.field("Retry-After"), "1")
            self.assertEqual(answer.field("Connection"), "close")
            with site.connect(source="127.0.0.2") as other:
                self.assertEqual(ask(other).status, 404)
            self.assertEqual([ask(connection).status for connection in kept], [404] * 3)
        self.eventually(lambda: site.get("/nowhere").status, 404)
        self.eventually(lambda: site.log.count("limits.connections_per_address"), 1)

    def test_all_together_have_a_limit_and_hear_of_it(self):
        site = self.gateway(limits={"connections": 2}).start()
        with site.connect(), site.connect(source="127.0.0.2"):
            with site.connect(source="127.0.0.3") as third:
                answer = ask(third)
                self.assert_error(answer, 503, "Overloaded")
                self.assertIn("limits.connections ", answer.json["msg"])
                self.assertIsNone(third.answer())
        self.eventually(lambda: site.get("/nowhere").status, 404)

    def test_peers_have_no_limit_per_address(self):
        site = self.gateway("site2", peers={"site1": self.house.peer("site1")},
                            limits={"connections_per_address": 1}).start()
        context = self.house.client_context("site1")
        with site.connect("peers", context) as one, site.connect("peers", context) as two:
            self.assertEqual([ask(one).status, ask(two).status], [404, 404])

    def test_who_shows_no_certificate_to_the_peers_listener_takes_no_place_from_callers(self):
        site = self.gateway(peers={"site1": self.house.peer("site1")},
                            limits={"connections": 4}).start()
        address = ("127.0.0.1", site.ports["peers"])
        with contextlib.ExitStack() as stack:
            for _ in range(10):
                stack.enter_context(socket.create_connection(address, PATIENCE))
            self.eventually(lambda: "shown no certificate" in site.log, True)
            self.assertEqual(site.get("/nowhere").status, 404)

        def peer_status():
            with site.connect("peers", self.house.client_context("site1")) as peer:
                return ask(peer).status
        self.eventually(peer_status, 404)

    def test_only_so_many_are_turned_away_with_a_word_and_not_for_long(self):
        site = self.gateway(limits={"connections": 1}).start()
        with site.connect() as kept, contextlib.ExitStack() as stack:
            address = ("127.0.0.1", site.ports["callers"])
            silent = [stack.enter_context(socket.create_connection(address, PATIENCE))
                      for _ in range(64)]
            # The 64 have a few seconds; who comes meanwhile is closed at once.
            self.eventually(lambda: "was closed without a word" in site.log or
                            is_closed(stack.enter_context(socket.create_connection(address, PATIENCE))),
                            True)
            for plain in silent:
                self.assertTrue(is_closed(plain))
            self.eventually(lambda: status(site), 503)
            self.assertEqual(ask(kept).status, 404)


class Descriptors(OwnHouseTest):
    def cpu_seconds(self, gateway):
        with open(f"/proc/{gateway.process.pid}/stat") as stat:
            fields = stat.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def set_limit(self, gateway, soft):
        _, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, (soft, hard))

    def test_without_descriptors_the_acceptor_neither_spins_nor_dies(self):
        site = self.gateway(workers=1).start()
        with site.connect() as kept:
            self.assertEqual(ask(kept).status, 404)
            before = resource.prlimit(site.process.pid, resource.RLIMIT_NOFILE)[0]
            numbers = site.descriptors()
            free = next(n for n in range(len(numbers) + 1) if n not in numbers)
            self.set_limit(site, free)  # not one more
            began, used = time.monotonic(), self.cpu_seconds(site)
            closed = 0
            while time.monotonic() - began < 2:
                with socket.create_connection(("127.0.0.1", site.ports["callers"]), PATIENCE) as plain:
                    closed += is_closed(plain)
            used = self.cpu_seconds(site) - used
            self.assertGreater(closed, 0)  # nobody is left hanging
            self.assertLess(used, 0.25 * (time.monotonic() - began))
            self.assertEqual(ask(kept).status, 404)
            self.eventually(lambda: "accept failed: Too many open files" in site.log, True)
            self.set_limit(site, before)
            self.eventually(lambda: status(site), 404)

    def test_callers_leave_descriptors_to_the_store_and_to_lookups_at_sites(self):
        site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")}).start()
        site1 = self.gateway("site1", sites={"site2": self.house.remote_site(
            "site1", "site2", site2.ports["peers"], max_in_flight=50)})
        site1.prefix = ["prlimit", "--nofile=600:600"]
        site1.start()
        room = int(re.search(r"leaves room for (\d+)", site1.log).group(1))
        self.assertTrue(100 < room < 400, room)
        producer, root = site1.log_in("replicator"), site1.log_in("root")
        task = new_task("site1")
        with contextlib.ExitStack() as stack:
            kept = [stack.enter_context(site1.connect()) for _ in range(room)]
            self.assert_error(site1.get("/nowhere"), 503, "Overloaded")
            # All callers ask the other site at once.
            for connection in kept[:50]:
                connection.send(f"GET /tasks/{ID}?site=site2 HTTP/1.1\r\nHost: s\r\n"
                                f"X-VCAV-Auth: {root}\r\n\r\n")
            self.assertEqual([connection.answer().code for connection in kept[:50]],
                             ["TaskNotFound"] * 50)
            body = str(task).replace("'", '"')
            kept[0].send(f"PUT /tasks/{task['id']} HTTP/1.1\r\nHost: s\r\nX-VCAV-Auth: {producer}\r\n"
                         f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
            self.assertEqual(kept[0].answer().status, 201)
        self.assertNotIn("Too many open files", site1.log)
