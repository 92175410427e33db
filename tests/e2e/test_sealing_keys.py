"""The keys that seal what sessions hold of other sites: their file, and how one is replaced."""

import base64
import json
import sqlite3

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from gateways import command
from test_extend import ExtendTest


class SealingKeys(ExtendTest):
    def test_they_are_rotated_by_a_new_line_in_front(self):
        keys = self.house.folder / "sealing"
        old, new = "1" * 64, "2" * 64
        keys.write_text(old + "\n")
        self.site.config["sessions"] = {"sealing_keys": str(keys)}
        self.site.start()
        token = self.extended()
        for text, sites in ((f"{new} # since today\n{old}\n", ["site1", "site2"]),
                            (f"{new}\n", ["site1"])):
            self.site.stop()
            keys.write_text(text)
            self.site.start()
            self.assertEqual(self.sites_of(token), sites)
        self.assertFalse((self.site.home / "state" / "sealing-keys").exists())

    def test_it_opens_by_another_implementation(self):
        """What is stored is AES-256-GCM as everybody has it."""
        keys = self.house.folder / "sealing"
        keys.write_text("ab" * 32)
        self.site.config["sessions"] = {"sealing_keys": str(keys)}
        self.site.start()
        self.extended()
        self.site.stop()
        with sqlite3.connect(self.site.home / "state" / "tasks.db") as database:
            [(session, extensions)] = database.execute("SELECT key, extensions FROM sessions")
        [extension] = json.loads(extensions)
        sealed = base64.urlsafe_b64decode(extension["sealed"] + "==")
        opened = AESGCM(bytes.fromhex("ab" * 32)).decrypt(sealed[4:16], sealed[16:], session + b"site2")
        self.assertEqual(opened.decode(), next(iter(self.there.tokens)))

    def test_a_file_without_keys_is_refused_with_what_to_do(self):
        keys = self.house.folder / "sealing"
        keys.write_text("hello\n")
        self.site.config["sessions"] = {"sealing_keys": str(keys)}
        self.site.write()
        done = command("check", "--config", self.site.config_file)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("sessions.sealing_keys", done.stdout + done.stderr)
        self.assertIn("openssl rand -hex 32", done.stdout + done.stderr)
        self.assertNotIn("hello", done.stdout + done.stderr)
