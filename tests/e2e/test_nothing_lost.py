"""What was acknowledged is there afterwards, however the process ended."""

import http.client
import json
import random
import sqlite3
import subprocess
import threading
import uuid

from gateways import PASSWORD, SITEGATE, OwnHouseTest, command, new_task
from wire import PATIENCE

ROUNDS = 10
PRODUCERS = 4
WRITES = 100  # of all producers together, before a round ends
LOGINS = 5    # a round; a user's oldest sessions go at 100


class Client(threading.Thread):
    """Python's own HTTP client on one kept connection, until the gateway is gone."""

    def __init__(self, gateway, acknowledged):
        super().__init__()
        self.connection = http.client.HTTPSConnection(
            "127.0.0.1", gateway.ports["callers"], timeout=PATIENCE, context=gateway.house.context)
        self.site = gateway.name
        self.acknowledged = acknowledged  # called after each success
        self.faults = []

    def call(self, method, target, body=None, token=None):
        headers = {"Content-Type": "application/json"} if body else {}
        if token:
            headers["X-VCAV-Auth"] = token
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def run(self):
        try:
            self.work()
        except (OSError, http.client.HTTPException):
            pass  # killed
        finally:
            self.connection.close()


class Producer(Client):
    """Puts new tasks and new states of its tasks."""

    def __init__(self, gateway, token, acknowledged, seed):
        super().__init__(gateway, acknowledged)
        self.token = token
        self.random = random.Random(seed)
        self.kept = {}   # id -> the document of the last acknowledged state
        self.tried = {}  # id -> the document that was sent last

    def document(self):
        running = [id for id, body in self.kept.items() if b"RUNNING" in body]
        if not running or self.random.random() < 0.4:
            task = new_task(self.site, id=str(uuid.UUID(int=self.random.getrandbits(128))))
        else:
            task = json.loads(self.kept[self.random.choice(running)])
            task["lastUpdated"] += 1
            task["state"] = self.random.choice(["RUNNING", "RUNNING", "SUCCEEDED", "FAILED"])
        task["note"] = "\u00e9" * self.random.randrange(2000)
        spaces = self.random.choice([(",", ":"), (" , ", " :\t")])
        return task["id"], json.dumps(task, ensure_ascii=False, separators=spaces).encode()

    def work(self):
        while True:
            id, body = self.document()
            self.tried[id] = body
            answer, _ = self.call("PUT", f"/tasks/{id}", body, self.token)
            if answer.status in (200, 201):
                self.kept[id] = body
                self.acknowledged()
            else:
                self.faults.append((answer.status, body))


class Visitor(Client):
    """Logs in a few times, and out again every other time."""

    def __init__(self, gateway, acknowledged):
        super().__init__(gateway, acknowledged)
        self.gateway = gateway
        self.opened, self.closing, self.closed = [], set(), set()

    def work(self):
        login = json.dumps({"type": "localUser", "localUser": "admin1@Org1",
                            "localPassword": PASSWORD})
        for number in range(LOGINS):
            answer, _ = self.call("POST", "/sessions", login)
            if answer.status != 200:
                self.faults.append(answer.status)
                continue
            token = answer.getheader("X-VCAV-Auth")
            self.gateway.tokens.add(token)
            self.opened.append(token)
            self.acknowledged()
            if number % 2:
                self.closing.add(token)
                answer, _ = self.call("DELETE", "/sessions", token=token)
                self.closed.add(token) if answer.status == 204 else self.faults.append(answer.status)


class Killed(OwnHouseTest):
    def run_round(self, gateway, token, number):
        """Producers and a visitor at work until enough was acknowledged; then kill -9."""
        enough = threading.Semaphore(0)
        clients = [Producer(gateway, token, enough.release, f"{number}.{i}")
                   for i in range(PRODUCERS)]
        clients.append(Visitor(gateway, enough.release))
        for client in clients:
            client.start()
        arrived = sum(enough.acquire(timeout=PATIENCE) for _ in range(WRITES))
        gateway.kill()
        for client in clients:
            client.join()
            self.assertEqual(client.faults, [])
        self.assertEqual(arrived, WRITES)
        return clients[:-1], clients[-1]

    def check_tasks(self, gateway, token, producers):
        reader = Client(gateway, None)
        for producer in producers:
            for id, body in producer.kept.items():
                answer, found = reader.call("GET", f"/tasks/{id}", token=token)
                self.assertEqual(answer.status, 200, id)
                # The write that was on its way may have arrived, with nobody left to be told.
                self.assertIn(found, (body, producer.tried[id]))
        reader.connection.close()

    def check_sessions(self, gateway, visitor):
        for token in visitor.opened:
            status = gateway.get("/sessions", token).status
            if token in visitor.closed:
                self.assertEqual(status, 401)
            elif token not in visitor.closing:
                self.assertEqual(status, 200)

    def test_every_acknowledged_write_outlives_kill_9(self):
        gateway = self.gateway("site1").start()
        producer, reader = gateway.log_in("replicator"), gateway.log_in("root")
        everybody, writes = [], 0
        for number in range(ROUNDS):
            producers, visitor = self.run_round(gateway, producer, number)
            gateway.start()
            self.check_tasks(gateway, reader, producers)
            self.check_sessions(gateway, visitor)
            everybody += producers
            writes += sum(len(one.kept) for one in producers)
        gateway.stop()
        gateway.start()
        self.check_tasks(gateway, reader, everybody)
        self.assertGreater(writes, ROUNDS * PRODUCERS)

    def test_an_import_killed_in_the_middle_is_run_again(self):
        gateway = self.gateway("site1").start()
        token = gateway.log_in("root")
        count = 20000
        for _ in range(6):  # a process that is not scheduled for long may miss the middle
            tasks = [new_task(note=str(number)) for number in range(count)]
            file = gateway.home / "tasks.ndjson"
            file.write_text("".join(json.dumps(task) + "\n" for task in tasks))
            importing = subprocess.Popen(
                [SITEGATE, "import", "--config", gateway.config_file, file],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while (importing.poll() is None
                   and gateway.get(f"/tasks/{tasks[0]['id']}", token).status == 404):
                pass
            importing.kill()
            importing.wait()
            if gateway.get(f"/tasks/{tasks[-1]['id']}", token).status == 404:
                break
            count *= 2
        else:
            self.fail("never in the middle")
        self.assertEqual(gateway.get(f"/tasks/{tasks[0]['id']}", token).json, tasks[0])

        done = command("import", "--config", gateway.config_file, file)
        self.assertEqual(done.returncode, 0, done.stderr)
        created, replaced, unchanged = map(int, done.stdout.replace(":", " ").split()[1:6:2])
        self.assertEqual((created + unchanged, replaced), (count, 0))
        self.assertGreater(unchanged, 0)
        for task in tasks[::count // 100]:
            self.assertEqual(gateway.get(f"/tasks/{task['id']}", token).json, task)
        with sqlite3.connect(f"file:{gateway.home}/state/tasks.db?mode=ro", uri=True) as database:
            ids = {row[0] for row in database.execute("SELECT id FROM tasks")}
        self.assertLessEqual({uuid.UUID(task["id"]).bytes for task in tasks}, ids)
