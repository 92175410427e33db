"""Three scripts, replayed by what they are made of (CONTRACT 11): SH by bash, curl, grep and cut; PERL
by LWP; ANS by Python's urllib, on which Ansible's fetch_url stands. Each test names its rows."""

import json
import shutil
import subprocess
import unittest
import urllib.error
import urllib.request

from gateways import PASSWORD, OwnHouseTest, new_task

# The token as SH takes it: what stands behind the first space, and that is not all that it gets.
LOGIN = r"""
curl -sS --max-time 20 --cacert "$CA" $HTTP "$URL/sessions" -i -X POST \
  -H 'Content-Type: application/json' \
  -H 'Accept: application/vnd.vmware.h4-v4.3+json;charset=UTF-8' \
  -d '{"type": "localUser", "localUser": "root", "localPassword": "'"$SECRET"'"}' |
  grep X-VCAV-Auth | cut -d " " -f2
"""
ASK = r"""
curl -sS --max-time 20 --cacert "$CA" $HTTP "$URL/$TARGET" -i -X "$METHOD" \
  -H 'Accept: application/vnd.vmware.h4-v4.3+json;charset=UTF-8' -H "X-VCAV-Auth: $TOKEN"
"""
# PERL sends no Accept, looks into LWP's own table for the token, and calls "OK" what it does not find.
PROBE = r"""
use strict; use warnings;
use HTTP::Request; use JSON::PP; use LWP::UserAgent;
my ($url, $ca, $password, $lookup) = @ARGV;
my $agent = LWP::UserAgent->new(timeout => 20, ssl_opts => {SSL_ca_file => $ca});
my $body = encode_json({type => "vcdCredentials", vcdUser => 'admin1@Org1', vcdPassword => $password});
my $login = $agent->request(HTTP::Request->new(
  'POST', "$url/sessions", ['Content-Type' => 'application/json; charset=UTF-8'], $body));
my $token = $login->{'_headers'}->{'x-vcav-auth'};
die "no token: " . $login->as_string unless defined $token && !ref $token;
my $answer = $agent->request(HTTP::Request->new('GET', "$url/diagnostics/health", ['X-VCAV-Auth' => $token]));
my $found = decode_json($answer->content);
print encode_json({token => $token, status => 0 + $answer->code, type => $answer->header('Content-Type'),
  verdict => defined $found->{$lookup} ? "ERROR" : "OK", found => $found});
"""


class ScriptTest(OwnHouseTest):
    def setUp(self):
        super().setUp()
        self.site = self.gateway("site1").start()
        self.url = f"https://127.0.0.1:{self.site.ports['callers']}"
        self.ca = str(self.house.authority.certificate)


class Sh(ScriptTest):
    def bash(self, script, **environment):
        environment = {"PATH": "/usr/bin:/bin", "CA": self.ca, "URL": self.url, "SECRET": PASSWORD,
                       "HTTP": ""} | environment
        done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode()

    def log_in(self, **environment):
        """What the script's variable holds: $(...) takes off the line feed, and nothing else."""
        taken = self.bash(LOGIN, **environment).rstrip("\n")
        self.site.tokens.add(taken.strip())
        return taken

    def ask(self, target, token, method="GET"):
        """(status line, Content-Type, body)"""
        said = self.bash(ASK, TARGET=target, TOKEN=token, METHOD=method)
        head, _, body = said.partition("\r\n\r\n")
        lines = head.split("\r\n")
        return lines[0], [line[14:] for line in lines if line.startswith("Content-Type: ")], body

    def test_sh_greps_the_token_by_the_exact_name_of_its_field_rows_7_8(self):
        for http in ("", "--http1.1", "--http2"):  # of HTTP/2 the names would be in lower case
            with self.subTest(http):
                taken = self.log_in(HTTP=http)
                self.assertRegex(taken, r"^[A-Za-z0-9_-]+\r$")
                status, types, body = self.ask("sessions", taken.rstrip("\r"))
                self.assertEqual(status, "HTTP/1.1 200 OK")
                self.assertEqual(types, ["application/vnd.vmware.h4-v4.3+json;charset=UTF-8"])
                self.assertEqual(json.loads(body)["user"], "root")

    def test_sh_that_keeps_the_carriage_return_hears_why_it_is_no_request_row_8(self):
        # curl sends it as it is, and a bare CR is refused wherever it stands: it is not the token's.
        status, types, body = self.ask("sessions", self.log_in())
        self.assertEqual(status, "HTTP/1.1 400 Bad Request")
        self.assertEqual(types, ["application/vnd.vmware.h4-v4.3+json;charset=UTF-8"])
        self.assertEqual(json.loads(body)["code"], "BadRequest")

    def test_sh_hears_of_what_is_not_here_in_its_version_rows_12_23(self):
        token = self.log_in().rstrip("\r")
        for method, target in (("POST", "backups"), ("DELETE", "backups/1")):
            status, types, body = self.ask(target, token, method)
            self.assertEqual(status, "HTTP/1.1 404 Not Found")
            self.assertEqual(types, ["application/vnd.vmware.h4-v4.3+json;charset=UTF-8"])
            self.assertEqual(json.loads(body)["code"], "EndpointNotFound")


