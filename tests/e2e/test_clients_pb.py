"""PB, the PowerShell module VMware.vCAV.Community, replayed (CONTRACT 11).

It asks for plain JSON, looks at /sites before it names one, pages by a step of its own, and polls a
task without saying where it runs. Each test names the rows that it holds.
"""

import json
import urllib.parse
import uuid

from clients import ask, finished_tasks, put_all
from gateways import PASSWORD, OwnHouseTest, new_task
from python_site import PythonSite, reply
from vcda_site import VcdaSite

# What its switches -Replications and -System ask for.
REPLICATIONS = "replication,vmReplication,vappReplication"
SYSTEM = "site,pair,repair,inventory,appliance,replicator,supportBundle,policies"


class Unauthorized(Exception):
    """The one exception that it makes of any 401."""


class Community:
    def __init__(self, site):
        self.site = site
        self.token = None

    def request(self, method, path, data=None, **parameters):
        """What the body holds, read as UTF-8 whatever the head says."""
        target = path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")
        fields = {"Content-Type": "application/json", "Accept": "application/json",
                  "operationID": f"Powershell__{uuid.uuid4()}"}
        if self.token:
            fields["X-VCAV-Auth"] = self.token
        self.answer = ask(self.site, method, target, fields, data)
        if self.answer.status == 401:
            raise Unauthorized
        if self.answer.status >= 300:
            raise RuntimeError(f"An error occurred: {self.answer.status}")
        return json.loads(self.answer.body.decode("utf-8")) if self.answer.body else None

    def connect(self, user="admin1@Org1", password=PASSWORD):
        self.session = self.request("POST", "/sessions", json.dumps(
            {"type": "localUser", "localUser": user, "localPassword": password}))
        self.token = self.answer.field("X-VCAV-Auth")
        self.about = self.request("GET", "/diagnostics/about")
        return self

    def sites(self, name=None):
        return [site for site in self.request("GET", "/sites")
                if name is None or site["site"].lower() == name.lower()]

    def tasks(self, site=None, **filters):
        filters = {"offset": 0, "limit": 100} | filters
        if site:
            if not self.sites(site):
                raise LookupError("The provided site does not exist in this installation.")
            filters["site"] = site
        page = self.request("GET", "/tasks", **filters)
        found = page["items"]
        for offset in range(100, 100000, 100):
            if offset >= page["total"]:
                return found
            page = self.request("GET", "/tasks", **filters | {"offset": offset})
            found += page["items"]

    def is_over(self, task):
        """One look of Watch-TaskCompleted."""
        seen = self.request("GET", f"/tasks/{task['id']}")
        if seen["state"] == "RUNNING":
            return False
        if seen["state"] != "SUCCEEDED":
            raise RuntimeError(f"{seen['error']['code']} {seen['error']['msg']}")
        return True


