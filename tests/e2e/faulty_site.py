"""A remote site that hangs, lies or dies until it is told to heal."""

import contextlib
import socket
import threading

from python_site import PythonSite

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\n\r\n"
pause = threading.Event()  # never set: waits without a busy loop


# What a site may do instead of an answer. Each ends by itself or when the gateway hangs up.

def silence(connection):
    while connection.recv(65536):
        pass


def drip(begin):
    """An octet now and then: something comes all the time, and never enough."""
    def fault(connection):
        connection.sendall(begin)
        while True:
            pause.wait(0.1)
            connection.sendall(b"x")
    return fault


def say(octets):
    """These, and then the end without close_notify."""
    return lambda connection: connection.sendall(octets)


def repeat(octets):
    def fault(connection):
        while True:
            connection.sendall(octets)
    return fault


class FaultySite(PythonSite):
    """Does `fault` after each request, or, when that is None, answers it. `mute`: it accepts
    connections and never says a word of TLS."""

    fault = None
    mute = False
    frozen = frozenset()  # connections on which nothing is answered any more

    def begin(self, plain):
        if self.mute:
            silence(plain)
            raise ConnectionAbortedError

    def respond(self, connection):
        fault = silence if connection in self.frozen else self.fault
        if fault is None:
            return super().respond(connection)
        fault(connection)
        return False

    def heal(self):
        self.fault, self.mute = None, False

    def end(self):
        """As if its process had ended."""
        self.close()
        self.hang_up()

    def hang_up(self):
        """Ends every connection."""
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def present(self, certificate, key):
        """From now on, to new connections."""
        self.context.load_cert_chain(certificate, key)


class FullPort:
    """A port that swallows every attempt to connect: its queue is full and nobody empties it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = self.listener.getsockname()[1]
        self.fillers = []
        full = False
        while not full:
            filler = socket.socket()
            self.fillers.append(filler)
            filler.settimeout(0.3)
            try:
                filler.connect(("127.0.0.1", self.port))
            except TimeoutError:
                full = True

    def heal(self):
        """Empties the queue and gives up the port's listener, to whoever serves there now."""
        for filler in self.fillers:
            filler.close()
        self.listener.listen(100)
        return self.listener