class Perl(ScriptTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not shutil.which("perl") or subprocess.run(["perl", "-MLWP::Protocol::https", "-e1"],
                                                      capture_output=True).returncode:
            raise unittest.SkipTest("no perl with LWP and TLS is here")

    def probe(self, lookup):
        done = subprocess.run(["perl", "-e", PROBE, self.url, self.ca, PASSWORD, lookup],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found = json.loads(done.stdout)
        self.site.tokens.add(found["token"])
        return found

    def test_perl_asks_for_no_type_and_gets_json_rows_13_14_38(self):
        found = self.probe("dbError")
        self.assertEqual((found["status"], found["type"]), (202, "application/json;charset=UTF-8"))
        self.assertEqual((found["found"]["user"], found["found"]["workflowInfo"]["type"]),
                         ("admin1@Org1", "health"))

    def test_perl_takes_the_task_of_4_x_for_the_flat_health_of_3_x_row_88(self):
        # Whatever it looks for is absent. It cannot be told from a client that wants the task.
        self.assertEqual([self.probe(lookup)["verdict"] for lookup in ("dbError", "vcdError")], ["OK", "OK"])


class Ans(ScriptTest):
    """fetch_url: a request without data has no body, and an error is an exception with a body."""

    def fetch(self, method, path, data=None, **fields):
        request = urllib.request.Request(
            self.url + path, data and json.dumps(data).encode(), method=method,
            headers={name.replace("_", "-"): value for name, value in fields.items()})
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=self.house.context))
        try:
            answer = opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.site.tokens.update(answer.headers.get_all("X-VCAV-Auth", []))
            return answer.status, answer.headers, answer.read()

    def log_in(self, kind, user="admin1@Org1", password=PASSWORD):
        names = ("localUser", "localPassword") if kind == "localUser" else ("username", "password")
        return self.fetch("POST", "/sessions", {"type": kind} | dict(zip(names, (user, password))),
                          Accept="application/json;charset=UTF-8", Content_Type="application/json")

    def test_ans_logs_in_by_its_own_names_and_asks_for_what_it_got_rows_4_15_37_38(self):
        for kind in ("localUser", "ssoCredentials", "vcdCredentials"):
            with self.subTest(kind):
                status, head, body = self.log_in(kind)
                self.assertEqual((status, json.loads(body)["user"]), (200, "admin1@Org1"))
                same = {"Accept": head["Content-Type"], "Content_Type": "application/json",
                        "X_VCAV_Auth": head["X-VCAV-Auth"]}
                for path in ("/diagnostics/about", "/sites", "/tasks", "/sessions"):
                    status, answer, body = self.fetch("GET", path, **same)
                    self.assertEqual((status, answer["Content-Type"]), (200, head["Content-Type"]), path)
                status, answer, body = self.fetch("DELETE", "/sessions", **same)
                self.assertEqual((status, body), (204, b""))

    def test_ans_takes_401_at_login_for_a_wrong_password_and_shows_all_else_rows_23_34(self):
        status, head, body = self.log_in("vcdCredentials", password="wrong")
        self.assertEqual((status, json.loads(body)["code"]), (401, "NotAuthenticated"))
        status, head, body = self.log_in("vcdCookie")
        self.assertEqual((status, json.loads(body)["code"]), (501, "NotImplemented"))

    def test_ans_sends_passwords_in_fields_that_are_never_said_again_row_5(self):
        token = self.site.log_in("root")
        task = new_task()
        for method, path, data in (("GET", f"/tasks/{task['id']}", None), ("GET", "/sessions", None),
                                   ("POST", "/config/root-password", {"rootPassword": "canary-3"}),
                                   ("POST", "/sessions", {"type": "localUser"})):
            status, head, body = self.fetch(
                method, path, data, X_VCAV_Auth=token, Content_Type="application/json",
                Config_Secret="canary-1", Secret="canary-2")
            self.assertNotIn("canary", str(head) + body.decode())
        self.site.stop()
        self.assertEqual([line["status"] for line in self.site.access()], [200, 404, 200, 404, 400])
        self.assertNotIn("canary-", (self.site.log + (self.site.home / "access.log").read_text())
                         .replace(PASSWORD, ""))
