#!/usr/bin/env python3
"""A guided series of calls to the three sites, made with curl and checked one by one.

Started by deploy/quickstart, which sets the QUICKSTART_ variables. Exit code 0: every check passed.
"""

import json
import subprocess
import sys
import time
import uuid

from calls import STATE, Series

EXAMPLE = "f61d60d2-698a-46dc-a266-88df27644956"  # of the API reference; a task of root at site2
NOBODYS = "00000000-0000-4000-8000-000000000000"  # no task has this id


def task_where(site, **wanted):
    """A task of the imported set."""
    for line in (STATE / site / "tasks.ndjson").read_text().splitlines():
        task = json.loads(line)
        if all(task.get(key) == value for key, value in wanted.items()):
            return task
    raise LookupError(f"no task at {site} with {wanted}")


def site(action, *arguments):
    subprocess.run(["deploy/quickstart.d/site", action, *arguments], check=True)


def log_in(do):
    do.say("Log in at site1: the token comes in a header")
    answer = do.log_in("site1", "root")
    do.check("logged in at site1 and nowhere else",
             [each.get("site") for each in answer.json.get("authenticatedSites", [])] == ["site1"])
    do.say("A tenant logs in")
    answer = do.log_in("site1", "admin1@Org1")
    do.check("its only role is EVERYONE", answer.json.get("roles") == ["EVERYONE"])

    do.say("A wrong password")
    answer = do.post_login("site1", "root", "wrong")
    do.expect(answer, 401, "NotAuthenticated")
    do.check("no token", not answer.all("X-VCAV-Auth"))
    do.say("No token")
    answer = do.curl("site1", f"/tasks/{EXAMPLE}?site=site2")
    do.expect(answer, 401, "NotAuthenticated")
    do.check("WWW-Authenticate says what is missing",
             "Authentication Token Required" in answer.all("WWW-Authenticate"))


def look_up(do):
    root, tenant = do.tokens["root"], do.tokens["admin1@Org1"]

    do.say("A task of this site; without site= it is asked for here")
    mine = task_where("site1", user="admin1@Org1", state="SUCCEEDED")
    answer = do.curl("site1", f"/tasks/{mine['id']}", token=tenant)
    do.expect(answer, 200)
    do.check("the task as it was imported", answer.json == mine)

    do.say("A task that failed is found like any other: its error is part of it")
    failed = task_where("site1", user="admin1@Org1", state="FAILED")
    answer = do.curl("site1", f"/tasks/{failed['id']}?site=site1", token=tenant)
    do.check("status 200, state FAILED, with its error",
             answer.status == 200 and answer.json.get("error") == failed["error"])

    do.say("A task of another site: the example of the API reference, from site2 by way of site1")
    answer = do.curl("site1", f"/tasks/{EXAMPLE}?site=site2", "-H",
                     "Accept: application/vnd.vmware.h4-v3.5+json", "-H", "operationID: quickstart-1",
                     token=root)
    do.expect(answer, 200)
    do.check("the task as it was imported at site2", answer.json == task_where("site2", id=EXAMPLE))
    do.check("in the version that was asked for", answer.field("Content-Type")
             == "application/vnd.vmware.h4-v3.5+json;charset=UTF-8")
    do.check("with the operationID of the call", answer.field("operationID") == "quickstart-1")
    do.check("Via names the way it came", "sitegate-site2" in answer.field("Via")
             or "sitegate-site1" in answer.field("Via"))

    do.say("A tenant's own task at another site, still running")
    running = task_where("site2", user="admin1@Org1", state="RUNNING")
    answer = do.curl("site1", f"/tasks/{running['id']}?site=site2", token=tenant)
    do.expect(answer, 200)
    do.check("it has not ended", answer.json.get("endTime") == -1)

    do.say("HEAD: the same answer without its body")
    answer = do.curl("site1", f"/tasks/{running['id']}?site=site2", "--head", token=tenant)
    do.expect(answer, 200)
    do.check("no body, but its length",
             answer.body == "" and int(answer.field("Content-Length") or 0) > 0)

    do.say("Another tenant's task: for this caller it does not exist")
    other = task_where("site1", user="admin1@Org2")
    do.expect(do.curl("site1", f"/tasks/{other['id']}", token=tenant), 404, "TaskNotFound")
    do.say("The same at another site")
    other = task_where("site2", user="admin1@Org2")
    answer = do.curl("site1", f"/tasks/{other['id']}?site=site2", token=tenant)
    do.expect(answer, 404, "TaskNotFound")
    do.check("stacktrace names the sites the error came through",
             answer.json.get("stacktrace", "").startswith("site2: TaskNotFound"))


