"""What a benchmark measures: everything that runs, and the table of works."""

import dataclasses
import json
import pathlib
import secrets
import subprocess
import uuid

import gateways
from peers import World, free_port, on_cpu

GATEWAY_CPU, LOAD_CPU = 0, 1
ID = "3f2b8c1e-94d7-4a55-9e0b-7c1d2e3f4a5b"
FINISHED = "8d0c1f5a-2b7e-4c39-8a61-5e9f0d3b7c24"  # at site2
TASKS = 300  # at each site whose lists are asked for
PACED = 4    # slices in one: their p99 stands on fewer requests
# What a gateway of ours is told beside its sites: one thread, like the others; callers who may rest
# as long as there; a thousand who ask at once with one token, the first of them on fresh links.
OWN = {"workers": 1,
       "limits": {"idle": "1h", "local_deadline": "1m", "list_queue": 2000},
       "routing": {"questions_per_caller": 2000, "questions_per_worker": 2000}}
SITE = {"max_in_flight": 2000, "timeouts": {"connect": "10s", "total": "30s"}}


@dataclasses.dataclass
class Door:
    """Where a process is asked, and the token that it knows."""
    pid: int
    port: int
    token: str


@dataclasses.dataclass
class Target:
    name: str
    door: Door
    path: str


@dataclasses.dataclass
class Demand:
    """What is asked of each target in turn."""
    callers: int
    command: str  # of the load generator; {round}: which round it is
    label: str
    slices: int = 1  # the length of one: so many of those of the command line


@dataclasses.dataclass
class Work:
    key: str
    title: str
    targets: list
    references: tuple = ("haproxy",)  # targets that the others are compared with
    callers: tuple = ()               # at once; none: the numbers that --callers names
    command: str = "slice"            # of the load generator
    rates: tuple = ()                 # requests a second; none: callers ask again and again

    def demands(self, callers):
        for number in self.callers or callers:
            if not self.rates:
                yield Demand(number, self.command, str(number))
            for rate in self.rates:
                yield Demand(number, f"paced {rate} {{round}}", f"{number}, {rate:,} a second in all", PACED)


def lookup(site, task=ID):
    return f"/tasks/{task}?site={site}"


def works(stage):
    def page(site):
        return f"/tasks?limit=100&site={site}"

    forwarded = [Target("haproxy", stage.haproxy, lookup("site3")),
                 Target("haproxy, HTTP/2 to the site", stage.haproxy_h2, lookup("site3")),
                 Target("nginx", stage.nginx, lookup("site3")),
                 Target("sitegate, nginx as the site", stage.sitegate, lookup("site3")),
                 Target("sitegate, sitegate as the site", stage.sitegate, lookup("site2"))]
    local = [Target("haproxy", stage.haproxy_local, lookup("site1")),
             Target("nginx", stage.nginx_local, lookup("site1")),
             Target("sitegate", stage.sitegate, lookup("site1"))]
    return [
        Work("forwarded", "Forwarded lookup", forwarded, references=("haproxy", "haproxy, HTTP/2 to the site")),
        Work("forwarded-paced", "Forwarded lookup at equal load", forwarded, callers=(256,),
             rates=(5_000, 15_000, 25_000)),
        Work("shared", "One answer of a site for several lookups (`routing.share_lookups`, `keep_finished`)", [
            Target("haproxy", stage.haproxy, lookup("site3")),
            Target("sitegate, each asks", stage.sitegate, lookup("site2")),
            Target("sitegate, one asks for all under way", stage.sharing, lookup("site2")),
            Target("sitegate, a finished task is kept", stage.sharing, lookup("site2", FINISHED))],
            callers=(64,)),
        Work("local", "Local lookup (the peers: a static answer)", local),
        Work("local-paced", "Local lookup at equal load", local, callers=(256,), rates=(10_000, 30_000, 50_000)),
        Work("handshakes", "Full handshake and a local lookup", local, callers=(8,), command="handshakes"),
        Work("resumptions", "Resumed handshake and a local lookup", local, callers=(8,), command="resumptions"),
        Work("lists", f"Pages of 100 tasks, of {TASKS + 1} at each site", [
            Target("local lookup", stage.lists, lookup("site4")),
            Target("own page", stage.lists, page("site4")),
            Target("page of another site", stage.lists, page("site2")),
            Target("merged page of both", stage.lists, page("*"))],
            references=("local lookup",), callers=(64,)),
    ]


