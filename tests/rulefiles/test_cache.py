"""Compiled rules are kept only where nobody else can write, and are made anew when anything they depend on changes."""

import ast
import concurrent.futures
import hashlib
import os
import pickle
import re
from pathlib import Path

import pytest

import policy_engine
from policy_engine.basics.errors import Place
from policy_engine.book import Book
from policy_engine.rulefiles import cache
from policy_engine.rulefiles.cache import cached

SRC = Path(policy_engine.__path__[0])


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
    assert cached("rule", (source,), compiled) == cached("rule", (source,), compiled) == {"rule": "a"}
    assert len(made) == 1
    source.write_text("b", encoding="utf-8")
    assert cached("rule", (source,), compiled) == {"rule": "b"}
    assert len(made) == 2


def test_a_broken_entry_is_made_anew(folder, tmp_path):
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    made, compiled = counted(source)
    cached("rule", (source,), compiled)
    for entry in folder.iterdir():
        entry.write_bytes(b"not a pickle")
    assert cached("rule", (source,), compiled) == {"rule": "a"}
    assert len(made) == 2


def test_a_folder_others_can_write_to_is_not_used(folder, tmp_path):
    folder.mkdir()
    folder.chmod(0o777)
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    made, compiled = counted(source)
    cached("rule", (source,), compiled)
    cached("rule", (source,), compiled)
    assert len(made) == 2 and not list(folder.iterdir())


def test_many_writers_leave_one_whole_entry(folder, tmp_path):
    source = tmp_path / "rule.yaml"
    source.write_text("a" * 100_000, encoding="utf-8")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(
                lambda _: cached("rule", (source,), lambda: {"rule": source.read_text(encoding="utf-8")}), range(64)
            )
        )
    assert all(f == found[0] for f in found)
    (entry,) = folder.iterdir()
    assert pickle.loads(entry.read_bytes()[32:]) == found[0]


def placed(source):
    return cached("rule", (source,), lambda: {"rule": Place(str(source), 3, 5, "a: b"), "text": str(source)})


def test_a_place_is_told_as_its_file_is_named_now(folder, tmp_path, monkeypatch):
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    assert placed(source)["rule"].file == str(source)
    monkeypatch.chdir(tmp_path)
    again = placed(Path("rule.yaml"))
    assert again == {
        "rule": Place("rule.yaml", 3, 5, "a: b"),
        "text": str(source),
    }  # the same entry; a text is no place
    assert len(list(folder.iterdir())) == 1


def test_other_things_of_the_same_files_are_others(folder, tmp_path):
    source, beside = tmp_path / "a.yaml", tmp_path / "b.yaml"
    source.write_text("bc", encoding="utf-8")
    beside.write_text("", encoding="utf-8")
    made = [cached(what, files, lambda n=n: n) for n, (what, files) in enumerate([
        ("rule", (source,)), ("documents", (source,)), ("rule", (source, beside)), ("rule", (source, tmp_path / "none.yaml")), ("rule", (beside, source)),
    ])]  # fmt: skip
    assert made == [0, 1, 2, 3, 4]


class Evil:
    """What runs when it is read from a pickle, were that allowed."""

    def __reduce__(self):
        return exec, ("raise SystemExit",)


@pytest.mark.parametrize(
    "held", [Evil(), Path("/"), re.compile("a"), policy_engine.load, Book], ids=["code", "path", "pattern", "function", "book"]
)  # fmt: skip
def test_nothing_but_parts_of_rules_is_made_of_an_entry(folder, tmp_path, held):
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    made, compiled = counted(source)
    cached("rule", (source,), compiled)
    (entry,) = folder.iterdir()
    content = pickle.dumps(held)
    entry.write_bytes(hashlib.sha256(content).digest() + content)
    assert cached("rule", (source,), compiled) == {"rule": "a"}
    assert len(made) == 2


def test_an_entry_with_a_changed_byte_is_made_anew(folder, tmp_path):
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    made, compiled = counted(source)
    cached("rule", (source,), compiled)
    (entry,) = folder.iterdir()
    entry.write_bytes(entry.read_bytes().replace(b"rule", b"rope"))
    assert cached("rule", (source,), compiled) == {"rule": "a"}
    assert len(made) == 2


@pytest.fixture
def shipped(folder, tmp_path, monkeypatch):
    """What was made of `rule.yaml` lies where a wheel has it."""
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    cached("rule", (source,), lambda: "shipped")
    monkeypatch.setattr(cache, "SHIPPED", folder.rename(tmp_path / "compiled"))
    return source


def test_what_a_wheel_has_is_used_where_nothing_can_be_kept(shipped, monkeypatch):
    monkeypatch.setenv("POLICY_CACHE", "/proc/none")
    assert cached("rule", (shipped,), lambda: "made") == "shipped"


def test_what_a_wheel_has_is_refused_when_a_file_or_the_program_is_another(shipped, folder, monkeypatch):
    content = shipped.read_text(encoding="utf-8")
    shipped.write_text("b", encoding="utf-8")
    assert cached("rule", (shipped,), lambda: "made") == "made"
    shipped.write_text(content, encoding="utf-8")
    assert cached("rule", (shipped,), lambda: "made") == "shipped"
    monkeypatch.setattr(cache, "_engine", lambda: b"another")
    assert cached("rule", (shipped,), lambda: "made by another") == "made by another"


