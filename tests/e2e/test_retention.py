"""Finished tasks leave the store when they are too old (store.retention)."""

import json
import re
import time

from gateways import GatewayTest, command, new_task

DAY = 24 * 3600 * 1000


class Retention(GatewayTest):
    def test_a_serving_gateway_removes_what_is_too_old(self):
        gateway = self.gateway("site1", store={
            "retention": {"succeeded": "90d", "failed": 0, "interval": "1s"}}).start()
        now = int(time.time() * 1000)
        old = {"startTime": now - 101 * DAY, "lastUpdated": now - 100 * DAY, "endTime": now - 100 * DAY}
        kept = [new_task(state="SUCCEEDED", **old | {"endTime": now - 89 * DAY}),
                new_task(state="FAILED", **old),
                new_task(**old | {"endTime": -1})]
        gone = [new_task(state="SUCCEEDED", **old),
                new_task(state="SUCCEEDED", **old | {"endTime": -1})]
        file = gateway.home / "tasks.ndjson"
        file.write_text("".join(json.dumps(task) + "\n" for task in kept + gone))
        done = command("import", "--config", gateway.config_file, file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(" 5 created", done.stdout.replace("ndjson:", ""))

        token = gateway.log_in("root")
        for task in gone:
            self.eventually(lambda: gateway.get(f"/tasks/{task['id']}", token).status, 404)
        self.eventually(lambda: sum(map(int, re.findall(
            r"removed, older than store\.retention allows: (\d+)", gateway.log))), len(gone))
        for task in kept:
            self.assertEqual(gateway.get(f"/tasks/{task['id']}", token).json, task)

        # A producer that reports an old task is not refused; the task goes the same way.
        late = new_task(state="SUCCEEDED", **old)
        self.assertEqual(gateway.put(late, gateway.log_in("replicator")).status, 201)
        self.eventually(lambda: gateway.get(f"/tasks/{late['id']}", token).status, 404)

    def test_an_import_says_what_will_go(self):
        gateway = self.gateway("site2")
        task = new_task("site2", state="FAILED", endTime=1499929558827)
        file = gateway.home / "tasks.ndjson"
        config = gateway.write()
        file.write_text(json.dumps(task) + "\n")
        done = command("import", "--config", config, file)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "no task store, so an empty one was made")
        self.assertRegex(done.stderr, r"longer ago than store\.retention allows: 1;")
        gateway.config["store"] = {"retention": {"failed": 0}}
        done = command("import", "--config", gateway.write(), file)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        gateway.start()  # the first look is an interval away, and this one is kept for ever
        self.assertEqual(gateway.get(f"/tasks/{task['id']}", gateway.log_in("root")).json, task)
        self.assertNotIn("no task store", gateway.log)