class Stage:
    """Everything that runs: gateways on one CPU, what they ask on the other."""

    def __init__(self, folder, stack):
        self.stack = stack
        self.house = gateways.House(folder)
        self.task = gateways.new_task("site2", "root", id=ID, workflowInfo={
            "type": "failover", "resourceType": "vmReplication", "resourceId": "C4-" + ID,
            "resourceName": "app-server-01", "isRelationshipOwner": True}, resultType="x", note="n" * 300)
        self.start_peers()
        self.start_gateways()

    def start_peers(self):
        tokens = [secrets.token_urlsafe(32) for _ in range(1000)]
        token = tokens[500]
        world = World(self.house, json.dumps(self.task), tokens)
        self.site, site_h2 = free_port(), free_port()
        self.started(world.nginx_site(LOAD_CPU, self.site))
        self.started(world.haproxy_site(LOAD_CPU, site_h2))

        def gateway(start):
            """Doors for forwarded and for local lookups."""
            ports = free_port(), free_port()
            server = self.started(start(*ports))
            return [Door(server.pid, port, token) for port in ports]

        self.nginx, self.nginx_local = gateway(
            lambda *ports: world.nginx_gateway(GATEWAY_CPU, *ports, self.site))
        self.haproxy, self.haproxy_local = gateway(
            lambda *ports: world.haproxy_gateway(GATEWAY_CPU, "haproxy", *ports, self.site))
        self.haproxy_h2, _ = gateway(
            lambda *ports: world.haproxy_gateway(GATEWAY_CPU, "haproxy-h2", *ports, site_h2, "alpn h2"))

    def start_gateways(self):
        self.start_site(["site1", "site4", "site5"])
        front = self.front("site1")
        lists = self.sitegate_site("site4", GATEWAY_CPU, TASKS, sites={"site2": self.asked["site4"]})
        sharing = self.sitegate_site("site5", GATEWAY_CPU, 0, sites={"site2": self.asked["site5"]},
                                     routing=OWN["routing"] | {"share_lookups": True, "keep_finished": "1h"})
        self.sitegate, self.lists, self.sharing = map(self.door, (front, lists, sharing))
        self.product = front.get("/diagnostics/about", self.sitegate.token).json

    def start_site(self, peers):
        """A site of ours, which the gateways called `peers` ask."""
        remote = self.sitegate_site("site2", LOAD_CPU, TASKS, peers={
            name: self.house.peer(name) for name in peers})
        finished = remote.put(self.task | {"id": FINISHED, "site": "site2", "state": "SUCCEEDED"},
                              remote.log_in("replicator"))
        assert finished.status == 201, finished
        self.asked = {name: self.house.remote_site(name, "site2", remote.ports["peers"], **SITE)
                      for name in peers}

    def front(self, name, program=gateways.SITEGATE):
        """A gateway that asks a site of ours and nginx, and has tasks of its own."""
        return self.sitegate_site(name, GATEWAY_CPU, 0, program, sites={
            "site2": self.asked[name],
            "site3": self.house.remote_site(name, "site3", self.site, **SITE)})

    @staticmethod
    def door(gateway):
        return Door(gateway.process.pid, gateway.ports["callers"], gateway.log_in("root"))

    def sitegate_site(self, name, cpu, tasks, program=gateways.SITEGATE, **config):
        """A gateway of ours that has the task and more of them."""
        gateway = gateways.Gateway(self.house, name, **(OWN | config))
        gateway.program = program
        with on_cpu(cpu):
            self.started(gateway.start())
        written = gateway.put(self.task | {"site": name}, gateway.log_in("replicator"))
        assert written.status == 201, written
        file = pathlib.Path(self.house.folder) / f"{name}.ndjson"
        file.write_text("".join(
            json.dumps(self.task | {"id": str(uuid.uuid4()), "site": name, "startTime": 1000 + number}) + "\n"
            for number in range(tasks)))
        subprocess.run([program, "import", "--config", gateway.config_file, file], check=True,
                       stdout=subprocess.DEVNULL)
        return gateway

    def started(self, server):
        self.stack.callback(server.stop)
        return server
