"""A remote site in Python: a second implementation of the other end of a link."""

import contextlib
import socket
import ssl
import threading

from wire import PATIENCE


def reply(body, status="200 OK", **fields):
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + body


def tls_of(house, site):
    """As that site: whoever connects has to show a certificate of the house."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*house.certificate(site))
    context.load_verify_locations(house.authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class PythonSite:
    """Answers every request with `answer`, octet for octet; remembers what it was sent."""

    def __init__(self, house, site, answer, listener=None):
        self.context = tls_of(house, site)
        self.answer = answer
        self.then_close = False
        self.requests = []
        self.open = set()  # connections whose handshake is done
        self.octets = b""  # all that it was ever sent, within TLS
        self.listener = listener or socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def begin(self, plain):
        """What comes before TLS."""

    def respond(self, connection):
        """To the request just read; False: the connection ends."""
        connection.sendall(self.answer)
        return not self.then_close

    def _serve(self, plain):
        accepted = None
        try:
            self.begin(plain)
            with self.context.wrap_socket(plain, server_side=True) as connection:
                accepted = connection
                self.open.add(accepted)
                buffer = b""
                while True:
                    while b"\r\n\r\n" not in buffer:
                        data = connection.recv(65536)
                        if not data:
                            return
                        buffer += data
                        self.octets += data
                    head, _, buffer = buffer.partition(b"\r\n\r\n")
                    self.requests.append((head.decode("latin-1"), connection.getpeercert(True)))
                    if not self.respond(connection):
                        return
        except OSError:
            pass
        finally:
            self.open.discard(accepted)

    def close(self):
        """Nobody listens any more; connections go on."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept()
        self.listener.close()
