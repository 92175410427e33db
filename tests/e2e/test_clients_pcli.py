"""PCLI, VMware's PowerCLI module VMware.VCDA.AVS, replayed (CONTRACT 2, 4 and 11).

Debian has no PowerShell. What Connect-VCDA and Invoke-VCDARequest decide is written out here, and what
.NET makes of the fields that they decide by. Each test names the rows that it holds.
"""

import json
import re
import urllib.parse
import uuid

from clients import ask, finished_tasks, put_all, site_that_mistrusts
from gateways import PASSWORD, OwnHouseTest
from vcda_site import VcdaSite

JSON = re.compile(r"(?i)^(application/json|[^;/ \t]+/[^;/ \t]+[+]json)[ \t]*(;.*)?$")


class Refused(Exception):
    """What the user reads; `kind` is the branch that said it."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


def challenges(answer):
    """.NET's AuthenticationHeaderValue of each field: (scheme in lower case, parameter)."""
    found = [value.partition(" ") for value in answer.all("WWW-Authenticate")]
    return [(scheme.lower(), parameter.strip()) for scheme, _, parameter in found]


class PowerCli:
    def __init__(self, site):
        self.site = site
        self.headers = {"User-Agent": "Powershell/7.4.6 VMware.VCDA.AVS/1.0.0",
                        "Content-Type": "application/json"}
        self.session = None
        self.connected = False
        self.answer = None  # the last one

    def connect(self, user="admin1@Org1", password=PASSWORD):
        self.session = self.invoke("POST", "/sessions", json.dumps(
            {"type": "localUser", "localUser": user, "localPassword": password}))
        # A field that came twice would be both values with a space between them.
        self.headers |= {"X-VCAV-Auth": " ".join(self.answer.all("X-VCAV-Auth")),
                         "Accept": " ".join(self.answer.all("Content-Type")),
                         "operationID": f"VMware.VCDA.AVS-{uuid.uuid4()}"}
        self.about = self.invoke("GET", "/diagnostics/about")
        self.connected = True
        return self

    def invoke(self, method, path, body="", **query):
        """What the answer holds. Every call has a Content-Type and a body, if an empty one."""
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        self.answer = ask(self.site, method, target, self.headers, body)
        if self.answer.status < 300:
            return self.read()
        if self.answer.status == 401:
            self.judge(query)
        raise Refused("message", json.loads(self.answer.body)["msg"])

    def read(self):
        if not JSON.match(" ".join(self.answer.all("Content-Type"))):
            return self.answer.body
        found = json.loads(self.answer.body)
        if isinstance(found, dict) and "items" in found:
            self.marked = found["items"]
        else:
            self.marked = found if isinstance(found, list) else [found]
        return found

    def judge(self, query):
        if ("authentication", "Token Required") in challenges(self.answer):
            self.connected = False
            raise Refused("A", "the connection was lost: session_expired")
        if self.session and "site" in query:
            names = [each["site"] for each in self.session["authenticatedSites"]]
            if query["site"] not in (names[0] if len(names) == 1 else names):
                raise Refused("B", "the remote site is not authenticated")
        self.connected = False
        raise Refused("C", json.loads(self.answer.body)["msg"])


