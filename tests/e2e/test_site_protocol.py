"""What gateways say to each other (docs/SITE-PROTOCOL.md), held to the files of every version that was
ever spoken: what they record is still understood, and the newest of them is what is sent."""

import base64
import hashlib
import json
import pathlib
import re
import ssl
import time

import pki
from gateways import OwnHouseTest, new_task
from python_site import PythonSite, reply

FILES = pathlib.Path(__file__).parent.parent / "golden" / "site-protocol"
VERSIONS = sorted(int(file.stem) for file in FILES.glob("*.json"))


def recorded(version):
    """The requests of a version, by what they ask for: `lookup`, `list`."""
    return {file.stem.partition("-")[2]: file.read_bytes().decode()
            for file in sorted(FILES.glob(f"{version}-*.http"))}


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def es256(key, text):
    """The signature of RFC 7518 3.4, by the openssl command: two integers of 32 octets."""
    der = pki.openssl("dgst", "-sha256", "-sign", key, stdin=text.encode())
    raw, rest = b"", der[der[1] - (len(der) - 2) + 2:]
    for _ in range(2):
        length = rest[1]
        raw += rest[2:2 + length].lstrip(b"\0").rjust(32, b"\0")
        rest = rest[2 + length:]
    return raw


class SiteProtocol(OwnHouseTest):
    def sign(self, version, values):
        recorded = json.loads((FILES / f"{version}.json").read_text())
        certificate = ssl.PEM_cert_to_DER_cert(self.house.certificate("site1")[0].read_text())
        now = int(time.time())
        claims = recorded["claims"] | {
            "iss": values["local_site"], "aud": values["remote_name"], "sub": "admin1@Org1", "org": "Org1",
            "iat": now, "exp": now + 60, "jti": "recorded-1",
            "cnf": {"x5t#S256": base64url(hashlib.sha256(certificate).digest())}}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (recorded["header"], claims))
        return signed + "." + base64url(es256(self.house.statement_key("site1")[0], signed))

    def test_every_version_is_understood(self):
        site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")}).start()
        task = new_task("site2", "admin1@Org1", startTime=1, state="FAILED", endTime=3, workflowInfo={
            "type": "sync", "resourceType": "b", "resourceId": "r", "resourceName": "my name"},
            operationID="op")
        site2.put(task, site2.log_in("replicator"))
        self.assertTrue(VERSIONS)
        for version in VERSIONS:
            values = {"taskId": task["id"], "remote_name": "site2", "local_site": "site1",
                      "tls_name": "site2.sitegate.test", "port": site2.ports["peers"],
                      "operationID": "recorded", "milliseconds": 5000}
            values["statement"] = self.sign(version, values)
            for kind, text in recorded(version).items():
                request = text.format(**values)
                with self.subTest(f"{version} {kind}"), \
                        site2.connect("peers", self.house.client_context("site1")) as link:
                    for _ in range(2):  # a kept connection
                        link.send(request)
                        answer = link.answer()
                        self.assertEqual(answer.status, 200, answer)
                        self.assertEqual(answer.json.get("items", [answer.json]), [task])
                        self.assertEqual(answer.field("operationID"), "recorded")
                    # A field that a later version may bring is ignored.
                    link.send(request.replace("\r\n\r\n", "\r\nSitegate-Later: 1\r\n\r\n"))
                    self.assertEqual(link.answer().status, 200)

    def test_the_newest_version_is_what_is_sent(self):
        listener = PythonSite(self.house, "site2", reply(b"{}"))
        self.addCleanup(listener.close)
        site1 = self.gateway("site1", sites={
            "site2": self.house.remote_site("site1", "site2", listener.port, remote_name="two")}).start()
        task_id = new_task()["id"]
        token = site1.log_in("admin1@Org1")
        # What a list may be filtered by, in the order in which it is sent.
        for target in (f"/tasks/{task_id}?site=site2",
                       "/tasks?site=site2&state=RUNNING,FAILED&type=sync&resourceType=a,b&resourceId=r&"
                       "resourceName=my+name&sourceOrg=Org1&operationID=op&startTimeAfter=0&"
                       f"startTimeBefore=2&endTimeAfter=2&endTimeBefore=4&ids={task_id}&"
                       "sort=state,%20endTime-&limit=7&offset=0"):
            site1.get(target, token, operationID="op-1")
        for kind, text in recorded(VERSIONS[-1]).items():
            sent = next(one for one, _ in listener.requests
                        if one.startswith("GET /tasks?" if kind == "list" else "GET /tasks/"))
            found = self.fits(text, sent, {
                "taskId": task_id, "remote_name": "two", "tls_name": "site2.sitegate.test",
                "port": str(listener.port), "operationID": "op-1", "local_site": "site1"})
            with self.subTest(kind):
                self.assertTrue(found, sent)
                self.check_statement(found["statement"])

    def fits(self, text, sent, values):
        pattern = re.escape(text).replace(r"\{statement\}", r"(?P<statement>[\w.-]+)") \
            .replace(r"\{milliseconds\}", r"\d+")
        for name, value in values.items():
            pattern = pattern.replace(rf"\{{{name}\}}", re.escape(value))
        return re.fullmatch(pattern, sent if sent.endswith("\r\n\r\n") else sent + "\r\n\r\n")

    def check_statement(self, sent):
        statement = json.loads((FILES / f"{VERSIONS[-1]}.json").read_text())
        header, claims, _ = sent.split(".")
        self.assertEqual(json.loads(from_base64url(header)), statement["header"])
        claims = json.loads(from_base64url(claims))
        self.assertEqual(list(claims), list(statement["claims"]))
        self.assertEqual((claims["iss"], claims["aud"], claims["sub"], claims["org"], claims["roles"]),
                         ("site1", "two", "admin1@Org1", "Org1", ["EVERYONE"]))
        self.assertEqual(claims["exp"] - claims["iat"], 60)
