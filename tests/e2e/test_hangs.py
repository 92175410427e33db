"""Nothing hangs: whatever a site does or leaves undone, its callers get the right error in time,
nobody else waits for it, and it is found again when it is well."""

import concurrent.futures
import contextlib
import itertools
import json
import os
import pathlib
import signal
import socket
import ssl
import time

import faulty_site
import pki
from faulty_site import FaultySite, FullPort
from gateways import OwnHouseTest, new_task
from python_site import PythonSite, reply

ID = "f61d60d2-698a-46dc-a266-88df27644956"
LATE = (504, "SiteTimeout")
BROKEN = (502, "SiteProtocolError")
FOREIGN = (401, "RemoteAuthenticationFailure")


class HangsTest(OwnHouseTest):
    def setUp(self):
        super().setUp()
        self.pool = concurrent.futures.ThreadPoolExecutor(64)
        self.addCleanup(self.pool.shutdown)
        self.remote = {}  # entries of `sites`

    def site(self, name, listener=None, **changes):
        """A site under that name, well until it is told otherwise."""
        document = json.dumps(new_task(name, "root", id=ID)).encode()
        site = FaultySite(self.house, name, reply(document), listener)
        self.addCleanup(site.close)
        self.remote[name] = self.house.remote_site("site1", name, site.port, **changes)
        return site

    def start(self, **changes):
        self.site1 = self.gateway("site1", sites=self.remote, **changes).start()
        self.root = self.site1.log_in("root")

    def ask(self, site=None):
        """((status, code), seconds) of a lookup on a connection of its own."""
        began = time.monotonic()
        answer = self.site1.get(f"/tasks/{ID}" + (f"?site={site}" if site else ""), self.root)
        outcome = (200, None) if answer.status == 200 else (answer.status, answer.code)
        return outcome, time.monotonic() - began

    def ask_often(self, sites, times):
        """All at once: a list of (site, future)."""
        return [(site, self.pool.submit(self.ask, site)) for site in sites for _ in range(times)]

    def hang(self, sites, times, others, within):
        """`times` lookups at each of `sites` that hang until their time is over, and lookups at
        `others` meanwhile, which must not notice."""
        with contextlib.ExitStack() as stack:
            callers = [stack.enter_context(self.site1.connect()) for _ in range(4)]  # some of each worker
            hanging = self.ask_often(sites, times)
            longest = 0
            for caller, other in itertools.cycle(itertools.product(callers, others)):
                if all(future.done() for _, future in hanging):
                    break
                began = time.monotonic()
                caller.send(f"GET /tasks/{ID}{f'?site={other}' if other else ''} HTTP/1.1\r\nHost: s\r\n"
                            f"X-VCAV-Auth: {self.root}\r\n\r\n")
                self.assertEqual(caller.answer().status, 200)
                longest = max(longest, time.monotonic() - began)
                faulty_site.pause.wait(0.02)
        self.assertGreater(longest, 0)
        self.assertLess(longest, 2, "a lookup waited for one that hangs")
        for site, future in hanging:
            outcome, seconds = future.result()
            self.assertEqual(outcome, LATE, site)
            self.assertLess(seconds, within, site)

    def assert_heals(self, site):
        self.eventually(lambda: self.ask(site)[0], (200, None))


