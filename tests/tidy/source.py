"""The files of the tree, and C++ text without what must not be matched: comments and literals."""

import functools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Source:
    """One tracked file."""

    def __init__(self, name, mode):
        self.name = name  # relative to the root, with forward slashes
        self.executable = mode == "100755"
        self.path = ROOT / name

    def __str__(self):
        return self.name

    @property
    def room(self):
        return self.name.split("/")[0]

    @property
    def is_cpp(self):
        return self.name.endswith((".cpp", ".hpp"))

    @property
    def is_test(self):
        return self.room == "tests"

    @functools.cached_property
    def data(self):
        return self.path.read_bytes()

    @functools.cached_property
    def text(self):
        return self.data.decode("utf-8", errors="replace")

    @functools.cached_property
    def lines(self):
        return self.text.split("\n")

    @functools.cached_property
    def code(self):
        return blank_literals(self.text)

    @property
    def is_script(self):
        return self.text.startswith("#!")

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def allows(self, line, rule):
        """Does the line, or the one before it, carry `tidy-allow(rule): reason`?"""
        wanted = f"tidy-allow({rule}): "
        return any(wanted in text for text in self.lines[max(line - 2, 0):line])


def tracked_files():
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "--stage"],
                            check=True, capture_output=True, text=True).stdout
    files = []
    for entry in filter(None, listed.split("\0")):
        facts, name = entry.split("\t", 1)
        if name.startswith("tests/fuzz/corpus/"):
            continue  # what fuzzers write has no style
        source = Source(name, facts.split()[0])
        if source.path.is_file():
            files.append(source)
    return files


_LITERALS = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | \bu?8?R"(?P<tag>[^(\s\\]*)\(.*?\)(?P=tag)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F_])'(?:\\.|[^'\\\n])*'
    """, re.VERBOSE | re.DOTALL)


def blank_literals(text):
    """Comments and literals become spaces: offsets and line numbers stay what they were.

    The name in an #include is kept: rules read it.
    """
    def blank(match):
        start = text.rfind("\n", 0, match.start()) + 1
        if text.startswith("#include", start) and match.group().startswith('"'):
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())
    return _LITERALS.sub(blank, text)
