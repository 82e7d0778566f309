"""From the model of a rule file to a rule: every expression parsed and typed, every mistake reported at its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

from policy_engine.basics.errors import NO_WORDS, Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.places import Path_, Source
from policy_engine.basics.values import (
    COUNT,
    DATE,
    FLAG,
    NUMBER,
    SQUARE_METRE,
    YUAN,
    BadValue,
    Known,
    Type,
    parse_unit,
    read,
)  # fmt: skip
from policy_engine.language import ir, syntax, typecheck
from policy_engine.language.evaluate import NO_CASE
from policy_engine.language.operators import COMPARISONS
from policy_engine.rulebook import shape as model
from policy_engine.rulebook.rule import (
    Assumption,
    Bound,
    Citation,
    CitedPart,
    Document,
    Exemption,
    Input,
    Provision,
    Reading,
    Register,
    Rule,
    Total,
)

_SIMPLE = {
    "count": COUNT, "number": NUMBER, "share": NUMBER, "date": DATE, "flag": FLAG,
    "money": Type("number", YUAN), "area": Type("number", SQUARE_METRE),
}  # fmt: skip
_DAYS = Type("number", parse_unit("day"), integer=True)
_MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
_NOT_NEGATIVE = frozenset({"count", "money", "share", "area"})
_BOUNDS: dict[str, ir.CompareOp] = {"above": ">", "at_least": ">=", "below": "<", "at_most": "<="}


def compose(file: model.RuleFile, source: Source, documents: Mapping[str, Document], decision: str) -> Rule:
    """A rule from its file. Raises PolicyError with every mistake."""
    return _Composer(file, source, documents, decision).rule()


def compose_documents(listed: model.DocumentList, source: Source) -> dict[str, Document]:
    """The documents by number. Raises PolicyError."""
    work = _Work(source)
    found: dict[str, Document] = {}
    for i, entry in enumerate(listed.documents):
        path: Path_ = ("documents", i)
        if entry.number in found:
            work.report(
                (*path, "number"), "duplicate", f"`{entry.number}` is listed twice", f"`{entry.number}` 重复列出"
            )
        found[entry.number] = Document(
            entry.number,
            model.words(entry.title, entry.number),
            work.date(entry.issued, (*path, "issued")),
            work.date(entry.valid_from, (*path, "from")),
            work.date(entry.valid_until, (*path, "until")),
            work.cites(entry.cite, entry.number),
            (entry.note and model.words(entry.note)) or None,
        )
    work.done()
    return found


class _Work:
    """A source being read, and the problems found so far."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = list(source.problems)

    def report(self, path: Path_, code: str, en: str, zh: str, help: Text | None = None) -> None:
        self.problems.append(problem(code, en, zh, self.source.place(path), help))

    def done(self) -> None:
        if self.problems:
            raise PolicyError(sorted(self.problems, key=lambda p: p.place or Place("")))

    def value(self, raw: Any, kind: Type, path: Path_, share: bool = False) -> Known | None:
        try:
            return read(raw, kind, share=share)
        except BadValue as error:
            self.problems.append(Problem("value", error.found, self.source.place(path), error.help))
            return None

    def date(self, raw: str | None, path: Path_) -> dt.date | None:
        value = None if raw is None else self.value(raw, DATE, path)
        return value if isinstance(value, dt.date) else None

    def cites(self, raw: model.Cite | list[model.Cite] | None, document: str) -> tuple[Citation, ...]:
        return tuple(Citation(c.document or document, c.at, c.phrase, c.occurrence) for c in model.cites(raw))


