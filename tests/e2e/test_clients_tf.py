"""TF, VMware's provider for Terraform, replayed by a program in Go, terraform.go (CONTRACT 11).

Go decodes a number into an int64 or gives up, and gives up waiting after ten seconds. Each test names
the rows that it holds.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import uuid

from clients import finished_tasks, put_all
from faulty_site import FaultySite, FullPort, silence
from gateways import PASSWORD, OwnHouseTest, new_task
from python_site import reply

SOURCE = pathlib.Path(__file__).parent / "terraform.go"


def compile_go(folder):
    """By Go, or by the GNU compiler, which is smaller and has the same library."""
    program = pathlib.Path(folder) / "terraform"
    go, gccgo = shutil.which("go"), shutil.which("gccgo-12")
    if not go and not gccgo:
        raise unittest.SkipTest("neither go nor gccgo-12 is here")
    compiler = [go, "build"] if go else [gccgo]
    environment = os.environ | {"GO111MODULE": "off", "GOCACHE": f"{folder}/cache", "GOFLAGS": ""}
    done = subprocess.run([*compiler, "-o", program, SOURCE], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return program


class Tf(OwnHouseTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="sitegate-e2e-go-")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.program = compile_go(folder)

    def start(self, **changes):
        self.site1 = self.gateway("site1", **changes).start()
        return self.site1

    def terraform(self, *command, user="admin1@Org1", password=PASSWORD):
        """What it printed."""
        done = subprocess.run(
            [self.program, self.house.certificate("site1")[0],
             f"https://127.0.0.1:{self.site1.ports['callers']}", user, password, *command],
            capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_tf_logs_in_200_times_in_a_row_row_40(self):
        self.start()
        self.assertEqual(self.terraform("logins", "200"), {"tokens": 200})
        # It never logs out; what is left are the 100 sessions that one user may have.
        self.eventually(lambda: [line["status"] for line in self.site1.access()], [200] * 400)

    def test_tf_sends_an_empty_token_after_a_login_that_failed_and_hears_401_rows_34_40(self):
        self.start()
        said = self.terraform("GET", "/sites", password="wrong")
        self.assertEqual((said["status"], said["error"]["code"]), (401, "NotAuthenticated"))
        self.eventually(lambda: [(line["path"], line["status"]) for line in self.site1.access()],
                        [("/sessions", 401), ("/sites", 401)])

    def test_tf_decodes_tasks_into_structs_rows_57_58_59_62(self):
        long = (1 << 63) - 1
        tasks = [new_task(startTime=long, lastUpdated=long, progress=100, warnings=[{"code": "w"}, "x"]),
                 new_task(user="admin1@Org1", lastUpdated=-1), *finished_tasks("site1", 3)]
        put_all(self.start(), tasks)
        for task in tasks:
            found = self.terraform("task", task["id"])
            self.assertEqual({name: found[name] for name in task}, task)
        page = self.terraform("tasks")
        self.assertEqual([each["id"] for each in page["items"]],
                         [task["id"] for task in sorted(tasks, key=lambda task: -task["startTime"])])
        self.assertEqual((page["total"], page["offset"], page["limit"]), (5, 0, 100))

    def test_tf_would_fail_on_numbers_that_are_not_integers_so_none_get_in_row_59(self):
        producer = self.start().log_in("replicator")
        for name, value in (("progress", b"50.0"), ("startTime", b"1e3"), ("endTime", b'"1"')):
            task = new_task()
            body = json.dumps(task | {name: "@"}).encode().replace(b'"@"', value)
            answer = self.site1.call("PUT", f"/tasks/{task['id']}", producer, body)
            self.assert_error(answer, 400, "BadUserInput")
            said = self.terraform("task", task["id"])
            self.assertEqual(said["error"]["code"], "TaskNotFound")

    def test_tf_reads_the_error_of_a_failed_task_and_any_result_rows_26_60(self):
        failed = {"code": "Forbidden", "msg": "Permission denied.", "args": ["a"], "stacktrace": ""}
        bad = new_task(state="FAILED", endTime=2000, error=failed)
        good = new_task(state="SUCCEEDED", endTime=2000, resultType="X", result={"a": [1, {"b": None}]},
                        more=1)
        put_all(self.start(), [bad, good])
        self.assertEqual(self.terraform("task", bad["id"])["error"], failed)
        self.assertEqual(self.terraform("task", good["id"])["result"], good["result"])
        self.assertEqual(self.terraform("GET", f"/tasks/{good['id']}"), good)

    def test_tf_polls_a_health_task_to_its_result_rows_64_75_88_89(self):
        self.start()
        info = self.terraform("health")
        for member in ("productName", "buildVersion", "buildDate", "instanceId", "runtimeId", "currentTime"):
            self.assertIn(member, info)
        for member in ("dbError", "lsError", "ntpError", "vcdError", "managerError"):
            self.assertIsNone(info[member])

    def test_tf_finds_a_site_by_its_public_url_rows_79_80(self):
        url = "https://here.example:443/"
        self.start(site={"name": "site1", "public_url": url}, sites={
            "site2": self.house.remote_site("site1", "site2", 9)})
        found = self.terraform("site", url)
        self.assertEqual((found["site"], found["isLocal"]), ("site1", True))
        self.assertEqual(found["state"], {"incomingCommError": None, "outgoingCommError": None})
        for other in (url[:-1], url.replace(":443", "")):
            self.assertEqual(self.terraform("site", other), {"failed": f"no site {other}"})
        said = self.terraform("GET", f"/tasks/{uuid.uuid4()}?site=site2")
        self.assertEqual((said["status"], said["error"]["code"]), (503, "SiteUnavailable"))
        there = self.terraform("site", "https://127.0.0.1:9")
        self.assertEqual(there["state"]["outgoingCommError"]["code"], "SiteUnavailable")

    def test_tf_hears_an_error_before_its_ten_seconds_are_over_rows_25_65(self):
        """With the times that nobody changed, of a site that is silent at each stage."""
        silent = FaultySite(self.house, "silent", reply(b"{}"))
        silent.fault = silence
        mute = FaultySite(self.house, "mute", reply(b"{}"))
        mute.mute = True
        full = FullPort()
        for each in (silent.close, mute.close, full.listener.close):
            self.addCleanup(each)
        self.start(sites={name: self.house.remote_site("site1", name, site.port)
                          for name, site in (("silent", silent), ("mute", mute), ("full", full))})
        task = f"/tasks/{uuid.uuid4()}"
        paths = {f"{task}?site={name}": "SiteTimeout" for name in ("silent", "mute", "full")}
        paths |= {"/tasks?site=silent": "SiteTimeout", task: "SiteUnavailable"}
        with concurrent.futures.ThreadPoolExecutor(len(paths)) as pool:
            found = dict(zip(paths, pool.map(lambda path: self.terraform("GET", path), paths)))
        self.assertEqual({path: said.get("error", said).get("code", said) for path, said in found.items()},
                         paths)

    def test_tf_never_meets_an_answer_that_is_no_json_rows_23_25(self):
        self.start()
        for method, path, code in (
                ("GET", "/nowhere", "EndpointNotFound"), ("DELETE", "/tasks", "MethodNotAllowed"),
                ("BREW", "/tasks", "NotImplemented"), ("GET", "/tasks/x", "BadUserInput"),
                ("GET", "/tasks?site=%zz", "BadRequest"), ("GET", "/" + "a" * 9000, "UriTooLong"),
                ("POST", "/sites", "MethodNotAllowed"), ("PUT", f"/tasks/{uuid.uuid4()}", "Forbidden"),
                ("GET", "/tasks?site=site9", "SiteNotFound"), ("GET", "/tasks?user=x", "Forbidden")):
            said = self.terraform(method, path)
            self.assertEqual(said.get("error", said).get("code"), code, (method, path[:50]))
            self.assertTrue(said["error"]["msg"] and said["error"]["stacktrace"])
