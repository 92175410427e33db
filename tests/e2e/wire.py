"""One TLS connection, octet by octet: what no HTTP library would let a test send or see."""

import json
import socket
import ssl

import document

PATIENCE = 15  # seconds; longer than every limit of the gateways under test


class Answer:
    def __init__(self, status, fields, body=b"", version="HTTP/1.1"):
        self.status = status
        self.fields = fields
        self.body = body
        self.version = version

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def field(self, name):
        """The only value of this name, or None."""
        values = self.all(name)
        return values[0] if len(values) == 1 else None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The code of an ApiError; fails when the body is not a whole one."""
        error = self.json
        assert set(error) == {"args", "code", "msg", "stacktrace"}, error
        return error["code"]

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:300]!r}>"


class RawConnection:
    """Sends what it is told; reads whole answers, each of which must be what contract/openapi.yaml
    says. Use as a context manager."""

    def __init__(self, port, context, server_name=None, first=b"", source=None, listener="callers"):
        """`first` is sent in front of TLS; `source` is the address that calls."""
        self.asked = document.Asked(listener)
        # Without an address of its own it gets a port that no listener would be given.
        plain = socket.create_connection(("127.0.0.1", port), PATIENCE, source and (source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.sendall(first)
        # A socket that was reset by now would be wrapped without a handshake, and without a word.
        self.socket = context.wrap_socket(plain, server_hostname=server_name or "127.0.0.1",
                                          do_handshake_on_connect=False)
        self.socket.do_handshake()
        self.buffer = b""
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """False when the gateway no longer takes it: it may close before it has read everything."""
        data = data if isinstance(data, bytes) else data.encode("latin-1")
        self.asked.sent(data)
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLEOFError):
            data = b""
        self.ended = not data
        self.buffer += data
        return bool(data)

    def answer(self, to_head=False):
        """The next answer, or None when the connection has ended before one began."""
        found = self._read_answer(to_head)
        if found is not None and found.status >= 200:
            document.check(found, self.asked.next(), to_head)
        return found

    def _read_answer(self, to_head):
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                assert not self.buffer, f"cut in the head: {self.buffer!r}"
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        fields = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "")
                  for line in lines[1:]]
        found = Answer(int(status), fields, version=version)
        if found.status < 200 or found.status in (204, 304) or to_head:
            return found
        assert found.field("Content-Length") is not None, f"no Content-Length: {found}"
        length = int(found.field("Content-Length"))
        while len(self.buffer) < length:
            assert self._more(), f"cut in the body: {found} {self.buffer!r}"
        found.body, self.buffer = self.buffer[:length], self.buffer[length:]
        return found

    def rest(self):
        """All further answers until the gateway closes; fails by time when it does not."""
        answers = []
        while (found := self.answer()) is not None:
            answers.append(found)
        return answers


def exchange(port, context, data, listener="callers"):
    """Sends `data` and returns every answer up to the end of the connection."""
    with RawConnection(port, context, listener=listener) as connection:
        connection.send(data)
        return connection.rest()
