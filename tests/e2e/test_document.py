"""contract/openapi.yaml: it is served, its examples are real, and what departs from it is noticed."""

import copy
import json
import re

from document import FILE, document
from gateways import PASSWORD, GatewayTest
from wire import Answer

GOLDEN = FILE.parents[1] / "tests" / "golden" / "errors"
# CONTRACT row 24 and the operations of its sections 5 and 6: what clients of others know.
COMPATIBLE_CODES = {"BadRequest", "BadUserInput", "NotAuthenticated", "RemoteAuthenticationFailure",
                    "Forbidden", "SiteNotFound", "TaskNotFound", "GeneralServerFailure"}
COMPATIBLE_OPERATIONS = {"GET /tasks", "GET /tasks/{taskId}", "POST /sessions", "GET /sessions",
                         "DELETE /sessions", "POST /sessions/extend",
                         "DELETE /sessions/{site}", "GET /sites", "GET /sites/{site}",
                         "GET /diagnostics/about", "GET /diagnostics/health",
                         "POST /diagnostics/health"}


def example(name):
    return document().tree["components"]["examples"][name]["value"]


def contents():
    """(place, content) of every body in the document."""
    for operation in document().operations:
        yield f"{operation} request", operation.node.get("requestBody", {}).get("content", {})
        for status, response in operation.responses.items():
            yield f"{operation} {status}", response.get("content", {})
    for status, response in document().other.items():
        yield f"other requests {status}", response.get("content", {})


def pointers(node):
    if isinstance(node, dict):
        found = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        found += [name for name in node.get("discriminator", {}).get("mapping", {}).values()]
        return found + [at for value in node.values() for at in pointers(value)]
    return [at for value in node for at in pointers(value)] if isinstance(node, list) else []


class TheText(GatewayTest):
    def test_every_example_fits_its_schema(self):
        for place, content in contents():
            for body in content.values():
                for name, shown in body.get("examples", {}).items():
                    with self.subTest(f"{place} {name}"):
                        self.assertIsNone(document().fits(body["schema"], shown["value"]))
        for operation in document().operations:
            for parameter in operation.parameters:
                with self.subTest(f"{operation} {parameter['name']}"):
                    self.assertIsNone(document().fits(parameter["schema"], parameter["example"]))

    def test_every_error_code_of_an_answer_has_its_example_and_no_other(self):
        for place, content in contents():
            schema = content.get("application/json", {}).get("schema", {})
            codes = schema.get("properties", {}).get("code", {}).get("enum")
            if codes:
                shown = [one["value"]["code"]
                         for one in content["application/json"]["examples"].values()]
                with self.subTest(place):
                    self.assertEqual(list(dict.fromkeys(shown)), codes)

    def test_the_examples_of_errors_are_what_the_gateway_makes(self):
        for file in sorted(GOLDEN.glob("*.txt")):
            with self.subTest(file.stem):
                self.assertEqual(example(file.stem),
                                 json.loads(file.read_text().partition("\n\n")[2]))

    def test_every_component_is_used(self):
        used = set(pointers(document().raw))
        for kind, components in document().raw["components"].items():
            if kind != "securitySchemes":
                for name in components:
                    self.assertIn(f"#/components/{kind}/{name}", used)

    def test_a_login_is_one_key_in_one_field_row_1(self):
        (name, scheme), = document().tree["components"]["securitySchemes"].items()
        self.assertEqual((scheme["type"], scheme["in"], scheme["name"]), ("apiKey", "header", "X-VCAV-Auth"))
        for operation in document().operations:
            with self.subTest(str(operation)):
                self.assertIn(operation.node.get("security", []), ([], [{name: []}]))
        self.assertEqual(document().tree.get("security", []), [])

    def test_what_is_no_part_of_the_published_api_says_so(self):
        for operation in document().operations:
            with self.subTest(str(operation)):
                self.assertEqual(not operation.node.get("x-sitegate-addition", False),
                                 str(operation) in COMPATIBLE_OPERATIONS)
        codes = document().tree["components"]["schemas"]["ErrorCode"]
        self.assertEqual(set(codes["enum"]) - set(codes["x-sitegate-additions"]), COMPATIBLE_CODES)

    def test_it_has_the_version_of_the_release(self):
        release = re.search(r"project\(sitegate VERSION (\S+)",
                            (FILE.parents[1] / "CMakeLists.txt").read_text())
        self.assertEqual(document().tree["info"]["version"], release[1])


