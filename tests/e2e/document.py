"""contract/openapi.yaml, and whether an answer is what it says: wire.py asks that of every answer."""

import functools
import gzip
import json
import pathlib
import re
import urllib.parse

import jsonschema
import yaml

FILE = pathlib.Path(__file__).resolve().parents[2] / "contract" / "openapi.yaml"
# What any answer may carry: the transport's (RFC 9112), and what describes the body.
TRANSPORT = {"date", "content-length", "connection", "content-type"}
METHODS = {"get", "head", "put", "post", "delete", "options"}


def resolve(tree, node, known):
    """The document without `$ref`: each is what it leads to, and what stands beside it as well."""
    if isinstance(node, list):
        return [resolve(tree, item, known) for item in node]
    if not isinstance(node, dict):
        return node
    pointer = node.get("$ref")
    if not isinstance(pointer, str):
        return {key: resolve(tree, value, known) for key, value in node.items()}
    if pointer not in known:
        target = functools.reduce(lambda at, key: at[key], pointer[2:].split("/"), tree)
        known[pointer] = resolve(tree, target, known)
    beside = {key: resolve(tree, value, known) for key, value in node.items() if key != "$ref"}
    return {"allOf": [known[pointer]]} | beside if beside else known[pointer]


class Operation:
    def __init__(self, listener, method, path, shared, node):
        self.listener, self.method, self.path = listener, method.upper(), path
        self.node = node
        self.parameters = shared + node.get("parameters", [])
        self.responses = node["responses"]

    def __str__(self):
        return f"{self.method} {self.path}"

    def serves(self, listener, method, target):
        # A peers listener answers questions about tasks, and has sessions for those who ask.
        if listener == "peers":
            tasks = self.path.startswith("/tasks") and self.method in ("GET", "HEAD")
            listener = "callers" if tasks or self.path == "/sessions" else None
        if (listener, method) != (self.listener, self.method):
            return False
        path = re.sub("/+", "/", target.partition("?")[0])
        given, wanted = path.split("/"), self.path.split("/")
        return len(given) == len(wanted) and all(
            want.startswith("{") or urllib.parse.unquote(part) == want
            for part, want in zip(given, wanted))


def without_etag(responses):
    """Gateways keep no answers of each other."""
    return {status: answer | {"headers": {name: header for name, header
                                          in answer.get("headers", {}).items() if name != "ETag"}}
            for status, answer in responses.items()}


class Document:
    def __init__(self):
        tree = yaml.load(FILE.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.raw = tree
        self.tree = resolve(tree, tree, {})
        self.media_types = set(tree["x-sitegate-media-types"])
        self.operations = [
            Operation("admin" if "servers" in item else "callers", method, path,
                      item.get("parameters", []), item[method])
            for path, item in self.tree["paths"].items() for method in item if method in METHODS]
        self.other = self.tree["x-sitegate-other-requests"]["responses"]
        self.cors = self.tree["x-sitegate-cors"]["headers"]
        self.validators = {}

    def fits(self, schema, value):
        """The first thing that is wrong with it, or None."""
        if id(schema) not in self.validators:  # which holds the schema, so that its id stays its own
            self.validators[id(schema)] = jsonschema.Draft202012Validator(schema)
        error = jsonschema.exceptions.best_match(self.validators[id(schema)].iter_errors(value))
        return error and f"{'/'.join(map(str, error.absolute_path)) or 'the value'}: {error.message}"

    def responses(self, listener, method, target):
        """What may be answered to a request."""
        for operation in self.operations:
            if operation.serves(listener, method, target):
                return without_etag(operation.responses) if listener == "peers" \
                    else operation.responses
        return self.other

    def problems(self, answer, asked, to_head=False):
        """How an answer departs from the document. `asked`: listener, method and target; None when
        the request could not be told, then the answer must be one of some operation."""
        if asked:
            return self.departures(answer, self.responses(*asked), to_head)
        found = [self.departures(answer, responses, to_head)
                 for responses in [self.other, *(one.responses for one in self.operations)]]
        return min(found, key=len)

    def departures(self, answer, responses, to_head):
        response = responses.get(str(answer.status))
        if response is None:
            return [f"no status {answer.status}"]
        return [*self.wrong_fields(answer, response.get("headers", {})),
                *self.wrong_body(answer, response.get("content"), to_head)]

    def wrong_fields(self, answer, headers):
        headers = self.cors | headers
        for name, header in headers.items():
            values = answer.all(name)
            if len(values) > 1 or (header.get("required") and not values):
                yield f"{name} is there {len(values)} times"
            for value in values:
                number = header["schema"].get("type") == "integer" and value.isdecimal()
                wrong = self.fits(header["schema"], int(value) if number else value)
                if wrong:
                    yield f"{name}: {wrong}"
        allowed = TRANSPORT | {name.lower() for name in headers}
        for name, _ in answer.fields:
            if name.lower() not in allowed:
                yield f"{name} is not documented"

    def wrong_body(self, answer, content, to_head):
        sent_as = answer.all("Content-Type")
        if content is None or to_head:
            if answer.body:
                yield "a body"
            if content is None and sent_as:
                yield "Content-Type without a body"
        if content is None:
            return
        if len(sent_as) != 1:
            yield f"Content-Type is there {len(sent_as)} times"
            return
        kind, _, parameters = sent_as[0].partition(";")
        if "application/*" not in content:  # not JSON
            if sent_as[0] not in content:
                yield f"Content-Type: {sent_as[0]}"
            return
        if kind not in self.media_types or parameters != "charset=UTF-8":
            yield f"Content-Type: {sent_as[0]}"
        if not to_head:
            coding = answer.all("Content-Encoding")
            body = gzip.decompress(answer.body) if coding == ["gzip"] else answer.body
            yield from self.wrong_json(body, content["application/json"]["schema"])

    def wrong_json(self, body, schema):
        try:
            wrong = self.fits(schema, json.loads(body))
        except ValueError as error:
            wrong = f"not JSON: {error}"
        if wrong:
            yield f"body: {wrong}"


@functools.cache
def document():
    return Document()


class Asked:
    """The requests that were sent on one connection, as far as they can be told apart."""

    def __init__(self, listener):
        self.listener = listener
        self.octets = b""
        self.outstanding = 0  # of the last one's body
        self.lost = False

    def sent(self, octets):
        covered = min(self.outstanding, len(octets))
        self.outstanding -= covered
        self.octets += octets[covered:]

    def next(self):
        """Listener, method and target of the next one; None when that cannot be told, then and from
        then on."""
        head, end, rest = self.octets.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        line = re.match(rb"([A-Z]+) (/[!-~]*) HTTP/1\.[01](\r\n|$)", head)
        lengths = re.findall(rb"\ncontent-length: *([0-9]+)(?=\r\n|$)", head.lower())
        self.lost |= (not end or not line or len(lengths) > 1
                      or b"transfer-encoding" in head.lower())
        if self.lost:
            return None
        length = int(lengths[0]) if lengths else 0
        self.octets = rest[length:]
        self.outstanding = max(length - len(rest), 0)
        return self.listener, line[1].decode(), line[2].decode()


def check(answer, asked, to_head=False):
    """Fails when a gateway's answer is not what contract/openapi.yaml says."""
    problems = document().problems(answer, asked, to_head)
    assert not problems, f"{asked}: {'; '.join(problems)}, says contract/openapi.yaml, of {answer}"
