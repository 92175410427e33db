"""docs/COMPATIBILITY.md and the tests that it names."""

import ast
import re

DOCUMENT = "docs/COMPATIBILITY.md"
ROWS = range(1, 96)

GTEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
ROWS_IN_NAME = re.compile(r"_rows?((?:_\d+)+)$")


def tests_in(source):
    """The names that the document would call its tests by."""
    if source.name.startswith(("tests/unit/", "tests/integration/")) and source.is_cpp:
        return {f"{suite}.{case}" for suite, case in GTEST.findall(source.text)}
    module = re.fullmatch(r"tests/e2e/(test_\w+)\.py", source.name)
    if not module:
        return set()
    return {f"{module[1]}.{suite.name}.{case.name}"
            for suite in ast.parse(source.text).body if isinstance(suite, ast.ClassDef)
            for case in suite.body
            if isinstance(case, ast.FunctionDef) and case.name.startswith("test_")}


def rows_in(source):
    """(line, row, names of tests, remark) of each row of the table."""
    for number, line in enumerate(source.lines, 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0].isdecimal():
            held_by, remark = (cells + [""] * 4)[2:4]
            yield number, int(cells[0]), re.findall(r"`([^`]+)`", held_by), remark


def every_row_of_the_contract_has_its_test(files):
    """docs/COMPATIBILITY.md has rows 1 to 95, each with tests that are in the tree or a reason; a test
    that says in its name which rows it holds is named there."""
    documents = [source for source in files if source.name == DOCUMENT]
    if not documents:
        yield f"{DOCUMENT} is missing"
        return
    known = set().union(*map(tests_in, files))
    held_by, found = {}, []
    for line, row, names, remark in rows_in(documents[0]):
        found.append(row)
        held_by[row] = set(names)
        for name in names:
            if name not in known:
                yield f"{DOCUMENT}:{line}: row {row}: there is no test {name}"
        if not names and not remark:
            yield f"{DOCUMENT}:{line}: row {row}: name a test that holds it, or say why there is none"
    if found != list(ROWS):
        odd = sorted(row for row in {*found, *ROWS} if found.count(row) != 1 or row not in ROWS)
        yield f"{DOCUMENT}: rows 1 to {ROWS[-1]}, each once and in order; look at {odd or 'their order'}"
    for name in sorted(known):
        said = ROWS_IN_NAME.search(name) if name.startswith("test_") else None
        for row in map(int, said[1].strip("_").split("_") if said else []):
            if name not in held_by.get(row, set()):
                yield f"{DOCUMENT}: row {row} does not name {name}, whose name says that it holds it"
