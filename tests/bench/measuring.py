"""How a benchmark measures: CPU time and memory of a process, its system calls, slices in turn."""

import dataclasses
import os
import pathlib
import re
import resource
import signal
import subprocess
import time

from peers import on_cpu
from works import LOAD_CPU, Target

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WARM_UP = 2  # rounds
UNTIL_IDLE = 4  # seconds: who has asked for nothing so long is idle
# What is counted by its name; the rest is one number.
CALLS = ("read readv recvfrom recvmsg write writev sendto sendmsg epoll_wait epoll_pwait epoll_ctl"
         " futex fcntl pread64 pwrite64 accept4 close socket connect shutdown getsockopt setsockopt ioctl"
         " clock_gettime getpid getrandom brk madvise mmap munmap").split()
ALL_CALLS = "raw_syscalls:sys_enter"


def build(name):
    """A load generator, `load` or `crowd`."""
    program = ROOT / "build/bench" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["c++", "-std=c++20", "-O2", "-I", ROOT, HERE / f"{name}.cpp", "-o", program, "-lssl",
                    "-lcrypto"], check=True)
    return program


def allow_descriptors():
    """As many as this process may have, and what it starts; how many those are."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def cpu_time(pid):
    """Microseconds that all threads of a process have run."""
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1000


def memory(pid):
    """Octets that are the process's own share of the machine's memory."""
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) * 1024


class LoadGenerator:
    """A process that does what it is told on standard input, and says a line of numbers for each word."""

    def __init__(self, cpu, *command):
        with on_cpu(cpu):
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True)
        self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("bench: the load generator ended")
        return line.split()

    def ask(self, *command):
        print(*command, file=self.process.stdin, flush=True)
        return [int(word) for word in self.answer()]


class Load(LoadGenerator):
    """load.cpp, with its connections to all targets."""

    def __init__(self, program, callers, targets):
        doors = [(target.door.port, target.path, target.door.token) for target in targets]
        super().__init__(LOAD_CPU, program, callers, *(word for door in doors for word in door))


def system_calls(pid, ask):
    """What a process calls while `ask` runs: a count for each name; None where perf may not look. The
    kernel counts: nothing is stopped, as by strace, so that as much is done at once as ever."""
    control, ours = os.pipe()
    answers, acknowledged = os.pipe()
    os.write(ours, b"enable\n")
    events = ",".join([ALL_CALLS, *(f"syscalls:sys_enter_{name}" for name in CALLS)])
    with on_cpu(LOAD_CPU), subprocess.Popen(
            ["perf", "stat", "-x,", "--delay=-1", f"--control=fd:{control},{acknowledged}", "-e", events,
             "-p", str(pid)], pass_fds=(control, acknowledged), stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True) as perf:
        os.close(control)
        os.close(acknowledged)
        if os.read(answers, 100):  # it counts now; else it has ended
            ask()
            perf.send_signal(signal.SIGINT)
        said = perf.stderr.read()
    os.close(ours)
    os.close(answers)
    found = {name.rpartition("sys_enter")[2].strip("_"): int(count)
             for count, name in re.findall(r"^(\d+),,(\S+?),", said, re.MULTILINE)}
    return found or None


@dataclasses.dataclass
class Result:
    """What was found of a target: its slices, one for each round, and what it calls for one request."""
    target: Target
    slices: list = dataclasses.field(default_factory=list)
    calls: dict = None
    failed: int = 0  # answers that were no 200, while it warmed up as well

    def column(self, name):
        return [each[name] for each in self.slices]

    def ratios(self, reference):
        """Round by round: what the machine did meanwhile met both."""
        return [own / other for own, other in zip(self.column("cpu"), reference.column("cpu"))]


def one_slice(load, work, command, index, milliseconds):
    """Asks for one; returns what it was like."""
    pid = work.targets[index].door.pid
    before = cpu_time(pid)
    done, failed, resumed, took, p50, p99, late = load.ask(command, index, milliseconds)
    cpu = cpu_time(pid) - before
    return {"done": done, "failed": failed, "resumed": resumed, "cpu": cpu / done, "busy": cpu / took,
            "rate": done * 1e6 / took, "p50": p50, "p99": p99, "late": late}


def measure(program, work, demand, slices, milliseconds):
    """The targets in turn, in an order that turns round with every round; then, apart, their calls."""
    results = [Result(target) for target in work.targets]
    order = range(len(results))
    milliseconds *= demand.slices
    with Load(program, demand.callers, work.targets) as load:
        for number in range(WARM_UP + slices):
            for index in order if number % 2 else reversed(order):
                found = one_slice(load, work, demand.command.format(round=number + 1), index, milliseconds)
                results[index].failed += found["failed"]
                if number < WARM_UP:  # the first connections have no ticket yet
                    continue
                if found["resumed"] != (found["done"] if demand.command == "resumptions" else 0):
                    raise SystemExit(f"bench: {work.key}, {work.targets[index].name}: "
                                     f"{found['resumed']} of {found['done']} handshakes were resumed")
                results[index].slices.append(found)
        for index, result in enumerate(results):
            counted = []
            calls = system_calls(result.target.door.pid, lambda at=index: counted.append(
                one_slice(load, work, demand.command.format(round=1), at, milliseconds)))
            if calls:
                result.calls = {name: count / counted[0]["done"] for name, count in calls.items()}
    return results


def measure_memory(program, targets, count):
    """KiB of an idle TLS caller of each target, after one request: of `count` more of them beside as many,
    who use up what the process had left over from other work."""
    found = {}
    with Load(program, 0, targets) as load:
        for index, target in enumerate(targets):
            load.ask("hold", index, count)
            time.sleep(UNTIL_IDLE)
            before = memory(target.door.pid)
            load.ask("hold", index, count)
            time.sleep(UNTIL_IDLE)
            found[target.name] = (memory(target.door.pid) - before) / count / 1024
            load.ask("release")
    return found
