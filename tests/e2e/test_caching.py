"""ETag, 304 and gzip, by curl and Python, at the own site and at another (CONTRACT 0.1 "Caching")."""

import gzip
import pathlib
import subprocess
import tempfile
import uuid

from gateways import GatewayTest, new_task


class Caching(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site2 = cls.class_gateway("site2", peers={"site1": cls.house.peer("site1")})
        cls.site1 = cls.class_gateway("site1", sites={
            "site2": cls.house.remote_site("site1", "site2", cls.site2.ports["peers"])})
        cls.tenant = cls.site1.log_in("admin1@Org1")
        cls.other = cls.site1.log_in("admin1@Org2")
        cls.producers = {site.name: site.log_in("replicator") for site in (cls.site1, cls.site2)}

    def put(self, site, **members):
        task = new_task(site.name, **members)
        self.assertEqual(site.put(task, self.producers[site.name]).status, 201)
        return task

    def tasks(self, **members):
        """(site, task, its target at site1): one task here and one at site2."""
        for site in (self.site1, self.site2):
            task = self.put(site, **members)
            yield site, task, f"/tasks/{task['id']}?site={site.name}"

    def change(self, site, task):
        task |= {"progress": task["progress"] + 1, "lastUpdated": task["lastUpdated"] + 1}
        self.assertEqual(site.put(task, self.producers[site.name]).status, 200)

    def curl(self, target, *options):
        """What curl says of one GET: (status, octets of the body on the wire, the body as it shows it)."""
        with tempfile.TemporaryDirectory() as folder:
            content = pathlib.Path(folder) / "content"
            said = subprocess.run(
                ["curl", "-sS", "--max-time", "10", "--cacert", str(self.house.authority.certificate),
                 "-H", f"X-VCAV-Auth: {self.tenant}", "-o", str(content),
                 "-w", "%{http_code} %{size_download}", *options,
                 f"https://127.0.0.1:{self.site1.ports['callers']}{target}"],
                capture_output=True, text=True, timeout=30, check=True)
            status, size = map(int, said.stdout.split())
            return status, size, content.read_bytes() if content.exists() else b""

    def test_curl_asks_again_by_its_etag_file(self):
        for site, task, target in self.tasks():
            with self.subTest(site.name), tempfile.TemporaryDirectory() as folder:
                kept = str(pathlib.Path(folder) / "etag")
                again = ("--etag-compare", kept, "--etag-save", kept)
                plain = self.site1.get(target, self.tenant).body
                self.assertEqual(self.curl(target, *again)[::2], (200, plain))
                self.assertEqual(self.curl(target, *again), (304, 0, b""))
                self.change(site, task)
                status, _, content = self.curl(target, *again)
                self.assertEqual((status, content), (200, self.site1.get(target, self.tenant).body))
                self.assertEqual(self.curl(target, *again)[0], 304)

    def test_curl_takes_it_compressed(self):
        for site, task, target in self.tasks(result={"log": "a line of it\n" * 500}):
            with self.subTest(site.name), tempfile.TemporaryDirectory() as folder:
                plain = self.site1.get(target, self.tenant).body
                status, size, content = self.curl(target, "--compressed")
                self.assertEqual((status, content), (200, plain))
                self.assertLess(size, len(plain) // 10)
                self.assertEqual(self.curl(target)[1], len(plain))
                kept = str(pathlib.Path(folder) / "etag")
                again = ("--compressed", "--etag-compare", kept, "--etag-save", kept)
                self.assertEqual([self.curl(target, *again)[0] for _ in range(2)], [200, 304])

    def test_python_reads_what_we_compress(self):
        for site, task, target in self.tasks(result="r" * 2000):
            answer = self.site1.get(target, self.tenant, Accept_Encoding="gzip")
            self.assertEqual(answer.field("Content-Encoding"), "gzip")
            self.assertEqual(gzip.decompress(answer.body), self.site1.get(target, self.tenant).body)
            self.assertTrue(answer.field("ETag").endswith('-gzip"'), answer.field("ETag"))
            head = self.site1.call("HEAD", target, self.tenant, Accept_Encoding="gzip")
            changing = {"x-request-id", "date", "operationid"}
            self.assertEqual([f for f in head.fields if f[0].lower() not in changing],
                             [f for f in answer.fields if f[0].lower() not in changing])

    def test_the_right_tag_opens_nothing(self):
        for site, task, target in self.tasks():
            tag = self.site1.get(target, self.tenant).field("ETag")
            self.assertEqual(self.site1.get(target, self.tenant, If_None_Match=tag).status, 304)
            absent = target.replace(task["id"], str(uuid.uuid4()))
            for named in (tag, "*", f"W/{tag}"):
                for asked in (target, absent):
                    answer = self.site1.get(asked, self.other, If_None_Match=named)
                    self.assert_error(answer, 404, "TaskNotFound")
                    self.assertEqual(answer.all("ETag"), [])
                self.assert_error(self.site1.get(target, If_None_Match=named), 401, "NotAuthenticated")

    def test_find_anywhere_tells_it_too(self):
        task = self.put(self.site2)
        first = self.site1.get(f"/tasks/{task['id']}", self.tenant)
        same = self.site1.get(f"/tasks/{task['id']}", self.tenant, If_None_Match=first.field("ETag"))
        self.assertEqual((first.status, same.status, same.body), (200, 304, b""))
        self.assertEqual(same.all("Content-Type") + same.all("Content-Length"), [])

    def test_lists_have_all_of_it(self):
        for _ in range(5):
            self.put(self.site2)
        task = self.put(self.site1)
        for query in ("site=site2&limit=5", "site=*&limit=5", f"ids={task['id']}"):
            with self.subTest(query):
                target = f"/tasks?{query}"
                whole = self.site1.get(target, self.tenant, Accept_Encoding="gzip, identity;q=0")
                self.assertEqual(gzip.decompress(whole.body), self.site1.get(target, self.tenant).body)
                same = self.site1.get(target, self.tenant, Accept_Encoding="gzip, identity;q=0",
                                      If_None_Match=whole.field("ETag"))
                self.assertEqual((same.status, same.body), (304, b""))
                other = self.site1.get(target, self.other, If_None_Match=self.site1.get(
                    target, self.tenant).field("ETag"))
                self.assertEqual((other.status, other.json["items"]), (200, []))

    def test_a_304_has_its_line_in_the_log(self):
        task = self.put(self.site1)
        self.site1.get(f"/tasks/{task['id']}", self.tenant, If_None_Match="*", operationID="not-modified")
        self.eventually(lambda: [(line["status"], "code" in line, line["caller"]) for line in self.site1.access()
                                 if line["operationID"] == "not-modified"], [(304, False, "admin1@Org1")])
