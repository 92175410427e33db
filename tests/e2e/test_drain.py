"""A gateway that ends loses nothing: what came before the end is answered."""

import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

from balancer import Balancer
from gateways import OwnHouseTest, new_task
from wire import PATIENCE

REQUEST = "GET /nowhere HTTP/1.1\r\nHost: s\r\n\r\n"


class Drain(OwnHouseTest):
    def end(self, gateway):
        gateway.process.send_signal(signal.SIGTERM)

    def draining(self, gateway):
        self.end(gateway)
        self.eventually(lambda: gateway.probe("/readyz"), 503)
        return gateway

    def frozen(self, gateway):
        gateway.process.send_signal(signal.SIGSTOP)

    def end_and_thaw(self, gateway):
        """It wakes up with the signal and all that was sent to it meanwhile."""
        self.end(gateway)
        gateway.process.send_signal(signal.SIGCONT)

    def test_while_it_drains_it_is_not_ready_but_serves_and_every_answer_is_the_last(self):
        gateway = self.gateway(drain={"delay": "10m"}).start()
        with gateway.connect() as kept:
            kept.send(REQUEST)
            self.assertIsNone(kept.answer().field("Connection"))
            self.draining(gateway)
            self.assertEqual(gateway.probe("/livez"), 200)
            token = gateway.log_in("root")
            self.assertEqual(gateway.get("/sessions", token).status, 200)
            for connection in (kept, gateway.connect()):
                connection.send(REQUEST)
                answer = connection.answer()
                self.assertEqual((answer.status, answer.field("Connection")), (404, "close"))
                self.assertIsNone(connection.answer())
                connection.socket.close()
        self.end(gateway)  # the second signal: at once

    def test_it_ends_by_itself_when_the_delay_has_passed(self):
        gateway = self.gateway(drain={"delay": "1s"}).start()
        began = time.monotonic()
        self.end(gateway)
        self.assertEqual(gateway.wait(), 0)
        self.assertGreaterEqual(time.monotonic() - began, 1)

    def test_a_request_on_a_resting_connection_that_came_before_the_end_is_answered(self):
        gateway = self.gateway().start()
        resting = [gateway.connect() for _ in range(20)]
        for connection in resting:
            connection.send(REQUEST)
            self.assertEqual(connection.answer().status, 404)
        self.frozen(gateway)
        for connection in resting:
            connection.send(REQUEST)
        self.end_and_thaw(gateway)
        self.assertEqual([[answer.status for answer in connection.rest()] for connection in resting],
                         [[404]] * 20)
        self.assertEqual(gateway.wait(), 0)

    def test_a_request_of_which_one_octet_came_before_the_end_is_answered(self):
        gateway = self.gateway().start()
        plain = socket.create_connection(("127.0.0.1", gateway.ports["callers"]), PATIENCE)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.house.context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")

        def until_done(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    octets = plain.recv(65536)
                    if not octets:
                        raise AssertionError("the gateway ended the connection") from None
                    incoming.write(octets)
        with plain:
            until_done(tls.do_handshake)
            tls.write(REQUEST.encode())
            plain.sendall(outgoing.read())
            self.assertIn(b" 404 ", until_done(lambda: tls.read(65536)))
            tls.write(REQUEST.encode())
            record = outgoing.read()
            self.frozen(gateway)
            plain.sendall(record[:1])
            self.end_and_thaw(gateway)
            self.eventually(lambda: "stopping" in gateway.log, True)
            plain.sendall(record[1:])
            answer = until_done(lambda: tls.read(65536))
            self.assertIn(b" 404 ", answer)
            self.assertIn(b"Connection: close", answer)
        self.assertEqual(gateway.wait(), 0)

    def test_connections_that_wait_at_the_door_are_served_before_it_closes(self):
        gateway = self.gateway().start()
        self.frozen(gateway)
        waiting = [socket.create_connection(("127.0.0.1", gateway.ports["callers"]), PATIENCE)
                   for _ in range(4)]
        answers = []

        def ask(plain):
            with self.house.context.wrap_socket(plain, server_hostname="127.0.0.1",
                                                do_handshake_on_connect=False) as connection:
                connection.do_handshake()
                connection.sendall(REQUEST.encode())
                answers.append(connection.recv(65536)[:12])
        threads = [threading.Thread(target=ask, args=(plain,)) for plain in waiting]
        for thread in threads:
            thread.start()
        self.end_and_thaw(gateway)
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [b"HTTP/1.1 404"] * 4)
        self.assertEqual(gateway.wait(), 0)

    def test_who_does_not_ask_anything_does_not_hold_up_the_end(self):
        gateway = self.gateway().start()
        address = ("127.0.0.1", gateway.ports["callers"])
        with gateway.connect(), socket.create_connection(address, PATIENCE):
            gateway.get("/nowhere")  # both have been accepted
            began = time.monotonic()
            self.end(gateway)
            self.assertEqual(gateway.wait(), 0)
            self.assertLess(time.monotonic() - began, 15)  # and not limits.shutdown