class Pcli(OwnHouseTest):
    def setUp(self):
        super().setUp()
        site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")}).start()
        self.remote = {"site2": self.house.remote_site("site1", "site2", site2.ports["peers"])}
        self.site2 = site2

    def start(self):
        self.site1 = self.gateway("site1", sites=self.remote).start()

    def refused(self, call, *arguments, **query):
        with self.assertRaises(Refused) as caught:
            call(*arguments, **query)
        return caught.exception

    def test_pcli_asks_for_the_type_of_its_login_rows_4_9_15_18_85(self):
        self.start()
        client = PowerCli(self.site1).connect()
        self.assertEqual(client.headers["Accept"], "application/json;charset=UTF-8")
        self.assertNotIn(" ", client.headers["X-VCAV-Auth"])
        self.assertEqual(client.about["serviceType"], "CLOUD")
        task = put_all(self.site1, finished_tasks("site1", 1))[0]
        for method, path in (("GET", "/diagnostics/about"), ("GET", "/sites"), ("GET", "/sites/site2"),
                             ("GET", "/sessions"), ("GET", f"/tasks/{task['id']}"), ("GET", "/tasks"),
                             ("GET", "/diagnostics/health"), ("GET", "/tasks?site=site2"),
                             ("GET", "/tasks?site=*")):
            with self.subTest(path):
                self.assertIsInstance(client.invoke(method, path), (dict, list))
                self.assertEqual(client.answer.all("Content-Type"), [client.headers["Accept"]])
                self.assertEqual(client.answer.all("X-VCAV-Auth"), [])
        self.assertEqual(client.invoke("DELETE", "/sessions"), b"")
        self.assertEqual(client.answer.status, 204)

    def test_pcli_takes_the_only_site_of_the_login_for_the_local_one_row_39(self):
        self.start()
        client = PowerCli(self.site1).connect()
        self.assertEqual(client.session["authenticatedSites"], [{"site": "site1", "org": "Org1"}])
        client.invoke("GET", "/tasks", site="site2")  # that site was asked, and nothing was extended
        self.assertEqual(client.invoke("GET", "/sessions"), client.session)

    def test_pcli_has_one_operation_id_for_all_of_a_connection_row_3(self):
        self.start()
        client = PowerCli(self.site1).connect()
        client.invoke("GET", "/sites")
        client.invoke("GET", "/tasks", site="site2")
        mine = client.headers["operationID"]
        self.assertEqual(client.answer.field("operationID"), mine)
        self.eventually(lambda: [line["path"] for line in self.site1.access() if line["operationID"] == mine],
                        ["/diagnostics/about", "/sites", "/tasks"])
        self.eventually(lambda: [line["path"] for line in self.site2.access() if line["operationID"] == mine],
                        ["/tasks"])

    def test_pcli_branch_a_a_session_that_is_over_ends_the_connection_rows_28_31(self):
        self.start()
        client = PowerCli(self.site1).connect()
        self.site1.call("DELETE", "/sessions", client.headers["X-VCAV-Auth"])
        for query in ({}, {"site": "site2"}):
            client.connected = True
            self.assertEqual(self.refused(client.invoke, "GET", "/tasks", **query).kind, "A")
            self.assertFalse(client.connected)

    def test_pcli_branch_b_a_site_that_refuses_us_leaves_the_connection_alone_rows_29_31(self):
        self.remote["north"] = site_that_mistrusts(self, "site1", "north")
        self.start()
        client = PowerCli(self.site1).connect()
        for path in (f"/tasks/{uuid.uuid4()}", "/tasks"):
            self.assertEqual(self.refused(client.invoke, "GET", path, site="north").kind, "B")
            self.assertEqual(client.answer.code, "RemoteAuthenticationFailure")
            self.assertEqual(challenges(client.answer), [("remotesite", 'realm="north"')])
            self.assertTrue(client.connected)
        self.assertEqual(client.invoke("GET", "/sessions"), client.session)

    def test_pcli_goes_on_when_a_site_has_ended_its_extension_rows_29_31(self):
        there = VcdaSite(self.house, "theirs", "south", {"admin1@Org2": "secret-there"}, [])
        self.addCleanup(there.close)
        self.remote["south"] = there.entry(self.house, "south")
        self.start()
        client = PowerCli(self.site1).connect()
        token = client.headers["X-VCAV-Auth"]
        extended = self.site1.call("POST", "/sessions/extend", token, {
            "type": "credentials", "site": "south", "vcdUsername": "admin1@Org2",
            "vcdPassword": "secret-there"})
        self.assertEqual(extended.status, 200, extended)
        there.forget()
        self.assertEqual(self.refused(client.invoke, "GET", "/tasks", site="south").kind, "B")
        self.assertTrue(client.connected)
        self.assertEqual(client.invoke("GET", "/sessions"), client.session)  # out of the list at once

    def test_pcli_branch_c_a_login_that_fails_says_so_rows_30_33(self):
        self.start()
        for user in ("admin1@Org1", "nobody"):
            refused = self.refused(PowerCli(self.site1).connect, user, "wrong")
            self.assertEqual(refused.kind, "C")
            self.assertIn("Authentication required.", str(refused))

    def test_pcli_prints_the_message_of_every_other_error_row_25(self):
        self.start()
        client = PowerCli(self.site1).connect()
        for path, query, status, said in (
                (f"/tasks/{uuid.uuid4()}", {"site": "site1"}, 404, "no task"),
                ("/tasks", {"site": "site9"}, 404, "site9"), ("/tasks", {"limit": "no"}, 400, "limit"),
                ("/tasks", {"user": "root"}, 403, "Permission denied."), ("/nowhere", {}, 404, "/nowhere")):
            refused = self.refused(client.invoke, "GET", path, **query)
            self.assertEqual((refused.kind, client.answer.status), ("message", status))
            self.assertIn(said, str(refused))
        self.site2.kill()
        refused = self.refused(client.invoke, "GET", "/tasks", site="site2")
        self.assertEqual((refused.kind, client.answer.status), ("message", 503))
        self.assertIn("site2", str(refused))
        self.assertTrue(client.connected)

    def test_pcli_knows_a_list_by_its_items_rows_66_72_76(self):
        self.start()
        tasks = put_all(self.site1, finished_tasks("site1", 3))
        client = PowerCli(self.site1).connect()
        page = client.invoke("GET", "/tasks", limit=2)
        self.assertEqual(list(page), ["items", "total", "offset", "limit"])
        self.assertEqual((page["total"], page["offset"], page["limit"]), (3, 0, 2))
        self.assertEqual(client.marked, tasks[:0:-1])  # the newest two
        self.assertEqual(client.answer.field("Cache-Control"), "private, no-cache")
        client.invoke("GET", f"/tasks/{tasks[0]['id']}")
        self.assertEqual(client.marked, [tasks[0]])
        self.assertIsInstance(client.invoke("GET", "/sites"), list)
        self.assertEqual([each["site"] for each in client.marked], ["site1", "site2"])
