"""Callers that are slow on purpose, by slowhttptest: they end in time, the others are served."""

import subprocess

from gateways import GatewayTest, new_task

CONNECTIONS = 100


class SlowCallers(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway(limits={
            "handshake": "5s", "head_time": "2s", "body_time": "2s", "idle": "2s", "write": "2s",
            "local_deadline": "1m"})
        token = cls.site.log_in("replicator")
        cls.task = new_task(user="replicator", result="a" * 1000000)
        assert cls.site.put(cls.task, token).status == 201
        cls.token = token

    def attack(self, *how):
        """A caller is served while it runs, until it gives up or all it opened is closed. Returns
        the access lines of what it opened."""
        before = len(self.site.descriptors())
        lines = len(self.site.access())
        url = f"https://127.0.0.1:{self.site.ports['callers']}"
        attack = subprocess.Popen(
            ["slowhttptest", "-c", str(CONNECTIONS), "-r", str(CONNECTIONS), "-i", "1", "-l", "120",
             "-p", "5", *how[:-1], "-u", url + how[-1]],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(attack.wait)
        self.addCleanup(attack.kill)
        most = now = before
        while attack.poll() is None and (most < before + 10 or now > before + 5):
            self.assertEqual(self.site.get("/nowhere").status, 404)
            now = len(self.site.descriptors())
            most = max(most, now)
        self.assertGreater(most, before + 5)  # it was one
        self.eventually(lambda: len(self.site.descriptors()) <= before + 5, True)
        return [line for line in self.site.access()[lines:] if line["path"] != "/nowhere"]

    def test_heads_that_do_not_end(self):
        late = [line for line in self.attack("-H", "/tasks") if line["status"] == 408]
        self.assertGreater(len(late), CONNECTIONS // 2)

    def test_bodies_that_do_not_end(self):
        ended = self.attack("-B", "-f", "application/json", "-s", "8000", "/sessions")
        late = [line for line in ended if line["status"] == 408 and line["phase"] == "body"]
        self.assertGreater(len(late), CONNECTIONS // 2)

    def test_answers_that_are_not_read(self):
        # Its cookie carries the token, so that there is something large to read.
        ended = self.attack("-X", "-w", "1000", "-y", "2000", "-n", "1", "-z", "10", "-k", "3",
                            "-j", f"a=b\r\nX-VCAV-Auth: {self.token}", f"/tasks/{self.task['id']}")
        unread = [line for line in ended if line["endedBy"] == "caller" and line["status"] == 200]
        self.assertGreater(len(unread), CONNECTIONS // 2)
