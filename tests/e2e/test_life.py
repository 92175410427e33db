"""The life of a process: probes, an end in order, a start after it or after a crash."""

import os
import signal
import socket
import time

from gateways import OwnHouseTest, new_task

ID = "f61d60d2-698a-46dc-a266-88df27644956"


class Life(OwnHouseTest):
    def listens(self, gateway):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", gateway.ports["callers"])) == 0

    def test_probes_and_nothing_else_on_the_admin_listener(self):
        gateway = self.gateway().start()
        self.assertEqual(gateway.probe("/livez"), 200)
        self.assertEqual(gateway.probe("/readyz"), 200)
        self.assertEqual(gateway.probe("/readyz", "HEAD"), 200)
        self.assertEqual(gateway.probe("/metrics"), 200)
        self.assertEqual(gateway.probe("/metrics", "HEAD"), 200)
        self.assertEqual(gateway.probe("/sessions"), 404)
        self.assertEqual(gateway.probe("/livez", "POST"), 405)
        self.assertEqual(gateway.probe("*", "OPTIONS"), 404)
        self.assertEqual(gateway.get("/livez").status, 404)

    def test_sessions_and_tasks_outlive_an_end_in_order_and_a_crash(self):
        gateway = self.gateway().start()
        task = new_task(gateway.name)
        producer, token = gateway.log_in("replicator"), gateway.log_in("admin1@Org1")
        gone = gateway.log_in("admin1@Org1")
        self.assertEqual(gateway.put(task, producer).status, 201)
        self.assertEqual(gateway.call("DELETE", "/sessions", gone).status, 204)
        for end in (gateway.stop, gateway.kill):
            end()
            gateway.start()
            self.assertEqual(gateway.get(f"/tasks/{task['id']}", token).json, task)
            self.assertEqual(gateway.get("/sessions", gone).status, 401)

    def test_both_signals_end_it_in_order(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            gateway = self.gateway().start()
            idle = gateway.connect()
            idle.send(f"GET /tasks/{ID} HTTP/1.1\r\nHost: s\r\n\r\n")
            self.assertEqual(idle.answer().status, 401)
            gateway.process.send_signal(number)
            self.assertEqual(idle.rest(), [])  # closed, not cut
            self.assertEqual(gateway.wait(), 0)

    def test_a_running_request_is_finished_before_the_end(self):
        gateway = self.gateway().start()
        token = gateway.log_in("replicator")
        task = new_task(gateway.name)
        body = str(task).replace("'", '"')
        with gateway.connect() as connection:
            connection.send(f"PUT /tasks/{task['id']} HTTP/1.1\r\nHost: s\r\nX-VCAV-Auth: {token}\r\n"
                            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                            "Expect: 100-continue\r\n\r\n")
            self.assertEqual(connection.answer().status, 100)  # it runs now
            gateway.process.send_signal(signal.SIGTERM)
            self.eventually(lambda: self.listens(gateway), False)
            connection.send(body)
            answer = connection.answer()
            self.assertEqual((answer.status, answer.field("Connection")), (201, "close"))
        self.assertEqual(gateway.wait(), 0)

    def test_it_does_not_wait_for_ever_for_a_request_that_never_ends(self):
        gateway = self.gateway(limits={"shutdown": "1s"}).start()
        token = gateway.log_in("replicator")
        with gateway.connect() as connection:
            connection.send(f"PUT /tasks/{ID} HTTP/1.1\r\nHost: s\r\nX-VCAV-Auth: {token}\r\n"
                            "Content-Type: application/json\r\nContent-Length: 9\r\n"
                            "Expect: 100-continue\r\n\r\n")
            self.assertEqual(connection.answer().status, 100)
            gateway.process.send_signal(signal.SIGTERM)
            self.assertEqual(gateway.wait(), 0)

    def test_a_site_that_hangs_does_not_hold_up_the_end(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            gateway = self.gateway("site1", limits={"shutdown": "500ms"}, sites={
                "site2": self.house.remote_site("site1", "site2", silent.getsockname()[1],
                                                timeouts={"connect": "30s", "total": "30s"},
                                                links={"warm": 0})}).start()
            token = gateway.log_in("root")
            with gateway.connect() as connection:
                connection.send(f"GET /tasks/{ID}?site=site2 HTTP/1.1\r\nHost: s\r\n"
                                f"X-VCAV-Auth: {token}\r\n\r\n")
                accepted, _ = silent.accept()  # it runs now
                began = time.monotonic()
                gateway.process.send_signal(signal.SIGTERM)
                answer = connection.answer()
                self.assertEqual((answer.status, answer.code), (503, "ShuttingDown"))
                self.assertEqual(gateway.wait(), 0)
                self.assertLess(time.monotonic() - began, 10)
                accepted.close()

    def test_probes_are_answered_when_all_connections_are_taken(self):
        gateway = self.gateway(limits={"connections": 2}).start()
        with gateway.connect(), gateway.connect():
            self.assert_error(gateway.get("/nowhere"), 503, "Overloaded")
            self.assertEqual(gateway.probe("/livez"), 200)

    def test_an_access_log_in_a_file_is_written_while_it_serves(self):
        gateway = self.gateway(log={"access": "requests.log"}).start()
        gateway.get("/nowhere")
        self.eventually(lambda: (gateway.home / "requests.log").read_text().count("EndpointNotFound"), 1)

    def test_the_access_log_may_be_a_file_or_off(self):
        for where in ("off", "requests.log"):
            gateway = self.gateway(log={"access": where}).start()
            gateway.get("/nowhere")
            gateway.stop()
            self.assertEqual(gateway.access(), [])
            self.assertEqual((gateway.home / "requests.log").exists(), where != "off")

    def test_it_leaves_no_file_open_to_others(self):
        gateway = self.gateway().start()
        gateway.stop()
        for file in gateway.home.rglob("*.db*"):
            self.assertEqual(os.stat(file).st_mode & 0o007, 0, file)
