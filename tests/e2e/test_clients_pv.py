"""PV, the PowerShell module PowerVCAV, replayed (CONTRACT 11).

It asks for version 3, writes its query by itself, and pages by what it got until that is `total`. Each
test names the rows that it holds.
"""

import uuid

from clients import ask, finished_tasks, put_all
from gateways import PASSWORD, OwnHouseTest, new_task
from vcda_site import VcdaSite

ACCEPT = "application/vnd.vmware.h4-v3+json;charset=UTF-8"
ROUNDS = 10  # more would have no end


class Vcav:
    def __init__(self, site, user="admin1@Org1"):
        self.site = site
        answer = ask(site, "POST", "/sessions",
                     {"Content-Type": "application/json"},
                     f'{{"type":"vcdCredentials","vcdUser":"{user}","vcdPassword":"{PASSWORD}"}}')
        assert answer.status == 200, answer
        self.session = answer.json
        self.token = answer.all("X-VCAV-Auth")[0]

    def query(self, path, method="GET", **filters):
        """`path` may begin with a slash of its own; filters are written as they are."""
        raw = "&".join(f"{name}={value}" for name, value in filters.items())
        return ask(self.site, method, f"/{path}" + ("?" + raw if raw else ""),
                   {"X-VCAV-Auth": self.token, "Accept": ACCEPT})

    def paged(self, path, after_page=None, **filters):
        """All items, and how many pages they took; None when a page was an error."""
        items, offset = [], 0
        for page in range(1, ROUNDS + 1):
            answer = self.query(path, offset=offset, limit=100, **filters)
            if answer.status != 200:
                self.error = answer
                return None, page
            items += answer.json["items"]
            offset += len(answer.json["items"])
            if offset >= answer.json["total"]:
                return items, page
            if after_page:
                after_page(page)
        raise AssertionError(f"no end after {ROUNDS} pages")


class Pv(OwnHouseTest):
    def start(self, *names):
        self.others = {name: self.gateway(name, peers={"site1": self.house.peer("site1")}).start()
                       for name in names}
        self.site1 = self.gateway("site1", sites={
            name: self.house.remote_site("site1", name, site.ports["peers"])
            for name, site in self.others.items()}).start()
        return self.site1

    def test_pv_adds_up_what_it_got_until_total_row_71(self):
        tasks = put_all(self.start(), finished_tasks("site1", 250))
        self.assertEqual(Vcav(self.site1).paged("tasks"), (tasks[::-1], 3))

    def lose_a_site_after(self, last_page):
        """270 tasks of three sites are promised, and then one of them is gone: what it got, and pages."""
        self.start("site2", "site3")
        for site in (self.site1, *self.others.values()):
            put_all(site, finished_tasks(site.name, 90))

        def lose(page):
            if page == last_page:
                self.others["site3"].kill()
        items, pages = Vcav(self.site1).paged("tasks", lose, site="*")
        self.assertNotIn("site3", {task["site"] for task in items[100 * last_page:]})
        return len(items), pages

    def test_pv_comes_to_an_end_when_a_site_is_lost_in_mid_list_row_71(self):
        # Of the 180 that are left, the second page has those behind the first hundred.
        self.assertEqual(self.lose_a_site_after(1), (180, 2))

    def test_pv_comes_to_an_end_when_it_already_has_more_than_is_left_row_71(self):
        self.assertEqual(self.lose_a_site_after(2), (200, 3))

    def test_pv_is_told_when_the_one_site_it_pages_is_lost_row_71(self):
        self.start("site2")
        put_all(self.others["site2"], finished_tasks("site2", 120))
        client = Vcav(self.site1)
        found = client.paged("tasks", lambda _: self.others["site2"].kill(), site="site2")
        self.assertEqual(found, (None, 2))
        self.assertEqual((client.error.status, client.error.code), (503, "SiteUnavailable"))

    def test_pv_begins_a_path_with_two_slashes_rows_2_13_17(self):
        task = put_all(self.start(), [new_task()])[0]
        client = Vcav(self.site1)
        for path in (f"tasks/{task['id']}", f"/tasks/{task['id']}", f"//tasks///{task['id']}", "/tasks",
                     "/sites", "/sessions", "/diagnostics/about"):
            answer = client.query(path)
            self.assertEqual((answer.status, answer.field("Content-Type")), (200, ACCEPT), path)
        for path in (f"/tasks/{uuid.uuid4()}", "/nowhere"):
            answer = client.query(path)
            self.assertEqual((answer.status, answer.field("Content-Type")), (404, ACCEPT), path)
        # It is the same path to whoever guards it, too.
        self.assertEqual(ask(self.site1, "GET", "//tasks", {}).status, 401)
        allowed = [client.query(path, "DELETE").field("Allow") for path in ("/tasks", "tasks")]
        self.assertEqual(allowed, ["GET, HEAD, OPTIONS"] * 2)
        self.eventually(lambda: {line["path"] for line in self.site1.access() if "//" in line["path"]}, set())

    def test_pv_writes_its_query_as_it_is_rows_6_69(self):
        users = ("admin1@Org1", "org2@site2", "System", "root")
        tasks = [new_task(user=user, startTime=1000 + n) for n, user in enumerate(users)]
        put_all(self.start(), tasks)
        root = Vcav(self.site1, "root")
        for task in tasks:
            self.assertEqual(root.query("tasks", user=task["user"]).json["items"], [task])
        self.assertEqual(root.query("tasks", ids=",".join(task["id"] for task in tasks[:2]),
                                    sort="startTime-,user").json["items"], tasks[1::-1])

    def test_pv_cannot_log_in_by_a_cookie_and_is_told_what_it_can_row_37(self):
        answer = ask(self.start(), "POST", "/sessions", {"Content-Type": "application/json"},
                     '{"type":"vcdCookie","vcdCookie":"x"}')
        self.assert_error(answer, 501, "NotImplemented")
        self.assertEqual(answer.json["args"][0], "vcdCookie")
        self.assertIn("vcdCredentials", answer.json["msg"])

    def test_pv_reads_its_session_and_ends_it_rows_41_42(self):
        client = Vcav(self.start())
        self.assertEqual(client.query("sessions").json, client.session)
        self.assertEqual(client.query("sessions", "DELETE").status, 204)
        self.assertEqual(client.query("sessions").status, 401)

    def test_pv_extends_by_a_cookie_and_sees_what_its_name_there_sees_rows_44_45_49_93(self):
        task = new_task("theirs", "admin1@Org2")
        there = VcdaSite(self.house, "theirs", "site2", {"admin1@Org2": "x"}, [task])
        self.addCleanup(there.close)
        site1 = self.gateway("site1", sites={"site2": there.entry(self.house)}).start()
        client = Vcav(site1)
        answer = ask(site1, "POST", "/sessions/extend",
                     {"X-VCAV-Auth": client.token, "Accept": ACCEPT, "Content-Type": "application/json"},
                     '{"type":"cookie","site":"site2","cookie":"cookie of admin1@Org2"}')
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json["authenticatedSites"],
                         [{"site": "site1", "org": "Org1"}, {"site": "site2", "org": "Org2"}])
        self.assertEqual(client.query("tasks", site="site2").json["items"], [task])
        self.assertEqual(client.query("sessions/site2", "DELETE").json, client.session)  # row 49
