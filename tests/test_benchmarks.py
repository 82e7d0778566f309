"""What `benchmarks/` asks of the program is there: a measurement that cannot begin would be missing without a word."""

import ast
import importlib
import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(HERE.rglob("*.py"))
OWN = {script.stem: script for script in SCRIPTS}


def asked(script):
    """Each name that a script takes from the program or from another script: (module, name), wherever it does."""
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)


def lacking(module, name):
    """What is not there of it; None where all is, or where it is another's."""
    if module in OWN:
        tree = ast.parse(OWN[module].read_text(encoding="utf-8"))
        defined = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        defined |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        return None if name is None or name in defined else f"{module}.{name}"
    if module.split(".")[0] != "policy_engine":
        return None
    if importlib.util.find_spec(module) is None:
        return module
    found = importlib.import_module(module)
    if name is None or hasattr(found, name):
        return None
    room = hasattr(found, "__path__") and importlib.util.find_spec(f"{module}.{name}")
    return None if room else f"{module}.{name}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.relative_to(HERE)))
def test_what_a_measurement_takes_from_the_program_is_there(script):
    assert [found for pair in asked(script) if (found := lacking(*pair))] == []


def test_what_is_not_there_is_found():
    assert lacking("policy_engine.compiled.compiled", "NO_SUCH") == "policy_engine.compiled.compiled.NO_SUCH"
    assert lacking("tables", "no_such_thing") == "tables.no_such_thing"
    assert lacking("policy_engine.no_such_room", "x") == "policy_engine.no_such_room"
