"""Prints the first ports of three runs of three free ports each: callers, peers, admin."""

import socket


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_runs(runs, length):
    """Below the ephemeral range, so that no outgoing connection takes one in the meantime."""
    found = []
    port = 20000
    while len(found) < runs:
        if all(is_free(port + i) for i in range(length)):
            found.append(port)
        port += length
    return found


if __name__ == "__main__":
    print(*free_runs(3, 3))