def test_what_a_wheel_has_is_not_kept_again(shipped, folder):
    cached("rule", (shipped,), lambda: "made")
    assert not folder.exists()


def test_nothing_is_said_where_nothing_can_be_written(tmp_path, monkeypatch, capfd):
    source = tmp_path / "rule.yaml"
    source.write_text("a", encoding="utf-8")
    made, compiled = counted(source)
    for nowhere in ("/proc/none", os.devnull, str(source), str(tmp_path / "x" / ("y" * 300))):
        monkeypatch.setenv("POLICY_CACHE", nowhere)
        assert cached("rule", (source,), compiled) == {"rule": "a"}
    full = tmp_path / "full"
    full.mkdir(mode=0o700)
    monkeypatch.setenv("POLICY_CACHE", str(full))
    monkeypatch.setattr("tempfile.mkstemp", lambda **_: (_ for _ in ()).throw(OSError(30, "Read-only file system")))
    assert cached("rule", (source,), compiled) == {"rule": "a"}
    assert len(made) == 5 and capfd.readouterr() == ("", "")


def used(room):
    """The rooms of the house that a room imports, at any time."""
    path = SRC / f"{room.replace('.', '/')}.py"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("policy_engine."):
            module = node.module.removeprefix("policy_engine.")
            rooms = [module] if "." in module else [f"{module}.{alias.name}" for alias in node.names]
            yield from (name for name in rooms if (SRC / f"{name.replace('.', '/')}.py").is_file())


def test_what_makes_rules_uses_no_floor_that_the_key_does_not_name():
    """A change of any other floor leaves rules as they were made."""
    asked = ["procedures.load", *(f"rulefiles.{path.stem}" for path in (SRC / "rulefiles").glob("[a-z]*.py"))]
    found = set()
    while asked:
        room = asked.pop()
        asked += [] if room in found else used(room)
        found.add(room)
    assert "language.syntax" in found and {room.partition(".")[0] for room in found} == {*cache.ENGINE}


def test_each_shipped_rule_is_the_same_when_it_is_kept(folder):
    fresh, kept = policy_engine.load().rules(), policy_engine.load().rules()
    assert [rule.decision for rule in fresh if rule not in kept] == []
    assert all(rule.place.file.endswith(".yaml") and Path(rule.place.file).is_file() for rule in kept)
    book = policy_engine.load()
    assert [(one.name, one.document, one.title) for one in book.called()] == [
        (rule.decision, rule.document.number, rule.title) for rule in kept
    ]


RULE = """\
decision: a.{name}
document: 试〔2024〕1号
title: {{en: A, zh: 甲}}
inputs: {{n: {{type: count, label: {{en: n, zh: 数}}}}}}
provisions: []
"""


@pytest.mark.parametrize(
    ("told", "beside"), [("", False), ("tables: {t: {file: rates.csv}}", True), ('tables: {t: {file: "rates\\x2ecsv"}}', True)]
)  # fmt: skip
def test_the_tables_beside_a_rule_are_files_of_it_where_it_may_name_one(tmp_path, told, beside):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "rates.csv").write_text("1,2\n", encoding="utf-8")
    (tmp_path / "a" / "b.yaml").write_text(RULE.format(name="b") + told, encoding="utf-8")
    found = [path.name for path in policy_engine.load(tmp_path)._sources(["a.b"])]
    assert found == ["b.yaml", "rates.csv"][: 1 + beside]


DOCUMENTS = """\
documents:
  - {number: 试〔2024〕1号, title: {en: One, zh: 一}, issued: 2024-12-10, from: 2025-01-01, cite: {at: 一, phrase: 自2025年1月1日起施行}}
"""
BASE = """\
decision: a.base
document: 试〔2024〕1号
title: {en: Base, zh: 基}
inputs: {n: {type: count, label: {en: n, zh: 数}}}
provisions:
  - {id: cap, title: {en: cap, zh: 上限}, cite: {at: 一, phrase: 上限}, value: {type: count, is: "CAP"}}
"""
USER = """\
decision: a.user
document: 试〔2024〕1号
title: {en: User, zh: 用}
USES
inputs: {m: {type: count, given: true, label: {en: m, zh: 数}}}
provisions:
  - {id: under, title: {en: under, zh: 以下}, cite: {at: 一, phrase: 以下}, force: binding, require: m <= cap}
"""


@pytest.mark.parametrize(
    "told", ["uses: {cap: a.base/cap}", "uses : {cap: a.base/cap}", '"uses": {cap: a.base/cap}', 'uses: {cap: "\\x61.base/cap"}', '"\\x75ses": {cap: a.base/cap}']
)  # fmt: skip
def test_a_used_rule_that_changed_is_seen_however_its_use_is_written(folder, tmp_path, told):
    """Also where the file that uses it does not show it to somebody who only looks at its text."""
    (tmp_path / "a").mkdir()
    (tmp_path / "documents.yaml").write_text(DOCUMENTS, encoding="utf-8")
    (tmp_path / "a" / "user.yaml").write_text(USER.replace("USES", told), encoding="utf-8")
    found = []
    for cap in ("5", "50"):
        (tmp_path / "a" / "base.yaml").write_text(BASE.replace("CAP", cap), encoding="utf-8")
        found.append(policy_engine.load(tmp_path).decide("a.user", {"m": "20"}, as_of="2025-05-01").outcome)
    assert found == ["non_compliant", "compliant"]