class TheGateway(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway("site2", peers={})

    def test_it_serves_the_file_byte_for_byte_without_a_login(self):
        answer = self.site.get("//openapi.yaml", Accept="text/html")
        self.assertEqual((answer.status, answer.field("Content-Type")), (200, "application/yaml"))
        self.assertEqual(answer.body, FILE.read_bytes())
        head = self.site.call("HEAD", "/openapi.yaml")
        self.assertEqual((head.status, head.field("Content-Length"), head.body),
                         (200, str(len(answer.body)), b""))

    def test_it_is_shown_to_callers_alone(self):
        self.assertEqual(self.site.probe("/openapi.yaml"), 404)

    def test_the_examples_are_real_answers(self):
        producer = self.site.log_in("replicator")
        for name in ("TaskFinished", "TaskRunning"):
            task = example(name)
            self.assertEqual(self.site.put(task, producer).status, 201)
            got = self.site.get(f"/tasks/{task['id']}", self.site.log_in(task["user"]))
            self.assertEqual((got.status, got.json), (200, task))
        for name, password in (("LoginLocalUser", "localPassword"),
                               ("LoginVcdCredentials", "vcdPassword")):
            answer = self.site.call("POST", "/sessions", body=example(name) | {password: PASSWORD})
            self.site.tokens.add(answer.field("X-VCAV-Auth"))
            self.assertEqual((answer.status, answer.json), (200, example("SessionDetails")))

    def test_what_the_schema_of_a_task_refuses_is_refused(self):
        producer = self.site.log_in("replicator")
        schema = document().tree["components"]["schemas"]["TaskReport"]
        for name, wrong in (("id", "1"), ("user", ""), ("site", "-"), ("state", "QUEUED"),
                            ("progress", 101), ("startTime", -2), ("endTime", "1"), ("warnings", {}),
                            ("sourceOrg", 1), ("destinationOrg", None), ("operationID", [])):
            task = example("TaskRunning") | {name: wrong}
            with self.subTest(name):
                self.assertIsNotNone(document().fits(schema, task))
                answer = self.site.put(task, producer, f"/tasks/{example('TaskRunning')['id']}")
                self.assert_error(answer, 400, "BadUserInput")


class TheCheck(GatewayTest):
    """What the end-to-end tests rely on: an answer that departs from the document is noticed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.class_gateway()
        cls.token = cls.site.log_in("root")

    def departures(self, method, target, change, **fields):
        answer = self.site.call(method, target, self.token, **fields)
        changed = copy.deepcopy(answer)
        change(changed)
        self.assertEqual(document().problems(answer, ("callers", method, target)), [])
        return document().problems(changed, ("callers", method, target))

    def drop(self, name):
        def change(answer):
            answer.fields = [field for field in answer.fields if field[0] != name]
        return change

    def replace(self, name, value):
        def change(answer):
            answer.fields = [(n, value if n == name else v) for n, v in answer.fields]
        return change

    def test_it_notices_each_way_to_depart(self):
        missing = "/tasks/f61d60d2-698a-46dc-a266-88df27644956"
        for target, change, said in (
                ("/sessions", lambda a: setattr(a, "status", 202), "no status 202"),
                (missing, lambda a: setattr(a, "status", 405), "no status 405"),
                (missing, lambda a: setattr(a, "status", 401), "WWW-Authenticate is there 0 times"),
                (missing, lambda a: setattr(a, "body", a.body.replace(b"Task", b"Endpoint")),
                 "body: code: 'EndpointNotFound' is not one of"),
                (missing, lambda a: setattr(a, "body", b"<html>"), "body: not JSON"),
                ("/sessions", lambda a: setattr(a, "body", b"{" + b'"more":1,' + a.body[1:]),
                 "Additional properties are not allowed ('more' was unexpected)"),
                ("/sessions", self.drop("operationID"), "operationID is there 0 times"),
                ("/sessions", self.replace("X-Request-Id", "1"), "X-Request-Id: the value: "),
                ("/sessions", self.replace("Cache-Control", "public"), "'no-store' was expected"),
                ("/sessions", self.replace("Content-Type", "application/json"), "Content-Type: "),
                ("/sessions", self.drop("Content-Type"), "Content-Type is there 0 times"),
                ("/sessions", lambda a: a.fields.append(("Server", "x")), "Server is not documented"),
                ("/sessions", lambda a: a.fields.append(("operationID", "x")),
                 "operationID is there 2 times"),
        ):
            with self.subTest(said):
                self.assertIn(said, "; ".join(self.departures("GET", target, change)))

    def test_it_knows_which_operation_an_answer_belongs_to(self):
        answer = self.site.call("DELETE", "/sessions", self.site.log_in("root"))
        for listener, method, target, fits in (
                ("callers", "DELETE", "/sessions", True), ("callers", "DELETE", "//sessions?x", True),
                ("callers", "GET", "/sessions", False), ("callers", "DELETE", "/sessions/", False),
                ("admin", "DELETE", "/sessions", False), ("peers", "DELETE", "/sessions", True),
                ("peers", "DELETE", "/sites", False)):
            with self.subTest((listener, method, target)):
                self.assertEqual(
                    document().problems(answer, (listener, method, target)) == [], fits)

    def test_a_connection_fails_with_the_first_answer_that_departs(self):
        with self.site.connect() as connection:
            connection.asked.sent(b"DELETE /nowhere HTTP/1.1\r\nHost: s\r\n\r\n")
            connection.socket.sendall(b"GET /openapi.yaml HTTP/1.1\r\nHost: s\r\n\r\n")
            with self.assertRaisesRegex(AssertionError, "no status 200, says contract/openapi.yaml"):
                connection.answer()

    def test_requests_on_one_connection_are_told_apart_while_they_can_be(self):
        with self.site.connect() as connection:
            connection.send("POST /sessions HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\n[")
            connection.send("]GET /sessions HTTP/1.1\r\nHost: s\r\n\r\nnonsense\r\n\r\n")
            asked = connection.asked
            self.assertEqual([asked.next() for _ in range(3)],
                             [("callers", "POST", "/sessions"), ("callers", "GET", "/sessions"), None])

    def test_an_answer_to_what_cannot_be_told_must_be_one_of_some_operation(self):
        self.assertNotEqual(document().problems(Answer(200, [], b"{}"), None), [])
