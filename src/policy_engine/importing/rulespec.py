"""RuleSpec modules as they stand in a folder: rules with their versions, what they import, their cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, TypeVar

from policy_engine.basics.places import read_text
from policy_engine.importing.formulas import Unsaid
from policy_engine.rulefiles.yaml_read import read_merged

TEST: Final = ".test.yaml"
_Kind = TypeVar("_Kind", list[Any], dict[str, Any])


@dataclass(frozen=True)
class Version:
    """What holds from a day to a day, both included: a formula, or the cells of a table."""

    start: dt.date | None
    end: dt.date | None
    formula: str | None
    values: dict[str, str] | None


@dataclass(frozen=True, kw_only=True)
class SpecRule:
    """A parameter or a derived value of a module."""

    module: str
    name: str
    kind: str
    dtype: str
    entity: str
    unit: str
    source: str
    excerpt: str
    rounding: str
    indexed_by: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, kw_only=True)
class Module:
    """A file of rules; `imports` are names with the module they come from, `whole` modules that are imported as they are."""

    id: str
    path: Path
    summary: str
    rules: dict[str, SpecRule]
    relations: dict[str, dict[str, Any]]
    imports: dict[str, tuple[str, str]]
    whole: tuple[str, ...]
    inputs: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class SpecCase:
    """A case of a module: when, what is given, what is expected."""

    name: str
    start: dt.date
    end: dt.date
    given: dict[str, Any]
    tables: dict[str, Any]
    expected: dict[str, Any]

    def rows(self) -> Iterator[dict[str, Any]]:
        """What it gives of things in lists and tables."""
        for listed in (*self.tables.values(), *(v for v in self.given.values() if isinstance(v, list))):
            yield from listed


class Library:
    """The modules of a folder, each read when it is first asked for. Raises PolicyError for a folder without any."""

    def __init__(self, root: Path) -> None:
        self.root = root
        files = (p for p in root.rglob("*.yaml") if not p.name.endswith(TEST))
        self.paths = {_id(path.relative_to(root)): path for path in sorted(files)}
        self.module = cache(self._module)

    def _module(self, id_: str) -> Module | None:
        path = self.paths.get(id_)
        data = _data(path) if path else None
        if path is None or not isinstance(data, dict):
            return None
        rules, relations = dict[str, SpecRule](), dict[str, dict[str, Any]]()
        atoms = dict[str, tuple[str, str]]()
        for entry in _maps(data, "rules"):
            if not entry.get("name"):
                raise Unsaid("a rule without a name", str(entry.get("source") or ""))
            name, kind = str(entry["name"]), str(entry.get("kind"))
            if kind in ("parameter", "derived"):
                rules[name] = _rule(id_, entry)
            else:
                relations[name] = entry
            atoms |= dict(_atom_imports(entry))
        listed = [str(one) for one in _part(data, "imports", list)]
        named = {one.split("#")[1]: _target(one) for one in listed if "#" in one}
        whole = tuple(one for one in listed if "#" not in one)
        declared = {str(e.get("name")): str(e.get("dtype") or "") for e in _maps(data, "inputs")}
        summary = str(_part(data, "module", dict).get("summary") or "")
        return Module(id=id_, path=path, summary=summary, rules=rules, relations=relations, imports={**atoms, **named},
                      whole=whole, inputs=declared)  # fmt: skip

    def found(self, module: Module, name: str) -> tuple[str, str] | None:
        """Where the rule of a name is that a formula of a module uses; None for what no rule declares: an input."""
        if name in module.rules:
            return module.id, name
        if name in module.imports:
            target = self.module(module.imports[name][0])
            if target and module.imports[name][1] in target.rules:
                return module.imports[name]
        return self._in_whole(module, name)

    def _in_whole(self, module: Module, name: str) -> tuple[str, str] | None:
        return next(((m.id, name) for m in self._within(module, lambda m: m.whole) if name in m.rules), None)

    def anywhere(self, module: Module, name: str) -> str | None:
        """The rule of a name in a module or in whatever it imports, as `module#name`."""
        for one in (module, *self._within(module, lambda m: (*m.whole, *(home for home, _ in m.imports.values())))):
            if name in one.rules:
                return f"{one.id}#{name}"
        return None

    def settings(self, module: Module) -> Iterator[tuple[str, str]]:
        """What a module and what it imports as it is set in other modules: the rule, and the rule that gives its value."""
        for one in (module, *self._within(module, lambda m: m.whole)):
            for entry in one.relations.values():
                said = _part(entry, "source_relation", dict)
                if said.get("type") == "sets" and said.get("target") and said.get("value"):
                    yield str(said["target"]), str(said["value"])

    def _within(self, module: Module, imports: Callable[[Module], Iterable[str]]) -> Iterator[Module]:
        """The modules that a module imports, those near before those far."""
        seen, waiting = {module.id}, list(imports(module))
        while waiting:
            id_ = waiting.pop(0)
            target = None if id_ in seen else self.module(id_)
            seen.add(id_)
            if target:
                yield target
                waiting += imports(target)

    def cases(self, module: Module) -> Iterator[SpecCase]:
        """The cases beside a module."""
        path = module.path.with_name(module.path.name.removesuffix(".yaml") + TEST)
        for entry in _maps({"cases": _data(path) if path.exists() else None}, "cases"):
            start, end = _period(entry.get("period"))
            given, tables = _part(entry, "input", dict), _part(entry, "tables", dict)
            for name, listed in (*tables.items(), *(one for one in given.items() if isinstance(one[1], list))):
                _maps({name: listed}, name)
            yield SpecCase(name=str(entry.get("name")), start=start, end=end, given=given, tables=tables,
                           expected=_part(entry, "output", dict))  # fmt: skip


def _id(path: Path) -> str:
    first, *rest = path.with_suffix("").parts
    return f"{first}:{'/'.join(rest)}" if rest else first


def _data(path: Path) -> Any:
    """What a file says, every scalar as the text that was written: no figure passes through a binary float."""
    return read_merged(read_text(path), str(path))


def _part(data: dict[str, Any], name: str, kind: type[_Kind]) -> _Kind:
    """A list or mapping, empty where nothing is there. Raises Unsaid for anything else."""
    found = data.get(name) or kind()
    if not isinstance(found, kind):
        raise Unsaid("a part of another form than a module has", name)
    return found


def _maps(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of mappings. Raises Unsaid for anything else."""
    found = _part(data, name, list)
    if not all(isinstance(one, dict) for one in found):
        raise Unsaid("a part of another form than a module has", name)
    return found


