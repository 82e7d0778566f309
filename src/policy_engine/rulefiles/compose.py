"""From the model of a rule file to a rule: every expression parsed and typed, every mistake reported at its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from policy_engine.basics.errors import Place, Text, did_you_mean
from policy_engine.basics.places import Path_, ReadFile
from policy_engine.basics.values import DATE, FLAG, Known, Type
from policy_engine.language import ir
from policy_engine.language.bounds import Open
from policy_engine.language.calendars import Calendar
from policy_engine.language.evaluate import NO_CASE
from policy_engine.rulebook.rule import (
    Citation,
    CitedPart,
    Document,
    Exemption,
    Input,
    Provision,
    Reading,
    Register,
    Rule,
)
from policy_engine.rulefiles import shape as model
from policy_engine.rulefiles.compose_claims import claimed
from policy_engine.rulefiles.compose_grids import Grids
from policy_engine.rulefiles.compose_register import register
from policy_engine.rulefiles.compose_rows import RowsComposer, each_of
from policy_engine.rulefiles.compose_tables import Tables
from policy_engine.rulefiles.compose_uses import Find, Uses
from policy_engine.rulefiles.reader import Reader, unit_word
from policy_engine.rulefiles.shape_file import RuleFile

NOT_DUE: Final = Text("not due yet", "尚未到期")
VERSIONS: Final = Text("a version ends the day before the next: until and from; another provision has another id",
                       "前一版本写 until，止于后一版本 from 的前一日；另一条款须另取 id")  # fmt: skip


def compose(
    file: RuleFile,
    source: ReadFile,
    documents: Mapping[str, Document],
    decision: str,
    find: Find | None = None,
    calendar: Calendar | None = None,
) -> Rule:
    """A rule from its file, working days being those of a calendar. Raises PolicyError with every mistake.

    `find`: another decision, by name.
    """
    composer = _RuleComposer(file, source, documents, decision, find)
    composer.calendar = calendar
    return composer.rule()


def compose_documents(listed: model.DocumentList, source: ReadFile) -> dict[str, Document]:
    """The documents by number. Raises PolicyError."""
    work = Reader(source)
    found: dict[str, Document] = {}
    for i, entry in enumerate(listed.documents):
        path: Path_ = ("documents", i)
        if entry.number in found:
            work.report(
                (*path, "number"), "duplicate", f"`{entry.number}` is listed twice", f"`{entry.number}` 重复列出"
            )
        found[entry.number] = Document(
            number=entry.number,
            title=model.words(entry.title, entry.number),
            issued=work.date(entry.issued, (*path, "issued")),
            valid_from=work.date(entry.valid_from, (*path, "from")),
            valid_until=work.date(entry.valid_until, (*path, "until")),
            cites=work.cites(entry.cite, entry.number),
            note=model.said(entry.note),
        )
    work.done()
    return found


class _RuleComposer(Reader):
    def __init__(
        self, file: RuleFile, source: ReadFile, documents: Mapping[str, Document], decision: str, find: Find | None
    ) -> None:
        super().__init__(source)
        self.uses = Uses(self, file.uses, find)
        self.file, self.decision = file, decision
        self.document = documents.get(
            file.document, Document(number=file.document, title=Text(file.document, file.document))
        )
        self.tables = Tables(self, {}, "")
        self.lists = {name: RowsComposer(self, name, entry, self.document) for name, entry in file.rows.items()}
        self.scope: tuple[Exemption, ...] = ()
        self.untold: tuple[Exemption, ...] = ()

    def rule(self) -> Rule:
        if self.file.decision != self.decision:
            self.report(("decision",), "address", f"the path says `{self.decision}`", f"按路径应为 `{self.decision}`")
        self._declare()
        columns = (*self.uses.provisions(), *self.tables.provisions(), *self.grids.provisions())
        inputs = {name: self.input(name, entry, ("inputs", name)) for name, entry in self.file.inputs.items()}
        inputs |= self.uses.inputs
        self.check_assumed(("inputs",), inputs, inputs)
        readings = {name: self._reading(name, entry) for name, entry in self.file.readings.items()}
        musts = tuple(self.expression(text, FLAG, ("facts_must", i)) for i, text in enumerate(self.file.facts_must))
        self.scope = tuple(self._scope(i, entry) for i, entry in enumerate(self.file.scope))
        self.untold = self.scope
        lists = {name: one.rows(self._formula) for name, one in self.lists.items()}
        written = tuple(self._provision(i, entry) for i, entry in enumerate(self.file.provisions))
        self._check_spans(written)
        provisions = (*(total for _, totals in lists.values() for total in totals), *written, *columns)
        every = (*provisions, *(f for rows, _ in lists.values() for f in rows.formulas))
        self._check_steps(written, every)
        order = self._order(every)
        entries = register(self, self.file.entries, inputs) if self.file.entries else None
        self._check_aliases(inputs, entries)
        claims = claimed(self, self.file.claims, inputs, provisions)
        self.done()
        return Rule(
            decision=self.decision,
            document=self.document,
            title=model.words(self.file.title, self.decision),
            note=model.said(self.file.note),
            inputs=inputs,
            readings={**readings, **self.uses.readings},
            facts_must=musts,
            facts_must_text=tuple(self.file.facts_must),
            scope=self.scope,
            provisions=provisions,
            formula_order=order,
            register=entries,
            claims=claims,
            rows={name: rows for name, (rows, _) in lists.items()},
            place=Place(self.source.file),
            calendar=self.calendar,
        )

    def _check_steps(self, written: Iterable[Provision], every: Iterable[Provision]) -> None:
        """Something goes by each step: a provision, a table, a row of a list."""
        used = {name for p in every for name in (*p.names, *(n for e in p.unless for n in ir.names(e.when)))}
        for i, p in enumerate(written):
            if p.step and p.id not in used:
                self.report(
                    ("provisions", i, "step"), "unused", f"no other provision goes by `{p.id}`: leave `step` out",
                    f"没有其他条款以 `{p.id}` 为条件：请删去 `step`",
                )  # fmt: skip

    def _check_aliases(self, inputs: Mapping[str, Input], entries: Register | None) -> None:
        called: dict[Path_, Input] = {("inputs", name): entry for name, entry in inputs.items()}
        called |= {("register", "columns", n): c for n, c in (entries.columns if entries else {}).items()}
        whom = (entries.by, *entries.by_label) if entries and entries.by else ()
        self.check_aliases(called, whom, entries.by_aliases if entries else ())

    # --- names and types -------------------------------------------------------------------------------------------

    def _declare(self) -> None:
        for name, entry in self.file.inputs.items():
            self.declare(name, self.type_of(entry, ("inputs", name)), ("inputs", name))
            self.called |= dict.fromkeys((*model.words(entry.label), *entry.aliases), name)
        for name, reading in self.file.readings.items():
            self.declare(name, Type("choice", options=tuple(reading.options)), ("readings", name))
        seen: set[str] = set()
        for i, provision in enumerate(self.file.provisions):
            if provision.value is not None and provision.id not in seen:
                seen.add(provision.id)
                self.declare(
                    provision.id, self.type_of(provision.value, ("provisions", i, "value")), ("provisions", i, "id")
                )
            elif provision.value is not None and self.type_of(provision.value, ()) != self.env[provision.id]:
                self.report(("provisions", i, "value"), "type", f"the versions of `{provision.id}` differ in type",
                            f"`{provision.id}` 的各版本类型不同")  # fmt: skip

        self.uses.declare()
        self.tables = Tables(self, self.file.tables, self.file.document)
        self.grids = Grids(self, self.file.decision_tables, self.file.document)
        columns = {k: c for rows in self.file.rows.values() for k, c in rows.columns.items()}
        self.tables.open = frozenset(n for n, entry in {**columns, **self.file.inputs}.items() if entry.open)
        for rows in self.lists.values():
            rows.declare()
            self.tables.of_rows |= rows.inside

    def _reading(self, name: str, entry: model.Reading) -> Reading:
        if entry.default not in entry.options:
            self.report(("readings", name, "default"), "option", f"`{entry.default}` is not an option",
                        f"`{entry.default}` 不是选项", did_you_mean(entry.default, entry.options))  # fmt: skip
        options = {option: model.words(given.why, option) for option, given in entry.options.items()}
        labels = {option: model.words(given.label) for option, given in entry.options.items() if given.label}
        return Reading(
            name=name,
            title=model.words(entry.title),
            question=model.words(entry.question),
            default=entry.default,
            options=options,
            labels=labels,
        )

    def written_out(self, node: ir.Node) -> ir.Node:
        """An expression with what it looks up in tables written out. Raises TypeProblem."""
        return self.tables.written_out(node)

    def borrowed(self) -> tuple[tuple[Citation, ...], dict[Known, Text]]:
        """What the tables cite and declare that expressions looked something up in since this was last asked."""
        found = tuple(self.tables.borrowed), self.tables.derived
        self.tables.borrowed, self.tables.derived = {}, {}
        return found

    # --- expressions -----------------------------------------------------------------------------------------------

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
        rows = each_of(self, self.lists, entry.each, ("provisions", i, "each")) if entry.each else None
        if rows is None:
            return self._plain(i, entry)
        outside = self.env
        self.env = {**outside, **rows.inside}
        p = self._plain(i, entry)
        self.env = outside
        named = {k: rows.within(v) for k in ("when", "require", "due") if isinstance(v := getattr(p, k), ir.Node)}
        unless = tuple(replace(e, when=rows.within(e.when)) for e in p.unless)
        return replace(p, each=rows.name, unless=unless, **named)  # type: ignore[arg-type]

    def _plain(self, i: int, entry: model.Provision) -> Provision:
        path: Path_ = ("provisions", i)
        cites = self.cites(entry.cite, self.file.document)
        self.borrowed()
        when = self._when(entry, path)
        wanted = self.env.get(entry.id, FLAG) if entry.value is not None else None
        unless = tuple(self._exemption(e, wanted, (*path, "unless", k)) for k, e in enumerate(entry.unless))
        require = self.expression(entry.require, FLAG, (*path, "require")) if entry.require else None
        value = self._formula(entry.value, wanted, (*path, "value")) if entry.value and wanted else None
        case_cites = tuple(
            c for case in (entry.value and entry.value.cases) or [] for c in self.cites(case.cite, self.file.document)
        )
        due = self.expression(entry.due, DATE, (*path, "due")) if entry.due else None
        borrowed, declared = self.borrowed()
        derived = self.derived(entry.derived, path) | declared
        if value is not None:
            self.cited(value, cites or case_cites or borrowed, path)
        exempt = tuple((e.when, e.value) for e in unless if e.value is not None)
        told = self._scope_parts() if value is None else ()
        if value is not None and exempt:
            value = ir.Cases(exempt, value)
        shown = (when, require, value, None if isinstance(due, ir.Const) else due)
        return Provision(
            id=entry.id,
            title=model.words(entry.title, entry.id),
            cites=(cites or case_cites[:1]) + borrowed,
            case_cites=case_cites,
            force=entry.force,
            permits=entry.permits is not None,
            when=when,
            unless=unless if value else self.scope + unless,
            require=require,
            value=value,
            step=entry.step,
            type=wanted,
            type_name=entry.value.type if entry.value else "flag",
            unit_word=unit_word(entry.value.unit if entry.value else None),
            options=self.labels(entry.value) if entry.value else {},
            unsettled=model.said(entry.unsettled),
            due=due,
            before_due=self._before_due() if due else None,
            valid_from=self.date(entry.valid_from, (*path, "from")) or self.document.valid_from,
            valid_until=self.date(entry.valid_until, (*path, "until")) or self.document.valid_until,
            derived=derived,
            lead=model.said(entry.lead),
            see=tuple(entry.see),
            note=self._note(entry, (*unless, *self.scope), (*shown, due)),
            parts=self._parts(entry, cites + borrowed, unless, path, shown) + told,
            place=self.source.place((*path, "id")),
        )

    def _note(
        self, entry: model.Provision, unless: Iterable[Exemption], nodes: Iterable[ir.Node | None]
    ) -> Text | None:
        """The note, and which calendar it goes by where it asks for one."""
        note, whole = model.said(entry.note), [*nodes, *(e.when for e in unless)]
        asks = any(isinstance(x, ir.Call) and x.calendar for node in whole if node is not None for x in ir.walk(node))
        if not asks or self.calendar is None:
            return note
        by = Text(f"working days by {self.calendar.title.en}", f"工作日依{self.calendar.title.zh}")
        return Text(f"{note.en.rstrip('.')}; {by.en}", f"{note.zh.rstrip('。')}；{by.zh}") if note else by

    def _when(self, entry: model.Provision, path: Path_) -> ir.Node:
        """When a provision applies; a permission under a condition speaks of the act alone."""
        parts = [
            self.expression(text, FLAG, (*path, key))
            for key, text in (("when", entry.when), ("permits", entry.permits))
            if text
        ]
        return ir.conjunction(tuple(parts))

    def _scope_parts(self) -> tuple[CitedPart, ...]:
        """The conditions of the scope with their citations, told by the first check alone."""
        untold, self.untold = self.untold, ()
        return tuple(CitedPart(e.when, e.cites, self.source.place(("scope", i, "when"))) for i, e in enumerate(untold))

    def _scope(self, i: int, entry: model.ScopeClause) -> Exemption:
        """What the document does not cover, as an exemption of every check."""
        inside = self.expression(entry.when, FLAG, ("scope", i, "when"))
        cites = self.cites(entry.cite, self.file.document)
        return Exemption(ir.Not(inside, span=inside.span), cites, None, model.words(entry.title))

    def _before_due(self) -> Open:
        """What later facts may change: all but days that have come and what is given; totals only rise."""
        totals = self.file.entries.totals if self.file.entries else {}
        rising = {n for n, entry in self.file.inputs.items() if entry.grows or n in totals}
        moving = {n for n, entry in self.file.inputs.items() if entry.type != "date" and not entry.given}
        moving |= {p.id for p in self.file.provisions if p.value is not None and p.value.type != "date"}
        flags = frozenset(n for n in rising if self.file.inputs[n].type == "flag")
        return Open(dict.fromkeys(sorted(moving), NOT_DUE), frozenset(rising), flags)

    def _exemption(self, entry: model.Exemption, wanted: Type | None, path: Path_) -> Exemption:
        value = self.expression(entry.value, wanted, (*path, "is")) if entry.value and wanted else None
        return Exemption(
            self.expression(entry.when, FLAG, (*path, "when")), self.cites(entry.cite, self.file.document), value
        )

    def _parts(
        self, entry: model.Provision, cites: tuple[Citation, ...], unless: tuple[Exemption, ...], path: Path_,
        nodes: tuple[ir.Node | None, ...],
    ) -> tuple[CitedPart, ...]:  # fmt: skip
        """Each expression with the citations its literals may stand in."""
        when, require, value, due = nodes
        parts = [
            CitedPart(n, cites, self.source.place((*path, k)))
            for n, k in ((when, "when"), (require, "require"), (due, "due"))
            if n
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
            value_ = node if case.when else inner.otherwise
            parts += [CitedPart(part, own, place, model.said(case.note)) for part in (condition, value_)]
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
                            f"`{provision.id}` 在同一时期重复", VERSIONS)  # fmt: skip
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
            at: list[Path_] = [("provisions", i, "id") for i, p in enumerate(self.file.provisions) if p.id in ring]
            shown = " → ".join(ring)
            self.report((at or [("rows",)])[0], "cycle", f"formulas use each other: {shown}", f"公式互相引用：{shown}")
            return tuple(uses)
