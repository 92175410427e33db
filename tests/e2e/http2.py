"""HTTP/2 by python3-h2, which is not ours: a client that does what a test says, and a site."""

import contextlib
import socket
import ssl
import struct
import threading
import time

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from python_site import tls_of
from wire import PATIENCE

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags=0, stream=0, payload=b""):
    """One frame, octet by octet (RFC 9113 4.1)."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 9


class Reply:
    """What came of one stream."""

    def __init__(self):
        self.status = None
        self.fields = {}
        self.body = b""
        self.interim = []
        self.whole = False
        self.reset = None  # the error code


class Client:
    """One connection. `quiet`: nothing is sent but what a test sends raw."""

    def __init__(self, port, authority, quiet=False):
        context = ssl.create_default_context(cafile=authority)
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket = context.wrap_socket(raw, server_hostname="127.0.0.1")
        assert self.socket.selected_alpn_protocol() == "h2"
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=True, header_encoding="utf-8",
                                      validate_outbound_headers=False,
                                      normalize_outbound_headers=False))
        self.replies = {}
        self.came = b""  # and is not a whole frame yet
        self.goaway = None  # the error code of the last one
        self.closed = False
        self.deaf = False  # what is said to it is not looked at, but for GOAWAY and RST_STREAM
        self.resets = []   # which it heard when it was: (stream, error code)
        self.octets = 0    # that came
        if not quiet:
            self.h2.initiate_connection()
            self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def send(self, octets):
        self.socket.sendall(octets)

    def ask(self, method, path, body=None, end=True, **fields):
        """Begins a request; its stream. `X_VCAV_Auth=...` becomes the field x-vcav-auth."""
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "https"), (":authority", "sitegate"), (":path", path)]
        head += [(name.replace("_", "-").lower(), value) for name, value in fields.items()]
        self.ask_with(stream, head, end and body is None)
        if body is not None:
            self.send_body(stream, body, end)
        return stream

    def ask_with(self, stream, head, end=True):
        self.replies[stream] = Reply()
        self.h2.send_headers(stream, head, end_stream=end)
        self.flush()

    def send_body(self, stream, body, end=True):
        """As fast as the other side's windows let it."""
        while body:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if room == 0:
                if not self.read() or self.replies[stream].reset is not None:
                    return
                continue
            self.h2.send_data(stream, body[:room], end_stream=end and len(body) <= room)
            self.flush()
            body = body[room:]

    def read(self):
        """What has come; false: the connection is over."""
        try:
            octets = self.socket.recv(65536)
        except (ConnectionError, ssl.SSLError):
            octets = b""
        if not octets:
            self.closed = True
            return False
        self.came += octets
        self.octets += len(octets)
        while len(self.came) >= 9 and len(self.came) >= (size := 9 + int.from_bytes(self.came[:3], "big")):
            octets, self.came = self.came[:size], self.came[size:]
            if octets[3] == GOAWAY:  # h2 would take nothing after it, but open streams go on
                self.goaway = int.from_bytes(octets[13:17], "big")
            elif self.deaf and octets[3] == RST_STREAM:
                self.resets.append((int.from_bytes(octets[5:9], "big"), int.from_bytes(octets[9:13], "big")))
            elif not self.deaf:
                for event in self.h2.receive_data(octets):
                    self.take(event)
        with contextlib.suppress(OSError):  # it may be gone by now; what it said counts
            self.flush()
        return True

    def take(self, event):
        reply = self.replies.get(getattr(event, "stream_id", None))
        if reply is None:
            return
        elif isinstance(event, h2.events.InformationalResponseReceived):
            reply.interim.append(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.ResponseReceived):
            reply.fields = dict(event.headers)
            reply.status = int(reply.fields.pop(":status"))
        elif isinstance(event, h2.events.DataReceived):
            reply.body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            reply.whole = True
        elif isinstance(event, h2.events.StreamReset):
            reply.reset = event.error_code

    def answer(self, stream):
        """Waits until this stream is over, one way or the other."""
        reply = self.replies[stream]
        while not reply.whole and reply.reset is None and self.read():
            pass
        return reply

    def get(self, path, token=None, **fields):
        return self.answer(self.ask("GET", path, **({"X_VCAV_Auth": token} if token else {}), **fields))

    def read_to_the_end(self):
        """Until the gateway closes; the error code of its GOAWAY."""
        while self.read():
            pass
        return self.goaway


class Site:
    """A site that speaks HTTP/2: `answer(site, connection, stream, fields)` says what it does with a
    request. Connections are served by a thread each."""

    def __init__(self, house, name, answer, streams=100):
        self.context = tls_of(house, name)
        self.context.set_alpn_protocols(["h2"])
        self.answer = answer
        self.streams = streams
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.RLock()
        self.asked = []        # the requests' fields, in the order they came
        self.connections = []  # all there ever were
        self.pings = 0
        self.answers_pings = True
        self.may_settle = threading.Event()  # connections say their SETTINGS only then
        self.may_settle.set()
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # ends an accept() that waits, too
        self.listener.close()
        for connection in self.connections:
            connection.close()

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        with contextlib.suppress(OSError, h2.exceptions.ProtocolError):
            connection = SiteConnection(self, self.context.wrap_socket(raw, server_side=True))
            self.connections.append(connection)
            connection.serve()


class SiteConnection:
    def __init__(self, site, sock):
        self.site = site
        self.socket = sock
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8",
                                      validate_outbound_headers=False))
        # To assign to one would only be said after the other side acknowledged what was not said.
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values={
            h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: site.streams})
        self.h2.initiate_connection()
        self.resets = []
        self.begun = threading.Event()    # the other side has
        self.settled = threading.Event()  # its SETTINGS are sent
        self.last = 2**31 - 1  # streams above are not for this connection
        self.open = True

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def close(self):
        self.open = False
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def serve(self):
        octets = self.socket.recv(65536)
        self.begun.set()
        self.site.may_settle.wait(60)
        self.flush()
        self.settled.set()
        while octets:
            with self.site.lock:
                for event in self.h2.receive_data(octets):
                    self.take(event)
                if self.site.answers_pings:
                    self.flush()
            octets = self.socket.recv(65536)
        self.close()

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            fields = dict(event.headers)
            self.site.asked.append(fields)
            self.site.answer(self.site, self, event.stream_id, fields)
        elif isinstance(event, h2.events.StreamReset):
            self.resets.append(event.stream_id)
        elif isinstance(event, h2.events.PingReceived):
            self.site.pings += 1

    def reply(self, stream, body, status=200, end=True, **fields):
        """A whole answer, or its beginning."""
        head = [(":status", str(status)), ("content-type", "application/json")]
        head += [(name.replace("_", "-"), value) for name, value in fields.items()]
        self.h2.send_headers(stream, head)
        while body:
            self.h2.send_data(stream, body[:16384], end_stream=end and len(body) <= 16384)
            body = body[16384:]
        self.flush()
