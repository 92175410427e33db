"""Links to a site: open before anybody asks, opened again, ended by age, and in nobody's way."""

import time

from faulty_site import FullPort
from test_hangs import HangsTest


class Links(HangsTest):
    def lookups(self):
        """What the access log says of lookups at another site."""
        return [line for line in self.site1.access() if line.get("site") == "site2"]

    def test_the_first_lookup_finds_a_link_that_is_open(self):
        site = self.site("site2")
        self.start()
        self.eventually(lambda: len(site.open), 2)  # one of each worker
        self.assertEqual(site.requests, [])
        for _ in range(4):
            self.assertEqual(self.ask("site2")[0], (200, None))
        self.eventually(lambda: len(self.lookups()), 4)
        self.assertEqual([line for line in self.lookups() if "connectUs" in line], [])
        self.assertEqual(len(site.open), 2)

    def test_a_link_that_the_site_ended_is_opened_again_without_a_lookup(self):
        site = self.site("site2", links={"retry": "200ms"})
        self.start()
        self.eventually(lambda: len(site.open), 2)
        first = set(site.open)
        site.hang_up()
        self.eventually(lambda: (len(site.open), site.open & first), (2, set()))
        self.assertEqual(site.requests, [])

    def test_a_site_that_swallows_connections_holds_up_neither_start_nor_end(self):
        full = FullPort()
        self.addCleanup(full.listener.close)
        self.remote["full"] = self.house.remote_site(
            "site1", "full", full.port, timeouts={"connect": "60s", "total": "60s"}, links={"warm": 4})
        began = time.monotonic()
        self.start()
        self.assertEqual(self.ask("site1")[0], (404, "TaskNotFound"))
        self.site1.stop()
        self.assertLess(time.monotonic() - began, 20)

    def test_a_name_with_several_addresses(self):
        """localhost: ::1 as well where it is configured, and nobody listens there."""
        site = self.site("site2")
        self.remote["site2"]["url"] = f"https://localhost:{site.port}"
        self.start()
        for _, future in self.ask_often(["site2"], 10):
            self.assertEqual(future.result()[0], (200, None))
