"""What a benchmark says, as Markdown: a table for each work, and what one must know to read them."""

import json
import os
import pathlib
import platform
import re
import socket
import statistics
import subprocess

import gateways
from works import GATEWAY_CPU, LOAD_CPU, OWN, PACED, SITE


def quartiles(values, digits=2):
    found = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return " / ".join(f"{value:.{digits}f}" for value in found)


def calls_of(result):
    """The sum, and what is at least a twentieth of a call for each request."""
    if not result.calls:
        return "not counted"
    named = {name: count for name, count in result.calls.items() if name}
    named["other"] = result.calls[""] - sum(named.values())
    most = sorted(((count, name) for name, count in named.items() if count >= 0.05), reverse=True)
    return f"{result.calls['']:.2f}: " + ", ".join(f"{name} {count:.2f}" for count, name in most)


def table_head(work):
    columns = ["callers", "gateway", "CPU us a request", *(f"ratio to {name}" for name in work.references),
               "requests/s", "core %", "p50 us", "p99 us", *(["asked late, p99 us"] if work.rates else []),
               "system calls a request"]
    return f"\n### {work.title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}"


def table_rows(work, demand, results):
    references = [result for name in work.references for result in results if result.target.name == name]
    for result in results:
        def median(name, digits=0, of=result):
            return f"{statistics.median(of.column(name)):.{digits}f}"
        name = result.target.name + (f" ({result.failed} FAILED)" if result.failed else "")
        cells = [demand.label, name, quartiles(result.column("cpu"), 1),
                 *(quartiles(result.ratios(reference)) for reference in references), median("rate"),
                 f"{statistics.median(result.column('busy')) * 100:.0f}", median("p50"),
                 *([quartiles(result.column("p99"), 0), median("late")] if work.rates else [median("p99")]),
                 calls_of(result)]
        yield f"| {' | '.join(cells)} |"


def memory_table(found, count):
    rows = "\n".join(f"| {name} | {each:.1f} |" for name, each in found.items())
    return (f"\n### Memory of an idle TLS caller\n\n{count} more of them beside as many, after one request each.\n\n"
            f"| gateway | KiB each |\n|---|---|\n{rows}")


def said_by(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).splitlines()[0].split(" - ")[0]


def stolen():
    """Hundredths of a second that the machine's own host has given to others, of all CPUs."""
    return int(pathlib.Path("/proc/stat").read_text().split()[8])


def tls_of(house, doors):
    """What is spoken with all of them."""
    found = set()
    for door in doors:
        with socket.create_connection(("127.0.0.1", door.port)) as plain, \
                house.context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            found.add(" ".join([secure.version(), secure.cipher()[0]]))
    return ", ".join(sorted(found))


class Machine:
    """What it is, and what it was doing meanwhile."""

    def __init__(self):
        self.load = os.getloadavg()
        self.stolen = stolen()

    def facts(self, stage, doors):
        model = re.search(r"^model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        return {
            "cpus": os.cpu_count(), "model": model[1] if model else platform.machine(),
            "kernel": platform.release(),
            "load before": self.load, "load after": os.getloadavg(),
            "stolen seconds": (stolen() - self.stolen) / os.sysconf("SC_CLK_TCK"),
            "versions": [said_by("/usr/sbin/haproxy", "-v"), said_by("/usr/sbin/nginx", "-v"),
                         f"sitegate {stage.product['buildVersion']}"],
            "tls": tls_of(stage.house, doors),
        }


def caveats(facts, slices, milliseconds):
    def load(when):
        return " ".join(f"{each:.2f}" for each in facts[f"load {when}"])
    return f"""
### How to read this

- Only what stands in one table compares: figures of two runs, or of two machines, do not. `a / b / c`
  is the lower quartile, the median and the upper quartile of {slices} rounds, all else the median. A
  ratio is taken round by round, from slices of {milliseconds} ms in turn ({PACED * milliseconds} at equal load);
  every other round goes backwards.
- {facts["cpus"]} CPUs ({facts["model"]}), Linux {facts["kernel"]}; load average {load("before")} before,
  {load("after")} after; the machine's host took {facts["stolen seconds"]:.1f} CPU seconds.
- {"; ".join(facts["versions"])}; {facts["tls"]}; P-256 certificates, the same for all.
- Each gateway has one thread for connections, on CPU {GATEWAY_CPU}; load and sites share CPU {LOAD_CPU}.
  CPU time is that of all threads of the gateway that is asked, in the kernel too; not that of a site.
  `core %` is its share of its CPU: far below 100, requests/s and times are those of load and sites,
  but for equal load, which keeps it below.
- p50 and p99 are those of callers who ask again at once: time in the queue behind the others included.
  At equal load all are asked for as much, at the same random times, others in each round: p50 and p99
  count from then on, and hold what the load generator itself was late. Where requests/s are not those that
  were asked for, they say nothing.
- Every gateway knows callers by their token (the peers: one of a list of 1,000; sitegate: a session),
  asks sites over kept TLS connections whose certificate it verifies, and writes an access log. sitegate has a
  client certificate and states who asks; the peers do neither. All its limits are on, some of them
  raised: `{json.dumps(OWN)}`; of a site `{json.dumps(SITE)}`.
- System calls are counted by perf in a slice of their own. `FAILED`: so many answers were no 200; what
  stands beside it says little.
"""


def as_json(file, facts, options, memory, measured):
    """Everything, slice by slice. `measured`: (work, demand, results)."""
    file.write_text(json.dumps({
        "machine": facts, "options": {"slices": options.slices, "ms": options.ms, "idle": options.idle},
        "memory": memory,
        "works": [{"work": work.key, "callers": demand.callers, "command": demand.command, "targets": [
            {"name": result.target.name, "failed": result.failed, "slices": result.slices,
             "calls": result.calls and {name or "all": count for name, count in result.calls.items()}}
            for result in results]} for work, demand, results in measured]}, indent=1) + "\n")
