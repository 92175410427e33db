"""A mount namespace of one's own: a small or read-only disk that nobody else sees."""

import subprocess


class OwnMounts:
    """Use as a context manager. `why_not` says why there is none on this machine, else None."""

    def __init__(self):
        self.why_not = "unshare does not work"
        for unshare in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
            # It lives until its standard input ends.
            self.holder = subprocess.Popen(
                [*unshare, "sh", "-c", "mount -t tmpfs none /mnt && umount /mnt && echo made; exec cat"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if self.holder.stdout.readline() == "made\n":
                self.why_not = None
                users = ["--user", "--preserve-credentials"] if "--user" in unshare else []
                self.prefix = ["nsenter", f"--target={self.holder.pid}", "--mount", *users, "--"]
                return
            self.why_not = " ".join(self.end().split()) or self.why_not

    def end(self):
        said = self.holder.communicate()[1]
        return said

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.why_not:
            self.end()

    def run(self, *arguments):
        subprocess.run([*self.prefix, *map(str, arguments)], check=True, capture_output=True)

    def path(self, path):
        """How a path of the namespace is written outside of it."""
        return f"/proc/{self.holder.pid}/root{path}"