class Restarts(OwnHouseTest):
    """Two gateways of one site behind HAProxy, which asks /readyz five times a second. wrk keeps
    asking over kept connections; every twentieth request of it ends its connection, so that a
    gateway that is back gets its share again."""

    TURNS = 10
    AT_LEAST = 100  # answers of the gateway in question before each of its ends

    def wrk(self, port, path, token):
        script = self.house.folder / "ask.lua"
        script.write_text(f"""
            local asked = 0
            function request()
              asked = asked + 1
              local fields = {{ ["X-VCAV-Auth"] = "{token}" }}
              if asked % 20 == 0 then fields["Connection"] = "close" end
              return wrk.format("GET", "{path}", fields)
            end
            function delay() return math.random(0, 20) end""")
        return subprocess.Popen(["wrk", "-t1", "-c8", "-d300s", "--timeout", "20s", "-s", script,
                                 f"https://127.0.0.1:{port}"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def pair(self):
        """Two gateways of site1 with the same tasks and sessions; and a token for this task."""
        one = self.gateway("one", site={"name": "site1"}, drain={"delay": "2s"}).start()
        task = new_task("site1", "replicator")
        token = one.log_in("replicator")
        self.assertEqual(one.put(task, token).status, 201)
        one.process.send_signal(signal.SIGTERM)
        one.process.send_signal(signal.SIGINT)
        self.assertEqual(one.wait(), 0)
        two = self.gateway("two", site={"name": "site1"})
        shutil.copytree(one.home / "state", two.home / "state")
        return one.start(), two.start(), f"/tasks/{task['id']}", token

    def test_ten_restarts_of_one_of_two_gateways_lose_no_request(self):
        one, two, path, token = self.pair()
        balancer = Balancer(self, f"""
  option httpchk GET /readyz
  default-server check inter 200ms fall 1 rise 1
  server one 127.0.0.1:{one.ports['callers']} port {one.ports['admin']}
  server two 127.0.0.1:{two.ports['callers']} port {two.ports['admin']}""")
        self.eventually(balancer.checks, {"one": "L7OK", "two": "L7OK"})
        wrk = self.wrk(balancer.port, path, token)
        self.addCleanup(wrk.stdout.close)
        self.addCleanup(wrk.wait)
        self.addCleanup(wrk.kill)

        def answered(gateway):
            return (gateway.home / "access.log").read_text().count(path)
        for _ in range(self.TURNS):
            before = answered(one)
            self.eventually(lambda: answered(one) >= before + self.AT_LEAST, True)
            one.process.send_signal(signal.SIGTERM)
            self.assertEqual(one.wait(), 0)
            one.start()
        before = answered(one)
        self.eventually(lambda: answered(one) > before, True)
        wrk.send_signal(signal.SIGINT)
        report = wrk.communicate(timeout=PATIENCE)[0]
        one.stop()
        two.stop()

        asked = int(re.search(r"(\d+) requests in", report).group(1))
        self.assertNotIn("Socket errors", report)
        self.assertNotIn("Non-2xx", report)
        lines = [line for line in one.access() + two.access()
                 if line["path"] == path and line["method"] == "GET"]
        # Those that wrk itself left when it was told to end: at most one per connection.
        unheard = [line for line in lines if line["endedBy"] == "caller"]
        self.assertLessEqual(len(unheard), 8)
        self.assertEqual({line["status"] for line in lines}, {200})
        self.assertTrue(asked <= len(lines) <= asked + 8, (asked, len(lines), report))
