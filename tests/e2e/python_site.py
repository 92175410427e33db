"""A remote site in Python: a second implementation of the other end of a link."""

import socket
import ssl
import threading

from wire import PATIENCE


def reply(body, status="200 OK", **fields):
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + body


class PythonSite:
    """Answers every request with `answer`, octet for octet; remembers what it was sent."""

    def __init__(self, house, site, answer):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*house.certificate(site))
        context.load_verify_locations(house.authority.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        self.context = context
        self.answer = answer
        self.then_close = False
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
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

    def _serve(self, plain):
        try:
            with self.context.wrap_socket(plain, server_side=True) as connection:
                buffer = b""
                while True:
                    while b"\r\n\r\n" not in buffer:
                        data = connection.recv(65536)
                        if not data:
                            return
                        buffer += data
                    head, _, buffer = buffer.partition(b"\r\n\r\n")
                    self.requests.append((head.decode("latin-1"), connection.getpeercert(True)))
                    connection.sendall(self.answer)
                    if self.then_close:
                        return
        except OSError:
            pass

    def close(self):
        self.listener.close()