def _target(text: str) -> tuple[str, str]:
    module, _, name = text.partition("#")
    return module, name


def _atom_imports(entry: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for atom in _atoms(entry):
        found = atom.get("import")
        if isinstance(found, dict) and "#" in str(found.get("target")):
            target = _target(str(found["target"]))
            yield str(found.get("output") or target[1]), target


def _atoms(entry: dict[str, Any]) -> list[dict[str, Any]]:
    proof = _part(entry, "metadata", dict).get("proof")
    return [a for a in (proof or {}).get("atoms") or [] if isinstance(a, dict)] if isinstance(proof, dict) else []


def _rule(module: str, entry: dict[str, Any]) -> SpecRule:
    versions = [_version(v) for v in _maps(entry, "versions")]
    versions.sort(key=lambda v: v.start or dt.date.min)
    excerpts = [a["source"].get("excerpt") for a in _atoms(entry) if isinstance(a.get("source"), dict)]
    return SpecRule(
        module=module, name=str(entry["name"]), kind=str(entry["kind"]), dtype=str(entry.get("dtype") or "Decimal"),
        entity=str(entry.get("entity") or ""), unit=str(entry.get("unit") or ""), source=str(entry.get("source") or ""),
        excerpt=next((str(e) for e in excerpts if e), ""), rounding=str(entry.get("rounding") or ""),
        indexed_by=str(entry.get("indexed_by") or ""),
        versions=tuple(_closed(versions)),
    )  # fmt: skip


def _version(entry: dict[str, Any]) -> Version:
    start, end = entry.get("effective_from") or entry.get("from"), entry.get("effective_to") or entry.get("to")
    values = entry.get("values")
    cells = {str(k): str(v) for k, v in values.items()} if isinstance(values, dict) else None
    formula = entry.get("formula")
    return Version(_date(start), _date(end), None if formula is None else str(formula), cells)


def _closed(versions: list[Version]) -> Iterator[Version]:
    """Each version until the next begins."""
    for one, later in zip_longest(versions, versions[1:]):
        ends = [d for d in (one.end, later.start - dt.timedelta(1) if later and later.start else None) if d]
        yield Version(one.start, min(ends, default=None), one.formula, one.values)


def _date(text: Any) -> dt.date | None:
    """A day; none where it is the first of all."""
    if text is None or str(text).startswith("0001-01-01"):
        return None
    try:
        return dt.date.fromisoformat(str(text)[:10])
    except ValueError:
        raise Unsaid("a date that cannot be read", str(text)) from None


def _period(period: Any) -> tuple[dt.date, dt.date]:
    try:
        return _days(period)
    except (ValueError, KeyError):
        raise Unsaid("a period that cannot be read", str(period)) from None


def _days(period: Any) -> tuple[dt.date, dt.date]:
    if isinstance(period, dict):
        start = dt.date.fromisoformat(str(period["start"]))
        return start, dt.date.fromisoformat(str(period.get("end") or start))
    text = str(period)
    if len(text) == 10:
        return dt.date.fromisoformat(text), dt.date.fromisoformat(text)
    year, _, month = text.partition("-")
    start = dt.date(int(year), int(month or 1), 1)
    after = dt.date(start.year + 1, 1, 1) if not month or start.month == 12 else dt.date(start.year, start.month + 1, 1)
    return start, after - dt.timedelta(1)
