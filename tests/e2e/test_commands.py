"""The commands of the binary beside `serve`, and what `serve` refuses to start with."""

import json
import re
import socket
import sqlite3

from gateways import PASSWORD, GatewayTest, command, new_task, password_hash


class Commands(GatewayTest):
    def test_version_help_and_nonsense(self):
        self.assertRegex(command("--version").stdout, r"^(sitegate )?\d+\.\d+\.\d+\n$")
        said = command("--help")
        self.assertEqual(said.returncode, 0)
        for word in ("serve", "check", "hash-password", "import", "trust"):
            self.assertIn(word, said.stdout)
        self.assertNotEqual(command("dance").returncode, 0)
        self.assertNotEqual(command("serve").returncode, 0)

    def test_hash_password_prints_an_argon2id_string_with_a_salt_of_its_own(self):
        first, second = (command("hash-password", stdin=PASSWORD + "\n") for _ in range(2))
        self.assertEqual(first.returncode, 0)
        self.assertRegex(first.stdout, r"^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^\s$]+\$[^\s$]+\n$")
        self.assertNotEqual(first.stdout, second.stdout)
        self.assertNotEqual(command("hash-password", stdin="").returncode, 0)

    def test_check_says_nothing_is_wrong(self):
        config = self.gateway().write()
        self.assertEqual(command("check", "--config", config).returncode, 0)

    def test_check_reports_every_problem_with_its_place_and_a_cure(self):
        gateway = self.gateway()
        gateway.config["colour"] = "red"
        gateway.config["workers"] = "many"
        gateway.config["listeners"][0]["certificate"] = "missing.crt"
        gateway.config["sites"] = {"site2": {"url": "http://127.0.0.1:1"}}
        config = gateway.write()
        done = command("check", "--config", config)
        self.assertNotEqual(done.returncode, 0)
        said = done.stdout + done.stderr
        for key in ("colour", "workers", "listeners[0].certificate", "sites.site2.url"):
            with self.subTest(key):
                self.assertRegex(said, rf"(?m)^.*sitegate\.yaml:\d+:\d+: {re.escape(key)}: .*; ")
        started = command("serve", "--config", config)
        self.assertNotEqual(started.returncode, 0)
        self.assertIn("colour", started.stdout + started.stderr)

    def test_check_reports_keys_that_do_not_fit_and_users_that_cannot_log_in(self):
        gateway = self.gateway()
        gateway.config["listeners"][0]["key"] = str(self.house.certificate("site8")[1])
        config = gateway.write()
        (gateway.home / "users.yaml").write_text(json.dumps({"users": {"root": {"password_hash": "secret"}}}))
        done = command("check", "--config", config)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("listeners[0].key", done.stdout + done.stderr)
        self.assertIn("users.yaml", done.stdout + done.stderr)


    def test_check_looks_into_every_file_whatever_else_is_wrong(self):
        gateway = self.gateway("site1", sites={"site2": self.house.remote_site("site1", "site2", 1)})
        gateway.config["colour"] = "red"
        gateway.config["listeners"][1]["port"] = 7
        gateway.config["sites"]["site2"]["client"]["certificate"] = "broken.crt"
        config = gateway.write()
        (gateway.home / "broken.crt").write_text("no certificate")
        (gateway.home / "users.yaml").write_text(json.dumps({"users": {"root": {"password_hash": "secret"}}}))
        said = command("check", "--config", config).stderr
        for key in ("colour", "listeners[1].port", "sites.site2.client.certificate", "users.root.password_hash"):
            with self.subTest(key):
                self.assertIn(f": {key}: ", said)
        self.assertNotIn("secret", said)


class Import(GatewayTest):
    def write(self, gateway, lines):
        file = gateway.home / "tasks.ndjson"
        file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n"
                                for line in lines))
        return file

    def test_tasks_are_imported_beside_a_serving_gateway_and_again(self):
        gateway = self.gateway("site1").start()
        tasks = [new_task() for _ in range(2500)]
        file = self.write(gateway, tasks)
        for _ in range(2):
            done = command("import", "--config", gateway.config_file, file)
            self.assertEqual(done.returncode, 0, done.stderr)
        token = gateway.log_in("root")
        for task in (tasks[0], tasks[999], tasks[1000], tasks[-1]):
            self.assertEqual(gateway.get(f"/tasks/{task['id']}", token).json, task)

    def test_one_bad_line_and_nothing_is_written(self):
        gateway = self.gateway("site3")
        config = gateway.write()
        good = new_task("site3")
        lines = [good, "nonsense", new_task("site4"), new_task("site3", state="QUEUED")]
        file = self.write(gateway, lines)
        done = command("import", "--config", config, file)
        self.assertEqual(done.returncode, 1)
        for number in (2, 3, 4):
            self.assertRegex(done.stdout + done.stderr, rf"(?m)\b{number}: ")
        token = None
        gateway.start()
        token = gateway.log_in("root")
        self.assertEqual(gateway.get(f"/tasks/{good['id']}", token).status, 404)
        done = command("import", "--config", config, "--skip-invalid", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(gateway.get(f"/tasks/{good['id']}", token).json, good)

    def test_import_keeps_to_the_rules_of_put(self):
        gateway = self.gateway("site5").start()
        task = new_task("site5", state="SUCCEEDED", progress=100)
        self.assertEqual(gateway.put(task, gateway.log_in("replicator")).status, 201)
        changed = task | {"lastUpdated": task["lastUpdated"] + 1}
        command("import", "--config", gateway.config_file, self.write(gateway, [changed]))
        self.assertEqual(gateway.get(f"/tasks/{task['id']}", gateway.log_in("root")).json, task)

    def test_a_file_that_is_not_there(self):
        config = self.gateway().write()
        self.assertNotEqual(command("import", "--config", config, "nowhere.ndjson").returncode, 0)


class Start(GatewayTest):
    def test_a_taken_port_is_named_whoever_has_it(self):
        first = self.gateway().start()
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            for port in (other.getsockname()[1], first.ports["callers"], first.ports["admin"]):
                gateway = self.gateway()
                gateway.config["listeners"][0]["address"] = f"127.0.0.1:{port}"
                done = command("serve", "--config", gateway.write())
                with self.subTest(port):
                    self.assertNotEqual(done.returncode, 0)
                    self.assertIn(f"127.0.0.1:{port}", done.stderr)

    def test_a_second_serve_on_one_state_directory_is_refused(self):
        gateway = self.gateway().start()
        second = gateway.home / "second.yaml"
        config = json.loads(gateway.config_file.read_text())
        for listener in config["listeners"]:
            listener["address"] = "127.0.0.1:0"
        second.write_text(json.dumps(config))
        done = command("serve", "--config", second)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"lock|another|already")
        self.assertEqual(gateway.get("/nowhere").status, 404)

    def test_the_database_holds_no_token_and_no_password(self):
        gateway = self.gateway().start()
        token = gateway.log_in("root")
        gateway.stop()
        databases = list(gateway.home.rglob("*.db*"))
        self.assertTrue(databases)
        for file in databases:
            for secret in (token, PASSWORD, password_hash()):
                self.assertNotIn(secret.encode(), file.read_bytes())
        with sqlite3.connect(f"file:{next(gateway.home.rglob('*.db'))}?mode=ro", uri=True) as database:
            self.assertGreater(database.execute("PRAGMA user_version").fetchone()[0], 0)
