"""Calls to the three sites, made with curl, shown, and checked one by one. A part of series.py."""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import textwrap

STATE = pathlib.Path(os.environ["QUICKSTART_STATE"])
CALLERS = int(os.environ["QUICKSTART_CALLERS_PORT"])
COLOURS = {"bold": "1", "green": "32", "red": "31", "dim": "2"} if sys.stdout.isatty() else {}


def painted(text, colour):
    return f"\033[{COLOURS[colour]}m{text}\033[0m" if colour in COLOURS else text


def shortened(text, width=150):
    return text if len(text) <= width else text[:width - 1] + "…"


class Answer:
    """What curl --include printed."""

    def __init__(self, output):
        head, _, self.body = output.partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.status = int(lines[0].split()[1]) if lines[0].startswith("HTTP/") else 0
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line]

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def field(self, name):
        return ", ".join(self.all(name))

    @property
    def json(self):
        try:
            document = json.loads(self.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


class Series:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.number = 0
        self.users = dict(line.split() for line in (STATE / "users.txt").read_text().splitlines())
        self.tokens = {}

    def check(self, what, holds):
        self.passed += bool(holds)
        self.failed += not holds
        print("   " + (painted("ok  ", "green") if holds else painted("FAIL", "red")), what)

    def say(self, title):
        self.number += 1
        print("\n" + painted(f"{self.number}. {title}", "bold"))

    def curl(self, site, target, *options, token=None):
        """One call; shown with the token and the password shortened."""
        command = ["curl", "--cacert", str(STATE / "ca.crt"), *options]
        if token:
            command += ["-H", f"X-VCAV-Auth: {token}"]
        command.append(f"https://127.0.0.1:{CALLERS + int(site[4:]) - 1}{target}")
        shown = shlex.join(shortened(argument) for argument in command)
        for secret in filter(None, [*self.users.values(), *self.tokens.values()]):
            shown = shown.replace(secret, secret[:4] + "…")
        print(textwrap.indent("$ " + shown, "   "))
        done = subprocess.run([command[0], "-sS", "--include", "--max-time", "20", *command[1:]],
                              capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            print("   " + done.stderr.decode().strip())
        answer = Answer(done.stdout.decode())
        print(painted(f"   {answer.status} {shortened(answer.body)}", "dim"))
        return answer

    def expect(self, answer, status, code=None):
        self.check(f"status {status}" + (f", code {code}" if code else ""),
                   answer.status == status and answer.json.get("code") == code)
        if code:
            self.check("an ApiError with all four members",
                       set(answer.json) == {"code", "msg", "args", "stacktrace"})

    def post_login(self, site, user, password):
        body = json.dumps({"type": "localUser", "localUser": user, "localPassword": password})
        return self.curl(site, "/sessions", "-H", "Content-Type: application/json", "-d", body)

    def log_in(self, site, user):
        answer = self.post_login(site, user, self.users[user])
        self.expect(answer, 200)
        tokens = answer.all("X-VCAV-Auth")
        self.check("one token, in the header X-VCAV-Auth", len(tokens) == 1 and tokens[0])
        self.tokens[user] = tokens[0] if tokens else ""
        return answer
