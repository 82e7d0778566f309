"""A module as a rule file: one decision with what it uses from other modules, and its cases as scenarios."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from policy_engine.basics.errors import PolicyError
from policy_engine.importing.formulas import Expr, Unsaid, walk
from policy_engine.importing.gather import INPUT, Gathered, Written, gather, linked, merged, reached, snake
from policy_engine.importing.kinds import DECLARED, NUMBER, TEXT, Kinds, option
from policy_engine.importing.lists import AT, list_of, rows_of, separate
from policy_engine.importing.rulespec import Library, Module, SpecCase, SpecRule, Version
from policy_engine.importing.writing import Writer, cell, literal
from policy_engine.importing.yaml_text import yaml_text
from policy_engine.language.syntax import RESERVED

TAKEN: Final = RESERVED | {"as_of"}
HOLDS: Final = {"holds": "true", "not_holds": "false"}


@dataclass(kw_only=True)
class Imported:
    """A decision as the data of a rule file and of its scenarios; what could not be said, by `module#name` or by case.

    `of_case` is the number of the case that a scenario is of.
    """

    decision: str
    rule: dict[str, Any] = field(default_factory=dict)
    scenarios: list[dict[str, Any]] = field(default_factory=list)
    of_case: list[int] = field(default_factory=list)
    unsaid: dict[str, Unsaid] = field(default_factory=dict)
    untold: list[tuple[str, Unsaid]] = field(default_factory=list)

    def left_out(self) -> Iterator[tuple[str, str, Unsaid]]:
        """What is not there: `module`, `rule` or `case`, its name, the reason."""
        yield from (("rule" if "#" in key else "module", key, reason) for key, reason in self.unsaid.items())
        yield from (("case", name, reason) for name, reason in self.untold)

    @property
    def rule_file(self) -> str:
        """The text of the rule file; empty where nothing can be said."""
        return yaml_text(self.rule) if self.rule else ""

    @property
    def scenario_file(self) -> str:
        """The text of the scenarios; empty where there are none."""
        return yaml_text({"decision": self.decision, "cases": self.scenarios}) if self.scenarios else ""


def decision_name(module: str) -> str:
    """The address of a module among decisions."""
    parts = [re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") or "x" for part in re.split(r"[:/]", module)]
    return ".".join(parts if len(parts) > 1 else ("rules", *parts))


def imported(library: Library, id_: str) -> Imported:
    """A module of a library as a decision with its scenarios; what cannot be read of it is among what is left out."""
    try:
        module = library.module(id_)
        if module is None:
            raise Unsaid("a file that is no module")
        return _imported(library, module)
    except PolicyError as error:
        return Imported(
            decision=decision_name(id_), unsaid={id_: Unsaid("a file that cannot be read", str(error).splitlines()[0])}
        )
    except Unsaid as reason:
        return Imported(decision=decision_name(id_), unsaid={id_: reason})


def _imported(library: Library, module: Module) -> Imported:
    cases = list(library.cases(module))
    asked = [key for case in cases for key in case.expected if INPUT not in key]
    roots = [f"{module.id}#{name}" for name in module.rules]
    found = gather(library, module, roots, dict.fromkeys(asked), {key for case in cases for key in case.given})
    linked(library, found, cases)
    separate(found, cases, asked)
    return _Decision(found, cases).imported()


class _Decision:
    def __init__(self, found: Gathered, cases: list[SpecCase]) -> None:
        self.found, self.cases, self.kinds = found, cases, Kinds()
        self.one_of = merged(found, cases)
        self.names = self._names()
        self.helpers: list[dict[str, Any]] = []
        self.cells: dict[tuple[str, str, str], str] = {}
        self.lists: dict[str, dict[str, Any]] = {}
        self.scope = ""
        self.taken = Counter(self.names.values())
        self.writer = Writer(self.kinds, self.names, self._cell, self._helper, self._total)
        self.at: tuple[SpecRule, Version] | None = None

    def imported(self) -> Imported:
        result = Imported(decision=decision_name(self.found.module.id))
        self._infer()
        provisions = self._provisions()
        module, refused = self.found.module, self.found.refused
        result.unsaid = {k: why for k, why in refused.items() if k.startswith(f"{module.id}#")}
        if not provisions:
            result.untold = [(case.name, Unsaid("a module of which nothing can be said")) for case in self.cases]
            return result
        tables = {p["id"]: p["table"] for p in provisions if "table" in p}
        provisions = [p for p in provisions if "table" not in p]
        used = {k for key, *_ in self.found.kept() for k in self.found.uses(key)}
        inputs = {self.names[k]: self._typed(self.one_of[k]) for k in self.found.inputs if k in used and AT not in k}
        parts = {"note": " ".join(module.summary.split()), "inputs": inputs, **self._rows(used), "tables": tables}
        told = {name: part for name, part in parts.items() if part}
        result.rule = {"decision": result.decision, "document": module.id, **told, "provisions": provisions}
        for number, case in enumerate(self.cases):
            self._scenarios(number, case, result, set(inputs))
        return result

    # --- names and kinds ---------------------------------------------------------------------------------------------

    def _names(self) -> dict[str, str]:
        """A name for each rule and input: its own, with that of its module where two have one."""
        names, taken = dict[str, str](), {*TAKEN, *(snake(n) for n in self._list_names())}
        for key in [*self.found.rules, *dict.fromkeys(self.one_of.values())]:
            home, _, name = key.partition("#")
            name, _, rows = name.removeprefix(INPUT[1:]).partition(AT)
            name = snake(name)
            if name in taken:
                name = f"{name}_of_{snake(rows or home)}"
            while name in taken:
                name += "_x"
            taken.add(name)
            names[key] = name
        return names | {key: names[one] for key, one in self.one_of.items()}

    def _infer(self) -> None:
        """The kinds of all names; a rule whose values do not go together is left out."""
        for key, one in self.one_of.items():
            if key != one:
                self.kinds.join(key, one)
            if AT in key and key.partition(AT)[0] in self.one_of:
                self.kinds.join(key, key.partition(AT)[0])
            self.kinds.declare(key, self.found.inputs[key])
        for key, rule in self.found.rules.items():
            self.kinds.declare(key, rule.dtype if rule.dtype in DECLARED else "")
        for key, _, written in list(self.found.kept()):
            try:
                for version, tree in written:
                    if tree is not None:
                        self.kinds.join(key, self.kinds.infer(tree))
                    for value in (version.values or {}).values():
                        if self.kinds.of(key) == TEXT:
                            self.kinds.given(key, [value])
                    self.kinds.given(f"{key}[]", version.values or ())
                if key in self.found.index:
                    self.kinds.join(f"{key}[]", self.kinds.infer(self.found.index[key]))
                if rule.dtype.startswith("Enum") and self.kinds.root(key) != NUMBER:  # names for things, or figures
                    self.kinds.declare(key, rule.dtype)
            except Unsaid as reason:
                self.found.refuse(key, reason)
        for key in self.found.inputs:
            self.kinds.given(
                key,
                [
                    v
                    for case in self.cases
                    for told in (case.given, *case.rows())
                    for v in self._values_of(case, told, key)
                    if isinstance(v, str)
                ],
            )

    def _values_of(self, case: SpecCase, told: Mapping[str, Any], key: str) -> list[Any]:
        """What is told for an input; if nothing under its own module, what is by that name under others."""
        home, _, name = key.partition(INPUT)
        if not home:
            return [str(case.start if name == "period_start" else case.end)]
        name = name.partition(AT)[0]
        worked_out = [v for k, v in told.items() if k.partition("#")[2] == name]
        if worked_out:
            return worked_out  # what is given as the value of a rule stands for its name everywhere
        if key.partition(AT)[0] in told:
            return [told[key.partition(AT)[0]]]
        return [v for k, v in told.items() if k.partition(INPUT)[2] == name]

    def _typed(self, key: str) -> dict[str, Any]:
        kind = self.kinds.of(key)
        return {"type": kind, "of": self.kinds.options(key)} if kind == TEXT else {"type": kind}

    # --- provisions --------------------------------------------------------------------------------------------------

    def _provisions(self) -> list[dict[str, Any]]:
        written = list[tuple[str, list[dict[str, Any]]]]()
        for key, rule, versions in list(self.found.kept()):
            table = any(v.values is not None for v, _ in versions)
            if table and key not in self.found.index:
                continue  # a table stands where it is looked up
            self.helpers, self.scope = [], list_of(key)
            try:
                entries = [self._provision(key, rule, *one) for one in versions]
                written.append((key, [*self.helpers, *(self._by_day(versions, entries) if self.scope else entries)]))
            except Unsaid as reason:
                self.found.refuse(key, reason)
        kept = [(key, entries) for key, entries in written if key not in self.found.refused]
        for key, entries in kept:
            if AT in key:
                self._list(list_of(key))["formulas"] += entries
        return [entry for key, entries in kept if AT not in key for entry in entries]

    def _by_day(self, versions: list[Written], entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The versions of a formula of rows as one: each under the days on which it holds."""
        name, cases, parts = entries[0]["id"], list[dict[str, str]](), list[dict[str, Any]]()
        if len(entries) == 1 and versions[0][0].start is versions[0][0].end is None:
            return entries
        for (version, _), entry in zip(versions, entries, strict=True):
            days = [
                f"as_of >= {version.start}" if version.start else "",
                f"as_of <= {version.end}" if version.end else "",
            ]
            when = " and ".join(d for d in days if d) or "true"
            if "is" not in entry["value"]:
                parts.append({**entry, "id": self._free(f"{name}_part")})
            cases.append({"when": when, "is": entry["value"]["is"] if "is" in entry["value"] else parts[-1]["id"]})
        typed = {k: v for k, v in entries[0]["value"].items() if k in ("type", "of")}
        return [*parts, {**entries[0], "value": {**typed, "cases": cases}}]

    # --- lists -------------------------------------------------------------------------------------------------------

    def _list_names(self) -> set[str]:
        trees = [e for versions in self.found.written.values() for _, e in versions if e]
        return {list_of(n.text) for e in trees for n in walk(e) if n.op == "total"}

    def _list(self, name: str) -> dict[str, Any]:
        return self.lists.setdefault(name, {"formulas": [], "totals": {}})

    def _total(self, e: Expr) -> str:
        """The total over a list that an expression is, made when it is first needed."""
        kind, _, name = e.text.partition(AT)
        scope, self.scope = self.scope, name
        where, *summed = [self._of_each(part) for part in e.parts]
        self.scope = scope
        said = {"count": where} if not summed else {"sum": summed[0], **({} if where == "true" else {"where": where})}
        known = self._list(name)["totals"]
        for total, other in known.items():
            if other == said:
                return str(total)
        stem = f"{kind}_of_{snake(name)}" if where == "true" and not summed else f"{kind}_of_{(summed or [where])[0]}"
        total = stem if stem not in self.taken else self._free(stem)
        self.taken[total] += 1
        known[total] = said
        return total

    def _of_each(self, e: Expr) -> str:
        """What a total counts or adds up: a name of each row; what is more than a name is a formula of each row."""
        if e.op in ("name", "flag"):
            return self.writer.part(e, 0)
        helpers, self.helpers = self.helpers, []
        name = self._helper(self.writer.value(e), self.kinds.infer(e))
        self._list(self.scope)["formulas"] += self.helpers
        self.helpers = helpers
        return name

    def _rows(self, used: set[str]) -> dict[str, Any]:
        """The lists as a rule file says them."""
        found = dict[str, Any]()
        for name, parts in self.lists.items():
            columns = {
                self.names[k]: self._typed(self.one_of[k])
                for k in self.found.inputs
                if list_of(k) == name and k in used
            }
            columns = columns or {self._free("listed"): {"type": "flag"}}
            formulas = {"formulas": parts["formulas"]} if parts["formulas"] else {}
            found[snake(name)] = {"columns": columns, **formulas, "totals": parts["totals"]}
        return {"rows": found} if found else {}

    def _provision(self, key: str, rule: SpecRule, version: Version, tree: Expr | None) -> dict[str, Any]:
        self.at = rule, version
        if version.values is not None:
            index = self.writer.part(self.found.index[key], 0)
            return self._entry(self.names[key], key, {"is": self._cell(key, index)})
        if tree is None:
            raise Unsaid("a version without a formula")
        if self.kinds.of(key) == TEXT and not self.kinds.options(key):
            raise Unsaid("a text of which no value is told")
        value = self.writer.value(tree)
        if rule.rounding == "half_up" and "is" in value:
            value = {"is": f"round({value['is']}, 0.01)"}
        elif rule.rounding:
            name = self._helper(value, key)
            if rule.rounding != "half_up":
                raise Unsaid("a way of rounding that is not known", rule.rounding)
            value = {"is": f"round({name}, 0.01)"}
        return self._entry(self.names[key], key, value)

    def _entry(self, id_: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
        assert self.at is not None
        rule, version = self.at
        days = {} if self.scope else {"from": version.start, "until": version.end}
        span = {k: str(day) for k, day in days.items() if day}
        return {"id": id_, "cite": self._cite(rule), **span, "value": {**self._typed(kind), **value}}

    def _cite(self, rule: SpecRule) -> dict[str, str]:
        source = " ".join(rule.source.split()) or rule.name
        other = {} if rule.module == self.found.module.id else {"document": rule.module}
        return {"at": source, "phrase": " ".join(rule.excerpt.split()) or source, **other}

    def _helper(self, value: dict[str, Any], kind: str) -> str:
        assert self.at is not None
        rule = self.at[0]
        name = self._free(f"{self.names[f'{rule.module}#{rule.name}']}_part")
        self.helpers.append(self._entry(name, kind, value))
        return name

    def _free(self, stem: str) -> str:
        """A name nobody has."""
        self.taken[stem] += 1
        name = f"{stem}_{self.taken[stem]}"
        return name if name not in self.taken else self._free(stem)

    def _cell(self, table: str, index: str) -> str:
        """The formula that looks a cell up, made when it is first needed."""
        if (table, index, self.scope) in self.cells:
            return self.cells[table, index, self.scope]
        here, written = self.at, self.found.written[table]
        if table in self.found.refused:
            raise Unsaid("uses a rule that cannot be said", table)
        name = self.cells[table, index, self.scope] = self._free(f"{self.names[table]}_at")
        if said := None if self.scope else self._table(table, index):
            self.helpers.append({"id": name, "table": said})
            return name
        entries = list[dict[str, Any]]()
        for version, _ in written:
            self.at = self.found.rules[table], version
            entries.append(self._entry(name, table, self._looked_up(table, version, index)))
        self.helpers += self._by_day(written, entries) if self.scope else entries
        self.at = here
        return name

    def _table(self, table: str, index: str) -> dict[str, Any] | None:
        """A table of the rule file by an index; None where its versions leave days out, or its cells are no plain values."""
        rule, versions = self.found.rules[table], [version for version, _ in self.found.written[table]]
        kinds, bodies = (self.kinds.of(f"{table}[]"), self.kinds.of(table)), dict[str, dict[str, Any]]()
        for version, later in zip(versions, [*versions[1:], None], strict=True):
            last = later.start - dt.timedelta(1) if later and later.start else None
            cells = {cell(k, kinds[0]): cell(v, kinds[1]) for k, v in (version.values or {}).items()}
            dated = version.end == last and (version.start is not None or len(versions) == 1)
            plain = len(cells) == len(version.values or ()) > 0 and None not in (*cells, *cells.values())
            if not dated or not plain or index in {literal(k, kinds[0]) for k in version.values or ()}:
                return None
            bodies[str(version.start)] = {"is": cells, "otherwise": "unsettled"}
        body = {"from": bodies} if versions[0].start else bodies[str(None)]
        return {**self._typed(table), "by": index, "cite": self._cite(rule), **body}

    def _looked_up(self, table: str, version: Version, index: str) -> dict[str, Any]:
        if version.values is None:
            raise Unsaid("a version of a table without cells", table)
        key_kind, kind = self.kinds.of(f"{table}[]"), self.kinds.of(table)
        cells = {literal(k, key_kind): literal(v, kind) for k, v in version.values.items()}
        if index in cells:
            return {"is": cells[index]}
        cases = [{"when": f"{index} == {k}", "is": v} for k, v in cells.items()]
        return {"match": "first", "cases": cases}

    def _no_value(self, key: str) -> bool:
        """Whether a rule is a table of which no cell is asked for by name."""
        return key not in self.found.index and any(v.values is not None for v, _ in self.found.written[key])

    # --- scenarios ---------------------------------------------------------------------------------------------------

    def _scenarios(self, number: int, case: SpecCase, result: Imported, inputs: set[str]) -> None:
        """The scenarios of a case: one, or one for each row of a table of things that are decided one by one."""
        rows = [(entity, i, row) for entity, listed in case.tables.items() for i, row in enumerate(listed)]
        try:
            if not rows:
                made = [self._scenario(case, case.given, case.expected, inputs)]
            else:
                made = []
                for entity, i, row in rows:
                    asked = {
                        k: v
                        for k, v in case.expected.items()
                        if self._entity(k) in (entity, "") or len(case.tables) == 1
                    }
                    lists = {k for k, v in asked.items() if isinstance(v, list)}
                    asked = {k: v[i] if k in lists else v for k, v in asked.items() if k not in lists or i < len(v)}
                    if asked:
                        made.append(self._scenario(case, {**case.given, **row}, asked, inputs))
                        made[-1]["name"] += f" ({entity} {i + 1})"
                if {k for one in made for k in one["expect"]["values"]} != {self.names.get(k) for k in case.expected}:
                    raise Unsaid("tables of several things")
            result.scenarios += made
            result.of_case += [number] * len(made)
        except Unsaid as reason:
            result.untold.append((case.name, reason))

    def _listed(self, case: SpecCase) -> Iterator[tuple[str, list[dict[str, str]]]]:
        """The lists that a case gives, by the names of the rule file."""
        for name in self.lists:
            rows = rows_of(case, name)
            keys = [k for k in self.found.inputs if list_of(k) == name]
            yield snake(name), [dict(self._row(case, row, keys)) for row in rows]

    def _row(self, case: SpecCase, row: Mapping[str, Any], keys: list[str]) -> Iterator[tuple[str, str]]:
        for key in keys:
            told = list(dict.fromkeys(v for v in self._values_of(case, row, key) if v is not None))
            if len(told) == 1 and isinstance(told[0], str) and self.kinds.takes(key, told[0]):
                yield self.names[key], self._fact(key, told[0])

    def _fact(self, key: str, value: str) -> str:
        return option(value) if self.kinds.of(key) == TEXT else value

    def _as_of(self, case: SpecCase, asked: Iterable[str]) -> dt.date:
        """The first day of the period, or that on which what is asked for comes into force within it."""
        used = {key for one in asked if one in self.found.written for key in (one, *reached(self.found, one))}
        written = [self.found.written[key] for key in used if self.found.written.get(key)]
        begins = [v[0][0].start for v in written if v[0][0].start and case.start < v[0][0].start <= case.end]
        return max([case.start, *begins])

    def _entity(self, key: str) -> str:
        return self.found.rules[key].entity if key in self.found.rules else ""

    def _scenario(
        self, case: SpecCase, told: Mapping[str, Any], asked: Mapping[str, Any], inputs: set[str]
    ) -> dict[str, Any]:
        for key, value in told.items():
            if key in self.found.rules:
                raise Unsaid("a fact is given for what a rule works out", key)
            if isinstance(value, dict):
                raise Unsaid("a fact with parts", key)
        facts, values = dict[str, Any](self._listed(case)), dict[str, str | None]()
        for key in self.found.inputs:
            if AT in key:
                continue
            given = list(dict.fromkeys(v for v in self._values_of(case, told, key) if v is not None))
            if self.names[key] in inputs and len(given) == 1 and self.kinds.takes(key, given[0]):
                facts[self.names[key]] = self._fact(key, given[0])
        for key, value in asked.items():
            if key not in self.found.rules or key in self.found.refused or self._no_value(key):
                why = self.found.refused.get(key)
                raise Unsaid(why.reason if why else "a rule that is not there", key)
            if isinstance(value, list | dict):
                raise Unsaid("a list of values", key)
            values[self.names[key]] = None if value is None else HOLDS.get(value, self._fact(key, value))
        return {"name": case.name, "as_of": str(self._as_of(case, asked)), "facts": facts, "expect": {"values": values}}