class Hanging(HangsTest):
    def hanging_sites(self, **changes):
        """Python sites that hang, each in its way."""
        sites = {name: self.site(name, **changes) for name in ("mute", "silent", "slow-head", "slow-body")}
        sites["mute"].mute = True
        sites["silent"].fault = faulty_site.silence
        sites["slow-head"].fault = faulty_site.drip(b"HTTP/1.1 200 OK\r\nX: ")
        sites["slow-body"].fault = faulty_site.drip(faulty_site.HEAD)
        return sites

    def stopped_site(self, **changes):
        """A real gateway, to be stopped by SIGSTOP."""
        site = self.gateway("stopped", peers={"site1": self.house.peer("site1")}).start()
        task = new_task("stopped", "root", id=ID)
        self.assertEqual(site.put(task, site.log_in("replicator")).status, 201)
        self.remote["stopped"] = self.house.remote_site("site1", "stopped", site.ports["peers"], **changes)
        # However a test ends, the process must run to be ended.
        self.addCleanup(lambda: site.process and site.process.send_signal(signal.SIGCONT))
        return site

    def test_forty_lookups_that_hang_hold_up_nobody_else_and_every_site_heals(self):
        limits = {"timeouts": {"connect": "2s", "total": "4s"}, "max_in_flight": 7}
        sites = self.hanging_sites(**limits)
        stopped = self.stopped_site(**limits)
        full = FullPort()
        self.addCleanup(full.listener.close)
        self.remote["full"] = self.house.remote_site("site1", "full", full.port, **limits)
        self.site("well")
        self.start()
        self.assertEqual(
            self.site1.put(new_task(user="root", id=ID), self.site1.log_in("replicator")).status, 201)
        self.assertEqual(self.ask("stopped")[0], (200, None))  # a link to it is kept
        stopped.process.send_signal(signal.SIGSTOP)

        self.hang([*sites, "stopped", "full"], 7, (None, "well"), 4 + 6)  # and what a busy machine adds

        for site in sites.values():
            site.heal()
        stopped.process.send_signal(signal.SIGCONT)
        document = json.dumps(new_task("full", "root", id=ID)).encode()
        PythonSite(self.house, "full", reply(document), full.heal())
        for name in [*sites, "stopped", "full"]:
            self.assert_heals(name)
        # Every place among `max_in_flight` was given back.
        for site, future in self.ask_often([*sites, "stopped", "full"], 5):
            self.assertEqual(future.result()[0], (200, None), site)

    def test_links_that_lead_nowhere_cost_each_worker_one_deadline(self):
        site = self.site("site2", timeouts={"connect": "2s", "total": "2s"}, links={"warm": 8, "retry": "1m"})
        self.start(workers=2)
        self.eventually(lambda: len(site.open), 16)
        site.frozen = set(site.open)  # a firewall lost its state: they look alive, and are not
        outcomes = [self.ask("site2")[0] for _ in range(12)]
        self.assertLessEqual(outcomes.count(LATE), 2)
        self.assertEqual(set(outcomes) - {LATE}, {(200, None)})

    def resident(self):
        """MiB."""
        pages = int(pathlib.Path(f"/proc/{self.site1.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.site1.process.pid}/fd"))

    def test_descriptors_and_memory_come_back(self):
        short = {"timeouts": {"connect": "200ms", "total": "400ms", "idle": "300ms"}, "links": {"warm": 0}}
        sites = self.hanging_sites(**short)
        for name, fault in (("cut", faulty_site.say(faulty_site.HEAD + b"{")),
                            ("garbage", faulty_site.repeat(b"\xff" * 1000)),
                            ("interim", faulty_site.repeat(faulty_site.INTERIM))):
            sites[name] = self.site(name, **short)
            sites[name].fault = fault
        self.start()
        began = min(self.descriptors() for _ in range(20) if not faulty_site.pause.wait(0.05))

        def one_round():
            for site, future in self.ask_often(sites, 6):
                self.assertIn(future.result()[0], (LATE, BROKEN), site)
            self.eventually(self.descriptors, began)

        for _ in range(3):  # what is made once is made now
            one_round()
        before = self.resident()
        for _ in range(6):
            one_round()
        self.assertLess(self.resident() - before, 4, "MiB more after 252 lookups that failed")