class _Composer(_Work):
    def __init__(self, file: model.RuleFile, source: Source, documents: Mapping[str, Document], decision: str) -> None:
        super().__init__(source)
        self.file, self.decision = file, decision
        self.document = documents.get(file.document, Document(file.document, Text(file.document, file.document)))
        self.env: dict[str, Type] = {"as_of": DATE}

    def rule(self) -> Rule:
        if self.file.decision != self.decision:
            self.report(("decision",), "address", f"the path says `{self.decision}`", f"按路径应为 `{self.decision}`")
        self._declare()
        inputs = {name: self._input(name, entry, ("inputs", name)) for name, entry in self.file.inputs.items()}
        readings = {name: self._reading(name, entry) for name, entry in self.file.readings.items()}
        musts = tuple(self.expression(text, FLAG, ("facts_must", i)) for i, text in enumerate(self.file.facts_must))
        provisions = tuple(self._provision(i, entry) for i, entry in enumerate(self.file.provisions))
        self._check_spans(provisions)
        order = self._order(provisions)
        register = self._register(inputs) if self.file.entries else None
        self.done()
        return Rule(
            self.decision, self.document, model.words(self.file.title, self.decision), inputs, readings, musts,
            tuple(self.file.facts_must), provisions, order, self.source.file,
            (self.file.note and model.words(self.file.note)) or None, register,
        )  # fmt: skip

    # --- names and types -------------------------------------------------------------------------------------------

    def _declare(self) -> None:
        for name, entry in self.file.inputs.items():
            self._name(name, self._type(entry, ("inputs", name)), ("inputs", name))
        for name, reading in self.file.readings.items():
            self._name(name, Type("choice", options=tuple(reading.options)), ("readings", name))
        seen: set[str] = set()
        for i, provision in enumerate(self.file.provisions):
            if provision.value is not None and provision.id not in seen:
                seen.add(provision.id)
                self._name(
                    provision.id, self._type(provision.value, ("provisions", i, "value")), ("provisions", i, "id")
                )
            elif provision.value is not None and self._type(provision.value, ()) != self.env[provision.id]:
                self.report(("provisions", i, "value"), "type", f"the versions of `{provision.id}` differ in type",
                            f"`{provision.id}` 的各版本类型不同")  # fmt: skip

    def _name(self, name: str, kind: Type, path: Path_) -> None:
        if name in syntax.RESERVED or "-" in name:
            self.report((*path, ""), "name", f"`{name}` cannot be used in an expression", f"`{name}` 不能用于表达式",
                        Text("choose another name in snake_case", "请另取 snake_case 名称"))  # fmt: skip
        if name in self.env:
            self.report((*path, ""), "duplicate", f"the name `{name}` is taken", f"名称 `{name}` 已被使用")
        self.env[name] = kind

    def _type(self, entry: model.Typed, path: Path_) -> Type:
        kind = _SIMPLE.get(entry.type, NUMBER)
        if entry.type in ("choice", "set"):
            return Type("choice" if entry.type == "choice" else "set", options=tuple(entry.of or ()))
        try:
            if entry.type == "quantity":
                unit = parse_unit(entry.unit or "")
                kind = Type("number", unit, integer=unit in (parse_unit("day"), parse_unit("month")))
            if entry.per:
                kind = typecheck.per_unit(kind, Type("number", parse_unit(entry.per)))
        except BadValue as error:
            self.problems.append(Problem("unit", error.found, self.source.place((*path, "unit")), error.help))
        return kind

    def _labels(self, entry: model.Typed) -> dict[str, Text]:
        if isinstance(entry.of, dict):
            return {option: model.words(label, option) for option, label in entry.of.items()}
        return {option: Text(option, option) for option in entry.of or ()}

    def _input(self, name: str, entry: model.Input, path: Path_) -> Input:
        kind, share = self.env[name], entry.type == "share"
        given = (*path, "assume", "value")
        taken = None if entry.assume is None else self.value(entry.assume.value, kind, given, share)
        bounds = [
            Bound(relation, value)
            for key, relation in _BOUNDS.items()
            if (raw := getattr(entry, key)) is not None and (value := self.value(raw, kind, (*path, key))) is not None
        ]
        if entry.type in _NOT_NEGATIVE and not any(bound.relation in (">", ">=") for bound in bounds):
            bounds.append(Bound(">=", Fraction(0)))
        if taken is not None and not all(COMPARISONS[b.relation].apply(taken, b.value) for b in bounds):
            self.report(given, "value", "what is assumed is outside the bounds", "推定的值超出范围")
        assume = Assumption(taken, entry.assume.why.text()) if entry.assume and taken is not None else None
        shown = Text(entry.unit, entry.unit) if entry.unit and entry.type in ("count", "quantity") else Text("", "")
        return Input(
            name, kind, entry.type, model.words(entry.label, name), self._labels(entry), tuple(bounds), assume,
            self.expression(entry.when, FLAG, (*path, "when")) if entry.when else ir.TRUE, shown,
            model.words(entry.help) if entry.help else None,
        )  # fmt: skip

    def _reading(self, name: str, entry: model.Reading) -> Reading:
        if entry.default not in entry.options:
            self.report(("readings", name, "default"), "option", f"`{entry.default}` is not an option",
                        f"`{entry.default}` 不是选项", did_you_mean(entry.default, entry.options))  # fmt: skip
        options = {option: model.words(given.why, option) for option, given in entry.options.items()}
        return Reading(name, model.words(entry.question), entry.default, options)

    # --- registers -------------------------------------------------------------------------------------------------

    def _register(self, inputs: Mapping[str, Input]) -> Register:
        """The register; its expressions see what an entry has: its own columns and the inputs that are no totals."""
        entry = self.file.entries
        assert entry is not None
        outside = self.env
        self.env = {name: kind for name, kind in outside.items() if name in inputs and name not in entry.totals}
        for name, column in entry.columns.items():
            self._name(name, self._type(column, ("register", "columns", name)), ("register", "columns", name))
        columns = {
            name: self._input(name, column, ("register", "columns", name)) for name, column in entry.columns.items()
        }
        if self.env.get(entry.date, FLAG) != DATE:
            self.report(("register", "date"), "register", f"`{entry.date}` is not a date that entries have",
                        f"`{entry.date}` 不是登记事项的日期列", did_you_mean(entry.date, self.env))  # fmt: skip
        known = {name: column for name, column in {**inputs, **columns}.items() if name in self.env}
        totals = {name: self._total(name, total, outside, known) for name, total in entry.totals.items()}
        each = self._of_entries(entry.each, ("register", "each"))
        self.env = outside
        whom, label = (entry.by.name, model.words(entry.by.label, entry.by.name)) if entry.by else (None, NO_WORDS)
        return Register(entry.date, whom, label, each, columns, totals)

    def _of_entries(self, text: str | None, path: Path_) -> ir.Node:
        """Which entries are meant. A register cites nothing, so it holds no number: that belongs in a provision."""
        node = self.expression(text, FLAG, path) if text else ir.TRUE
        if any(isinstance(part, ir.Number) for part in ir.walk(node)):
            self.report(path, "register", "a number in a register stands in no phrase: put it in a provision",
                        "登记表中的数字没有条文依据：请写入条款")  # fmt: skip
        return node

    def _total(self, name: str, entry: model.Total, env: Mapping[str, Type], columns: Mapping[str, Input]) -> Total:
        path: Path_ = ("register", "totals", name)
        kind: Literal["count", "days", "sum"] = "count" if entry.count else "days" if entry.days else "sum"
        where = self._of_entries(entry.count or entry.days or entry.where, (*path, "where" if entry.sum else kind))
        target, summed = env.get(name), columns.get(entry.sum or "")
        if name not in self.file.inputs:
            self.report((*path, ""), "register", f"`{name}` is not an input", f"`{name}` 不是输入项",
                        did_you_mean(name, self.file.inputs))  # fmt: skip
        elif entry.sum is not None and (summed is None or summed.type != target or not _never_negative(summed)):
            self.report((*path, "sum"), "register", f"`{entry.sum}` is no column of {target} that is never negative",
                        f"`{entry.sum}` 不是类型为 {target} 且不为负的列", did_you_mean(entry.sum, columns))  # fmt: skip
        elif entry.sum is None and target != COUNT and not (kind == "days" and target == _DAYS):
            self.report((*path, kind), "register", f"`{name}` is {target}, not a count", f"`{name}` 是 {target}，不是计数")  # fmt: skip
        return Total(
            name,
            kind,
            where,
            entry.sum,
            _MONTHS.get(entry.per) or _months(entry.per),
            entry.of == "all",
            entry.per == "earlier in year",
        )

    # --- expressions -----------------------------------------------------------------------------------------------

    def expression(self, text: str, wanted: Type, path: Path_) -> ir.Node:
        """A parsed and typed expression; a mistake is reported and stands as `true`."""
        place = self.source.place(path)
        try:
            return typecheck.check(syntax.parse(text), wanted, self.env)
        except syntax.SyntaxProblem as error:
            self.problems.append(Problem("syntax", error.message, _inside(place, text, error.column), error.help))
        except typecheck.TypeProblem as error:
            self.problems.append(Problem("type", error.message, _inside(place, text, error.span[0]), error.help))
        return ir.TRUE

    def _value(self, text: str, wanted: Type, reason: Any, path: Path_) -> ir.Node:
        if text == "unsettled":
            return ir.Unsettled(model.words(reason))
        return self.expression(text, wanted, path)

    def _formula(self, formula: model.Formula, wanted: Type, path: Path_) -> ir.Node:
        if formula.cases is None:
            return self.expression(formula.value or "", wanted, (*path, "is"))
        branches: list[tuple[ir.Node, ir.Node]] = []
        last: ir.Node = ir.Unsettled(NO_CASE)
        for i, case in enumerate(formula.cases):
            at: Path_ = (*path, "cases", i)
            if case.otherwise is not None:
                last = self._value(case.otherwise, wanted, case.reason, (*at, "otherwise"))
            else:
                condition = self.expression(case.when or "", FLAG, (*at, "when"))
                branches.append((condition, self._value(case.value or "", wanted, case.reason, (*at, "is"))))
        return ir.Cases(tuple(branches), last, first=formula.match == "first")

    # --- provisions ------------------------------------------------------------------------------------------------

    def _provision(self, i: int, entry: model.Provision) -> Provision:
        path: Path_ = ("provisions", i)
        number = self.file.document
        cites = self.cites(entry.cite, number)
        when = self.expression(entry.when, FLAG, (*path, "when")) if entry.when else ir.TRUE
        wanted = self.env.get(entry.id, FLAG) if entry.value is not None else None
        unless = tuple(self._exemption(e, wanted, (*path, "unless", k)) for k, e in enumerate(entry.unless))
        require = self.expression(entry.require, FLAG, (*path, "require")) if entry.require else None
        value = self._formula(entry.value, wanted, (*path, "value")) if entry.value and wanted else None
        case_cites = tuple(
            c for case in (entry.value and entry.value.cases) or [] for c in self.cites(case.cite, number)
        )
        if entry.value is not None and not cites and not case_cites:
            self.report(path, "citation", "a formula, or each of its cases, needs `cite`", "公式或其各情形须有 `cite`")
        exempt = tuple((e.when, e.value) for e in unless if e.value is not None)
        if value is not None and exempt:
            value = ir.Cases(exempt, value)
        return Provision(
            entry.id, model.words(entry.title, entry.id), cites or case_cites[:1], entry.force, when, unless, require, value, wanted,
            entry.value.type if entry.value else "flag",
            model.words(entry.unsettled) if entry.unsettled else None,
            self.date(entry.due, (*path, "due")),
            self.date(entry.valid_from, (*path, "from")) or self.document.valid_from,
            self.date(entry.valid_until, (*path, "until")) or self.document.valid_until,
            self._derived(entry, path), model.words(entry.lead) if entry.lead else None, tuple(entry.see),
            model.words(entry.note) if entry.note else None,
            self._parts(entry, cites, unless, path, (when, require, value)), self.source.place((*path, "id")),
            self._labels(entry.value) if entry.value else {}, case_cites,
        )  # fmt: skip

    def _exemption(self, entry: model.Exemption, wanted: Type | None, path: Path_) -> Exemption:
        value = self.expression(entry.value, wanted, (*path, "is")) if entry.value and wanted else None
        return Exemption(
            self.expression(entry.when, FLAG, (*path, "when")), self.cites(entry.cite, self.file.document), value
        )

    def _derived(self, entry: model.Provision, path: Path_) -> dict[Known, Text]:
        found: dict[Known, Text] = {}
        for k, item in enumerate(entry.derived):
            kind = DATE if item.value.count("-") == 2 else NUMBER
            value = self.value(item.value, kind, (*path, "derived", k, "value"))
            if value is not None:
                found[value] = model.words(item.why)
        return found

    def _parts(
        self, entry: model.Provision, cites: tuple[Citation, ...], unless: tuple[Exemption, ...], path: Path_,
        nodes: tuple[ir.Node | None, ...],
    ) -> tuple[CitedPart, ...]:  # fmt: skip
        """Each expression with the citations its literals may stand in."""
        when, require, value = nodes
        parts = [
            CitedPart(n, cites, self.source.place((*path, k))) for n, k in ((when, "when"), (require, "require")) if n
        ]
        for k, exemption in enumerate(unless):
            place = self.source.place((*path, "unless", k, "when"))
            parts += [CitedPart(n, exemption.cites + cites, place) for n in (exemption.when, exemption.value) if n]
        if entry.value is not None and value is not None:
            parts += self._formula_parts(
                entry.value, cites, value, (*path, "value"), bool([e for e in unless if e.value])
            )
        return tuple(parts)

    def _formula_parts(
        self, formula: model.Formula, cites: tuple[Citation, ...], value: ir.Node, path: Path_, wrapped: bool
    ) -> list[CitedPart]:
        inner = value.otherwise if wrapped and isinstance(value, ir.Cases) else value
        if formula.cases is None or not isinstance(inner, ir.Cases):
            return [CitedPart(inner, cites, self.source.place((*path, "is")))]
        parts: list[CitedPart] = []
        branches = [*inner.branches, (ir.TRUE, inner.otherwise)]
        for i, (case, (condition, node)) in enumerate(zip(formula.cases, branches, strict=False)):
            own = self.cites(case.cite, self.file.document) + cites
            place = self.source.place((*path, "cases", i))
            parts += [CitedPart(condition, own, place), CitedPart(node if case.when else inner.otherwise, own, place)]
        return parts

    def _check_spans(self, provisions: Iterable[Provision]) -> None:
        """A provision may stand twice, as versions whose spans do not meet."""
        seen: dict[str, list[tuple[dt.date, dt.date]]] = {}
        for i, provision in enumerate(provisions):
            span = (provision.valid_from or dt.date.min, provision.valid_until or dt.date.max)
            if span[0] > span[1]:
                self.report(("provisions", i, "until"), "span", "`until` lies before `from`", "`until` 早于 `from`")
            others = seen.setdefault(provision.id, [])
            if any(span[0] <= other[1] and other[0] <= span[1] for other in others):
                self.report(("provisions", i, "id"), "duplicate", f"`{provision.id}` stands twice for the same dates",
                            f"`{provision.id}` 在同一时期重复")  # fmt: skip
            others.append(span)

    def _order(self, provisions: tuple[Provision, ...]) -> tuple[str, ...]:
        """The formulas, each after those it uses; a cycle is a mistake."""
        uses: dict[str, set[str]] = {}
        for provision in provisions:
            if provision.is_formula:
                nodes = [provision.when, provision.value, *(e.when for e in provision.unless)]
                uses.setdefault(provision.id, set()).update(n for node in nodes if node for n in ir.names(node))
        try:
            known = {name: [used for used in names if used in uses] for name, names in uses.items()}
            return tuple(TopologicalSorter(known).static_order())
        except CycleError as error:
            ring = error.args[1][::-1]
            at = next(i for i, p in enumerate(self.file.provisions) if p.id == ring[0])
            shown = " → ".join(ring)
            self.report(
                ("provisions", at, "id"), "cycle", f"formulas use each other: {shown}", f"公式互相引用：{shown}"
            )
            return tuple(uses)


def _never_negative(entry: Input) -> bool:
    return any(b.relation in (">", ">=") and isinstance(b.value, Fraction) and b.value >= 0 for b in entry.bounds)


def _months(per: str) -> int | None:
    """The calendar months of a period such as `2 months`; None where entries are added up one by one."""
    return None if per in ("running", "earlier in year") else int(per.removesuffix(" months"))


def _inside(place: Place, text: str, column: int) -> Place:
    """The place of a character of an expression, where the expression stands on one line as it was written."""
    if place.source[place.column - 1 :].startswith(text.split("\n", maxsplit=1)[0][: column + 1]):
        return place.shifted(column)
    return place
