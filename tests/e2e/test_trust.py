"""Pairing: two sites that know of each other only what `sitegate trust show` prints."""

import base64
import json
import pathlib
import re
import shutil
import subprocess

import pki
from gateways import Gateway, GatewayTest, House, command, new_task


def jwk_of(private):
    """By openssl and Python: the point of the public key is the end of its DER form."""
    point = pki.openssl("pkey", "-in", private, "-pubout", "-outform", "DER")[-64:]
    x, y = (base64.urlsafe_b64encode(half).rstrip(b"=").decode() for half in (point[:32], point[32:]))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


class Site(Gateway):
    """A site with an authority, an identity and a listener for peers of its own, and no peers."""

    def __init__(self, folder, name):
        super().__init__(House(folder / f"house-of-{name}"), name)
        self.pasted = ""
        self.authorities = self.home / "authorities.pem"
        shutil.copy(self.house.authority.certificate, self.authorities)
        certificate, key = map(str, self.house.certificate(name))
        self.config["identity"] = {"certificate": certificate, "key": key,
                                   "statement_key": str(self.house.statement_key(name)[0])}
        self.config["listeners"].append({"for": "peers", "address": "127.0.0.1:0",
                                         "certificate": certificate, "key": key,
                                         "client_ca": str(self.authorities)})

    def write(self):
        """Lines of YAML, so that more of them can be put behind."""
        super().write()
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in self.config.items()]
        self.config_file.write_text("".join(lines) + self.pasted)
        return self.config_file

    def trust(self):
        done = command("trust", "show", "--config", self.write())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def paste(self, trust):
        """As an operator does it: the text into the configuration, and the command that it names."""
        self.pasted += trust
        (self.home / "THIS-FILE").write_text(trust)
        appending = re.search(r"^#   (sed .*)$", trust, re.MULTILINE).group(1)
        subprocess.run(appending.replace("CLIENT-CA-FILE", str(self.authorities)), shell=True,
                       cwd=self.home, check=True)


class Pairing(GatewayTest):
    def site(self, name):
        """Its ports are known: it has run before."""
        site = Site(pathlib.Path(self.house.folder), name)
        self.addCleanup(site.stop)
        site.start().stop()
        return site

    def assert_finds(self, asking, asked):
        task = new_task(asked.name, "admin1@Org1")
        self.assertEqual(asked.put(task, asked.log_in("replicator")).status, 201)
        answer = asking.get(f"/tasks/{task['id']}?site={asked.name}", asking.log_in("admin1@Org1"))
        self.assertEqual((answer.status, answer.json), (200, task), answer)

    def test_two_sites_are_paired_by_what_each_prints_for_the_other(self):
        east, west = self.site("east"), self.site("west")
        of_east, of_west = east.trust(), west.trust()
        east.paste(of_west)
        west.paste(of_east)
        for site in (east, west):
            done = command("check", "--config", site.write())
            self.assertEqual(done.returncode, 0, done.stderr)
            site.start()
        self.assert_finds(east, west)
        self.assert_finds(west, east)

    def test_what_is_printed_is_what_openssl_says_and_no_secret(self):
        site = self.site("north")
        trust = site.trust()
        jwk = json.loads(re.search(r"statement_jwk: '(.*)'", trust).group(1))
        private = site.house.statement_key("north")[0]
        self.assertEqual(jwk, jwk_of(private))
        fingerprint = pki.openssl("x509", "-in", site.house.certificate("north")[0], "-noout",
                                  "-fingerprint", "-sha256").decode().strip().partition("=")[2]
        self.assertIn(f'pins: ["SHA-256:{fingerprint}"]', trust)
        self.assertIn("tls_name: north.sitegate.test\n", trust)
        for key in (private, site.house.certificate("north")[1]):
            body = "".join(key.read_text().splitlines()[1:-1])
            self.assertNotIn(body[:40], trust)
        self.assertNotIn("PRIVATE", trust)

    def test_the_authority_instead_of_the_certificate(self):
        east, west = self.site("ost"), self.site("occident")
        of_west = re.sub(r"(?m)^( *)pins: .*$", rf'\1ca: "{west.house.authority.certificate}"',
                         west.trust())
        west.paste(east.trust())
        east.paste(of_west)
        for site in (east, west):
            site.start()
        self.assert_finds(east, west)

    def test_a_site_that_cannot_be_paired_yet_is_told_what_to_add(self):
        done = command("trust", "show", "--config", self.gateway().write())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Add a listener with for: peers", done.stdout)
        self.assertIn("identity: { certificate: FILE, key: FILE, statement_key: FILE }", done.stdout)
        self.assertNotEqual(command("trust").returncode, 0)
        self.assertNotEqual(command("trust", "show").returncode, 0)


class StatementKeyFile(GatewayTest):
    """`statement_key` of a peer is PEM elsewhere in these tests; here the file holds a JWK."""

    def peers_with(self, jwk):
        file = pathlib.Path(self.house.folder) / "site1.jwk"
        file.write_text(json.dumps(jwk))
        return {"site1": self.house.peer("site1", statement_key=str(file))}

    def test_a_jwk_that_openssl_and_python_made(self):
        jwk = jwk_of(self.house.statement_key("site1")[0]) | {"use": "sig", "alg": "ES256"}
        asked = self.class_gateway("site2", peers=self.peers_with(jwk))
        asking = self.class_gateway("site1", sites={
            "site2": self.house.remote_site("site1", "site2", asked.ports["peers"])})
        task = new_task("site2", "admin1@Org1")
        self.assertEqual(asked.put(task, asked.log_in("replicator")).status, 201)
        answer = asking.get(f"/tasks/{task['id']}?site=site2", asking.log_in("admin1@Org1"))
        self.assertEqual((answer.status, answer.json), (200, task), answer)

    def test_a_private_one_is_refused_and_not_repeated(self):
        secret = "c2VjcmV0IG9mIHNpdGUx"
        jwk = jwk_of(self.house.statement_key("site1")[0]) | {"d": secret}
        done = command("check", "--config", self.gateway(peers=self.peers_with(jwk)).write())
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("peers.site1.statement_key: the JWK holds a private key", done.stderr)
        self.assertNotIn(secret, done.stdout + done.stderr)
