"""The page on security says what the program does: every limit with the number of the code."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
LIMITS = re.findall(r"^\| [^|]+ \| ([^|]+) \| `([a-z_.]+)\.([A-Z_]+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("said", "room", "name"), LIMITS)
def test_a_limit_is_that_of_the_code(said, room, name):
    number, unit = re.match(r"([\d,]*\d)( [MG]iB)?", said).groups()
    assert int(number.replace(",", "")) << {None: 0, " MiB": 20, " GiB": 30}[unit] == getattr(
        importlib.import_module(f"policy_engine.{room}"), name
    )


def test_every_limit_of_the_code_is_on_the_page():
    src = Path(__file__).parents[2] / "src" / "policy_engine"
    there = {(path.parent.name, path.stem, name) for path in src.rglob("*.py")
             for name in re.findall(r"^(MAX_\w+|SHOWN_\w+|LIVE_\w+)\b.*=", path.read_text(encoding="utf-8"), re.MULTILINE)}  # fmt: skip
    own = {("procedures", "durable", name) for _, _, name in there}  # of the library behind the fence
    told = {(*room.split("."), name) for _, room, name in LIMITS}
    assert there - own <= told
    assert len(told) >= 20


def test_memory_of_duckdb():
    duck = pytest.importorskip("policy_engine.engines.duck")
    assert duck.MEMORY == "1500MB"
    assert "1,500 MB of memory" in PAGE
