"""What the growth bench measures: one function for each thing that grows, which yields its rows.

A row is a flat dictionary: how much there was of what grows, and what that cost. Octets and seconds,
but microseconds for a request; `cpu` holds the quartiles of the slices. Import it with SITEGATE set.
"""

import contextlib
import json
import pathlib
import random
import resource
import statistics
import subprocess
import tempfile
import time
import uuid

import free_ports
import gateways
from measuring import UNTIL_IDLE, LoadGenerator, cpu_time, memory
from peers import Server
from works import GATEWAY_CPU, LOAD_CPU

ASKING = 64              # callers that ask all the time
BEGIN = 1_700_000_000_000
KEEP_ALL = {"retention": {"succeeded": 0, "failed": 0}}
LIMITS = {"connections": 1_000_000, "connections_per_address": 1_000_000, "idle": "1d",
          "local_deadline": "1m"}
RESERVED = 500           # descriptors of a gateway that are not of idle callers
OF_A_HOLDER = 10_000     # idle callers that one process holds
PATIENCE = 60            # seconds, for links to all sites


class Bench:
    """What all measurements need: the load generator, how long and how often."""

    def __init__(self, crowd, slices, milliseconds):
        self.crowd, self.slices, self.milliseconds = crowd, slices, milliseconds

    def sample(self, gateway, crowd):
        """The first two slices only warm up."""
        found = []
        for _ in range(self.slices + 2):
            before = cpu_time(gateway.process.pid)
            done, failed, p50, p99 = crowd.ask("ask", self.milliseconds)
            if failed or not done:
                raise SystemExit(f"growth: {failed} of {done} requests failed")
            found.append(((cpu_time(gateway.process.pid) - before) / done,
                          done * 1000 / self.milliseconds, p50, p99))
        cpu, rate, p50, p99 = zip(*found[2:])
        return {"cpu": statistics.quantiles(cpu, n=4), "rate": statistics.median(rate),
                "p50": statistics.median(p50), "p99": statistics.median(p99)}


class Crowd(LoadGenerator):
    """crowd.cpp."""

    def __init__(self, bench, gateway, token, paths, pinned=True, asking=ASKING):
        super().__init__(LOAD_CPU if pinned else None, bench.crowd, gateway.ports["callers"], token, paths, asking)


