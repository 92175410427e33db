"""What tests of a store in trouble share."""

import re
import subprocess

from gateways import OwnHouseTest, new_task

NOTE = "x" * 2000


class StoreTest(OwnHouseTest):
    def database(self, gateway):
        return gateway.home / "state" / "tasks.db"

    def served(self, **changes):
        """A gateway that serves, and the tokens of a producer and of somebody who sees all."""
        gateway = self.gateway("site1", **changes).start()
        return gateway, gateway.log_in("replicator"), gateway.log_in("root")

    def assert_unavailable(self, answer):
        self.assert_error(answer, 503, "StoreUnavailable")
        self.assertRegex(answer.field("Retry-After"), r"^\d+$")

    def assert_said(self, gateway, words):
        """In the process log, which is written a moment behind."""
        self.eventually(lambda: bool(re.search(words, gateway.log)), True)

    def assert_kept(self, gateway, token, tasks):
        for task in tasks:
            self.assertEqual(gateway.get(f"/tasks/{task['id']}", token).json, task)

    def put_until_refused(self, gateway, token):
        """Until the store is full: what was acknowledged before."""
        kept = []
        for _ in range(2000):
            task = new_task(note=NOTE)
            answer = gateway.put(task, token)
            if answer.status == 503:
                self.assert_unavailable(answer)
                return kept
            self.assertEqual(answer.status, 201)
            kept.append(task)
        self.fail("it never became full")

    def refusal(self, gateway):
        """What `serve` says when it does not start."""
        done = subprocess.run(gateway.command(), capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr
