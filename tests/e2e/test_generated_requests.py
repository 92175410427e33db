"""Requests made from contract/openapi.yaml, right ones and spoilt ones. Whatever is sent, the answer
is one that the document has for it: wire.py sees to that. These tests add what follows from the
request. They send the same requests each time."""

import json
import os
import re
import urllib.parse

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from document import FILE, document
from gateways import PASSWORD, ROLES, GatewayTest

set_hypothesis_home_dir(FILE.parents[1] / "build" / "hypothesis")  # what it remembers of Unicode
BOUNDED = settings(max_examples=int(os.environ.get("SITEGATE_GENERATED_REQUESTS", "100")),
                   derandomize=True, database=None, deadline=None,
                   suppress_health_check=list(HealthCheck))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2**70, 2**70)
    | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5)
TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7e), max_size=30)
MEDIA_TYPES = st.sampled_from(sorted(document().media_types))
OPERATIONS = [one for one in document().operations if one.listener == "callers"]


def values(schema):
    """What a schema takes, of the kinds that this document uses."""
    if "allOf" in schema and "properties" not in schema:
        return st.one_of(*map(values, schema["allOf"]))
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return st.one_of(*map(values, schema[choice]))
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return st.one_of([KINDS[kind](schema) for kind in kinds]) if kinds else JSON


def strings(schema):
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"))
    return st.text(min_size=schema.get("minLength", 0), max_size=40)


def objects(schema):
    members = {name: values(kind) for name, kind in schema.get("properties", {}).items()}
    required = set(schema.get("required", []))
    ways = st.just(set())
    for part in schema.get("allOf", []):  # each names members of which one must be there
        ways = st.builds(set.union, ways, st.sampled_from(
            [frozenset(one["required"]) for one in part["anyOf"]]))
    return ways.flatmap(lambda way: st.fixed_dictionaries(
        {name: members[name] for name in required | way},
        optional={name: kind for name, kind in members.items() if name not in required | way}))


KINDS = {"string": strings, "object": objects, "null": lambda _: st.none(),
         "boolean": lambda _: st.booleans(),
         "integer": lambda s: st.integers(s.get("minimum"), s.get("maximum")),
         "array": lambda s: st.lists(values(s["items"]), min_size=s.get("minItems", 0), max_size=3)}


@st.composite
def spoilt_bodies(draw, operation, right):
    """Octets that the schema does not take, for that reason alone: `right` has what it cannot say."""
    body = draw(values(body_schema(operation))) | right
    how = draw(st.sampled_from(["without", "another", "any", "cut", "octets"]))
    if how == "octets":
        octets = draw(st.binary(max_size=60))
    elif how == "cut":
        octets = json.dumps(body).encode()
        octets = octets[:draw(st.integers(0, len(octets) - 1))]
    else:
        name = draw(st.sampled_from(sorted(body)))
        if how == "without":
            del body[name]
        elif how == "another":
            body[name] = draw(JSON)
        else:
            body = draw(JSON)
        octets = json.dumps(body).encode()
    assume(not taken(CHECKED[str(operation)], octets))
    return octets


def taken(schema, octets):
    try:
        return document().fits(schema, json.loads(octets)) is None
    except ValueError:
        return False


def target_of(operation, parameters):
    target, query = operation.path, []
    for (where, name), value in parameters.items():
        if where == "path":
            target = target.replace("{" + name + "}", urllib.parse.quote(value, safe=""))
        elif where == "query":
            query.append(f"{name}={urllib.parse.quote_plus(str(value))}")
    return target + ("?" + "&".join(query) if query else "")


def allow_what_no_schema_can_say(parameters):
    """Rules between the parameters of a list."""
    fields = parameters.get(("query", "sort"), "").replace(" ", "").replace("-", "").split(",")
    if len(set(fields)) < len(fields):
        del parameters["query", "sort"]
    if ("query", "user") in parameters:
        parameters.pop(("query", "destinationOrg"), None)
    if parameters.get(("query", "site")) == "*":
        parameters.pop(("query", "offset"), None)


def body_schema(operation):
    content = operation.node.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def without_unchecked(schema):
    """What the gateway does not check does not spoil a body."""
    members = {name: kind for name, kind in schema.get("properties", {}).items()
               if not kind.get("x-sitegate-unchecked")}
    return schema | {"properties": members}


CHECKED = {str(one): without_unchecked(body_schema(one)) for one in OPERATIONS if body_schema(one)}


@st.composite
def parameters_of(draw, operation, spoilt=None):
    """(where, name): value. The one named `spoilt` is what its schema does not take."""
    drawn = {}
    for one in operation.parameters:
        if one["name"] == spoilt:
            alphabet = TEXT if one["in"] == "header" else st.text(max_size=80)
            value = draw(alphabet | TEXT.map(lambda text: text * 20))
            number = int(value) if re.fullmatch("-?[0-9]+", value, re.ASCII) else value
            assume(document().fits(one["schema"], value) and document().fits(one["schema"], number))
        elif one.get("required") or draw(st.booleans()):
            value = draw(values(one["schema"]))
        else:
            continue
        drawn[one["in"], one["name"]] = value
    return drawn


class GeneratedRequests(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway(limits={"login_failures_per_user": 100000,
                                             "login_failures_per_address": 100000})
        cls.tokens = {user: cls.site.log_in(user) for user in ROLES}

    def token(self, operation, user):
        """Logging out takes a session of its own, so that the others last."""
        needs = operation.node["security"]
        if str(operation) == "DELETE /sessions":
            return self.site.log_in(user)
        return self.tokens[user] if needs else None

    def send(self, operation, token, parameters, body=None, **fields):
        fields |= {name: value for (where, name), value in parameters.items() if where == "header"}
        return self.site.call(operation.method, target_of(operation, parameters), token, body, **fields)

    @BOUNDED
    @given(st.data())
    def test_a_right_request_is_never_called_wrong(self, data):
        operation = data.draw(st.sampled_from(OPERATIONS))
        parameters = data.draw(parameters_of(operation))
        allow_what_no_schema_can_say(parameters)
        fields = {"Accept": data.draw(MEDIA_TYPES | st.sampled_from(["*/*", "application/*"]))}
        body, user = None, data.draw(st.sampled_from(sorted(ROLES)))
        if schema := body_schema(operation):
            body = data.draw(values(schema))
            fields["Content_Type"] = data.draw(MEDIA_TYPES)
        if operation.method == "PUT":
            # What no schema can say: the task is the path's and this site's, the caller a producer.
            body |= {"id": parameters["path", "taskId"], "site": "site1"}
            parameters.pop(("query", "site"), None)
            user = "replicator"
        elif schema and data.draw(st.booleans()):
            body |= {name: PASSWORD for name in body if "assword" in name}
            body |= {name: user for name in body if name.lower().endswith("user")}
        answer = self.send(operation, self.token(operation, user), parameters, body, **fields)
        if answer.status == 200 and operation.method == "POST":
            self.site.tokens.add(answer.field("X-VCAV-Auth"))
        if answer.status == 403:  # asked for what only administrators may filter by
            self.assertNotEqual(user, "root")
            self.assertTrue({("query", "user"), ("query", "destinationOrg")} & parameters.keys())
            return
        if str(operation) == "DELETE /sessions/{site}":  # to which this session was never extended
            self.assertEqual((answer.status, answer.json["args"][0]), (400, "site"), answer)
            return
        # No such task or site, another version of the task, a wrong password, a type of login that
        # is not supported: these are no faults of the request's form.
        self.assertIn(answer.status, {200, 201, 202, 204, 304, 401, 404, 409, 501}, answer)
        if answer.status == 401:
            self.assertEqual(operation.method, "POST", answer)
        if answer.status == 501:
            self.assertIn(body["type"], ("vcdAccessToken", "ssoToken", "vcdCookie", "multisite",
                                         "accessToken", "apiToken"))

    @BOUNDED
    @given(st.data())
    def test_a_spoilt_body_is_refused_and_changes_nothing(self, data):
        operation = data.draw(st.sampled_from([one for one in OPERATIONS if body_schema(one)]))
        parameters = data.draw(parameters_of(operation))
        parameters.pop(("query", "site"), None)
        right, target = {}, None
        if operation.method == "PUT":
            right = {"id": parameters["path", "taskId"], "site": "site1"}
            target = f"/tasks/{right['id']}"
        body = data.draw(spoilt_bodies(operation, right))
        before = target and self.site.get(target, self.tokens["root"]).body
        answer = self.send(operation, self.token(operation, "replicator"), parameters, body)
        # A wrong name or type may come before what the schema minds.
        self.assertIn(answer.status, {400, 401, 404, 501} if operation.method == "POST" else {400}, answer)
        self.assertEqual(target and self.site.get(target, self.tokens["root"]).body, before)

    @BOUNDED
    @given(st.data())
    def test_a_spoilt_parameter_is_refused(self, data):
        operation = data.draw(st.sampled_from([one for one in OPERATIONS if one.method != "OPTIONS"]))
        # Those of the caching are read for what can be understood of them (RFC 9110 8.8.3, 12.5.3).
        spoilt = data.draw(st.sampled_from(
            [one["name"] for one in operation.parameters
             if one["name"] not in ("If-None-Match", "Accept-Encoding")]))
        parameters = data.draw(parameters_of(operation, spoilt))
        body = data.draw(values(body_schema(operation))) if body_schema(operation) else None
        answer = self.send(operation, self.token(operation, "replicator"), parameters, body)
        self.assertEqual(answer.status, 400, answer)  # whatever the caller may do

    @BOUNDED
    @given(st.data())
    def test_whatever_is_wrong_with_a_request_the_answer_is_documented(self, data):
        """Several things at once, and methods and paths that no operation has."""
        operation = data.draw(st.sampled_from(OPERATIONS))
        names = [one["name"] for one in operation.parameters]
        parameters = data.draw(parameters_of(operation, data.draw(st.sampled_from([None, *names]))))
        target = target_of(operation, parameters) + data.draw(
            st.sampled_from(["", "", "", "/", "&site=a", "?x=%zz", "#", ";v=1", "/..", "\x7f"]))
        method = data.draw(st.sampled_from([operation.method] * 4 + [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND", "get"]))
        token = data.draw(st.sampled_from([*self.tokens.values(), None, "A" * 43]) | TEXT)
        assume((method, operation.path) != ("DELETE", "/sessions") or token not in self.tokens.values())
        fields = data.draw(st.fixed_dictionaries({}, optional={
            "Accept": TEXT | MEDIA_TYPES, "Content_Type": TEXT | MEDIA_TYPES,
            "Expect": TEXT, "operationID": TEXT}))
        body = data.draw(st.none() | st.binary(max_size=60))
        answer = self.site.call(method, target, token, body, **fields)
        self.assertTrue(answer.status < 500 or answer.status in (501, 505), answer)
