"""The statement by which one site tells another who is asking (CONTRACT 0.6), in wrong hands."""

from gateways import OwnHouseTest, new_task
from python_site import PythonSite, reply

ID = "f61d60d2-698a-46dc-a266-88df27644956"


class Replay(OwnHouseTest):
    """A statement that was made for site2, in other hands."""

    def setUp(self):
        super().setUp()
        listener = PythonSite(self.house, "site2", reply(b"{}"))
        self.addCleanup(listener.close)
        site1 = self.gateway("site1", sites={
            "site2": self.house.remote_site("site1", "site2", listener.port)}).start()
        site1.get(f"/tasks/{ID}?site=site2", site1.log_in("root"))
        self.statement = next(line for line in listener.requests[0][0].split("\r\n")
                              if line.startswith("Sitegate-Statement: "))
        self.site2 = self.gateway(
            "site2", peers={name: self.house.peer(name) for name in ("site1", "site3")},
            sites={"site3": self.house.remote_site("site2", "site3", listener.port)}).start()
        listener.requests.clear()
        self.listener = listener
        self.task = new_task("site2", "admin1@Org1")
        self.site2.put(self.task, self.site2.log_in("replicator"))

    def ask(self, site, *fields, speaker="site1", listener="peers", method="GET"):
        lines = [f"{method} /tasks/{self.task['id']}?site={site} HTTP/1.1", "Host: s", "Connection: close",
                 *(fields or (self.statement,))]
        context = self.house.client_context(speaker) if listener == "peers" else None
        answers = self.site2.exchange("\r\n".join(lines) + "\r\n\r\n", listener, context)
        self.assertEqual(len(answers), 1)
        return answers[0].status, answers[0].json.get("code")

    def test_it_is_good_on_its_own_connection_and_nowhere_else(self):
        self.assertEqual(self.ask("site2"), (200, None))
        self.assertEqual(self.ask("site2", speaker="site3"), (401, "NotAuthenticated"))
        self.assertEqual(self.ask("site2", listener="callers"), (401, "NotAuthenticated"))
        other_letter = "A" if self.statement[-3] != "A" else "B"
        forged = self.statement[:-3] + other_letter + self.statement[-2:]
        self.assertEqual(self.ask("site2", forged), (401, "NotAuthenticated"))
        self.assertEqual(self.ask("site2", "Accept: */*"), (401, "NotAuthenticated"))
        self.assertEqual(self.ask("site2", self.statement, self.statement), (401, "NotAuthenticated"))

    def test_it_allows_reading_tasks_and_nothing_else(self):
        self.assertEqual(self.ask("site2", method="PUT"), (404, "EndpointNotFound"))
        self.assertEqual(self.ask("site2", method="DELETE"), (404, "EndpointNotFound"))

    def test_a_lookup_for_a_third_site_is_a_loop_and_travels_no_further(self):
        self.assertEqual(self.ask("site3"), (508, "LoopDetected"))
        self.assertEqual(self.listener.requests, [])

    def test_the_time_left_comes_with_the_request(self):
        self.assertEqual(self.ask("site2", self.statement, "Sitegate-Deadline-Ms: 1000"), (200, None))
        self.assertEqual(self.ask("site2", self.statement, "Sitegate-Deadline-Ms: soon"),
                         (400, "BadUserInput"))
