"""Answers of one turn are sent together, by one system call where io_uring is allowed."""

import ctypes
import json
import os
import pathlib
import sys

from gateways import OwnHouseTest, new_task
from holding import held

WITHOUT = pathlib.Path(__file__).parent / "without_io_uring.py"
IO_URING_SETUP = 425
NOTE = "io_uring is not to be had"


def io_uring_is_allowed():
    ring = ctypes.CDLL(None).syscall(IO_URING_SETUP, 1, bytes(120))
    if ring >= 0:
        os.close(ring)
    return ring >= 0


class Batches(OwnHouseTest):
    def serve(self, prefix=()):
        """A gateway, a hundred callers of it, and what each asks."""
        gateway = self.gateway("site1", workers=1)
        gateway.prefix = list(prefix)
        gateway.start()
        producer, token = gateway.log_in("replicator"), gateway.log_in("root")
        tasks = [new_task() for _ in range(10)]
        for task in tasks:
            self.assertEqual(gateway.put(task, producer).status, 201)
        callers = [self.enterContext(gateway.connect()) for _ in range(100)]
        for round_ in range(3):
            with held(gateway):
                for i, caller in enumerate(callers):
                    caller.send(f"GET /tasks/{tasks[i % 10]['id']} HTTP/1.1\r\nHost: s\r\n"
                                f"X-VCAV-Auth: {token}\r\noperationID: {round_}-{i}\r\n\r\n".encode())
                callers.pop().socket.close()  # gone before its answer
            for i, caller in enumerate(callers):
                answer = caller.answer()
                self.assertEqual((answer.status, answer.field("operationID")), (200, f"{round_}-{i}"))
                self.assertEqual(json.loads(answer.body)["id"], tasks[i % 10]["id"])
        return gateway

    def test_a_hundred_callers_in_one_turn(self):
        gateway = self.serve()
        self.assertEqual(gateway.log.count(NOTE), 0 if io_uring_is_allowed() else 1, gateway.log)

    def test_the_same_where_io_uring_is_forbidden(self):
        gateway = self.serve([sys.executable, str(WITHOUT)])
        self.assertEqual(gateway.log.count(NOTE), 1, gateway.log)
