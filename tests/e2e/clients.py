"""What the replayed clients of the API share: one call by Python's http.client, as a program that
knows nothing of this gateway makes it, and many tasks to ask for."""

import http.client
import json

import document
from gateways import new_task
from wire import PATIENCE, Answer


def ask(site, method, target, fields, body=None):
    """An Answer. The connection is the call's own; a `body` of "" is `Content-Length: 0`."""
    connection = http.client.HTTPSConnection("127.0.0.1", site.ports["callers"],
                                             context=site.house.context, timeout=PATIENCE)
    connection.request(method, target, body, fields)
    got = connection.getresponse()
    answer = Answer(got.status, got.getheaders(), got.read(), f"HTTP/{got.version / 10}")
    connection.close()
    document.check(answer, ("callers", method, target))
    site.tokens.update(answer.all("X-VCAV-Auth"))
    return answer


def put_all(site, tasks):
    """All of them over one connection."""
    token = site.log_in("replicator")
    with site.connect() as connection:
        for task in tasks:
            body = json.dumps(task)
            connection.send(f"PUT /tasks/{task['id']} HTTP/1.1\r\nHost: s\r\nX-VCAV-Auth: {token}\r\n"
                            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
            answer = connection.answer()
            assert answer.status == 201, answer
    return tasks


def finished_tasks(site_name, count, user="admin1@Org1", resource_types=("vmReplication",), first=0):
    """Tasks that began a millisecond after one another, the oldest first."""
    return [new_task(site_name, user, state="SUCCEEDED", progress=100,
                     startTime=1700000000000 + number, lastUpdated=1790000000000 + number,
                     endTime=1790000000000 + number,
                     workflowInfo={"type": ["sync", "failover"][number % 2],
                                   "resourceType": resource_types[number % len(resource_types)],
                                   "resourceId": None, "resourceName": f"vm-{number % 5}"})
            for number in range(first, first + count)]


def site_that_mistrusts(test, local, name):
    """The entry of a real site that believes `local` nothing that it says of its users."""
    peer = test.house.peer(local, accept={"users": ["nobody"]})
    site = test.gateway(name, peers={local: peer}).start()
    return test.house.remote_site(local, name, site.ports["peers"])
