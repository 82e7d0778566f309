"""Compiled rules are kept only where nobody else can write, and are made anew when anything they depend on changes."""

import concurrent.futures
import pickle
from pathlib import Path

import pytest

from policy_engine.rulefiles.cache import cached


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("POLICY_CACHE", str(folder))
    return folder


def counted(source):
    made = []

    def compiled():
        made.append(1)
        return {"rule": source.read_text(encoding="utf-8")}

    return made, compiled


def test_a_rule_is_compiled_once_until_its_file_changes(folder, tmp_path):
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    made, compiled = counted(source)
    assert cached((source,), compiled) == cached((source,), compiled) == {"rule": "a"}
    assert len(made) == 1
    source.write_text("b", encoding="utf-8")
    assert cached((source,), compiled) == {"rule": "b"}
    assert len(made) == 2


def test_a_broken_entry_is_made_anew(folder, tmp_path):
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    made, compiled = counted(source)
    cached((source,), compiled)
    for entry in folder.iterdir():
        entry.write_bytes(b"not a pickle")
    assert cached((source,), compiled) == {"rule": "a"}
    assert len(made) == 2


def test_a_folder_others_can_write_to_is_not_used(folder, tmp_path):
    folder.mkdir()
    folder.chmod(0o777)
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    made, compiled = counted(source)
    cached((source,), compiled)
    cached((source,), compiled)
    assert len(made) == 2 and not list(folder.iterdir())


def test_many_writers_leave_one_whole_entry(folder, tmp_path):
    source = tmp_path / "rule.yaml"
    source.write_text("a" * 100_000, encoding="utf-8")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda _: cached((source,), lambda: {"rule": source.read_text(encoding="utf-8")}), range(64))
        )
    assert all(f == found[0] for f in found)
    (entry,) = folder.iterdir()
    assert pickle.loads(entry.read_bytes()) == found[0]


def test_a_file_that_is_named_otherwise_is_made_anew(folder, tmp_path, monkeypatch):
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    made, compiled = counted(source)
    cached((source,), compiled)
    monkeypatch.chdir(tmp_path)
    cached((Path("rule.yaml"),), compiled)
    assert len(made) == 2  # what is kept names its file as it was written, from where that was