def find(do):
    tenant = do.tokens["admin1@Org1"]
    do.say("A poll without site=: the task runs at site3, and is found there")
    running = task_where("site3", user="admin1@Org1", state="RUNNING")
    for asked in ("first", "next"):
        answer = do.curl("site1", f"/tasks/{running['id']}", token=tenant)
        do.check(f"the {asked} poll gets the task as it was imported at site3",
                 answer.status == 200 and answer.json == running)
    do.check("Proxy-Status names the site that has it", 'next-hop="site3"' in answer.field("Proxy-Status"))
    do.say("A task that no site has")
    answer = do.curl("site1", f"/tasks/{NOBODYS}", token=tenant)
    do.expect(answer, 404, "TaskNotFound")
    do.check("no word of who was asked", answer.json.get("stacktrace") == "site1: TaskNotFound")


def outcomes(answer):
    return {one["site"]: one["outcome"] for one in answer.json.get("sites", [])}


def list_tasks(do):
    tenant = do.tokens["admin1@Org1"]
    do.say("The sites, from memory: none of them is asked")
    answer = do.curl("site1", "/sites", token=tenant)
    do.check("a bare array, this site first", answer.status == 200
             and [one["site"] for one in json.loads(answer.body)]
             == ["site1", "site2", "site3", "stranger"])
    do.say("A list of one site: what runs there, the newest first, two a page")
    query = "/tasks?site=site2&state=RUNNING,SUCCEEDED&limit=2"
    first = do.curl("site1", query, token=tenant)
    do.expect(first, 200)
    do.check("items, total, offset and limit", set(first.json) == {"items", "total", "offset", "limit"})
    do.check("the caller's own tasks alone",
             {one["user"] for one in first.json.get("items", [])} == {"admin1@Org1"})
    next_page = do.curl("site1", query + "&offset=2", token=tenant)
    do.check("the next page goes on", next_page.status == 200 and not
             {one["id"] for one in next_page.json.get("items", [])}
             & {one["id"] for one in first.json.get("items", [])})
    do.say("One list of all sites, in one order")
    answer = do.curl("site1", "/tasks?site=*&sort=startTime-,id&limit=100", token=tenant)
    do.expect(answer, 200)
    starts = [one["startTime"] for one in answer.json.get("items", [])]
    do.check("tasks of three sites, sorted", starts == sorted(starts, reverse=True)
             and {one["site"] for one in answer.json.get("items", [])} == {"site1", "site2", "site3"})
    do.check("and what became of each site", outcomes(answer)
             == {"site1": "ok", "site2": "ok", "site3": "ok", "stranger": "notAuthenticated"})
    do.say("Asked again by a UI that has this list: nothing changed, nothing is sent")
    answer = do.curl("site1", "/tasks?site=*&sort=startTime-,id&limit=100", "-H",
                     f"If-None-Match: {answer.field('ETag')}", token=tenant)
    do.check("304 without a body", answer.status == 304 and answer.body == "")


def extend(do):
    tenant = do.tokens["admin1@Org1"]
    task = task_where("site2", user="root", state="SUCCEEDED")
    target = f"/tasks/{task['id']}?site=site2"
    do.say("A tenant who is somebody else at site2: as what he is here he does not see root's task")
    do.expect(do.curl("site1", target, token=tenant), 404, "TaskNotFound")
    do.say("He logs in at site2 as well (extend)")
    body = json.dumps({"type": "credentials", "site": "site2", "vcdUsername": "root",
                       "vcdPassword": do.users["root"]})
    post = ("-H", "Content-Type: application/json", "-d")
    answer = do.curl("site1", "/sessions/extend", *post, body, token=tenant)
    do.expect(answer, 200)
    do.check("authenticatedSites has both", [one["site"] for one in
             answer.json.get("authenticatedSites", [])] == ["site1", "site2"])
    answer = do.curl("site1", target, token=tenant)
    do.check("now the task is his to see", answer.status == 200 and answer.json == task)
    do.say("A wrong password for that site")
    answer = do.curl("site1", "/sessions/extend", *post, body.replace(do.users["root"], "wrong"),
                     token=tenant)
    do.expect(answer, 401, "RemoteAuthenticationFailure")
    do.say("And back (shrink)")
    answer = do.curl("site1", "/sessions/site2", "-X", "DELETE", token=tenant)
    do.expect(answer, 200)
    do.expect(do.curl("site1", target, token=tenant), 404, "TaskNotFound")


def make_mistakes(do):
    root = do.tokens["root"]
    for title, target, status, code in (
            ("An id that is no UUID", "/tasks/42", 400, "BadUserInput"),
            ("A site name that cannot be one", f"/tasks/{EXAMPLE}?site=-", 400, "BadUserInput"),
            ("A site that nobody has configured", f"/tasks/{EXAMPLE}?site=site9", 404, "SiteNotFound"),
            ("A task that is not there", f"/tasks/{NOBODYS}?site=site2", 404, "TaskNotFound"),
    ):
        do.say(title)
        do.expect(do.curl("site1", target, token=root), status, code)

    do.say("A site that is not who it should be: its certificate carries another name")
    answer = do.curl("site1", f"/tasks/{EXAMPLE}?site=stranger", token=root)
    do.expect(answer, 401, "RemoteAuthenticationFailure")
    do.check("args name the site", answer.json.get("args") == ["stranger"])
    do.check("this says nothing against the caller's own login",
             "Authentication Token Required" not in answer.all("WWW-Authenticate"))


