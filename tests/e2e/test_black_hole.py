"""A site behind a network that swallows every packet: in the middle of an answer, while links to it
rest, and before anybody asked."""

import socket
import struct
import unittest

import faulty_site
from network import Network
from python_site import PythonSite
from test_hangs import LATE, HangsTest


class BlackHole(HangsTest):
    def setUp(self):
        super().setUp()
        try:
            self.network = Network()
        except PermissionError as why:
            raise unittest.SkipTest(f"no network namespace can be made here: {why}")
        self.addCleanup(self.network.close)

    def far_site(self, **changes):
        site = self.site("far", self.network.listen(), **changes)
        self.remote["far"]["url"] = f"https://{self.network.address}:{site.port}"
        return site

    def vanish(self, site):
        """The site is gone, and no word of its end gets through."""
        self.network.fall_silent()
        site.close()
        for connection in list(site.open):
            # Ended by a reset, which is sent once and not again.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket.shutdown(connection, socket.SHUT_RD)
        self.eventually(lambda: len(site.open), 0)

    def test_what_the_network_swallows_is_late_and_hurts_nobody_else(self):
        site = self.far_site(timeouts={"connect": "3s", "total": "5s"}, max_in_flight=40)
        self.site("well")
        self.start()
        for _ in range(3):
            # Some of them over links that are kept, the others over new ones.
            for _, future in self.ask_often(["far"], 8):
                self.assertEqual(future.result()[0], (200, None))
            self.network.fall_silent()
            self.hang(["far"], 36, ["well"], 5 + 6)
            self.network.restore()
            self.assert_heals("far")
        self.assertGreater(len(site.requests), 24)

    def test_in_the_middle_of_an_answer(self):
        site = self.far_site(timeouts={"connect": "3s", "total": "5s"})
        self.start()
        site.fault = faulty_site.drip(faulty_site.HEAD)
        hanging = self.ask_often(["far"], 8)
        self.eventually(lambda: len(site.requests), 8)
        self.network.fall_silent()
        for _, future in hanging:
            self.assertEqual(future.result()[0], LATE)
        site.heal()
        self.network.restore()
        self.assert_heals("far")

    def test_links_that_are_open_at_one_end_alone(self):
        site = self.far_site(timeouts={"connect": "3s", "total": "5s"}, links={"warm": 4})
        self.start()
        self.eventually(lambda: len(site.open), 8)  # four of each worker
        self.vanish(site)
        self.network.restore()
        again = PythonSite(self.house, "far", site.answer, self.network.listen(site.port))
        self.addCleanup(again.close)
        # All eight look alive here, and nobody told us.
        for _ in range(10):
            self.assertEqual(self.ask("far")[0], (200, None))
