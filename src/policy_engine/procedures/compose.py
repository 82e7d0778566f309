"""From the model of a procedure file to a procedure: names, order, reach, cycles and expressions checked at their place."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any, Final, get_args

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.places import Path_, ReadFile
from policy_engine.basics.values import BadValue, Known
from policy_engine.deciding.facts import read_input
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.outline import depends_on
from policy_engine.language import ir
from policy_engine.language.calendars import Calendar
from policy_engine.procedures.durable import MAX_PATTERNS, MAX_WHEN
from policy_engine.procedures.events import WITHDRAWN_WORDS
from policy_engine.procedures.procedure import (  # fmt: skip
    Condition,
    ConditionKind,
    Consequence,
    Deadline,
    Prerequisite,
    Procedure,
    Step,
    date_name,
    in_circles,
    unreachable,
)
from policy_engine.procedures.shape import (
    ConditionEntry,
    ConsequenceEntry,
    DeadlineEntry,
    Earlier,
    ProcedureFile,
    RunStatus,
    StepEntry,
)  # fmt: skip
from policy_engine.rulebook.rule import Citation, Rule, plain
from policy_engine.rulefiles import shape as model
from policy_engine.rulefiles.calendars import calendar_named
from policy_engine.rulefiles.compose import compose
from policy_engine.rulefiles.folder import calendar_files, rule_path
from policy_engine.rulefiles.load import load_rule
from policy_engine.rulefiles.rulebook import Rulebook
from policy_engine.rulefiles.shape_file import RuleFile

MAX_BRANCHES: Final = 64


def compose_procedure(file: ProcedureFile, source: ReadFile, book: Rulebook, name: str) -> Procedure:
    """A procedure from its file. Raises PolicyError with every mistake."""
    return _Composer(file, source, book, name).procedure()


_A_DAY: Final = Text("the day of a step is known from its event: leave it out", "步骤的日期取自其事件，不必列出")


def _many(value: str | list[str] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


@dataclass(frozen=True)
class _Import:
    """What a procedure uses of a decision."""

    decision: str
    rule: Rule
    file: RuleFile
    ids: set[str]

    def names(self) -> set[str]:
        """Every name that is used with it."""
        return {n for p in self.rule.provisions if p.id in self.ids for n in p.names}


class _Composer:
    """A procedure from its file. Checks and expressions go the way of every rule; the rest is checked here."""

    def __init__(self, file: ProcedureFile, source: ReadFile, book: Rulebook, name: str) -> None:
        self.file, self.source, self.book, self.name = file, source, book, name
        self.problems: list[Problem] = []
        self.formulas: list[model.Provision] = []
        self.places = dict(source.places)
        self.steps = [entry.id for entry in file.steps]

    def report(self, path: Path_, code: str, en: str, zh: str, help: Text | None = None) -> None:
        self.problems.append(problem(code, en, zh, self.source.place(path), help))

    def procedure(self) -> Procedure:
        if self.file.procedure != self.name:
            self.report(("procedure",), "address", f"the path says `{self.name}`", f"按路径应为 `{self.name}`")
        self._check_ids()
        steps = {entry.id: self._step(i, entry) for i, entry in enumerate(self.file.steps)}
        deadlines = tuple(self._deadline(i, entry) for i, entry in enumerate(self.file.deadlines))
        consequences = self._consequences()
        self._check_reach(steps)
        imported = self._imported()
        rule, origin = self._rule(imported)
        checks = {p.id for p in rule.provisions if not p.is_formula} if rule else set()
        if rule:
            self._check_findings(checks, rule.inputs)
            steps = {i: replace(step, sets=self._sets(k, rule)) for k, (i, step) in enumerate(steps.items())}
        if self.problems or rule is None:
            raise PolicyError(sorted(self.problems, key=lambda p: p.place or Place("")))
        at_steps = {check for step in steps.values() for check in step.requires}
        return Procedure(
            name=self.name, title=model.words(self.file.title, self.name), rule=rule, steps=steps,
            tallies={name: (tally.sum, _many(tally.over)) for name, tally in self.file.tallies.items()},
            deadlines=deadlines, consequences=consequences, given=frozenset(rule.inputs) - self._made_names(),
            standing=tuple(dict.fromkeys(p.id for p in rule.provisions if p.id in checks - at_steps)), origin=origin,
            digest=hashlib.sha256(repr((self.file, rule.provisions)).encode()).hexdigest(),
        )  # fmt: skip

    # --- names ---------------------------------------------------------------------------------------------------

    def _known(self, names: Iterable[str], known: Iterable[str], path: Path_, what: tuple[str, str]) -> tuple[str, ...]:
        """The names, each of which must be known."""
        found, accepted = tuple(names), list(known)
        for k, name in enumerate(found):
            if name not in accepted:
                help = _A_DAY if what[0] == "input" and name in self._made_names() else did_you_mean(name, accepted)
                at = (*path, k) if (*path, k) in self.source.places else path
                self.report(at, "unknown-name", f"unknown {what[0]} `{name}`", f"未知的{what[1]} `{name}`",
                            help)  # fmt: skip
        return found

    def _known_steps(self, names: str | list[str] | None, path: Path_) -> tuple[str, ...]:
        return self._known(_many(names), self.steps, path, ("step", "步骤"))

    def _known_deadlines(self, names: str | list[str] | None, path: Path_) -> tuple[str, ...]:
        return self._known(_many(names), [entry.id for entry in self.file.deadlines], path, ("deadline", "期限"))

    def _check_ids(self) -> None:
        kinds: tuple[tuple[str, list[Any]], ...] = (
            ("steps", [*self.file.steps]), ("deadlines", [*self.file.deadlines]),
            ("consequences", [*self.file.consequences]),
        )  # fmt: skip
        for key, entries in kinds:
            seen: set[str] = set()
            for i, entry in enumerate(entries):
                if entry.id in seen:
                    self.report((key, i, "id"), "duplicate", f"`{entry.id}` stands twice", f"`{entry.id}` 重复")
                seen.add(entry.id)
        for i, entry in enumerate(self.file.steps):
            if entry.id in ("withdrawn", "correction"):
                self.report(("steps", i, "id"), "name", f"`{entry.id}` is a word of the log", f"`{entry.id}` 为保留字")
        self._check_aliases()

    def _check_aliases(self) -> None:
        words = [(e.id, *model.words(e.title, e.id), *e.aliases) for e in self.file.steps]
        count = Counter(word for own in words for word in {plain(w) for w in own})
        for i, entry in enumerate(self.file.steps):
            for k, alias in enumerate(entry.aliases):
                if count[plain(alias)] > 1 or alias in WITHDRAWN_WORDS:
                    self.report(("steps", i, "aliases", k), "alias", f"the alias `{alias}` is taken by another step",
                                f"别名 `{alias}` 已用于其他步骤")  # fmt: skip

    def _made_names(self) -> frozenset[str]:
        return frozenset({*(date_name(step) for step in self.steps), *self.file.tallies, "opened_on"})

    def _made_inputs(self, inputs: Mapping[str, model.Input]) -> dict[str, model.Input]:
        """What the log itself gives: the day of each step, running totals, the day a deadline was opened."""
        made = {"opened_on": _date_input("the day it was opened", "起算日")}
        for entry in self.file.steps:
            title = model.words(entry.title, entry.id)
            made[date_name(entry.id)] = _date_input(f"date of: {title.en}", f"{title.zh}的日期")
        for name, tally in self.file.tallies.items():
            path: Path_ = ("tallies", name)
            self._known_steps(tally.over, (*path, "over"))
            if tally.sum is not None:
                self._known((tally.sum,), inputs, (*path, "sum"), ("input", "输入"))
            base = inputs.get(tally.sum or "", model.Input(type="count"))
            made[name] = base.model_copy(update={"label": tally.label, "default": None, "when": None, "help": None, "aliases": [],
                                                 "above": None, "below": None, "at_most": None})  # fmt: skip
        for name in made:
            if name in inputs:
                self.report(("inputs", name), "duplicate", f"the name `{name}` is taken", f"名称 `{name}` 已被使用")
        return made

    # --- expressions, as formulas of the rule ----------------------------------------------------------------------

    def _formula(self, name: str, text: str, kind: str, cite: Any, path: Path_, derived: Any = ()) -> str:
        """An expression of the procedure as a formula of its rule, with its place; the name it has there."""
        at: Path_ = ("provisions", len(self.file.provisions) + len(self.formulas))
        name = name.replace("-", "_")
        value = model.Formula.model_validate({"type": kind, "is": text})
        self.formulas.append(model.Provision.model_construct(id=name, cite=cite, value=value, derived=list(derived)))
        self.places[*at, "value", "is"] = self.places[at] = self.places[*at, "id"] = self.source.place(path)
        return name

    def _step(self, i: int, entry: StepEntry) -> Step:
        path: Path_ = ("steps", i)
        after: list[Earlier] = self.steps[max(i - 1, 0) : i] if entry.after is None else entry.after  # type: ignore[assignment]
        return Step(
            id=entry.id, title=model.words(entry.title, entry.id), cites=self._cites(entry.cite),
            after=tuple(self._prerequisite(entry, e, (*path, "after", k)) for k, e in enumerate(after)),
            force=entry.force, repeats=entry.repeats, closes=entry.closes,
            facts=tuple(dict.fromkeys((*entry.facts, *entry.sets))), requires=tuple(entry.requires),
            place=self.source.place((*path, "id")), note=model.said(entry.note), aliases=tuple(entry.aliases),
        )  # fmt: skip

    def _prerequisite(self, entry: StepEntry, earlier: Earlier, path: Path_) -> Prerequisite:
        if isinstance(earlier, str):
            return Prerequisite(self._known_steps(earlier, path))
        names = self._known_steps(earlier.any or earlier.step, (*path, "any" if earlier.any else "step"))
        if earlier.when is None:
            return Prerequisite(names)
        return Prerequisite(names, self._formula(f"~before:{entry.id}:{path[-1]}", earlier.when, "flag", entry.cite,
                                                 (*path, "when")))  # fmt: skip

    def _deadline(self, i: int, entry: DeadlineEntry) -> Deadline:
        path: Path_ = ("deadlines", i)
        when, since = (
            text and self._formula(f"~{part}:{entry.id}", text, kind, entry.cite, (*path, part), entry.derived)
            for part, text, kind in (("when", entry.when, "flag"), ("since", entry.since, "date"))
        )
        return Deadline(
            id=entry.id, title=model.words(entry.title, entry.id), cites=self._cites(entry.cite), force=entry.force,
            opens=self._known_steps(entry.opens, (*path, "opens")), missed=self._known_deadlines(entry.missed, (*path, "missed")), when=when or None, since=since or None,
            due=self._formula(f"~due:{entry.id}", entry.due, "date", entry.cite, (*path, "due"), entry.derived),
            met_by=self._known_steps(entry.met_by, (*path, "met_by")), ends=self._known_steps(entry.ends, (*path, "ends")),
        )  # fmt: skip

    def _cites(self, raw: model.Cite | list[model.Cite]) -> tuple[Citation, ...]:
        return tuple(Citation(c.document or self.file.document, c.at, c.phrase, c.occurrence) for c in model.cites(raw))

    # --- consequences ----------------------------------------------------------------------------------------------

    def _consequences(self) -> tuple[Consequence, ...]:
        branches = [self._branches(i, entry) for i, entry in enumerate(self.file.consequences)]
        if sum(len(b) for bs in branches for b in bs) + self._order_patterns() > MAX_PATTERNS:
            self.report((), "limit", f"more than {MAX_PATTERNS} conditions", f"条件超过 {MAX_PATTERNS} 个")
        leads = {e.id: {c.of for b in bs for c in b if c.kind == "consequence"}
                 for e, bs in zip(self.file.consequences, branches, strict=True)}  # fmt: skip
        self._check_cycles(leads)
        of_event = {e.id for e, bs in zip(self.file.consequences, branches, strict=True)
                    if any(c.kind == "event" for b in bs for c in b)}  # fmt: skip
        while more := {name for name, before in leads.items() if before & of_event} - of_event:
            of_event |= more
        return tuple(
            Consequence(
                id=e.id,
                title=model.words(e.title),
                cites=self._cites(e.cite),
                branches=bs,
                of_event=e.id in of_event,
                note=model.said(e.note),
            )
            for e, bs in zip(self.file.consequences, branches, strict=True)
        )

    def _order_patterns(self) -> int:
        """How many conditions the order of the steps takes, alternatives multiplied out."""
        total = 0
        for i, entry in enumerate(self.file.steps):
            choices = [len(e.any or "1") + bool(e.when) for e in entry.after or () if not isinstance(e, str)]
            total += prod(choices) * (1 + len(entry.after or "1"))
            if prod(choices) > MAX_BRANCHES or len(entry.after or ()) >= MAX_WHEN:
                self.report(("steps", i, "after"), "limit", "too many prerequisites", "前置步骤过多")
        return total

    def _branches(self, i: int, entry: ConsequenceEntry) -> tuple[tuple[Condition, ...], ...]:
        options = [self._condition(entry, part, ("consequences", i, "when", k)) for k, part in enumerate(entry.when)]
        few = prod(len(option) for option in options) <= MAX_BRANCHES
        picks = product(*options) if few else ()
        branches = [tuple(dict.fromkeys(c for part in picked for c in part)) for picked in picks]
        if not few or any(len(branch) > MAX_WHEN for branch in branches):
            limit = f"more than {MAX_BRANCHES} alternatives or {MAX_WHEN} conditions"
            self.report(
                ("consequences", i, "when"), "limit", limit, f"选项超过 {MAX_BRANCHES} 个或条件超过 {MAX_WHEN} 个"
            )
            return tuple(branches[:1])
        return tuple(dict.fromkeys(branches))

    def _condition(self, entry: ConsequenceEntry, part: ConditionEntry, path: Path_) -> list[tuple[Condition, ...]]:
        """The alternatives of one condition."""
        if part.any is not None:
            return [c for k, inner in enumerate(part.any) for c in self._condition(entry, inner, (*path, "any", k))]
        if part.that is not None:
            name = self._formula(
                f"~that:{entry.id}:{len(self.formulas)}", part.that, "flag", entry.cite, (*path, "that")
            )
            return [(Condition("that", name),)]
        if part.finding is not None:
            statuses = self._known(
                _many(part.status or "violated"), get_args(Status), (*path, "is"), ("status", "状态")
            )
            return [(Condition("finding", part.finding, status),) for status in statuses]
        if part.deadline is not None:
            self._known_deadlines(part.deadline, (*path, "deadline"))
            statuses = self._known(
                _many(part.status or "missed"), get_args(RunStatus), (*path, "is"), ("status", "状态")
            )
            return [(Condition("deadline", part.deadline, status),) for status in statuses]
        if part.consequence is not None:
            known = [entry.id for entry in self.file.consequences]
            self._known((part.consequence,), known, (*path, "consequence"), ("consequence", "后果"))
            return [(Condition("consequence", part.consequence),)]
        kind: ConditionKind = "step" if part.step is not None else "event" if part.event is not None else "without"
        return [(Condition(kind, self._known_steps(part.step or part.event or part.without, (*path, kind))[0]),)]

    def _check_cycles(self, leads: Mapping[str, set[str]]) -> None:
        ring = in_circles(leads)
        if ring:
            i = next(i for i, entry in enumerate(self.file.consequences) if entry.id in ring)
            en, zh = (f"{text}{', '.join(ring)}" for text in ("consequences lead to each other: ", "后果互为前提："))
            self.report(("consequences", i, "id"), "cycle", en, zh)

    def _check_reach(self, steps: Mapping[str, Step]) -> None:
        lost = unreachable(steps)
        for i, entry in enumerate(self.file.steps):
            if entry.id in lost and all(name in steps for p in steps[entry.id].after for name in p.any_of):
                self.report(("steps", i, "id"), "unreachable", f"the step `{entry.id}` can never come in order",
                            f"步骤 `{entry.id}` 永远无法按序发生")  # fmt: skip

    # --- the rule --------------------------------------------------------------------------------------------------

    def _imported(self) -> list[_Import]:
        """The checks and formulas used of other decisions, with the formulas they need."""
        found = []
        for name, wanted in self.file.uses.items():
            try:
                rule = self.book.rule(name)
            except PolicyError as error:
                self.problems += [
                    replace(p, place=p.place or self.source.place(("uses", name))) for p in error.problems
                ]
                continue
            self._known(
                wanted,
                dict.fromkeys(p.id for p in rule.provisions),
                ("uses", name),
                (f"provision of {name}", f" {name} 条款"),
            )
            formulas = {p.id: p for p in rule.provisions if p.is_formula}
            needed = {n for p in rule.provisions if p.id in wanted for n in depends_on(p.names, formulas)}
            ids = {p.id for p in rule.provisions if p.id in wanted or (p.is_formula and p.id in needed)}
            found.append(_Import(name, rule, load_rule(rule_path(self.book.root, name))[0], ids))
        return found

    def _rule(self, imported: list[_Import]) -> tuple[Rule | None, dict[str, str]]:
        """The rule of the procedure: its own checks and expressions, then those of other decisions."""
        inputs, readings = dict(self.file.inputs), dict(self.file.readings)
        musts, extra, origin = list(self.file.facts_must), list[model.Provision](), dict[str, str]()
        for one in imported:
            names = one.names()
            inputs = {**{n: entry for n, entry in one.file.inputs.items() if n in names - self._made_names()}, **inputs}
            readings = {**{n: entry for n, entry in one.file.readings.items() if n in names}, **readings}
            origin |= {id: f"{one.decision}/{id}" for id in sorted(one.ids)}
            extra += [p for p in one.file.provisions if p.id in one.ids]
            days = self._made_names() - self.file.tallies.keys()  # of steps: their order is judged by itself
            known = {*names, *readings} - days
            musts += [
                t
                for t, must in zip(one.rule.facts_must_text, one.rule.facts_must, strict=True)
                if known.issuperset(ir.names(must))
            ]
            for p in self.file.provisions:
                if p.id in one.ids:
                    self.report(("uses", one.decision), "duplicate", f"`{p.id}` stands here too", f"`{p.id}` 在此重复")
        own = [*self.file.provisions, *self.formulas]
        made = RuleFile.model_construct(
            decision=self.name, document=self.file.document, title=self.file.title, note=self.file.note,
            inputs={**inputs, **self._made_inputs(inputs)}, facts_must=musts, readings=readings, provisions=[*own, *extra],
            uses={name: use for one in imported for name, use in one.file.uses.items() if name in one.ids},
            tables={name: table for one in imported for name, table in one.file.tables.items() if table.columns(name).keys() & one.ids},
        )  # fmt: skip
        read = ReadFile(self.source.file, self.source.data, self.places)
        try:
            composed = compose(made, read, self.book.documents, self.name, self.book.rule, self._calendar(imported))
        except PolicyError as error:
            self.problems += error.problems
            return None, origin
        for one in imported:
            self._check_types(one, composed)
        originals = tuple(p for one in imported for p in one.rule.provisions if p.id in one.ids)
        return replace(composed, provisions=composed.provisions[: len(own)] + originals), origin

    def _calendar(self, imported: list[_Import]) -> Calendar | None:
        """That which the file names, else that of the decisions it uses. Raises PolicyError."""
        if self.file.calendar is None:
            return next((one.rule.calendar for one in imported if one.rule.calendar), None)
        return calendar_named(self.file.calendar, self.source, calendar_files(self.book.root))

    def _check_types(self, one: _Import, composed: Rule) -> None:
        """An input means the same here and there."""
        for given in sorted(one.names() & set(one.rule.inputs)):
            if one.rule.inputs[given].type != composed.inputs[given].type:
                self.report(("inputs", given, "type"), "type", f"`{given}` has another type in {one.decision}",
                            f"`{given}` 在 {one.decision} 中是另一类型")  # fmt: skip

    def _sets(self, i: int, rule: Rule) -> dict[str, Known]:
        """The facts an event brings by being of its kind."""
        found: dict[str, Known] = {}
        for name, raw in self.file.steps[i].sets.items():
            try:
                if name in rule.inputs:
                    found[name] = read_input(rule.inputs[name], raw)
            except BadValue as error:
                self.problems.append(
                    Problem("value", error.found, self.source.place(("steps", i, "sets", name)), error.help)
                )
        return found

    def _check_findings(self, checks: set[str], known: Mapping[str, Any]) -> None:
        inputs = [name for name in known if name not in self._made_names()]
        for i, entry in enumerate(self.file.steps):
            self._known(entry.requires, checks, ("steps", i, "requires"), ("check", "检查条款"))
            self._known(entry.facts, inputs, ("steps", i, "facts"), ("input", "输入"))
            self._known(entry.sets, inputs, ("steps", i, "sets"), ("input", "输入"))
        for i, consequence in enumerate(self.file.consequences):
            for k, part in enumerate(consequence.when):
                for path, inner in _findings(part, ("consequences", i, "when", k)):
                    self._known((inner,), checks, path, ("finding", "认定"))


def _findings(part: ConditionEntry, path: Path_) -> Iterable[tuple[Path_, str]]:
    if part.finding is not None:
        yield (*path, "finding"), part.finding
    for k, inner in enumerate(part.any or ()):
        yield from _findings(inner, (*path, "any", k))


def _date_input(en: str, zh: str) -> model.Input:
    return model.Input(type="date", label=model.Bilingual(en=en, zh=zh))
