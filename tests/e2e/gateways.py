"""Real gateways for tests: throw-away certificates, configurations and state, ports of their own."""

import functools
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

import document
import pki
from wire import PATIENCE, Answer, RawConnection, exchange

SITEGATE = os.environ["SITEGATE"]
ROLES = {"root": ["ADMINISTRATORS"], "admin1@Org1": [], "admin1@Org2": [],
         "replicator": ["TASK_PRODUCER"]}
# One password for all: hashing is slow on purpose. No log may ever contain it.
PASSWORD = "canary-5f1e0c"


def command(*arguments, stdin="", timeout=60):
    """Runs the binary to its end."""
    return subprocess.run([SITEGATE, *map(str, arguments)], input=stdin, capture_output=True,
                          text=True, timeout=timeout)


@functools.cache
def password_hash():
    done = command("hash-password", stdin=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def new_task(site="site1", user="admin1@Org1", **members):
    return {"id": str(uuid.uuid4()), "user": user, "site": site, "state": "RUNNING", "progress": 10,
            "startTime": 1000, "lastUpdated": 2000, "endTime": -1, "warnings": []} | members


class House:
    """What several gateways of one test share: a CA, statement keys, a directory."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.authority = pki.Authority(self.folder / "ca")
        self.context = ssl.create_default_context(cafile=self.authority.certificate)
        self.keys = {}

    def certificate(self, site):
        if site not in self.keys:
            self.keys[site] = (self.authority.issue(site),
                               pki.statement_keys(self.authority.folder, site))
        return self.keys[site][0]

    def statement_key(self, site):
        self.certificate(site)
        return self.keys[site][1]

    def remote_site(self, local, remote, port, **changes):
        """An entry of `sites`: `remote` listens for peers on `port`."""
        certificate, key = self.certificate(local)
        return {"url": f"https://127.0.0.1:{port}", "tls_name": f"{remote}.sitegate.test",
                "trust": {"ca": str(self.authority.certificate)},
                "client": {"certificate": str(certificate), "key": str(key)},
                "auth": {"mode": "statement", "statement_key": str(self.statement_key(local)[0])},
                } | changes

    def peer(self, remote, **changes):
        """An entry of `peers`."""
        return {"statement_key": str(self.statement_key(remote)[1]),
                "accept": {"users": ["*"]},
                "roles": {"ADMINISTRATORS": "ADMINISTRATORS"}} | changes

    def client_context(self, site):
        """TLS as that site would speak."""
        context = ssl.create_default_context(cafile=self.authority.certificate)
        context.load_cert_chain(*self.certificate(site))
        return context


class Gateway:
    """One `sitegate serve`. Its configuration is JSON, which is YAML as well."""

    def __init__(self, house, name, **changes):
        self.house = house
        self.name = name
        self.home = house.folder / name
        self.home.mkdir()
        self.config_file = self.home / "sitegate.yaml"
        certificate, key = map(str, house.certificate(name))
        tls = {"certificate": certificate, "key": key}
        self.config = {
            "site": {"name": name},
            "workers": 2,
            "listeners": [
                {"for": "callers", "address": "127.0.0.1:0"} | tls,
                {"for": "peers", "address": "127.0.0.1:0",
                 "client_ca": str(house.authority.certificate)} | tls,
                {"for": "admin", "address": "127.0.0.1:0"},
            ],
            "users": "users.yaml",
            "drain": {"delay": "0s"},
        } | changes
        if "peers" not in self.config:  # nobody could use a listener for peers
            self.config["listeners"] = [listener for listener in self.config["listeners"]
                                        if listener["for"] != "peers"]
        self.password_hashes = {}  # of users whose password is not PASSWORD
        self.ports = {}
        self.program = SITEGATE
        self.prefix = []  # what runs it: nothing, or a command that becomes the gateway
        self.process = None
        self.log = ""  # what it says on stderr
        self.tokens = set()

    def write(self):
        self.config_file.write_text(json.dumps(self.config, indent=2))
        (self.home / "users.yaml").write_text(json.dumps({"users": {
            user: {"roles": roles,
                   "password_hash": self.password_hashes.get(user) or password_hash()}
            for user, roles in ROLES.items()}}))
        return self.config_file

    def command(self):
        return [*self.prefix, self.program, "serve", "--config", self.config_file]

    def start(self):
        """Returns when every listener listens; after a restart on the ports it had before."""
        self.write()
        self.access_log = open(self.home / "access.log", "a+")
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=self.access_log, stderr=subprocess.PIPE, text=True)
        ready = threading.Event()
        self.reader = threading.Thread(target=self._read_log, args=(ready,))
        self.reader.start()
        if not ready.wait(PATIENCE) or len(self.ports) < len(self.config["listeners"]):
            self.kill()
            raise AssertionError(f"{self.name} did not start:\n{self.log}")
        for listener in self.config["listeners"]:
            listener["address"] = f"127.0.0.1:{self.ports[listener['for']]}"
        return self

    def _read_log(self, ready):
        for line in self.process.stderr:
            self.log += line
            match = re.search(r"listening for (\w+) on 127\.0\.0\.1:(\d+)", line)
            if match:
                self.ports[match.group(1)] = int(match.group(2))
            if len(self.ports) == len(self.config["listeners"]):
                ready.set()
        ready.set()

    def wait(self):
        """Its exit code, after its log has been read to the end."""
        code = self.process.wait(PATIENCE + 20)
        self.reader.join()
        self.process.stderr.close()
        self.access_log.close()
        self.process = None
        return code

    def stop(self):
        """Ends it in order, if it runs, and looks at what it leaves behind."""
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        code = self.wait()
        assert code == 0, f"{self.name} ended with {code}:\n{self.log}"
        self.check_secrets()

    def kill(self):
        self.process.kill()
        self.wait()

    def check_secrets(self):
        """No password, token or statement in anything it wrote."""
        written = self.log + (self.home / "access.log").read_text()
        for secret in [PASSWORD, *self.tokens, "$argon2", "eyJhbGci"]:
            assert secret not in written, f"{secret} in the logs of {self.name}"

    def access(self):
        """The access log so far, parsed: a line comes some milliseconds after its answer, unless the
        gateway has ended."""
        text = (self.home / "access.log").read_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]  # whole lines

    # Calls

    def connect(self, listener="callers", context=None, **how):
        return RawConnection(self.ports[listener], context or self.house.context, listener=listener,
                             **how)

    def probe(self, path, method="GET"):
        """The status that the admin listener answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["admin"], timeout=PATIENCE)
        connection.request(method, path)
        got = connection.getresponse()
        answer = Answer(got.status, got.getheaders(), got.read())
        connection.close()
        document.check(answer, ("admin", method, path), to_head=method == "HEAD")
        return answer.status

    def descriptors(self):
        """Numbers of its open files."""
        return sorted(map(int, os.listdir(f"/proc/{self.process.pid}/fd")))

    def exchange(self, data, listener="callers", context=None):
        return exchange(self.ports[listener], context or self.house.context, data, listener)

    def call(self, method, target, token=None, body=None, **fields):
        """One request on a connection of its own. `operationID=...` and so on become fields;
        `_` in their names stands for `-`."""
        head = f"{method} {target} HTTP/1.1\r\nHost: sitegate\r\nConnection: close\r\n"
        if token:
            head += f"X-VCAV-Auth: {token}\r\n"
        if body is not None:
            body = json.dumps(body).encode() if isinstance(body, dict) else body
            fields = {"Content_Type": "application/json"} | fields
            head += f"Content-Length: {len(body)}\r\n"
        for name, value in fields.items():
            head += f"{name.replace('_', '-')}: {value}\r\n"
        with self.connect() as connection:
            connection.send(head.encode("latin-1") + b"\r\n" + (body or b""))
            found = connection.answer(to_head=method == "HEAD")
            assert found is not None, "no answer"
            assert connection.answer() is None, "more than one answer"
            return found

    def get(self, target, token=None, **fields):
        return self.call("GET", target, token, **fields)

    def put(self, task, token, target=None):
        return self.call("PUT", target or f"/tasks/{task['id']}", token, task)

    def log_in(self, user):
        answer = self.call("POST", "/sessions", body={
            "type": "localUser", "localUser": user, "localPassword": PASSWORD})
        assert answer.status == 200, answer
        self.tokens.add(answer.field("X-VCAV-Auth"))
        return answer.field("X-VCAV-Auth")


