"""Each rule finds what it is there for, and lets the honest line next to it pass."""

import pathlib
import tempfile
import unittest

import compatibility
import rules
from source import Source, blank_literals


class Sample(Source):
    """A file that exists only in this test."""

    def __init__(self, name, text, mode="100644"):
        super().__init__(name, mode)
        self.__dict__["data"] = text.encode()


def problems(rule, *samples):
    return list(rule(list(samples)))


class Rules(unittest.TestCase):
    def finds(self, rule, name, text, count=1, mode="100644"):
        found = problems(rule, Sample(name, text, mode))
        self.assertEqual(len(found), count, found)

    def test_a_lower_room_may_not_include_a_higher_one(self):
        rule = rules.rooms_include_downwards_only
        self.finds(rule, "config/a.cpp", '#include "routing/b.hpp"\n')
        self.finds(rule, "routing/a.cpp", '#include "auth/password_users.hpp"\n')
        self.finds(rule, "routing/transport/a.cpp", '#include "routing/local/b.hpp"\n')
        self.finds(rule, "gateway/a.cpp", '#include "contract/error.hpp"\n', 0)
        self.finds(rule, "routing/a.cpp", '#include "auth/principal.hpp"\n', 0)

    def test_includes_are_paths_from_the_root_own_header_first(self):
        rule = rules.includes_are_written_from_the_root
        self.finds(rule, "auth/a.cpp", '#include "principal.hpp"\n')
        self.finds(rule, "auth/a.hpp", "int a();\n")
        own = Sample("auth/a.hpp", "#pragma once\n")
        late = Sample("auth/a.cpp", '#include <string>\n')
        self.assertEqual(len(problems(rule, own, late)), 1)

    def test_beast_and_openssl_stop_at_the_edges(self):
        rule = rules.libraries_stop_at_the_edges
        self.finds(rule, "gateway/a.cpp", "#include <boost/beast/http.hpp>\n#include <openssl/ssl.h>\n", 2)
        self.finds(rule, "routing/transport/a.cpp", "#include <boost/beast/http.hpp>\n", 0)
        self.finds(rule, "auth/a.cpp", "#include <openssl/evp.h>\n", 0)

    def test_a_status_outside_the_table_is_found_and_other_numbers_are_not(self):
        rule = rules.status_numbers_live_in_one_table
        self.finds(rule, "gateway/a.cpp", "reply.status = 404;\nreply.status = 500;\nreturn 503;\n", 3)
        self.finds(rule, "gateway/a.cpp", '// 404\nauto t = 500ms; int p = 443; f("503"); g(1\'500); int tries = 500;\n', 0)
        self.finds(rule, "gateway/a.cpp", "// tidy-allow(status): a count\nint n = 404;\n", 0)

    def test_a_long_file_needs_a_reason(self):
        self.finds(rules.files_are_short, "auth/a.cpp", "int a;\n" * 301)
        self.finds(rules.files_are_short, "auth/a.cpp", "// size: a table\n" + "int a;\n" * 301, 0)

    def test_a_long_function_is_found_and_a_long_class_is_not(self):
        rule = rules.functions_are_short
        body = "  call();\n" * 60
        self.finds(rule, "auth/a.cpp", "namespace a {\nint f(int x) const noexcept {\n" + body + "}\n}\n")
        self.finds(rule, "auth/a.cpp", "class A {\n" + "  void f();\n" * 60 + "};\n", 0)
        self.finds(rule, "auth/a.cpp", "int f() {\n" + "  call();\n" * 58 + "}\n", 0)

    def test_each_banned_construct_is_found(self):
        rule = rules.no_banned_constructs
        for name, line in {
                "auth/a.hpp": "using namespace std;",
                "auth/b.cpp": "std::regex r;",
                "auth/c.cpp": "int n = rand();",
                "auth/d.cpp": "strcpy(a, b);",
                "auth/e.cpp": "int n = std::stoi(text);",
                "auth/f.cpp": "std::cout << 1;",
                "auth/g.cpp": "co_spawn(e, run(), asio::detached);",
                "auth/h.cpp": "thread.detach();",
                "auth/i.cpp": "co_await run(e, [this](int x) { f(x); });",
                "tests/unit/a.cpp": "GTEST_SKIP();",
                "tests/unit/b.cpp": "EXPECT_TRUE(true);",
                "tests/unit/c.cpp": "std::this_thread::sleep_for(1s);",
        }.items():
            with self.subTest(line):
                self.finds(rule, name, line + "\n")
        self.finds(rule, "auth/a.cpp", "co_await run(values[i]); random(); spdlog::info(1);\n", 0)
        self.finds(rule, "auth/a.cpp", "std::cout << 1;  // tidy-allow(stdout): a command\n", 0)

    def test_notes_paths_and_white_space(self):
        self.finds(rules.nothing_is_left_for_later, "auth/a.cpp", "// TO" "DO: more\n")
        self.finds(rules.no_paths_of_one_machine, "deploy/a", "cd /ho" "me/me/tree\n")
        self.finds(rules.no_paths_of_one_machine, "deploy/a", "cat tests/home/x; ls /usr/bin\n", 0)
        self.finds(rules.white_space_is_clean, "deploy/a", "one \n\ttwo\n", 2)
        self.finds(rules.white_space_is_clean, "deploy/a", "no end")
        self.finds(rules.white_space_is_clean, "tests/a.go", "\treturn\n", 0)
        self.finds(rules.scripts_are_executable, "deploy/a", "#!/bin/sh\n")
        self.finds(rules.scripts_are_executable, "deploy/a", "text\n", mode="100755")

    def test_unformatted_code_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text, bad in (("good.cpp", "int a;\n", False),
                                    ("bad.cpp", "int  a ;\n", True)):
                sample = Sample(name, text)
                sample.path = pathlib.Path(folder, name)
                sample.path.write_text(text)
                self.assertEqual(bool(problems(rules.cpp_is_formatted, sample)), bad)

    def test_a_row_without_its_test_is_found(self):
        rule = rules.every_row_of_the_contract_has_its_test
        cpp = Sample("tests/unit/a_test.cpp", "TEST_P(A, b) {\n}\n")
        python = Sample("tests/e2e/test_x.py", "class X:\n    def test_it_row_2(self):\n        pass\n")

        def found(*changes):
            table = {row: f"| {row} | what | - | why |\n" for row in compatibility.ROWS}
            table |= {1: "| 1 | what | `A.b` | |\n", 2: "| 2 | what | `test_x.X.test_it_row_2`, `A.b` | |\n"}
            table |= dict(changes)
            return problems(rule, Sample(compatibility.DOCUMENT, "".join(table.values())), cpp, python)
        self.assertEqual(found(), [])
        for line, count in (("| 1 | what | `A.c` | |\n", 1), ("| 1 | what | `A.b`, `A.c` | x |\n", 1),
                            ("| 1 | what | - | |\n", 1), ("| 1 | what | - | why |\n", 0), ("", 1),
                            ("| 1 | what | `A.b` | |\n" * 2, 1), ("| 96 | what | `A.b` | |\n", 1)):
            with self.subTest(line):
                self.assertEqual(len(found((1, line))), count, found((1, line)))
        for line in ("| 2 | what | `A.b` | |\n", "| 2 | what | - | why |\n"):
            self.assertEqual(len(found((2, line))), 1)
        self.assertEqual(len(found((2, "| 2 | what | `test_x.X.test_that` | |\n"))), 2)
        self.assertEqual(len(problems(rule, cpp, python)), 1)

    def test_literals_and_comments_are_blanked_in_place(self):
        text = 'int a = 1\'000; // x\nauto s = "404"; auto c = \'"\'; auto r = R"(503)"; int b;'
        code = blank_literals(text)
        self.assertEqual(len(code), len(text))
        self.assertNotIn("404", code)
        self.assertNotIn("503", code)
        self.assertIn("int b;", code)


if __name__ == "__main__":
    unittest.main()
