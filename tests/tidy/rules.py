"""The rules. Each takes the tracked files and yields `place: what is wrong; what to do instead`."""

import os
import re
import shutil
import subprocess

from compatibility import every_row_of_the_contract_has_its_test
from source import ROOT

# Floors, from the ground up: a file may include its own floor and those below (DESIGN: rooms).
ROOMS = ("contract", "config", "auth", "routing", "gateway")

# What routing may know of auth: plain data, ports and tools without a policy.
ROUTING_OF_AUTH = re.compile(
    r"auth/(principal|extension|sealer|session_store|statement\w*|base64url|random|digest)\.hpp$")

# Every status that means failure and stands in the error table. Round numbers are often something
# else: they count only where the line speaks of a status.
STATUS = re.compile(r"(?<![\w.'])(40[0-9]|41[0-9]|429|431|451|50[0-8])(?![\w.'])")
ROUND = ("400", "500")

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60

# (name, pattern over code without comments and literals, where it holds, what to write instead)
ROOM, QUIET, HEADER, TEST, UNIT, ANY = "room", "quiet", "header", "test", "unit test", "any"
# The commands of the binary answer on standard output; all else in the rooms is QUIET.
COMMANDS = re.compile(r"gateway/(main|\w+_command)\.cpp$")
BANNED = [
    ("using-namespace", r"\busing\s+namespace\b", HEADER, "name what is meant"),
    ("regex", r"\bstd::w?regex\b", ANY, "a small parser: std::regex is slow and recurses on input"),
    ("rand", r"(?<![\w:.>])s?rand\s*\(", ANY, "auth/random.hpp, or a source of randomness passed in"),
    ("c-strings", r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok)\s*\(", ANY, "std::string or fmt"),
    ("c-numbers", r"\b(atoi|atol|atoll|atof|strtol|strtoul|std::sto\w+)\s*\(", ANY,
     "std::from_chars: it sees garbage and overflow"),
    ("stdout", r"\bstd::cout\b|(?<![\w:.>])(std::)?(printf|puts|putchar)\s*\(", QUIET,
     "the process log; standard output belongs to the access log and to commands"),
    ("detached", r"\basio::detached\b", ROOM,
     "the one spawn helper: `detached` swallows what a coroutine throws"),
    ("thread-detach", r"\.\s*detach\s*\(\s*\)", ANY, "join it"),
    ("closure-in-coroutine-call",
     r"\bco_(?:await|spawn)\b[^;{}]*?[(,=]\s*\[\s*[^\]\s][^\]]*\]\s*[({m]", ANY,
     "name the lambda first: g++ 12 destroys its captures twice"),
    ("skipped-test", r"\bGTEST_SKIP\b|\bDISABLED_\w+", TEST, "a test that runs, or none"),
    ("empty-test", r"\bSUCCEED\s*\(\s*\)|\b(EXPECT|ASSERT)_TRUE\s*\(\s*true\s*\)", TEST,
     "an expectation that can fail"),
    ("sleep", r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(", UNIT, "time as an argument"),
]

INCLUDE = re.compile(r'^#include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def includes(source):
    """(line, name, quoted) of each include."""
    for match in INCLUDE.finditer(source.code):
        yield (source.line_of(match.start()), match.group(1) or match.group(2),
               match.group(1) is not None)


def rooms_include_downwards_only(files):
    """gateway -> routing -> auth -> config -> contract; routing takes of auth only plain data."""
    for source in files:
        if not source.is_cpp or source.room not in ROOMS:
            continue
        floor = ROOMS.index(source.room)
        for line, name, quoted in includes(source):
            room = name.split("/")[0]
            if not quoted or room not in ROOMS:
                continue
            if ROOMS.index(room) > floor:
                yield f"{source}:{line}: {source.room} includes {name}, which lies above it"
            elif source.room == "routing" and room == "auth" and not ROUTING_OF_AUTH.match(name):
                yield f"{source}:{line}: routing takes of auth only plain data, not {name}"
            elif source.name.startswith("routing/transport/") and re.match(
                    r"routing/(local|remote)/", name):
                yield f"{source}:{line}: transport is below {name}; pass what it needs"


def includes_are_written_from_the_root(files):
    """`#include "room/file.hpp"`, and a .cpp in a room includes its own header first."""
    names = {source.name for source in files}
    for source in files:
        if not source.is_cpp:
            continue
        found = list(includes(source))
        for line, name, quoted in found:
            if quoted and not (ROOT / name).is_file():
                yield f'{source}:{line}: "{name}" is no path from the root of the tree'
        own = source.name[:-4] + ".hpp"
        if source.name.endswith(".cpp") and source.room in ROOMS and own in names:
            if not found or found[0][1] != own:
                yield f"{source}:1: include {own} first: it shows that the header stands alone"
        if source.name.endswith(".hpp") and "#pragma once" not in source.text:
            yield f"{source}:1: a header begins with #pragma once"


def libraries_stop_at_the_edges(files):
    """Beast only in routing/transport, OpenSSL only there and in auth (DESIGN: ten decisions, 2)."""
    for source in files:
        if not source.is_cpp or source.is_test:
            continue
        edge = source.name.startswith("routing/transport/")
        for line, name, _ in includes(source):
            if source.allows(line, "library"):
                continue
            if name.startswith("boost/beast") and not edge:
                yield f"{source}:{line}: Beast stays in routing/transport; use ApiRequest, ApiReply"
            if name.startswith("openssl/") and not edge and source.room != "auth":
                yield f"{source}:{line}: OpenSSL stays in routing/transport and auth"


def status_numbers_live_in_one_table(files):
    """No status >= 400 outside contract/ and routing/remote/*_protocol.* (DESIGN: errors)."""
    for source in files:
        if (not source.is_cpp or source.is_test or source.room == "contract"
                or re.fullmatch(r"routing/remote/\w+_protocol\.[ch]pp", source.name)):
            continue
        for match in STATUS.finditer(source.code):
            line = source.line_of(match.start())
            if match.group() in ROUND and "status" not in source.lines[line - 1].lower():
                continue
            if not source.allows(line, "status"):
                yield f"{source}:{line}: {match.group()} is a status; use an ErrorCode"


def files_are_short(files):
    """300 lines a file, unless a comment beginning `size:` says why it is one thing."""
    for source in files:
        if not (source.is_cpp or source.is_script or source.name.endswith(".py")):
            continue
        count = len(source.text.splitlines())
        if count > MAX_FILE_LINES and not re.search(r"(//|#) size: \S", source.text):
            yield (f"{source}: {count} lines; divide it by responsibility, or say in a comment"
                   f" `size: ...` why it is one")


def function_bodies(code):
    """(offset, lines) of the bodies in braces that follow a parameter list at class or namespace
    scope. Whatever is not surely a function is passed over."""
    stack = []  # (kind, offset of the brace)
    for match in re.finditer(r"[{}]", code):
        at = match.start()
        if match.group() == "}":
            if stack:
                kind, start = stack.pop()
                if kind == "function":
                    yield start, code.count("\n", start, at) + 1
            continue
        inside = stack and stack[-1][0] != "scope"
        header = code[max(code.rfind(c, 0, at) for c in ";{}") + 1:at]
        if inside:
            kind = "other"
        elif re.search(r"\b(namespace|class|struct|union|enum)\b[^()]*$", header):
            kind = "scope"
        elif re.search(r"\)[\s\w:&<>,*-]*$", header):
            kind = "function"
        else:
            kind = "other"
        stack.append((kind, at))


def functions_are_short(files):
    """At most 60 lines a function, from brace to brace."""
    for source in files:
        if not source.is_cpp:
            continue
        for start, lines in function_bodies(source.code):
            line = source.line_of(start)
            if lines > MAX_FUNCTION_LINES and not source.allows(line, "size"):
                yield f"{source}:{line}: a function of {lines} lines; divide it by what it does"


def no_banned_constructs(files):
    """Each with what to write instead; `--list` names the rule, BANNED holds them."""
    for source in files:
        if not source.is_cpp:
            continue
        holds = {ANY}
        holds.add(TEST if source.is_test else ROOM)
        if not source.is_test and not COMMANDS.match(source.name):
            holds.add(QUIET)
        if source.name.endswith(".hpp"):
            holds.add(HEADER)
        if source.name.startswith("tests/unit/"):
            holds.add(UNIT)
        for name, pattern, where, instead in BANNED:
            if where not in holds:
                continue
            for match in re.finditer(pattern, source.code):
                line = source.line_of(match.start())
                if not source.allows(line, name):
                    what = " ".join(match.group().split())[:60]
                    yield f"{source}:{line}: {name}: `{what}`; write instead: {instead}"


def nothing_is_left_for_later(files):
    """No note that something is unfinished: finish it, or leave it out whole."""
    marks = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
    for source in files:
        for number, line in enumerate(source.lines, 1):
            match = marks.search(line)
            if match:
                yield f"{source}:{number}: {match.group()}"


def no_paths_of_one_machine(files):
    """No absolute path that exists on one machine only."""
    places = re.compile(r"(?<![\w.\-}/~])/(?:home|root|work|Users|mnt|farm)/[\w.]")
    for source in files:
        for number, line in enumerate(source.lines, 1):
            match = places.search(line)
            if match:
                yield f"{source}:{number}: {match.group()}...: write it relative to the tree"


def white_space_is_clean(files):
    """No trailing blanks, no tabs (but what gofmt writes), LF line ends, one line end at the end of the file."""
    for source in files:
        if b"\0" in source.data or source.name.startswith("tests/golden/"):
            continue
        for number, line in enumerate(source.lines, 1):
            if line != line.rstrip(" \t\r"):
                yield f"{source}:{number}: trailing white space"
            if "\t" in line and not source.name.endswith(("Makefile", ".go")):
                yield f"{source}:{number}: a tab"
        if source.text and (not source.text.endswith("\n") or source.text.endswith("\n\n")):
            yield f"{source}: must end with exactly one line end"


def scripts_are_executable(files):
    """The executable bit on what begins with #!, and on nothing else."""
    for source in files:
        if source.is_script and not source.executable:
            yield f"{source}: git update-index --chmod=+x {source}"
        if source.executable and not source.is_script:
            yield f"{source}: executable, but has no #! line"


def cpp_is_formatted(files):
    """clang-format with the .clang-format of the tree changes nothing."""
    tool = shutil.which("clang-format")
    if not tool:
        yield "clang-format is missing; run: deploy/install-packages test"
        return
    names = [str(source.path) for source in files if source.is_cpp]
    share = max(1, -(-len(names) // (os.cpu_count() or 1)))
    running = [subprocess.Popen([tool, f"--style=file:{ROOT}/.clang-format", "--dry-run",
                                 *names[i:i + share]], stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True)
               for i in range(0, len(names), share)]
    for process in running:
        for line in process.communicate()[1].splitlines():
            match = re.match(r"(.*?):(\d+):\d+: warning: .*clang-format", line)
            if match:
                yield f"{os.path.relpath(match.group(1), ROOT)}:{match.group(2)}: clang-format -i"


ALL = [
    rooms_include_downwards_only,
    includes_are_written_from_the_root,
    libraries_stop_at_the_edges,
    status_numbers_live_in_one_table,
    files_are_short,
    functions_are_short,
    no_banned_constructs,
    nothing_is_left_for_later,
    no_paths_of_one_machine,
    white_space_is_clean,
    scripts_are_executable,
    cpp_is_formatted,
    every_row_of_the_contract_has_its_test,
]
