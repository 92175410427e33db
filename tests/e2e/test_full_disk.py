"""A disk without room, a file at its limit, a read-only disk."""

import os
import pathlib
import resource

from gateways import PASSWORD, new_task
from mounts import OwnMounts
from stores import NOTE, StoreTest

PAGE = 4096


class FullDisk(StoreTest):
    def check_full_and_healed(self, gateway, producer, reader, fill, empty):
        before = [new_task(note=NOTE) for _ in range(5)]
        for task in before:
            self.assertEqual(gateway.put(task, producer).status, 201)
        fill()
        kept = self.put_until_refused(gateway, producer)
        for _ in range(20):  # a session is smaller than a task: a few may still find room
            login = gateway.call("POST", "/sessions", body={
                "type": "localUser", "localUser": "root", "localPassword": PASSWORD})
            if login.status != 200:
                break
            gateway.tokens.add(login.field("X-VCAV-Auth"))
        self.assert_unavailable(login)
        self.assert_kept(gateway, reader, before + kept)
        self.assert_error(gateway.get(f"/tasks/{new_task()['id']}", reader), 404, "TaskNotFound")
        empty()
        after = new_task()
        self.assertEqual(gateway.put(after, producer).status, 201)
        gateway.log_in("root")
        self.assert_kept(gateway, reader, before + kept + [after])
        return before + kept + [after]

    def test_a_file_at_its_limit(self):
        gateway, producer, reader = self.served()
        pid = gateway.process.pid
        _, hard = limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        journal = pathlib.Path(f"{self.database(gateway)}-wal")

        def fill():
            soft = journal.stat().st_size + 10 * PAGE
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))

        kept = self.check_full_and_healed(
            gateway, producer, reader, fill,
            lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, limits))
        self.assert_said(gateway, r"StoreUnavailable.* (disk is full|disk I/O error) .*; ")
        gateway.kill()
        gateway.start()
        self.assert_kept(gateway, reader, kept)

    def test_a_disk_without_room(self):
        with OwnMounts() as mounts:
            if mounts.why_not:
                self.skipTest(f"no disk of its own, {mounts.why_not}; test_a_file_at_its_limit stands for it")
            gateway = self.gateway("site1")
            gateway.prefix = mounts.prefix
            state = gateway.home / "state"
            state.mkdir()
            mounts.run("mount", "-t", "tmpfs", "-o", "size=2m", "none", state)
            filler = pathlib.Path(mounts.path(state)) / "filler"

            def fill(spare=20):
                with open(filler, "wb", buffering=0) as file:
                    try:
                        while file.write(b"\0" * PAGE):
                            pass
                    except OSError:
                        os.ftruncate(file.fileno(), file.tell() - spare * PAGE)

            gateway.start()
            producer, reader = gateway.log_in("replicator"), gateway.log_in("root")
            kept = self.check_full_and_healed(gateway, producer, reader, fill, filler.unlink)
            self.assert_said(gateway, r"StoreUnavailable.* disk is full \(13\); make room on its disk")
            gateway.kill()
            gateway.start()
            self.assert_kept(gateway, reader, kept)

            # A start on a full disk: not even the index of the journal can be made.
            gateway.stop()
            fill(spare=0)
            self.assertRegex(self.refusal(gateway),
                             r"tasks\.db' cannot be used; SQLite: .*; (make room|look at its disk)")
            filler.unlink()
            gateway.start()
            self.assert_kept(gateway, reader, kept)

    def test_a_read_only_disk(self):
        with OwnMounts() as mounts:
            if mounts.why_not:
                self.skipTest(f"no disk of its own, {mounts.why_not}; unit tests stand for it")
            gateway = self.gateway("site1", store={"sqlite": "disk/tasks.db"})
            gateway.prefix = mounts.prefix
            disk = gateway.home / "disk"
            disk.mkdir()
            mounts.run("mount", "-t", "tmpfs", "-o", "size=2m", "none", disk)
            gateway.start()
            task = new_task()
            self.assertEqual(gateway.put(task, gateway.log_in("replicator")).status, 201)
            gateway.stop()
            mounts.run("mount", "-o", "remount,ro", disk)
            self.assertRegex(self.refusal(gateway),
                             r"/disk/\.tasks\.db\.lock: cannot be opened: Read-only file system; let this user "
                             r"write the directory of the database")
            mounts.run("mount", "-o", "remount,rw", disk)
            gateway.start()
            self.assert_kept(gateway, gateway.log_in("root"), [task])