class Pb(OwnHouseTest):
    def start(self, **sites):
        self.site1 = self.gateway("site1", sites=sites).start()
        return self.site1

    def start_two(self):
        self.site2 = self.gateway("site2", peers={"site1": self.house.peer("site1")}).start()
        return self.start(site2=self.house.remote_site("site1", "site2", self.site2.ports["peers"]))

    def test_pb_pages_250_tasks_by_its_own_step_of_100_here_and_elsewhere_rows_70_73(self):
        self.start_two()
        wanted = {site.name: put_all(site, finished_tasks(site.name, 250))
                  for site in (self.site1, self.site2)}
        client = Community(self.site1).connect()
        local = next(site["site"] for site in client.sites() if site["isLocal"])
        self.assertEqual(local, "site1")
        self.assertEqual(client.tasks(), wanted["site1"][::-1])
        self.assertEqual(client.tasks(local), wanted["site1"][::-1])
        self.assertEqual(client.tasks("site2"), wanted["site2"][::-1])

    def test_pb_knows_of_an_unknown_site_beforehand_and_hears_it_otherwise_rows_73_81(self):
        self.start_two()
        client = Community(self.site1).connect()
        with self.assertRaises(LookupError):
            client.tasks("site9")
        with self.assertRaises(RuntimeError):
            client.request("GET", "/tasks", site="site9")
        self.assert_error(client.answer, 404, "SiteNotFound")
        # Its own comparison takes no heed of case, and ours does.
        self.assertEqual([site["site"] for site in client.sites("SITE2")], ["site2"])
        with self.assertRaises(RuntimeError):
            client.tasks("SITE2")
        self.assert_error(client.answer, 404, "SiteNotFound")

    def test_pb_sends_resource_types_as_a_comma_list_rows_63_67(self):
        types = [*REPLICATIONS.split(","), *SYSTEM.split(","), "CLOUD"]
        put_all(self.start(), finished_tasks("site1", 2 * len(types), resource_types=types))
        client = Community(self.site1).connect()

        def found(**filters):
            return sorted(task["workflowInfo"]["resourceType"] for task in client.tasks(**filters))
        for asked in (REPLICATIONS, SYSTEM, "CLOUD"):
            self.assertEqual(found(resourceType=asked), sorted(asked.split(",") * 2))
        self.assertEqual(found(resourceType="nothing"), [])
        self.assertEqual(len(found()), 2 * len(types))

    def test_pb_filters_by_each_equality_rows_67_91_94(self):
        what = {"type": "Failover", "resourceType": "vm", "resourceId": "C4VM-1", "resourceName": "Vm-1"}
        mine = new_task(operationID="Powershell__1", sourceOrg="Org1", destinationOrg="Org2", workflowInfo=what)
        systems = new_task(operationID="Powershell__2", user="System")
        others = new_task(workflowInfo=dict.fromkeys(what, "Other"), sourceOrg="Other", startTime=1)
        put_all(self.start(), [mine, systems, others])
        client, root = Community(self.site1).connect(), Community(self.site1).connect("root")
        for filters in ({"operationID": "Powershell__1"}, {"sourceOrg": "Org1"}, {"type": "Failover"},
                        {"resourceId": "C4VM-1"}, {"resourceName": "Vm-1"}):
            self.assertEqual(client.tasks(**filters), [mine])
            self.assertEqual(client.tasks(**{name: value.lower() for name, value in filters.items()}), [])
        for filters, found in (({"user": "admin1@Org1"}, [mine, others]), ({"user": "System"}, [systems]),
                               ({"destinationOrg": "Org2"}, [mine])):
            self.assertEqual(root.tasks(**filters), found)
            with self.assertRaises(RuntimeError):
                client.tasks(**filters)
            self.assert_error(client.answer, 403, "Forbidden")

    def test_pb_lists_what_the_other_site_lets_it_see_row_95(self):
        peer = self.house.peer("site1", roles={})  # whoever is an administrator at site1 is none there
        site2 = self.gateway("site2", peers={"site1": peer}).start()
        mine = put_all(site2, [new_task("site2", "root"), new_task("site2")])[0]
        self.start(site2=self.house.remote_site("site1", "site2", site2.ports["peers"]))
        here = put_all(self.site1, [new_task()])
        root = Community(self.site1).connect("root")
        self.assertEqual((root.tasks(), root.tasks("site2")), (here, [mine]))
        with self.assertRaises(RuntimeError):
            root.tasks("site2", user="admin1@Org1")
        self.assert_error(root.answer, 403, "Forbidden")

    def test_pb_polls_without_a_site_to_the_end_rows_26_61_64(self):
        self.start_two()
        client = Community(self.site1).connect()
        failed = {"code": "DiskFull", "msg": "There is no room.", "args": [], "stacktrace": ""}
        for site in (self.site1, self.site2):
            good, bad = put_all(site, [new_task(site.name), new_task(site.name)])
            producer = site.log_in("replicator")
            for task in (good, bad):
                self.assertEqual([client.is_over(task) for _ in range(3)], [False] * 3)
            for task, end in ((good, {"state": "SUCCEEDED"}), (bad, {"state": "FAILED", "error": failed})):
                task = task | end | {"lastUpdated": 3000, "endTime": 3000}
                self.assertEqual(site.put(task, producer).status, 200)
            self.assertTrue(client.is_over(good))
            with self.assertRaisesRegex(RuntimeError, "^DiskFull There is no room.$"):
                client.is_over(bad)
            self.assertEqual(client.answer.status, 200)

    def test_pb_never_sees_queued_which_it_would_take_for_a_failure_row_61(self):
        task = new_task("site2", state="QUEUED")
        far = PythonSite(self.house, "site2", reply(json.dumps(task).encode()))
        self.addCleanup(far.close)
        client = Community(self.start(site2=self.house.remote_site("site1", "site2", far.port))).connect()
        self.assertFalse(client.is_over(task))
        far.answer = reply(json.dumps({"items": [task], "total": 1, "offset": 0, "limit": 100}).encode())
        self.assertEqual([each["state"] for each in client.tasks("site2", state="RUNNING")], ["RUNNING"])

    def test_pb_reads_any_character_and_is_told_the_charset_row_10(self):
        task = new_task(workflowInfo={"type": "sync", "resourceType": "vm", "resourceId": None,
                                      "resourceName": "B\u00fcro \u6771\u4eac \U0001f4be"})
        site1 = self.start()
        body = json.dumps(task, ensure_ascii=False).encode()
        stored = site1.call("PUT", f"/tasks/{task['id']}", site1.log_in("replicator"), body)
        self.assertEqual(stored.status, 201)
        client = Community(site1).connect()
        for path in (f"/tasks/{task['id']}", "/tasks"):
            found = client.request("GET", path)
            self.assertEqual(found if "id" in found else found["items"][0], task)
            self.assertEqual(client.answer.field("Content-Type"), "application/json;charset=UTF-8")

    def test_pb_makes_one_thing_of_any_401_and_goes_on_after_a_late_logout_rows_34_42_43(self):
        client = Community(self.start()).connect()
        self.assertIsNone(client.request("DELETE", "/sessions"))
        self.assertEqual(client.answer.status, 204)
        for method, path in (("DELETE", "/sessions"), ("GET", "/tasks")):
            with self.assertRaises(Unauthorized):
                client.request(method, path)
        with self.assertRaises(Unauthorized):
            Community(self.site1).connect(password="wrong")
        self.assertEqual(Community(self.site1).connect().session["user"], "admin1@Org1")

    def test_pb_extends_by_names_of_its_own_rows_47_48(self):
        there = VcdaSite(self.house, "theirs", "site2", {"admin1@Org2": "secret-there"}, [])
        self.addCleanup(there.close)
        self.start(site2=there.entry(self.house))
        for credentials in ({"type": "credentials", "vcdUser": "admin1@Org2", "vcdPassword": "secret-there"},
                            {"type": "cookie", "vcdCookie": "cookie of admin1@Org2"}):
            client = Community(self.site1).connect()
            session = client.request("POST", "/sessions/extend", json.dumps({"site": "site2"} | credentials))
            self.assertEqual([one["site"] for one in session["authenticatedSites"]], ["site1", "site2"])
            self.assertEqual(client.tasks("site2"), [])