class ManySites:
    """One nginx that is many sites, each with a port and a certificate of its own."""

    def __init__(self, house, count, pinned=True):
        home = house.folder / "nginx"
        home.mkdir()
        self.paths = home / "paths"
        self.ports = {f"far{number:03}": port for number, port in enumerate(free_ports.free_runs(count, 1))}
        servers, paths = "", ""
        for site, port in self.ports.items():
            certificate, key = house.authority.issue(site)
            task = gateways.new_task(site, note="n" * 300)
            servers += (f"server {{ listen 127.0.0.1:{port} ssl http2 backlog=4096;"
                        f" ssl_certificate {certificate}; ssl_certificate_key {key};"
                        f" location /tasks/ {{ return 200 '{json.dumps(task)}'; }} }}\n")
            paths += f"/tasks/{task['id']}?site={site}\n"
        self.paths.write_text(paths)
        temporary = "".join(f"{kind}_temp_path {home}/{kind}; " for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = home / "nginx.conf"
        config.write_text(f"""
            daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
            worker_rlimit_nofile 20000;
            events {{ worker_connections 16384; }}
            http {{
              access_log off; {temporary} default_type application/json;
              keepalive_timeout 1h; keepalive_requests 1000000000;
              {servers}
            }}""")
        self.server = Server(LOAD_CPU if pinned else None,
                             ["/usr/sbin/nginx", "-c", config, "-e", home / "error.log"],
                             self.ports.values(), home / "log")

    def entries(self, house, http2):
        """What a gateway's configuration says of them."""
        return {site: house.remote_site("site1", site, port, links={"http2": http2})
                for site, port in self.ports.items()}


def links_to(sites):
    """Connections that are open to their ports, on this machine."""
    wanted = {f"0100007F:{port:04X}" for port in sites.ports.values()}
    entries = [entry.split() for entry in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(remote in wanted and state == "01" for _, _, remote, state, *_ in entries)


@contextlib.contextmanager
def stage():
    """A house that is torn down at the end, and a stack for whatever runs in it."""
    with tempfile.TemporaryDirectory(prefix="sitegate-growth-") as folder, contextlib.ExitStack() as stack:
        yield gateways.House(folder), stack


def gateway_in(house, stack, workers=1, pinned=True, **changes):
    """Not started."""
    gateway = gateways.Gateway(house, "site1", workers=workers, limits=LIMITS, store=KEEP_ALL, **changes)
    gateway.prefix = ["taskset", "-c", str(GATEWAY_CPU)] if pinned else []
    gateway.write()
    stack.callback(gateway.stop)
    return gateway


def crowd_in(stack, *arguments, **how):
    return stack.enter_context(Crowd(*arguments, **how))


def sites_in(stack, house, count, pinned=True):
    sites = ManySites(house, count, pinned)
    stack.callback(sites.server.stop)
    return sites


def fill(gateway, count):
    """`sitegate import` of so many small tasks. Returns the paths of all of them, and how long it took."""
    rng = random.Random(count)
    tasks, paths = gateway.home / "tasks.ndjson", gateway.home / "paths"
    with open(tasks, "w") as out, open(paths, "w") as path:
        for number in range(count):
            task = str(uuid.UUID(int=rng.getrandbits(128)))
            path.write(f"/tasks/{task}?site=site1\n")
            out.write(json.dumps({
                "id": task, "user": f"user{number % 500}@Org1", "site": "site1", "state": "SUCCEEDED",
                "progress": 100, "startTime": BEGIN + number, "lastUpdated": BEGIN + number + 900,
                "endTime": BEGIN + number + 900, "warnings": [], "result": None, "error": None,
                "workflowInfo": {"type": "sync", "resourceType": "vmReplication",
                                 "resourceId": f"C4-{number}", "resourceName": f"vm {number}"},
            }, separators=(",", ":")) + "\n")
    began = time.monotonic()
    subprocess.run([gateways.SITEGATE, "import", "--config", gateway.config_file, tasks], check=True,
                   stdout=subprocess.DEVNULL)
    took = time.monotonic() - began
    tasks.unlink()
    return paths, took


# What grows

def tasks(bench, counts):
    """Lookups of tasks of this site, of any of them."""
    for count in counts:
        with stage() as (house, stack):
            gateway = gateway_in(house, stack)
            paths, took = fill(gateway, count)
            began = time.monotonic()
            gateway.start()
            row = {"tasks": count, "import": count / took, "start": time.monotonic() - began}
            crowd = crowd_in(stack, bench, gateway, gateway.log_in("root"), paths)
            row |= bench.sample(gateway, crowd) | {"memory": memory(gateway.process.pid)}
            yield row | {"database": sum(file.stat().st_size for file in
                                         (gateway.home / "state").glob("tasks.db*"))}


def sites(bench, counts):
    """Lookups at other sites, at any of them, by both protocols of links."""
    for count in counts:
        for protocol in ("HTTP/2", "HTTP/1.1"):
            with stage() as (house, stack):
                far = sites_in(stack, house, count)
                gateway = gateway_in(house, stack, sites=far.entries(house, protocol == "HTTP/2"))
                began = time.monotonic()
                gateway.start()
                row = {"sites": count, "links by": protocol, "start": time.monotonic() - began}
                while links_to(far) < count:
                    if time.monotonic() - began > PATIENCE:
                        raise SystemExit(f"growth: only {links_to(far)} of {count} sites have a link")
                    time.sleep(0.01)
                row |= {"linked": time.monotonic() - began, "idle memory": memory(gateway.process.pid)}
                crowd = crowd_in(stack, bench, gateway, gateway.log_in("root"), far.paths)
                row |= bench.sample(gateway, crowd)
                yield row | {"memory": memory(gateway.process.pid), "links": links_to(far)}


def possible(counts):
    """The steps that the machine's limit of descriptors allows; the largest that it does allow stands
    for those beyond."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = limit - RESERVED
    beyond = [count for count in counts if count > most]
    if beyond:
        print(f"growth: one process may have {limit} descriptors here (ulimit -Hn): {most} idle callers stand"
              f" for {', '.join(map(str, beyond))}", flush=True)
    return sorted({min(count, most) for count in counts})


def callers(bench, counts):
    """Idle callers with TLS, and what lookups of others cost meanwhile. They only ever become more, in
    one gateway; the first row is without any."""
    with stage() as (house, stack):
        gateway = gateway_in(house, stack)
        paths, _ = fill(gateway, 10_000)
        gateway.start()
        token = gateway.log_in("root")
        crowd = crowd_in(stack, bench, gateway, token, paths)
        row = {"callers": 0} | bench.sample(gateway, crowd)
        yield row | {"memory": memory(gateway.process.pid)}
        holders = []
        before = None
        for count in possible(counts):
            held = sum(holder.held for holder in holders)
            while held < count:
                if not holders or holders[-1].held == OF_A_HOLDER:
                    holders.append(crowd_in(stack, bench, gateway, token, paths, asking=0))
                    holders[-1].held = 0
                more = min(count - held, OF_A_HOLDER - holders[-1].held)
                [holders[-1].held] = holders[-1].ask("hold", more)
                held += more
            time.sleep(UNTIL_IDLE)
            size = memory(gateway.process.pid)
            row = {"callers": count, "memory": size}
            if before:  # the first use up what the process had left over from other work
                row["a caller"] = (size - before[1]) / (count - before[0])
            before = count, size
            row |= bench.sample(gateway, crowd)
            if len(gateway.descriptors()) < count:
                raise SystemExit("growth: the gateway closed idle callers")
            yield row


def workers(bench, counts):
    """Local and forwarded lookups when gateway, load and site share all CPUs."""
    for count in counts:
        with stage() as (house, stack):
            far = sites_in(stack, house, 1, pinned=False)
            gateway = gateway_in(house, stack, count, pinned=False, sites=far.entries(house, True))
            paths, _ = fill(gateway, 10_000)
            gateway.start()
            token = gateway.log_in("root")
            for lookup, of in (("local", paths), ("forwarded", far.paths)):
                with Crowd(bench, gateway, token, of, pinned=False) as crowd:
                    row = {"workers": count, "lookup": lookup} | bench.sample(gateway, crowd)
                    yield row | {"memory": memory(gateway.process.pid)}
