"""What must not wait: a process for the reader of its log, a logout for a disk."""

import os
import signal
import sqlite3
import subprocess
import threading
import time

from gateways import SITEGATE, OwnHouseTest


class LogReader(OwnHouseTest):
    def test_a_reader_who_stopped_reading_hangs_neither_requests_nor_the_end(self):
        gateway = self.gateway()
        gateway.write()
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        gateway.process = subprocess.Popen([SITEGATE, "serve", "--config", gateway.config_file],
                                           stdin=subprocess.DEVNULL, stdout=writing,
                                           stderr=subprocess.PIPE, text=True)
        os.close(writing)
        self.addCleanup(gateway.process.wait)
        self.addCleanup(gateway.process.kill)
        for line in gateway.process.stderr:
            if "listening for " in line:
                kind, port = line.split("listening for ")[1].split(" on 127.0.0.1:")
                gateway.ports[kind] = int(port)
            if len(gateway.ports) == len(gateway.config["listeners"]):
                break
        request = "GET /nowhere HTTP/1.1\r\nHost: s\r\noperationID: " + "a" * 200 + "\r\n\r\n"
        with gateway.connect() as connection:
            for _ in range(400):  # more than a pipe holds
                connection.send(request)
                self.assertEqual(connection.answer().status, 404)
        process, gateway.process = gateway.process, None
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        self.addCleanup(watchdog.cancel)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
        self.assertEqual(process.wait(20), 0)
        process.stderr.close()
        self.assertLess(time.monotonic() - began, 15)
        self.assertIn("stopped", said)


class LockedStore(OwnHouseTest):
    def test_a_logout_is_in_force_although_the_store_cannot_take_it(self):
        gateway = self.gateway(limits={"local_deadline": "4s"}).start()
        token, other = gateway.log_in("root"), gateway.log_in("root")
        with sqlite3.connect(gateway.home / "state" / "tasks.db", isolation_level=None) as database:
            database.execute("BEGIN IMMEDIATE")
            answer = gateway.call("DELETE", "/sessions", token)
            self.assertEqual(answer.status, 503, answer)
            self.assertGreater(int(answer.field("Retry-After")), 0)
            self.assertEqual(gateway.get("/sessions", token).status, 401)
            self.assertEqual(gateway.get("/sessions", other).status, 200)
            database.execute("ROLLBACK")
        # What the store could not take is made up for: a crash does not bring the session back.
        self.eventually(lambda: self.sessions(gateway), 1)
        gateway.kill()
        gateway.start()
        self.assertEqual(gateway.get("/sessions", token).status, 401)
        self.assertEqual(gateway.get("/sessions", other).status, 200)

    @staticmethod
    def sessions(gateway):
        with sqlite3.connect(gateway.home / "state" / "tasks.db") as database:
            return database.execute("SELECT count(*) FROM sessions").fetchone()[0]
