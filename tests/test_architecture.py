"""The house: imports point down by the floors, readings of a rule do not know each other, rooms and functions stay small."""

import ast
import re
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "policy_engine"
FILES = sorted(SRC.rglob("*.py"))
MAX_FUNCTION, MAX_FILE = 50, 450

# A room that is not named here has no place yet: give it the floor it stands on. A folder stands for all its files.
FLOORS = {
    0: "errors values numerals tree writing cache",
    1: "ir operators syntax typecheck model procedure_model source",
    2: "loader exclusions compose rule rulebook facts outcome lint world evaluate reason remedy procedures compose_procedure eventlog events unfinished scopes",
    3: "evaluators watch unfolding book plan",
    4: "scenarios cases coverage mutate audit wording reports draft console batch tablefiles parquet sheets warehouse registers",
    5: "cli cli_watch cli_audit cli_tables cli_warehouse cli_register web __main__ __init__",
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms.split()}
ENGINES = {
    "lark": "syntax",
    "yaml": "source",
    "durable": "evaluators.monitor",
    "ibis": "evaluators.tables",
    "z3": "evaluators.prover",
    "openpyxl": "sheets",
    "xlsxwriter": "sheets",
    "pyarrow": "parquet",
}


def room(path):
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")


def top(name):
    return name.split(".")[0]


def imports(path, at_start=False):
    """Every module a file imports, whole names: anywhere in it, or only those it needs to start."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_start else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path.name}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_used(path, at_start=False):
    """The rooms of this package a file imports."""
    known = {room(p) for p in FILES}
    for name in imports(path, at_start):
        if name.startswith("policy_engine."):
            inside = name.removeprefix("policy_engine.")
            yield next((r for r in (inside, inside.rpartition(".")[0]) if r in known), "__init__")


@pytest.mark.parametrize("path", FILES, ids=room)
def test_every_room_has_a_floor(path):
    assert top(room(path)) in FLOOR


@pytest.mark.parametrize("path", FILES, ids=room)
def test_imports_point_down_or_along_the_floor(path):
    here = FLOOR[top(room(path))]
    above = {used for used in rooms_used(path) if FLOOR[top(used)] > here}
    assert not above


def test_rooms_do_not_need_each_other_to_start():
    uses = {room(path): set(rooms_used(path, at_start=True)) - {room(path), "__init__"} for path in FILES}
    free = set()
    while ready := {r for r in uses if r not in free and uses[r] <= free}:
        free |= ready
    assert uses.keys() == free


def test_readings_of_a_rule_do_not_know_each_other():
    evaluators = [p for p in FILES if top(room(p)) == "evaluators" and p.name != "__init__.py"]
    assert evaluators
    for path in evaluators:
        own = ".".join(room(path).split(".")[:2])  # a reading of several rooms is a folder
        others = {used for used in rooms_used(path) if used.startswith("evaluators.")}
        assert all(used == own or used.startswith(f"{own}.") for used in others), path.name


def test_reports_know_outcomes_and_words_not_evaluators():
    for path in FILES:
        if top(room(path)) == "reports":
            assert not {
                used for used in rooms_used(path) if top(used) in ("evaluators", "loader", "compose", "source", "cli")
            }, path.name


@pytest.mark.parametrize("library", ENGINES)
def test_each_foreign_engine_is_imported_in_one_room(library):
    users = {room(path) for path in FILES if library in {top(name) for name in imports(path)}}
    own = ENGINES[library]
    assert all(user == own or user.startswith(f"{own}.") for user in users)


def test_engines_that_start_slowly_are_imported_where_they_are_needed():
    slow = {
        "ibis",
        "durable",
        "z3",
        "openpyxl",
        "xlsxwriter",
        "pyarrow",
        "fastapi",
        "starlette",
        "uvicorn",
        "hypothesis",
    }
    for path in FILES:
        named = imports(path, at_start=True)
        assert not {top(name) for name in named} & slow or top(room(path)) in ("web", "evaluators"), path.name


@pytest.mark.parametrize("path", FILES, ids=room)
def test_functions_are_short(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{node.name}: {length} lines"


@pytest.mark.parametrize("path", FILES, ids=room)
def test_rooms_are_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE


@pytest.mark.parametrize("path", FILES, ids=room)
def test_numbers_stay_exact(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [
        n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "float"
    ]
    assert not calls


@pytest.mark.parametrize("path", FILES, ids=room)
def test_no_room_has_a_name_for_anything(path):
    vague = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "service", "tools"}
    assert not set(room(path).split(".")) & vague


@pytest.mark.parametrize("path", FILES, ids=room)
def test_nothing_is_executed_from_text(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "__import__"}, node.lineno
            assert node.func.id not in {"exec", "compile"} or room(path) == "evaluators.compiled", node.lineno


@pytest.mark.parametrize("path", FILES, ids=room)
def test_every_room_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=room)
def test_nothing_is_left_to_do(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", text)
