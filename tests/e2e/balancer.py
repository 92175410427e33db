"""HAProxy in TCP mode in front of gateways."""

import csv
import io
import pathlib
import socket
import subprocess
import tempfile


class Balancer:
    """Ends with the test. `gateways` are the lines of HAProxy's backend."""

    def __init__(self, test, gateways):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="haproxy-", dir=test.house.folder))
        self.admin = folder / "stats"
        door = socket.create_server(("127.0.0.1", 0))  # inherited, so that it is never anybody else's
        test.addCleanup(door.close)
        self.port = door.getsockname()[1]
        config = folder / "haproxy.cfg"
        config.write_text(f"""
global
  maxconn 500
  stats socket {self.admin}
defaults
  mode tcp
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout check 5s
frontend callers
  bind fd@{door.fileno()}
  default_backend gateways
backend gateways
  {gateways}
""")
        with open(folder / "log", "w") as log:
            self.process = subprocess.Popen(
                ["/usr/sbin/haproxy", "-db", "-f", config], pass_fds=[door.fileno()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.terminate)
        test.eventually(lambda: self.process.poll() is not None or bool(self.checks()), True)
        assert self.process.poll() is None, (folder / "log").read_text()

    def checks(self):
        """How its last health check of each gateway ended: `L7OK` and the like."""
        with socket.socket(socket.AF_UNIX) as asking:
            try:
                asking.connect(str(self.admin))
            except OSError:
                return {}  # it has not started yet
            asking.sendall(b"show stat\n")
            table = b"".join(iter(lambda: asking.recv(65536), b"")).decode().lstrip("# ")
        return {row["svname"]: row["check_status"] for row in csv.DictReader(io.StringIO(table))
                if row["svname"] not in ("FRONTEND", "BACKEND")}
