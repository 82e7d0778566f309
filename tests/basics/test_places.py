"""A file is one file, whichever of PyYAML's parsers reads it: the one in C, or the one in Python where that is all there is."""

from pathlib import Path

import pytest
import yaml

from policy_engine.basics import places
from policy_engine.basics.errors import PolicyError
from policy_engine.rulefiles import yaml_read

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("rules", "scenarios", "procedures", "tests/rules", "tests/problems")
    for path in (ROOT / folder).rglob("*.yaml")
)


def read(path, loader, monkeypatch):
    """The data and places of a file, or the code and place of what is wrong with it."""
    monkeypatch.setattr(yaml_read, "Loader", loader)
    try:
        return [
            (source.data, source.places)
            for source in yaml_read.read_yaml(places.read_text(path), str(path), refuse=False)
        ]
    except PolicyError as error:
        return [(found.code, found.place and found.place.line) for found in error.problems]


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML has only the parser in Python")
def test_both_parsers_read_every_file_alike(monkeypatch):
    assert len(FILES) > 100
    for path in FILES:
        in_c = read(path, yaml.CSafeLoader, monkeypatch)
        assert read(path, yaml.SafeLoader, monkeypatch) == in_c, path.name


def test_the_parser_in_python_reads_every_shipped_file(monkeypatch):
    for path in FILES:
        if path.parent.name != "problems":
            found = read(path, yaml.SafeLoader, monkeypatch)
            assert all(isinstance(data, dict | list) for data, _ in found), path
