"""Lists of tasks: filters and sort, one site, all sites, one site gone. How clients page through them
is replayed in test_clients_pb and test_clients_pv."""

import urllib.parse

from clients import finished_tasks, put_all
from gateways import GatewayTest, OwnHouseTest, new_task
from holding import held
from test_find_anywhere import put, three_sites


def query(**parameters):
    return "/tasks?" + urllib.parse.urlencode(parameters)


def starts(answer):
    return [task["startTime"] for task in answer.json["items"]]


class OneSite(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway()
        cls.tasks = put_all(cls.site, finished_tasks(
            "site1", 250, resource_types=("vmReplication", "vappReplication")))
        cls.user = cls.tasks[0]["user"]

    def ask(self, **parameters):
        return self.site.get(query(**parameters), self.site.log_in(self.user))

    def test_filters_and_sort_rows_67_68(self):
        self.assertEqual(self.ask(type="sync", resourceName="vm-0").json["total"], 25)
        self.assertEqual(self.ask(startTimeAfter=1700000000000 + 247).json["total"], 2)
        self.assertEqual(self.ask(startTimeBefore=1700000000002).json["total"], 2)
        self.assertEqual(self.ask(endTimeBefore=99999999999999).json["total"], 250)
        self.assertEqual(self.ask(state="RUNNING").json["total"], 0)
        self.assertEqual(starts(self.ask(sort="startTime", limit=3)),
                         [1700000000000, 1700000000001, 1700000000002])
        by_name = self.ask(sort="resourceName-, startTime", limit=1).json["items"][0]
        self.assertEqual(by_name["workflowInfo"]["resourceName"], "vm-4")
        ids = ",".join(task["id"] for task in self.tasks[:3])
        self.assertEqual(self.ask(ids=ids).json["total"], 3)
        self.assertEqual(self.ask(limit=1000).json["limit"], 100)

    def test_another_user_sees_and_counts_nothing(self):
        answer = self.site.get(query(ids=self.tasks[0]["id"]), self.site.log_in("admin1@Org2"))
        self.assertEqual(answer.json, {"items": [], "total": 0, "offset": 0, "limit": 100})

    def test_wrong_values_name_parameter_value_and_cure(self):
        for name, value in (("limit", "0"), ("sort", "x"), ("state", "QUEUED"), ("ids", "1"),
                            ("startTimeAfter", "yesterday"), ("offset", "-1")):
            answer = self.ask(**{name: value})
            self.assert_error(answer, 400, "BadUserInput")
            self.assertEqual(answer.json["args"][:2], [name, value])
        self.assert_error(self.ask(user="root"), 403, "Forbidden")


class AllSites(OwnHouseTest):
    def test_one_list_of_three_sites_and_of_two_when_one_is_gone(self):
        sites = three_sites(self)
        for number, name in enumerate(["site1", "site2", "site3"] * 2):
            task = new_task(name)
            task["startTime"] = 1700000000000 + number
            put(sites[name], task)
        user = task["user"]
        token = sites["site1"].log_in(user)
        answer = sites["site1"].get(query(site="*", limit=4), token)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual([task["site"] for task in answer.json["items"]],
                         ["site3", "site2", "site1", "site3"])
        self.assertEqual(answer.json["total"], 6)
        self.assertEqual(answer.json["sites"],
                         [{"site": f"site{n}", "outcome": "ok", "count": 2} for n in (1, 2, 3)])

        sites["site2"].kill()
        answer = sites["site1"].get(query(site="*"), token)
        self.assertEqual([task["site"] for task in answer.json["items"]],
                         ["site3", "site1", "site3", "site1"])
        self.assertEqual(answer.json["total"], 4)
        self.assertEqual(answer.json["sites"][1], {"site": "site2", "outcome": "unavailable", "count": 0})
        self.assert_error(sites["site1"].get(query(site="site2"), token), 503, "SiteUnavailable")
        self.eventually(lambda: [line["site"] for line in sites["site1"].access() if line["path"] == "/tasks"],
                        ["*", "*", "site2"])

    def test_a_frozen_site_costs_its_part_and_no_more_than_its_time(self):
        sites = three_sites(self, each_site_time="300ms")
        token = sites["site1"].log_in("admin1@Org1")
        with held(sites["site3"]):
            answer = sites["site1"].get(query(site="*"), token)
        self.assertEqual([site["outcome"] for site in answer.json["sites"]], ["ok", "ok", "timedOut"])

    def test_a_peer_may_not_ask_for_a_list_of_all_sites_nor_of_another(self):
        sites = three_sites(self)
        token = sites["site1"].log_in("admin1@Org1")
        # site1 asks site2 with site2's own name: what it may not say is tested at the listener.
        self.assertEqual(sites["site1"].get(query(site="site2"), token).status, 200)
        with sites["site2"].connect("peers", self.house.client_context("site1")) as peer:
            peer.send("GET /tasks?site=* HTTP/1.1\r\nHost: s\r\n\r\n")
            self.assertEqual(peer.answer().status, 401)
