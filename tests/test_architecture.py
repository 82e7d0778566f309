"""The house: imports point down by the floors, rooms and functions stay small."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "policy_engine"
FILES = sorted(SRC.rglob("*.py"))
MAX_FUNCTION, MAX_FILE = 50, 450

LATE = "tables.rowwise"
"""A room that is entered when it is needed."""
ENGINES = {
    "lark": ("language.syntax", "importing.formulas"),
    "yaml": "rulefiles.yaml_read",
    "durable": "procedures.durable",
    "ibis": "engines",
    "openpyxl": "tables.workbook",
    "python_calamine": "tables.quick",
    "xlsxwriter": ("tables.handed", LATE),
    "xlrd": "tables.xls",
    "pypdf": "measuring.pdf",
    "pyarrow": "tables.parquet",
    "z3": "solving.by_z3",
    "cvc5": "solving.by_cvc5",
    "cryptography": "records.note",
    "mcp": "serving.mcp",
    "anyio": "serving.mcp",
    "svg": "reports.gauges",
    "docx": "reports.letter",
    "docxtpl": "reports.letter",
    "weasyprint": "reports.printed",
    "starlette": ("serving.http", "serving.site", "serving.uploads"),
    "uvicorn": "doors.serve",
}
SMALL_ENGINE = ("basics", "language", "rulebook", "deciding")


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


def test_folders_are_floors_and_imports_point_strictly_down():
    """The contracts of `.importlinter`: every folder has its floor, lazy imports count, nothing goes in circles."""
    root = SRC.parents[1]
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=root, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_name_of_a_class_stands_for_one_thing():
    """Only the shape of a thing in YAML bears the name of the thing, in the same folder; that of rules in `rulefiles`."""
    named = {}
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name[0] != "_":
                named.setdefault(node.name, []).append(room(path))
    shared = {name: [r for r in rooms if not r.endswith(".shape")] for name, rooms in named.items() if len(rooms) > 1}
    folders = {
        name: {r.rpartition(".")[0].replace("rulefiles", "rulebook") for r in rooms} for name, rooms in named.items()
    }
    assert not {name: named[name] for name, rooms in shared.items() if len(rooms) > 1 or len(folders[name]) > 1}


@pytest.mark.parametrize("path", FILES, ids=room)
def test_wide_dataclasses_take_keywords_only(path):
    """More than five fields: neighbours of one type would be exchanged unseen."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
            made = [ast.unparse(d) for d in node.decorator_list if ast.unparse(d).startswith("dataclass")]
            assert not made or len(fields) <= 5 or "kw_only=True" in made[0], node.name


def test_few_modules_stand_at_the_top():
    assert len([path for path in FILES if path.parent == SRC]) <= 5


def test_the_engine_is_small():
    """What decides one case."""
    lines = sum(len(p.read_text(encoding="utf-8").splitlines()) for f in SMALL_ENGINE for p in (SRC / f).glob("*.py"))
    assert lines <= 4500


@pytest.mark.parametrize("library", ENGINES)
def test_each_foreign_engine_is_imported_in_one_room(library):
    users = {room(path) for path in FILES if library in {top(name) for name in imports(path)}}
    own = (ENGINES[library],) if isinstance(ENGINES[library], str) else ENGINES[library]
    assert all(any(user == one or user.startswith(f"{one}.") for one in own) for user in users)


def test_engines_that_start_slowly_are_imported_where_they_are_needed():
    slow = {
        "ibis",
        "durable",
        "z3",
        "cvc5",
        "openpyxl",
        "xlsxwriter",
        "xlrd",
        "pyarrow",
        "pypdf",
        "svg",
        "docx",
        "docxtpl",
        "weasyprint",
        "fastapi",
        "starlette",
        "uvicorn",
        "hypothesis",
        "cryptography",
        "mcp",
        "anyio",
    }
    for path in FILES:
        named = imports(path, at_start=True)
        late = top(room(path)) == "engines" or room(path) == LATE
        assert late or not {top(name) for name in named} & slow, path.name
        assert f"policy_engine.{LATE}" not in named, path.name


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
            assert node.func.id not in {"exec", "compile"} or room(path) == "compiled.terms", node.lineno


@pytest.mark.parametrize("path", FILES, ids=room)
def test_every_room_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=room)
def test_nothing_is_left_to_do(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", text)
