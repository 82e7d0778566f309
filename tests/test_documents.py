"""The documents say what is there: floors as drawn, tests as named, public names only, links that lead somewhere."""

from __future__ import annotations

import ast
import configparser
import importlib
import re
from pathlib import Path

import pytest

import policy_engine
import policy_engine.office

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "policy_engine"
DOCUMENTS = [
    path
    for path in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "rules").glob("*.md"),
        *(ROOT / "examples").rglob("README*.md"),
    )
    if path.exists()
]
PUBLIC = {
    "policy_engine": policy_engine.__all__,
    "policy_engine.in_place": ["Plan", "layers_kept", "plan"],
    "policy_engine.office": policy_engine.office.__all__,
}
BESIDE = {"browser", "drawing", "faults", "rules", "golden", "problems", "hostile", "office", "readers"}


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def floors():
    """The floors of the contract, from above; rooms of one floor in one line."""
    found = configparser.ConfigParser()
    found.read(ROOT / ".importlinter")
    return [line.split(" | ") for line in found["importlinter:contract:floors"]["layers"].split("\n") if line]


def test_the_drawn_floors_are_those_that_are_there():
    house = text("docs/architecture.md")
    drawing = house.split("```text\n")[1].split("```")[0]
    order = [name for floor in floors() for name in floor]
    assert [word for word in re.findall(r"^ +(\w+)(?: +│ +(\w+))?", drawing, re.MULTILINE) if word[0]] == [
        (floor[0], floor[1] if len(floor) > 1 else "") for floor in floors()
    ]
    assert re.findall(r"^\| `(\w+)` \|", house, re.MULTILINE) == order
    there = {p.stem for p in SRC.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert there == {*order, "__init__", "__main__"}


def test_the_rooms_to_begin_with_are_there():
    for name, first in re.findall(r"^\| `(\w+)` \|.*\| `(\w+\.py)` \|$", text("docs/architecture.md"), re.MULTILINE):
        assert (SRC / name / first).exists() or (SRC / first).exists(), first


def test_the_small_engine_is_named_where_the_package_begins():
    drawing = text("docs/architecture.md").split("the small engine\n")[1].split("```")[0]
    below = [name for floor in floors() for name in floor if re.search(rf"^ +{name}\b", drawing, re.MULTILINE)]
    named = re.search(r"four folders: (.*?)\.", policy_engine.__doc__, re.DOTALL)[1]
    assert re.findall(r"`(\w+)`", named) == below[::-1]


def test_tests_mirror_the_folders():
    folders = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and any(p.glob("[!_.]*"))}
    assert folders - {p.name for p in SRC.iterdir() if p.is_dir()} <= BESIDE
    assert all(f"`{name}`" in text("docs/architecture.md") for name in BESIDE)


def test_each_step_of_adding_names_a_test_that_is_there():
    last = ""
    for file, name in re.findall(r"`(tests/[\w/]+(?:\.py)?)?(?:::(\w+))?`", text("docs/adding.md")):
        if not file and not name:
            continue
        last = file or last
        assert (ROOT / last).exists(), last
        assert not name or f"def {name}(" in text(last), (last, name)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_examples_use_public_names_only(path):
    for code in re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("policy_engine"):
                assert node.module in PUBLIC, node.module
                assert {alias.name for alias in node.names} <= set(PUBLIC[node.module])
            if isinstance(node, ast.Import):
                assert all(a.name in PUBLIC or not a.name.startswith("policy_engine") for a in node.names)
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "policy_engine"
            ):
                assert node.attr in policy_engine.__all__


def test_public_names_are_there():
    pytest.importorskip("ibis")
    for module, names in PUBLIC.items():
        assert sorted(importlib.import_module(module).__all__) == sorted(names)
        assert all(hasattr(importlib.import_module(module), name) for name in names)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(path):
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[\w-]+)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_rooms_that_are_named_are_there(path):
    for name in re.findall(
        r"`((?:src/policy_engine/)?[a-z_]+/[a-z_]+\.py)(?:::\w+)?`", path.read_text(encoding="utf-8")
    ):
        assert (SRC / name).exists() or (ROOT / name).exists(), name
