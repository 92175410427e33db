#!/usr/bin/env python3
"""Prints the tasks of one demo site, one JSON document a line. The same on every run.

usage: tasks.py SITE
"""

import json
import random
import sys
import uuid

COUNT = 200
NEWEST = 1_767_225_600_000  # 2026-01-01T00:00:00Z in milliseconds; all times lie before it
MINUTE = 60_000

# name -> share of the tasks
USERS = {"root": 2, "admin1@Org1": 5, "admin1@Org2": 3}

# workflow type -> (resource type, prefix of resource ids, type of the result, shape of the result)
WORKFLOWS = [
    ("sync", "vappReplication", "C4VAPP", "SyncResult",
     lambda rng: {"transferredBytes": rng.randrange(1 << 34), "instances": rng.randrange(1, 25)}),
    ("sync", "vmReplication", "C4", "SyncResult",
     lambda rng: {"transferredBytes": rng.randrange(1 << 32), "instances": 1}),
    ("failover", "vappReplication", "C4VAPP", "FailoverResult",
     lambda rng: {"vappName": f"recovered-{rng.randrange(1000)}", "poweredOn": rng.random() < 0.8}),
    ("failoverTest", "vmReplication", "C4", "FailoverTestResult",
     lambda rng: {"vmId": str(new_uuid(rng)), "cleanUpNeeded": True}),
    ("pair", "site", "SITE", "SiteInfo",
     lambda rng: {"site": f"site{rng.randrange(1, 4)}", "apiVersion": "4.7"}),
    ("health", "CLOUD", None, "CloudHealthInfo",
     lambda rng: {"productName": "Availability", "dbError": None, "tunnelError": None,
                  "uptimeSeconds": rng.randrange(1 << 22)}),
    ("generateSupportBundle", "supportBundle", "BUNDLE", "SupportBundleInfo",
     lambda rng: {"id": str(new_uuid(rng)), "sizeBytes": rng.randrange(1 << 26)}),
    ("refresh", "inventory", None, None, None),
]

FAILURES = [
    ("TunnelConnectionError", "The tunnel to the destination was closed.", ["tunnel-1"]),
    ("StorageFull", "The datastore has no room for another instance.", ["datastore-12"]),
    ("Forbidden", "Permission denied.", []),
]

WARNINGS = [
    ("QuiesceFailed", "The guest could not be quiesced; the instance is crash-consistent.", []),
    ("NetworkNotMapped", "A network has no counterpart at the destination.", ["VM Network"]),
]


def new_uuid(rng):
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def api_error(rng, kinds):
    code, message, args = rng.choice(kinds)
    return {"code": code, "msg": message, "args": args, "stacktrace": ""}


def new_task(rng, site, number):
    kind, resource_type, prefix, result_type, result = rng.choice(WORKFLOWS)
    start = NEWEST - (COUNT - number) * 7 * MINUTE - rng.randrange(MINUTE)
    end = start + rng.randrange(2_000, 30 * MINUTE)
    state = rng.choices(("SUCCEEDED", "FAILED", "RUNNING"), (70, 18, 12))[0]
    task = {
        "id": str(new_uuid(rng)),
        "user": rng.choices(list(USERS), USERS.values())[0],
        "site": site,
        "workflowInfo": {
            "type": kind,
            "resourceType": resource_type,
            "resourceId": f"{prefix}-{new_uuid(rng)}" if prefix else None,
            "resourceName": f"{resource_type} {rng.randrange(1, 60)}" if prefix else None,
        },
        "progress": 100,
        "state": state,
        "startTime": start,
        "lastUpdated": end,
        "endTime": end,
        "resultType": None,
        "result": None,
        "error": None,
        "warnings": [api_error(rng, WARNINGS)] if rng.random() < 0.2 else [],
    }
    if kind in ("sync", "failover"):
        task.update(sourceOrg=rng.choice(("Org1", "Org2")), destinationOrg="Org2")
    if state == "RUNNING":
        task.update(progress=rng.randrange(100), lastUpdated=(start + end) // 2, endTime=-1)
    elif state == "FAILED":
        task.update(progress=rng.randrange(100), error=api_error(rng, FAILURES))
    elif result_type:
        task.update(resultType=result_type, result=result(rng))
    return task


# The example of the API reference, as it stands there, at the site where it runs.
REFERENCE_EXAMPLE = {
    "endTime": 1499929558827,
    "error": {"args": ["string"], "code": "string", "msg": "string", "stacktrace": "string"},
    "id": "f61d60d2-698a-46dc-a266-88df27644956",
    "lastUpdated": 1499929558827,
    "progress": 100,
    "resultType": "string",
    "site": "site2",
    "startTime": 1499929548951,
    "state": "SUCCEEDED",
    "user": "root",
    "warnings": [],
    "workflowInfo": {
        "resourceId": "C4VAPP-ccbe771e-b685-46c7-8c7a-4ed36915d963",
        "resourceName": "my vapp 1",
        "resourceType": "vappReplication",
        "type": "sync",
    },
}


def tasks(site):
    rng = random.Random(f"tasks of {site}")
    if site == REFERENCE_EXAMPLE["site"]:
        yield REFERENCE_EXAMPLE
    for number in range(COUNT):
        yield new_task(rng, site, number)


if __name__ == "__main__":
    for task in tasks(sys.argv[1]):
        print(json.dumps(task, separators=(",", ":")))
