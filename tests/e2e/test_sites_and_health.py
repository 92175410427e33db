"""GET /sites, /diagnostics/about and /diagnostics/health as clients of this API call them, by
Python's own http.client (CONTRACT rows 20, 21 and 76 to 90)."""

import http.client
import json
import os
import re
import ssl
import time
import uuid

from gateways import OwnHouseTest
from holding import held
from wire import PATIENCE

THUMBPRINT = re.compile(r"SHA-256(:[0-9A-F]{2}){32}$")


class SitesTest(OwnHouseTest):
    def setUp(self):
        super().setUp()
        self.site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")}).start()
        self.url = f"https://127.0.0.1:{self.site2.ports['peers']}"
        self.start(site={"name": "site1", "description": "Here", "public_url": "https://here.example/"})

    def start(self, **changes):
        remote = self.house.remote_site("site1", "site2", self.site2.ports["peers"], description="There",
                                        timeouts={"connect": "2s", "total": "5s"})
        self.site1 = self.gateway("site1", sites={"site2": remote}, **changes).start()
        self.token = self.site1.log_in("admin1@Org1")

    def call(self, method, path, token=None, body=None, **fields):
        """(response, body as JSON) by http.client, with the fields that PowerShell clients send."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.site1.ports["callers"],
                                                 context=self.house.context, timeout=PATIENCE)
        connection.request(method, path, body, {"X-VCAV-Auth": token or self.token,
                                                "Content-Type": "application/json"} | fields)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response, json.loads(data) if data else None

    def state(self):
        return self.call("GET", "/sites/site2")[1]["state"]["outgoingCommError"]

    def look_up(self):
        return self.call("GET", f"/tasks/{uuid.uuid4()}?site=site2")[0].status

    def health(self, token=None, method="POST", body=None):
        """The finished task, polled as a client does: without `site`."""
        response, task = self.call(method, "/diagnostics/health", token, body)
        self.assertEqual(response.status, 202, task)
        until = time.monotonic() + PATIENCE
        while task["state"] == "RUNNING" and time.monotonic() < until:
            self.assertEqual(task["endTime"], -1)
            response, task = self.call("GET", f"/tasks/{task['id']}", token)
            self.assertEqual(response.status, 200, task)
        self.assertEqual((task["state"], task["progress"]), ("SUCCEEDED", 100), task)
        return task


class Sites(SitesTest):
    def test_the_list_is_a_bare_array_with_this_site_first(self):
        response, sites = self.call("GET", "/sites")
        self.assertEqual(response.status, 200)
        self.assertEqual(response.getheader("Content-Type"), "application/json;charset=UTF-8")
        here, there = sites
        members = {"site", "description", "apiUrl", "apiPublicUrl", "apiThumbprint", "isLocal", "state",
                   "apiVersion", "buildVersion"}
        self.assertEqual([set(here), set(there)], [members, members])
        self.assertEqual((here["site"], here["isLocal"], there["site"], there["isLocal"]),
                         ("site1", True, "site2", False))
        self.assertEqual((here["description"], there["description"]), ("Here", "There"))
        self.assertEqual((here["apiVersion"], there["apiVersion"]), ("4.7", "4.7"))
        self.assertRegex(here["buildVersion"], r"^\d+\.\d+\.\d+")
        self.assertEqual(self.call("GET", "/sites/site1")[1], here)

    def test_terraform_finds_a_site_by_its_public_url_as_it_was_written(self):
        here, there = self.call("GET", "/sites")[1]
        self.assertEqual(here["apiPublicUrl"], "https://here.example/")
        self.assertEqual((there["apiPublicUrl"], there["apiUrl"]), (self.url, self.url))

    def test_thumbprints_are_those_of_the_certificates(self):
        from hashlib import sha256

        def pin(site):
            pem = self.house.certificate(site)[0].read_text()
            digest = sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
            return "SHA-256:" + ":".join(re.findall("..", digest))
        self.look_up()
        here, there = self.call("GET", "/sites")[1]
        self.assertRegex(here["apiThumbprint"], THUMBPRINT)
        self.assertEqual((here["apiThumbprint"], there["apiThumbprint"]), (pin("site1"), pin("site2")))

    def test_a_dead_site_is_told_after_a_lookup_and_heals_after_a_good_one(self):
        self.assertEqual(self.look_up(), 404)
        self.assertIsNone(self.state())
        self.site2.kill()
        self.assertEqual(self.look_up(), 503)
        error = self.state()
        self.assertEqual(set(error), {"code", "msg", "args", "stacktrace"})
        self.assertEqual((error["code"], error["args"][0]), ("SiteUnavailable", "site2"))
        self.assertRegex(error["args"][1], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(error["args"][2], "connection_refused")
        self.assertIn("site2", error["msg"])
        self.site2.start()
        self.assertEqual(self.look_up(), 404)
        self.assertIsNone(self.state())

    def test_a_frozen_or_dead_site_delays_nothing(self):
        with held(self.site2):
            self.assert_at_once()
            self.assertEqual(self.look_up(), 504)
            self.assertEqual(self.state()["code"], "SiteTimeout")
            self.assert_at_once()
        self.site2.kill()
        self.assert_at_once()

    def assert_at_once(self):
        """A question to the site would take as long as it may: five seconds."""
        for path in ("/sites", "/sites/site2", "/diagnostics/about"):
            began = time.monotonic()
            self.assertEqual(self.call("GET", path)[0].status, 200)
            self.assertLess(time.monotonic() - began, 5, path)

    def test_unknown_names_and_other_methods(self):
        response, error = self.call("GET", "/sites/Site2")
        self.assertEqual((response.status, error["code"], error["args"]), (404, "SiteNotFound", ["Site2"]))
        self.assertEqual(self.call("GET", "/sites/a%2Fb")[0].status, 400)
        for method, path in (("POST", "/sites"), ("PUT", "/sites/site2"), ("DELETE", "/sites/site2")):
            response, error = self.call(method, path, body="{}")
            self.assertEqual((response.status, error["code"]), (405, "MethodNotAllowed"))
            self.assertEqual(response.getheader("Allow"), "GET, HEAD, OPTIONS")
        response, error = self.call("GET", "/sites", token="nobody")
        self.assertEqual((response.status, error["code"]), (401, "NotAuthenticated"))


class About(SitesTest):
    def test_is_asked_with_the_content_type_of_the_login_and_stays_the_same_over_a_restart(self):
        accept = {"Accept": "application/json;charset=UTF-8"}
        response, about = self.call("GET", "/diagnostics/about", **accept)
        self.assertEqual(response.status, 200)
        self.assertEqual(set(about), {"productName", "buildVersion", "buildDate", "instanceId", "serviceType"})
        self.assertEqual(about["serviceType"], "CLOUD")
        self.assertRegex(about["buildVersion"], r"^\d+\.\d+\.\d+")
        self.assertIsInstance(about["buildDate"], int)
        uuid.UUID(about["instanceId"])
        first = self.health()["result"]
        self.assertEqual(first["instanceId"], about["instanceId"])
        self.site1.kill()
        self.site1.start()
        self.assertEqual(self.call("GET", "/diagnostics/about")[1], about)
        again = self.health()["result"]
        self.assertEqual(again["instanceId"], about["instanceId"])
        self.assertNotEqual(again["runtimeId"], first["runtimeId"])


class Health(SitesTest):
    def test_both_verbs_lead_to_a_task_with_the_health_of_everything(self):
        for method, body in (("GET", None), ("POST", None), ("POST", "{}")):
            task = self.health(method=method, body=body)
            self.assertEqual((task["user"], task["site"]), ("admin1@Org1", "site1"))
            self.assertEqual((task["workflowInfo"]["type"], task["workflowInfo"]["resourceType"]),
                             ("health", "CLOUD"))
            self.assertGreater(task["endTime"], task["startTime"])
            info = task["result"]
            for member in ("productName", "buildVersion", "buildDate", "instanceId", "runtimeId",
                           "currentTime", "address"):
                self.assertIn(member, info)
            for member in ("dbError", "lsError", "ntpError", "vcdError", "managerError", "tunnelError"):
                self.assertIsNone(info[member], member)
            self.assertEqual(info["sites"], [{"site": "site2", "error": None}])
            uses = {each["use"]: each for each in info["certificates"]}
            self.assertEqual(set(uses), {"callers", "identity", "site"})
            self.assertTrue(all(THUMBPRINT.match(each["thumbprint"]) for each in uses.values()))

    def test_a_dead_site_is_an_error_in_a_check_that_succeeds(self):
        self.site2.kill()
        info = self.health()["result"]
        self.assertEqual((info["tunnelError"]["code"], info["tunnelError"]["args"]),
                         ("SiteUnavailable", ["site2"]))
        self.assertEqual(info["sites"][0]["error"]["code"], "SiteUnavailable")
        self.assertIsNone(info["dbError"])

    def test_a_frozen_site_costs_a_check_that_sites_time(self):
        with held(self.site2):
            info = self.health()["result"]
            self.assertEqual(info["sites"][0]["error"]["code"], "SiteTimeout")

    def test_everybody_has_his_own_task_and_sees_no_others(self):
        other = self.site1.log_in("admin1@Org2")
        mine, his = self.health(), self.health(other)
        self.assertNotEqual(mine["id"], his["id"])
        response, error = self.call("GET", f"/tasks/{mine['id']}", other)
        self.assertEqual((response.status, error["code"]), (404, "TaskNotFound"))

    def test_a_health_task_is_there_after_a_crash(self):
        task = self.health()
        self.site1.kill()
        self.site1.start()
        self.assertEqual(self.call("GET", f"/tasks/{task['id']}")[1], task)
        self.assertEqual(os.stat(self.site1.home / "state" / "instance-id").st_mode & 0o777, 0o600)
