"""A lock, damage and missing files: what is said, what goes on, what a backup is worth."""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess

from gateways import command, new_task
from stores import NOTE, StoreTest

PAGE = 4096


class Locked(StoreTest):
    def test_writes_wait_for_a_lock_and_no_longer_than_they_may(self):
        gateway, producer, reader = self.served(limits={"local_deadline": "3s"})
        kept, refused, after = (new_task() for _ in range(3))
        self.assertEqual(gateway.put(kept, producer).status, 201)
        other = sqlite3.connect(self.database(gateway), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        self.assert_unavailable(gateway.put(refused, producer))
        self.assert_kept(gateway, reader, [kept])
        other.execute("ROLLBACK")
        other.close()
        # Its own earlier try may still hold the writer up for a moment.
        self.eventually(lambda: gateway.put(after, producer).status in (200, 201), True)
        self.assert_kept(gateway, reader, [kept, after])

    def test_a_start_names_the_lock(self):
        gateway, _, _ = self.served()
        gateway.stop()
        other = sqlite3.connect(self.database(gateway), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        self.assertRegex(self.refusal(gateway), r"database is locked \(5\); another process holds")
        other.execute("ROLLBACK")
        other.close()
        gateway.start()


class Damaged(StoreTest):
    def fill(self, gateway, producer, count=50):
        tasks = [new_task(note=NOTE) for _ in range(count)]
        for task in tasks:
            self.assertEqual(gateway.put(task, producer).status, 201)
        return tasks

    def test_a_start_refuses_what_it_cannot_trust_and_leaves_it_alone(self):
        gateway, producer, _ = self.served()
        self.fill(gateway, producer)
        gateway.kill()
        state = gateway.home / "state"
        killed = gateway.home / "killed"
        state.rename(killed)
        whole = gateway.home / "whole"
        shutil.copytree(killed, whole)
        sqlite3.connect(whole / "tasks.db").execute("PRAGMA wal_checkpoint").connection.close()

        def overwrite(file, offset, data):
            with open(file, "r+b") as opened:
                opened.seek(offset)
                opened.write(data)

        def pragma(words):
            def change(folder):
                with sqlite3.connect(folder / "tasks.db") as database:
                    database.execute(words)
                database.close()
            return change

        def foreign(folder):
            (folder / "tasks.db").unlink()
            with sqlite3.connect(folder / "tasks.db") as database:
                database.execute("CREATE TABLE t (x)")
            database.close()

        cases = [
            ("its journal is gone", killed, lambda f: (f / "tasks.db-wal").unlink(),
             r"tasks\.db' was not closed, and its journal .*; put the journal back, or remove"),
            ("it is gone", killed, lambda f: (f / "tasks.db").unlink(),
             r"has no content, but its journal .* is there; put the database back"),
            ("it is empty", killed, lambda f: os.truncate(f / "tasks.db", 0),
             r"has no content, but its journal .* is there; put the database back"),
            ("no database", whole, lambda f: (f / "tasks.db").write_text("tasks\n" * 2000),
             r"file is not a database \(26\); if it is damaged, restore it from a backup"),
            ("its first page", whole, lambda f: overwrite(f / "tasks.db", 0, b"\7" * PAGE),
             r"file is not a database \(26\); if it is damaged, restore it from a backup"),
            ("its schema", whole, lambda f: overwrite(f / "tasks.db", 100, b"\7" * 1000),
             r"malformed \(11\); if it is damaged, restore it from a backup"),
            ("it is cut", whole, lambda f: os.truncate(f / "tasks.db", 5 * PAGE),
             r"malformed \(11\); if it is damaged, restore it from a backup"),
            ("a later release", whole, pragma("PRAGMA user_version = 77"),
             r"made by a newer release \(its version is 77, .*\); start that release, or restore"),
            ("another program", whole, pragma("PRAGMA application_id = 77"),
             r"is a database of another program; name another file"),
            ("another program's tables", whole, foreign,
             r"is a database of another program; name another file"),
        ]
        for name, source, damage, said in cases:
            with self.subTest(name):
                shutil.rmtree(state, ignore_errors=True)
                shutil.copytree(source, state)
                damage(state)
                before = {file.name: file.read_bytes() for file in state.glob("tasks.db*")}
                refusal = self.refusal(gateway)
                self.assertRegex(refusal, said)
                self.assertTrue(refusal.startswith("sitegate cannot start: "), refusal)
                file = gateway.home / "tasks.ndjson"
                file.write_text(json.dumps(new_task()) + "\n")
                done = command("import", "--config", gateway.config_file, file)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, said)
                after = {file.name: file.read_bytes() for file in state.glob("tasks.db*")}
                after.pop("tasks.db-shm", None), before.pop("tasks.db-shm", None)
                if not after.get("tasks.db-wal"):
                    after.pop("tasks.db-wal", None)
                self.assertEqual(after, before)

    def test_a_file_damaged_while_it_serves_costs_the_tasks_in_it_and_nothing_else(self):
        for name, damage in (("overwritten", lambda file: file.write(b"\7" * 40 * PAGE)),
                             ("cut", lambda file: file.truncate())):
            with self.subTest(name):
                gateway, producer, reader = self.served()
                tasks = self.fill(gateway, producer)
                gateway.stop()  # what was in the journal is in the database now
                gateway.start()
                with open(self.database(gateway), "r+b", buffering=0) as file:
                    file.seek(6 * PAGE)
                    damage(file)
                answers = [gateway.get(f"/tasks/{task['id']}", reader) for task in tasks]
                self.assertIn(503, {answer.status for answer in answers})
                for task, answer in zip(tasks, answers):
                    if answer.status == 503:
                        self.assert_unavailable(answer)
                    else:  # never an absence
                        self.assertEqual(answer.json, task)
                self.assertEqual(gateway.get("/sessions", reader).status, 200)
                self.assert_error(gateway.get("/nowhere", reader), 404, "EndpointNotFound")
                self.assert_said(gateway, r"malformed \(\d+\); if it is damaged, restore it")
                gateway.stop()
                shutil.rmtree(gateway.home)

    def test_a_journal_removed_while_it_serves(self):
        gateway, producer, reader = self.served()
        tasks = self.fill(gateway, producer, 5)
        self.assert_kept(gateway, reader, tasks)
        pathlib.Path(f"{self.database(gateway)}-wal").unlink()
        self.assert_unavailable(gateway.put(new_task(), producer))
        self.assert_said(gateway, r"tasks\.db-wal' is in use and is not there any more")
        gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(gateway.wait(), 0)
        gateway.start()
        self.assert_kept(gateway, reader, tasks)


class Backup(StoreTest):
    def test_a_backup_made_while_it_serves_is_put_in_place(self):
        gateway, producer, reader = self.served()
        kept, later = new_task(), new_task()
        self.assertEqual(gateway.put(kept, producer).status, 201)
        copy = gateway.home / "copy.db"
        subprocess.run(["sqlite3", self.database(gateway), f".backup '{copy}'"], check=True)
        self.assertEqual(gateway.put(later, producer).status, 201)
        gateway.kill()
        for file in (gateway.home / "state").glob("tasks.db*"):
            file.unlink()
        shutil.copy(copy, self.database(gateway))
        gateway.start()
        self.assert_kept(gateway, reader, [kept])
        self.assertEqual(gateway.get(f"/tasks/{later['id']}", reader).status, 404)
        self.assertEqual(gateway.log.count("no task store"), 1)  # the first start's
        gateway.stop()
        self.assertEqual([file.name for file in (gateway.home / "state").glob("tasks.db*")],
                         ["tasks.db"])