def write(do):
    do.say("A program that may write tasks logs in")
    do.log_in("site1", "replicator")
    task = task_where("site1", user="admin1@Org1", state="RUNNING") | {"id": str(uuid.uuid4())}
    put = ("-X", "PUT", "-H", "Content-Type: application/json", "-d", json.dumps(task))
    do.say("It writes a task of admin1@Org1")
    answer = do.curl("site1", f"/tasks/{task['id']}", *put, token=do.tokens["replicator"])
    do.expect(answer, 201)
    do.say("admin1@Org1 reads it")
    answer = do.curl("site1", f"/tasks/{task['id']}", token=do.tokens["admin1@Org1"])
    do.expect(answer, 200)
    do.check("the task as it was written", answer.json == task)
    do.say("An ordinary user may not write")
    answer = do.curl("site1", f"/tasks/{task['id']}", *put, token=do.tokens["admin1@Org1"])
    do.expect(answer, 403, "Forbidden")


def lose_a_site(do):
    root = do.tokens["root"]
    target = f"/tasks/{task_where('site3', user='root')['id']}?site=site3"
    do.say("site3 is killed")
    site("stop", "site3", "KILL")
    began = time.monotonic()
    answer = do.curl("site1", target, token=root)
    do.expect(answer, 503, "SiteUnavailable")
    do.check("within the 8 seconds a caller waits", time.monotonic() - began < 8)
    do.check("Retry-After says when to try again", answer.field("Retry-After").isdigit())
    do.say("A list of all sites: the dead one costs its own tasks and nothing else")
    answer = do.curl("site1", "/tasks?site=*&limit=100", token=root)
    do.expect(answer, 200)
    do.check("it says which site is missing", outcomes(answer).get("site3") == "unavailable"
             and {one["site"] for one in answer.json.get("items", [])} == {"site1", "site2"})
    do.say("What is known of site3")
    answer = do.curl("site1", "/sites/site3", token=root)
    error = answer.json.get("state", {}).get("outgoingCommError") or {}
    do.check("its state says since when and why", answer.status == 200
             and error.get("code") == "SiteUnavailable" and "Since" in error.get("msg", ""))
    do.say("Without site=: that a task is nowhere cannot be said while site3 is not heard")
    answer = do.curl("site1", f"/tasks/{NOBODYS}", token=root)
    do.expect(answer, 503, "SiteUnavailable")
    do.check("args name the site that was not heard", answer.json.get("args") == ["site3"])
    do.say("What other sites have is found all the same")
    elsewhere = task_where("site2", user="root", state="SUCCEEDED")
    do.expect(do.curl("site1", f"/tasks/{elsewhere['id']}", token=root), 200)
    do.say("site3 is back: nothing else has to be done")
    site("start", "site3")
    do.expect(do.curl("site1", target, token=root), 200)

    do.say("site3 is frozen (SIGSTOP): its connections stand, but it says nothing")
    site("signal", "site3", "STOP")
    began = time.monotonic()
    do.expect(do.curl("site1", target, token=root), 504, "SiteTimeout")
    do.check("within the 10 seconds after which clients give up", time.monotonic() - began < 10)
    do.say("Nobody else waits for it")
    began = time.monotonic()
    do.expect(do.curl("site1", f"/tasks/{task_where('site1', user='root')['id']}", token=root), 200)
    do.expect(do.curl("site1", f"/tasks/{elsewhere['id']}?site=site2", token=root), 200)
    do.check("both within 3 seconds", time.monotonic() - began < 3)
    do.say("site3 goes on (SIGCONT)")
    site("signal", "site3", "CONT")
    do.expect(do.curl("site1", target, token=root), 200)


def log_out(do):
    token = do.tokens["admin1@Org1"]
    do.say("Log out")
    do.expect(do.curl("site1", "/sessions", "-X", "DELETE", token=token), 204)
    do.say("The token is worth nothing now")
    do.expect(do.curl("site1", "/sessions", token=token), 401, "NotAuthenticated")


def main():
    sys.stdout.reconfigure(line_buffering=True)
    do = Series()
    for part in (log_in, look_up, find, list_tasks, extend, make_mistakes, write, lose_a_site, log_out):
        part(do)
    print(f"\nquickstart: {do.passed} checks passed, {do.failed} failed")
    return 1 if do.failed else 0


if __name__ == "__main__":
    sys.exit(main())