class Broken(HangsTest):
    """What cannot be believed is said at once: nobody waits for the deadline."""

    def assert_at_once(self, site, wanted):
        for _, future in self.ask_often([site], 6):
            outcome, seconds = future.result()
            self.assertEqual(outcome, wanted)
            self.assertLess(seconds, 10)  # the deadline is thirty seconds

    def test_answers_that_are_cut_or_no_answers(self):
        versions = {"old": ssl.TLSVersion.TLSv1_2, "new": ssl.TLSVersion.TLSv1_3}
        sites = {name: self.site(name, timeouts={"connect": "20s", "total": "30s"}) for name in versions}
        for name, version in versions.items():
            sites[name].context.minimum_version = sites[name].context.maximum_version = version
        self.start()
        faults = (("cut in its head", faulty_site.say(faulty_site.HEAD[:20])),
                  ("cut in its body", faulty_site.say(faulty_site.HEAD + b"{")),
                  ("garbage", faulty_site.say(b"\x16\x03\x01\x00\xff\n\n\r\n\r\n" * 50)),
                  ("endless garbage", faulty_site.repeat(b"\xff" * 1000)),
                  ("endless 1xx", faulty_site.repeat(faulty_site.INTERIM)),
                  ("endless body", faulty_site.repeat(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 65536)))
        for (name, site), (title, fault) in itertools.product(sites.items(), faults):
            with self.subTest(title, site=name):
                site.fault = fault
                self.assert_at_once(name, BROKEN)
                site.heal()
                self.assertEqual(self.ask(name)[0], (200, None))

    def test_certificates_that_are_foreign_expired_or_another_sites(self):
        self.check_certificates(ssl.TLSVersion.TLSv1_3)

    def test_such_certificates_with_tls_1_2(self):
        self.check_certificates(ssl.TLSVersion.TLSv1_2)

    def check_certificates(self, version):
        long = {"timeouts": {"connect": "20s", "total": "30s"}, "links": {"max_age": "300ms"}}
        site2, _ = self.site("site2", **long), self.site("site3", **long)
        site2.context.minimum_version = site2.context.maximum_version = version
        self.start()
        own = self.house.certificate("site2")
        elsewhere = pki.Authority(self.house.folder / "elsewhere", "another CA")
        past = pki.Authority(self.house.folder / "past")
        past.key, past.certificate = self.house.authority.key, self.house.authority.certificate
        for title, papers in (("foreign", elsewhere.issue("site2")),
                              ("expired", past.issue("site2", days=-1)),
                              ("of site3", self.house.certificate("site3"))):
            with self.subTest(title):
                self.assert_heals("site2")
                site2.present(*papers)
                # In use all the time, and yet no link outlives its age.
                self.eventually(lambda: self.ask("site2")[0], FOREIGN)
                self.eventually(lambda: len(site2.open), 0)  # those of the other worker
                asked = len(site2.requests)
                self.assert_at_once("site2", FOREIGN)
                self.assertEqual(len(site2.requests), asked, "a question went to a stranger")
                self.assertEqual(self.ask("site3")[0], (200, None))
                site2.present(*own)
                self.assert_heals("site2")

    def test_sites_that_speak_one_version_of_tls_alone(self):
        for name, version in (("old", ssl.TLSVersion.TLSv1_2), ("new", ssl.TLSVersion.TLSv1_3)):
            site = self.site(name)
            site.context.minimum_version = site.context.maximum_version = version
        self.start()
        for name in ("old", "new"):
            for site, future in self.ask_often([name], 10):
                self.assertEqual(future.result()[0], (200, None), site)

    def test_a_closed_port_is_said_at_once_and_found_again_when_it_opens(self):
        site = self.site("site2", timeouts={"connect": "20s", "total": "30s"})
        self.start()
        self.assertEqual(self.ask("site2")[0], (200, None))
        port = site.port
        site.end()
        self.eventually(lambda: self.ask("site2")[0], (503, "SiteUnavailable"))
        self.assert_at_once("site2", (503, "SiteUnavailable"))
        again = PythonSite(self.house, "site2", site.answer, socket.create_server(("127.0.0.1", port)))
        self.addCleanup(again.close)
        self.assert_heals("site2")
