"""A network of its own for a test: a namespace behind a pair of virtual interfaces, whose far end
can fall silent. Needs root and iproute2; touches nothing that it did not make itself."""

import ctypes
import itertools
import os
import pathlib
import shutil
import socket
import subprocess
import threading

numbers = itertools.count()


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise PermissionError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


class Network:
    """Raises PermissionError, with the reason, where none can be made."""

    def __init__(self):
        if os.geteuid() != 0 or not shutil.which("ip"):
            raise PermissionError("root and the command `ip` are needed")
        number = next(numbers)
        self.name = f"sitegate-{os.getpid()}-{number}"
        self.near, self.far = f"sg{os.getpid()}n{number}", f"sg{os.getpid()}f{number}"
        # 198.18.0.0/15 is kept for tests of networks (RFC 2544): four addresses of it.
        base = (os.getpid() * 16 + number * 4) % 2**17
        near, self.address = (f"198.{18 + (base >> 16)}.{base >> 8 & 255}.{(base & 255) + n}" for n in (1, 2))
        ip("netns", "add", self.name)
        try:
            ip("link", "add", self.near, "type", "veth", "peer", "name", self.far, "netns", self.name)
            ip("addr", "add", f"{near}/30", "dev", self.near)
            ip("link", "set", self.near, "up")
            ip("-n", self.name, "link", "set", self.far, "up")
            self.restore()
            # Who falls silent must not be missed by ARP: then the kernel would say so at once.
            hardware = ip("netns", "exec", self.name, "cat", f"/sys/class/net/{self.far}/address").strip()
            ip("neigh", "replace", self.address, "lladdr", hardware, "dev", self.near, "nud", "permanent")
        except PermissionError:
            self.close()
            raise

    def fall_silent(self):
        """Packets to the far end are swallowed, and none comes back."""
        ip("-n", self.name, "addr", "del", f"{self.address}/30", "dev", self.far)

    def restore(self):
        ip("-n", self.name, "addr", "add", f"{self.address}/30", "dev", self.far)

    def listen(self, port=0):
        """A socket that listens at the far end."""
        made = []
        thread = threading.Thread(target=lambda: made.append(self._listen(port)))
        thread.start()
        thread.join()
        return made[0]

    def _listen(self, port):
        # A thread is in a namespace by itself, and a socket stays in the one it was made in.
        with open(pathlib.Path("/run/netns") / self.name) as namespace:
            assert ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0) == 0
        return socket.create_server((self.address, port))

    def close(self):
        ip("netns", "del", self.name)
