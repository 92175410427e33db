"""Secrets in the right and in every wrong place: none of them is ever said again.

One site asks two others, a gateway and a recorder. Tokens, passwords and statements are sent where
they belong and where they do not. Whatever was logged, answered, stored or sent on is then searched.
"""

import base64
import hashlib
import json
import re
import socket

from gateways import PASSWORD, GatewayTest, command, new_task
from python_site import PythonSite, reply
from wire import PATIENCE

ID = "f61d60d2-698a-46dc-a266-88df27644956"
DOCUMENT = json.dumps(new_task("site3", "root", id=ID)).encode()
WRONG_PASSWORDS = ("canary-wrong-password", "canary wrong \\u00e4 password")


class Secrets(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recorder = PythonSite(cls.house, "site3", reply(DOCUMENT))
        cls.addClassCleanup(cls.recorder.close)
        log = {"level": "info"}
        limits = {"login_failures_per_address": 100000, "login_failures_per_user": 100000}
        cls.site2 = cls.class_gateway("site2", peers={"site1": cls.house.peer("site1")}, log=log,
                                      limits=limits)
        cls.site1 = cls.class_gateway("site1", log=log, limits=limits, sites={
            "site2": cls.house.remote_site("site1", "site2", cls.site2.ports["peers"]),
            "site3": cls.house.remote_site("site1", "site3", cls.recorder.port)})
        cls.gateways = (cls.site1, cls.site2)

    def setUp(self):
        self.answers = b""  # every octet that a listener said
        self.secrets = {}

    def send(self, gateway, listener, *lines, body=b""):
        """One request on a connection of its own, written as it is; returns all that came back."""
        if listener == "admin":
            connection = socket.create_connection(("127.0.0.1", gateway.ports["admin"]), PATIENCE)
        else:
            context = self.house.client_context("site1") if listener == "peers" else None
            connection = gateway.connect(listener, context).socket
        said = b""
        with connection:
            if body:
                lines += (f"Content-Length: {len(body)}",)
            connection.sendall("\r\n".join((*lines, "", "")).encode("latin-1") + body)
            while data := connection.recv(65536):
                said += data
        self.assertTrue(said.startswith(b"HTTP/1.1 "), (lines, said))
        return said

    def ask(self, *request, **more):
        said = self.send(*request, **more)
        self.answers += said
        return said

    def log_in(self, gateway, user):
        """The one answer that may carry the token, once; the rest of it is kept as any other."""
        body = json.dumps({"type": "localUser", "localUser": user, "localPassword": PASSWORD})
        said = self.send(gateway, "callers", "POST /sessions HTTP/1.1", "Host: s", "Connection: close",
                         "Content-Type: application/json", body=body.encode())
        before, found, rest = said.partition(b"\r\nX-VCAV-Auth: ")
        self.assertTrue(found, said)
        token, _, rest = rest.partition(b"\r\n")
        self.answers += before + rest
        gateway.tokens.add(token.decode())
        return token.decode()

    def get(self, gateway, target, *fields, listener="callers", method="GET"):
        return self.ask(gateway, listener, f"{method} {target} HTTP/1.1", "Host: s", "Connection: close",
                        *fields)

    def post(self, gateway, target, body, *fields, method="POST"):
        return self.ask(gateway, "callers", f"{method} {target} HTTP/1.1", "Host: s", "Connection: close",
                        "Content-Type: application/json", *fields, body=body)

    def collect_secrets(self):
        for gateway in self.gateways:
            for user in ("root", "admin1@Org1", "replicator"):
                self.secrets[f"token of {user} at {gateway.name}"] = self.log_in(gateway, user)
        ended = self.log_in(self.site1, "root")
        self.get(self.site1, "/sessions", f"X-VCAV-Auth: {ended}", method="DELETE")
        self.secrets["a token that was ended"] = ended
        token = self.secrets["token of root at site1"]
        self.assertIn(b" 200 ", self.get(self.site1, f"/tasks/{ID}?site=site3", f"X-VCAV-Auth: {token}"))
        statement = self.recorder.octets.decode().partition("Sitegate-Statement: ")[2].partition("\r")[0]
        self.assertEqual(statement.count("."), 2)
        self.secrets["statement"] = statement
        self.secrets["signature"] = statement.rpartition(".")[2]

    def knock_with(self, secret, token):
        """The secret everywhere but where it belongs, with a good token beside it and without."""
        for right in ((), (f"X-VCAV-Auth: {token}",)):
            for target in (f"/tasks/{secret}", f"/{secret}", f"/sessions/{secret}", f"/tasks/{ID}/{secret}",
                           f"/tasks/{ID}?site={secret}", f"/tasks/{ID}?{secret}", f"/tasks?token={secret}",
                           f"/tasks/{ID}?site=site2&X-VCAV-Auth={secret}",
                           f"/tasks/{ID}?site=site3&token={secret}", f"https://{secret}/tasks/{ID}",
                           f"https://user:{secret}@s/tasks/{ID}"):
                self.get(self.site1, target, *right)
            for name in ("Authorization: Bearer", "Cookie: vcav=1;", "Config-Secret:", "Secret:", "Accept:",
                         "Accept-Language:", "Content-Type:", "User-Agent:", "Referer:", "Via: 1.1",
                         "Origin:", "Expect:", "Sitegate-Statement:", "Sitegate-Deadline-Ms:",
                         "Transfer-Encoding:", "Content-Length:", "X-Request-Id:", "traceparent:",
                         "X-VCAV-Auth: x", "Connection: close,", secret + ":", ":", ""):
                for site in ("", "?site=site2", "?site=site3", "?site=site4") if right else ("",):
                    self.get(self.site1, f"/tasks/{ID}{site}", f"{name} {secret}", *right)
            self.get(self.site1, "/sessions", *right, method=secret)
            self.get(self.site1, f"/tasks/{ID}", *right, method=secret)
            self.ask(self.site1, "callers", f"GET /{secret}")
            self.ask(self.site1, "callers", f"GET / {secret}")
            self.ask(self.site1, "callers", secret)
            self.get(self.site1, "/", f"Host: {secret}", *right)
        self.get(self.site1, "/sessions", "X-VCAV-Auth: " + secret, "X-VCAV-Auth: " + secret)
        for field in (f"Sitegate-Statement: {secret}x", f"Sitegate-Deadline-Ms: {secret}",
                      f"X-VCAV-Auth: {secret}"):
            self.get(self.site2, f"/tasks/{ID}?site=site2", field, listener="peers")
            self.get(self.site2, f"/tasks/{ID}?site={secret[:63]}", field, listener="peers")
        for target in (f"/{secret}", f"/livez?{secret}", f"/readyz/{secret}"):
            self.get(self.site1, target, f"X-VCAV-Auth: {secret}", listener="admin")

    def write_with(self, secret, producer):
        """The secret in bodies that are no JSON, no login and no task."""
        for body in (secret, f'"{secret}"', f'{{"type":"{secret}"}}', f'{{"{secret}":1,"{secret}":2}}',
                     f'{{"type":"localUser","localUser":"root","localPassword":"{secret}"',
                     f'{{"type":"localUser","localUser":"{secret}","localPassword":"{secret}"}}',
                     f'{{"type":"vcdCookie","vcdCookie":"{secret}"}}', f'{{"type":["{secret}"]}}'):
            self.post(self.site1, "/sessions", body.encode())
            self.post(self.site1, f"/tasks/{ID}", body.encode(), f"X-VCAV-Auth: {producer}", method="PUT")
        good = new_task("site1", id=ID)
        for name in good:
            body = json.dumps(good | {name: secret}).encode()
            if name != "user":  # whose task it is, is what its producer says
                self.post(self.site1, f"/tasks/{ID}", body, f"X-VCAV-Auth: {producer}", method="PUT")

    def try_passwords(self):
        for password in WRONG_PASSWORDS:
            self.secrets[f"wrong password {password}"] = password
            for user in ("root", "nobody", password):
                for gateway in self.gateways:
                    for kind, names in (("localUser", ("localUser", "localPassword")),
                                        ("ssoCredentials", ("username", "password")),
                                        ("vcdCredentials", ("vcdUser", "vcdPassword"))):
                        body = json.dumps({"type": kind} | dict(zip(names, (user, password)))).encode()
                        self.post(gateway, "/sessions", body)
                        self.post(gateway, "/sessions", body[:-1])
            basic = base64.b64encode(f"root:{password}".encode()).decode()
            self.secrets[f"basic {password}"] = basic
            for site in ("", "?site=site2", "?site=site3"):
                self.get(self.site1, f"/tasks/{ID}{site}", f"Authorization: Basic {basic}")
                self.get(self.site1, f"/tasks/{ID}{site}", "X-VCAV-Auth: " + password.replace(" ", "-"))

    def assert_silent(self, where, octets):
        for name, secret in self.secrets.items():
            at = octets.find(secret.encode())
            self.assertEqual(at, -1, f"{name} in {where}: {octets[max(at - 300, 0):at + 100]!r}")

    def test_no_secret_is_ever_said_again(self):
        self.collect_secrets()
        token = self.secrets["token of root at site1"]
        producer = self.secrets["token of replicator at site1"]
        sent_on = len(self.recorder.octets)
        for name in ("token of root at site1", "a token that was ended", "statement"):
            self.knock_with(self.secrets[name], token)
            self.write_with(self.secrets[name], producer)
        self.try_passwords()
        self.secrets["password"] = PASSWORD
        self.get(self.site1, f"/tasks/{ID}?site=site3", f"X-VCAV-Auth: {token}")
        self.assertGreater(len(self.recorder.octets), sent_on, "some were forwarded")

        self.assert_silent("an answer", self.answers)
        for word in (b"eyJ", b"$argon2"):
            self.assertNotIn(word, self.answers)
        # A statement goes to the site that it is made for, and nothing else does.
        for payload in re.findall(rb"Sitegate-Statement: [\w-]+\.([\w-]+)\.", self.recorder.octets):
            self.assertEqual(json.loads(base64.urlsafe_b64decode(payload + b"=="))["aud"], "site3")
        statements = [self.secrets.pop(name) for name in ("statement", "signature")]
        self.assert_silent("what site3 was sent", self.recorder.octets)
        for gateway in self.gateways:
            self.search_disk(gateway)
            gateway.stop()
            self.search_disk(gateway)
        self.secrets.update(enumerate(statements))
        for gateway in self.gateways:
            log = gateway.log + (gateway.home / "access.log").read_text()
            self.assertGreater(len(log.splitlines()), 100)
            self.assert_silent(f"the logs of {gateway.name}", log.encode())
            for word in ("eyJ", "$argon2"):
                self.assertNotIn(word, log)

    def search_disk(self, gateway):
        """The token's digest alone is kept, and nothing of a password but its hash in the users file."""
        kept = b"".join(file.read_bytes() for file in gateway.home.rglob("*.db*"))
        self.assert_silent(f"the database of {gateway.name}", kept)
        self.assertNotIn(b"$argon2", kept)
        alive = self.secrets[f"token of root at {gateway.name}"]
        self.assertIn(hashlib.sha256(alive.encode()).digest(), kept)


class Check(GatewayTest):
    def test_a_problem_of_the_users_file_repeats_no_secret(self):
        gateway = self.gateway()
        for written in ({"password_hash": "canary-hash"}, {"password_hash": ["canary-hash"]},
                        {"password_hash": {"canary-hash": 1}}, {"password": "canary-hash"},
                        {"password_hash": "$argon2id$v=19$m=8,t=1,p=1$canary-hash$canary-hash"},
                        {"password_hash": "canary-hash", "roles": "x"}, "canary-hash"):
            with self.subTest(written):
                config = gateway.write()
                (gateway.home / "users.yaml").write_text(json.dumps({"users": {"root": written}}))
                done = command("check", "--config", config)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("users.yaml:1:", done.stdout + done.stderr)
                self.assertNotIn("canary-hash", done.stdout + done.stderr)