class GatewayTest(unittest.TestCase):
    """One house per class. Gateways of `class_gateway()` end with the class, those of `gateway()`
    with the test."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="sitegate-e2e-")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.house = House(folder)

    @classmethod
    def class_gateway(cls, name="site1", **changes):
        gateway = Gateway(cls.house, name, **changes)
        cls.addClassCleanup(gateway.stop)
        return gateway.start()

    def gateway(self, name=None, **changes):
        """Not started: a test may change it before."""
        made = Gateway(self.house, name or f"s{uuid.uuid4().hex[:8]}", **changes)
        self.addCleanup(made.stop)
        return made

    def assert_error(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer)
        self.assertEqual(answer.field("Content-Type"), "application/json;charset=UTF-8")
        self.assertEqual(answer.field("Cache-Control"), "no-store")
        self.assertEqual(answer.field("X-Content-Type-Options"), "nosniff")

    def eventually(self, look, wanted):
        """What is written behind an answer, like the access log, may come a moment later."""
        until = time.monotonic() + PATIENCE
        pause = threading.Event()
        while (found := look()) != wanted and time.monotonic() < until:
            pause.wait(0.02)
        self.assertEqual(found, wanted)


class OwnHouseTest(GatewayTest):
    """A house per test, so that its sites may have the same names each time."""

    setUpClass = unittest.TestCase.setUpClass

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="sitegate-e2e-")
        self.addCleanup(shutil.rmtree, folder)
        self.house = House(folder)
