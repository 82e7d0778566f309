"""What is installed: every import is declared, the locks hold what is declared, data lies where no module has its name."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "policy_engine"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOWEST = ("dev", "tables", "paper", "measure", "prove", "record", "web")
NAMED_OTHERWISE = {
    "yaml": "pyyaml",
    "ibis": "ibis-framework",
    "durable": "durable-rules",
    "svg": "svg-py",
    "docx": "python-docx",
    "z3": "z3-solver",
    "python_multipart": "python-multipart",
    "python_calamine": "python-calamine",
}
BROUGHT_BY = {
    "duckdb": "ibis-framework",
    "polars": "ibis-framework",
    "pyarrow": "ibis-framework",
    "pyspark": "ibis-framework",
}  # an extra of it, in the version it can use


def names(requirements):
    return {re.match(r"[\w.-]+", requirement)[0].lower().replace(".", "-") for requirement in requirements}


@pytest.mark.parametrize("path", sorted(SRC.rglob("*.py")), ids=lambda path: str(path.relative_to(SRC)))
def test_whatever_is_imported_is_declared(path):
    declared = names([*PROJECT["dependencies"], *(r for extra in EXTRAS.values() for r in extra)])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        for top in {module.split(".")[0] for module in modules} - sys.stdlib_module_names - {"policy_engine"}:
            assert BROUGHT_BY.get(top, NAMED_OTHERWISE.get(top, top)) in declared, f"{path.name} imports {top}"


def locked(name):
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    packages = re.findall(r"^([\w.-]+)==\S+", text, re.MULTILINE)
    assert text.count("--hash=sha256:") >= len(packages) > 0
    return {package.lower() for package in packages}


def test_what_builds_a_wheel_reads_rules_as_what_is_installed_does():
    """The same lowest versions: rules are compiled when the wheel is built."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert names(build) == {"hatchling", "lark", "pydantic", "pyyaml"}
    assert {one for one in build if not one.startswith("hatchling")} <= {*PROJECT["dependencies"]}


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("test", ["dev", "tables", "paper"]),
        ("lowest", ["dev", "tables", "paper"]),
        ("engines", ["dev", "tables", "postgres", "spark"]),
        ("browser", ["dev", "tables", "paper", "browser"]),
        ("watch", ["watch"]),
        ("fuzz", ["fuzz"]),
    ],
)
def test_the_locks_hold_what_is_declared(lock, extras):
    """After a change of the dependencies: make lock."""
    wanted = names(r for extra in extras for r in EXTRAS[extra]) - {"policy-engine"}
    wanted |= names(PROJECT["dependencies"]) if lock not in ("watch", "fuzz") else set()
    assert wanted <= locked(lock)


def test_the_lowest_versions_are_those_that_are_declared():
    """So that the job of the lowest versions tries what `pyproject.toml` promises."""
    text = (ROOT / "locks" / "lowest.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))
    for requirement in [*PROJECT["dependencies"], *(one for extra in LOWEST for one in EXTRAS[extra])]:
        low = re.search(r"^([\w.-]+?)(?:\[.*\])?>=([\d.]+)", requirement)
        if low:
            assert (pinned[low[1].lower().replace(".", "-")] + ".0").startswith(low[2]), requirement


def test_no_module_has_the_name_of_a_folder_of_data():
    """In a wheel they lie side by side."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    for place in wheel["wheel"]["force-include"].values():
        assert not (ROOT / "src" / place).exists()
        assert not (ROOT / "src" / place).with_suffix(".py").exists()
        assert place.startswith("policy_engine/shipped/")
