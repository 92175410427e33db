"""A site that runs other software of the same API: Python's own HTTP server, written after the rows
28 to 54 of the contract and nothing of ours. It knows no statements and asks for no certificate."""

import base64
import http.server
import json
import os
import ssl
import threading
import time
from urllib.parse import parse_qsl

from wire import PATIENCE


class VcdaSite:
    """`tasks`: id -> document. `users`: name -> password; somebody sees the tasks whose `user` is
    the name. What it was asked is in `asked`: (method, path, token, operationID, body)."""

    def __init__(self, house, name, tls_name, users, tasks):
        self.name, self.users = name, users
        self.tasks = {task["id"]: task for task in tasks}
        self.tokens = {}  # token -> [user, last use]
        self.idle = 1800  # seconds
        self.silent = False  # takes what it is asked, and says nothing until its end
        self.ended = threading.Event()
        self.answers = {}  # path -> (status, fields, body), instead of what is right
        self.asked = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*house.certificate(tls_name))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.server.handle_error = lambda *_: None  # callers who hang up are part of the tests
        self.server.socket = self.context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def entry(self, house, tls_name="site2"):
        """An entry of `sites`: no certificate of ours, no statement, for it knows neither."""
        return {"url": f"https://127.0.0.1:{self.port}", "tls_name": f"{tls_name}.sitegate.test",
                "remote_name": self.name, "auth": {"mode": "session"},
                "trust": {"ca": str(house.authority.certificate)},
                "links": {"warm": 0}, "timeouts": {"total": "5s"}}

    def close(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def asked_for(self, method, path):
        return [one for one in self.asked if (one[0], one[1].partition("?")[0]) == (method, path)]

    def forget(self):
        """Every session ends, as after a restart."""
        self.tokens.clear()

    # What is answered: status, fields, document

    def user_of(self, token):
        known = self.tokens.get(token)
        if known is None or time.monotonic() - known[1] > self.idle:
            self.tokens.pop(token, None)
            return None
        known[1] = time.monotonic()
        return known[0]

    def details(self, user):
        return {"user": user, "roles": ["EVERYONE"],
                "authenticatedSites": [{"site": self.name, "org": user.partition("@")[2]}]}

    def error(self, status, code, *args, **fields):
        return status, fields, {"code": code, "msg": "words of theirs", "args": list(args),
                                "stacktrace": f"com.example.{code}(Theirs.java:1)"}

    def log_in(self, body):
        kind = body.get("type")
        if kind == "vcdCookie":
            user = body.get("vcdCookie", "").removeprefix("cookie of ")
        elif kind == "vcdCredentials":
            user = body.get("vcdUser")
            if self.users.get(user) != body.get("vcdPassword"):
                user = None
        else:
            return self.error(400, "BadUserInput", str(body))
        if user not in self.users:
            return self.error(401, "NotAuthenticated", json.dumps(body))
        token = base64.b64encode(os.urandom(20)).decode()  # as long as theirs, row 7
        self.tokens[token] = [user, time.monotonic()]
        return 200, {"X-VCAV-Auth": token}, self.details(user)

    def answer(self, method, path, query, token, body):
        if path in self.answers:
            return self.answers[path]
        if (method, path) == ("POST", "/sessions"):
            return self.log_in(body)
        user = self.user_of(token)
        if user is None:
            return self.error(401, "NotAuthenticated",
                              WWW_Authenticate="Authentication Token Required")
        if (method, path) == ("GET", "/sessions"):
            return 200, {}, self.details(user)
        if (method, path) == ("DELETE", "/sessions"):
            del self.tokens[token]
            return 204, {}, None
        mine = [task for task in self.tasks.values() if task["user"] == user]
        if path == "/tasks":
            mine.sort(key=lambda task: -task["startTime"])
            offset, limit = int(query.get("offset", 0)), min(int(query.get("limit", 100)), 100)  # row 67
            return 200, {}, {"items": mine[offset:offset + limit], "total": len(mine), "offset": offset,
                             "limit": limit}
        for task in mine:
            if path == f"/tasks/{task['id']}":
                return 200, {}, task
        return self.error(404, "TaskNotFound", path)

    def _handler(site):  # `self` is the handler's
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = PATIENCE

            def log_message(self, *_):
                pass

            def respond(self):
                size = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(size)) if size else {}
                token = self.headers.get("X-VCAV-Auth")
                site.asked.append((self.command, self.path, token,
                                   self.headers.get("operationID"), body))
                if site.silent:
                    site.ended.wait(PATIENCE)
                    return
                path, _, query = self.path.partition("?")
                status, fields, document = site.answer(self.command, path, dict(parse_qsl(query)),
                                                       token, body)
                octets = b"" if document is None else json.dumps(document).encode()
                self.send_response(status)
                for name, value in fields.items():
                    for one in [value] if isinstance(value, str) else value:
                        self.send_header(name.replace("_", "-"), one)
                if document is not None:
                    self.send_header("Content-Type", "application/json;charset=UTF-8")
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)

            do_GET = do_POST = do_DELETE = respond

        return Handler
