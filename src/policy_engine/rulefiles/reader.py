"""What is read of every file of rules: values, dates, citations, names with their types, inputs, expressions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.places import Path_, ReadFile
from policy_engine.basics.values import (
    ANOTHER,
    ANOTHER_WORDS,
    CODE,
    COUNT,
    DATE,
    FLAG,
    NUMBER,
    SQUARE_METRE,
    TEXT,
    YUAN,
    BadValue,
    Known,
    Type,
    parse_unit,
    read,
)  # fmt: skip
from policy_engine.language import instead, ir, syntax, typecheck
from policy_engine.language.calendars import Calendar
from policy_engine.language.operators import COMPARISONS
from policy_engine.rulebook.rule import Assumption, Bound, Citation, Input, plain
from policy_engine.rulefiles import shape as model
from policy_engine.rulefiles import signs

_SIMPLE = {
    "count": COUNT, "number": NUMBER, "share": NUMBER, "date": DATE, "flag": FLAG,
    "code": CODE, "text": TEXT,
    "money": Type("number", YUAN), "area": Type("number", SQUARE_METRE),
}  # fmt: skip
_NOT_NEGATIVE = frozenset({"count", "money", "share", "area"})
_BOUNDS: dict[str, ir.CompareOp] = {"above": ">", "at_least": ">=", "below": "<", "at_most": "<="}


class Reader:
    """A file being read: the names declared so far with their types, and the problems found."""

    def __init__(self, source: ReadFile) -> None:
        self.source = source
        self.problems: list[Problem] = list(source.problems)
        self.env: dict[str, Type] = {"as_of": DATE}
        self.calendar: Calendar | None = None
        self.of_lists: dict[str, str] = {}  # the names of lists and of what their rows have, each with its list
        self.called: dict[str, str] = {}  # names by what people call them

    def report(self, path: Path_, code: str, en: str, zh: str, help: Text | None = None) -> None:
        """A mistake at a place of the file."""
        self.problems.append(problem(code, en, zh, self.source.place(path), help))

    def done(self) -> None:
        """Raises PolicyError with every mistake, one that several expressions have told once."""
        if not self.problems:
            return
        told: dict[object, list[Problem]] = {}
        for found in sorted(filter(self._of_its_own, self.problems), key=lambda p: p.place or Place("")):
            alike = (found.code, found.message, found.help) if found.code in ("type", "syntax") else found
            told.setdefault(alike, []).append(found)
        raise PolicyError(map(_once, told.values()))

    def _of_its_own(self, found: Problem) -> bool:
        """Whether a mistake is more than what is left of an expression that a comma cut in two."""
        cut = found.code == "syntax" and found.place
        return not cut or not any(
            p.code == "comma" and p.place and (p.place.file, p.place.line) == (cut.file, cut.line)
            for p in self.problems
        )

    def value(self, raw: Any, kind: Type, path: Path_, share: bool = False) -> Known | None:
        """A value as it is written; None where it is none."""
        try:
            return read(raw, kind, share=share)
        except BadValue as error:
            self.problems.append(Problem("value", error.found, self.source.place(path), error.help))
            return None

    def date(self, raw: str | None, path: Path_) -> dt.date | None:
        """A date as it is written; None where it is none."""
        value = None if raw is None else self.value(raw, DATE, path)
        return value if isinstance(value, dt.date) else None

    def cites(self, raw: model.Cite | list[model.Cite] | None, document: str) -> tuple[Citation, ...]:
        """Citations, of a document unless they name another."""
        return tuple(Citation(c.document or document, c.at, c.phrase, c.occurrence) for c in model.cites(raw))

    def cited(self, node: ir.Node, cites: tuple[Citation, ...], path: Path_) -> None:
        """A formula that holds a figure says where it stands; one that only puts names together needs no citation."""
        literals = (ir.Number, ir.Const)
        figures = [
            n
            for n in ir.walk(node)
            if isinstance(n, literals) and n.value not in (0, 1) and not isinstance(n.value, str)
        ]
        if figures and not cites:
            self.report(path, "citation", "a formula with a figure, or each of its cases, needs `cite`",
                        "含有数字的公式或其各情形须有 `cite`")  # fmt: skip

    # --- names and types ---------------------------------------------------------------------------------------------

    def declare(self, name: str, kind: Type, path: Path_) -> None:
        """A name that expressions may use from now on."""
        if name in syntax.RESERVED or "-" in name:
            self.report((*path, ""), "name", f"`{name}` cannot be used in an expression", f"`{name}` 不能用于表达式",
                        _another_name(name))  # fmt: skip
        if name in self.env:
            self.report((*path, ""), "duplicate", f"the name `{name}` is taken", f"名称 `{name}` 已被使用")
        self.env[name] = kind
        self.env.setdefault(name.replace("-", "_"), kind)  # what is called amiss is told once, not of each use

    def type_of(self, entry: model.Typed, path: Path_) -> Type:
        """The type of an input or a formula."""
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

    def labels(self, entry: model.Typed) -> dict[str, Text]:
        """The options of a choice or set with their words."""
        if isinstance(entry.of, dict):
            return {option: model.words(label, option) for option, label in entry.of.items()}
        return {option: Text(option, option) for option in entry.of or ()}

    def input(self, name: str, entry: model.Input, path: Path_) -> Input:
        """An input from its entry."""
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
        if not all(
            _within(a.value, b) and _within(b.value, a)
            for a, b in combinations(bounds, 2)
            if a.relation[0] != b.relation[0]
        ):
            self.report(
                (*path, ""), "value", f"no value lies within the bounds of `{name}`", f"`{name}` 的上下限之间没有任何值"
            )
        if taken is not None and not all(_within(taken, b) for b in bounds):
            self.report(given, "value", "what is assumed is outside the bounds", "推定的值超出范围")
        assume = None
        if entry.assume and taken is not None:
            assume = Assumption(taken, entry.assume.why.text(), entry.assume.if_given)
        labels = self.labels(entry) | ({ANOTHER: ANOTHER_WORDS} if entry.open else {})
        return Input(
            name=name,
            label=model.words(entry.label, name),
            help=model.said(entry.help),
            type=kind,
            type_name=entry.type,
            options=labels,
            open=entry.open,
            bounds=tuple(bounds),
            unit_word=unit_word(entry.unit),
            assume=assume,
            when=self.expression(entry.when, FLAG, (*path, "when")) if entry.when else ir.TRUE,
            aliases=tuple(entry.aliases),
            option_aliases=self._option_aliases(entry, labels, (*path, "of")),
            given=entry.given,
            grows=entry.grows and entry.type not in ("flag", "set"),  # those are told only where they are not due yet
        )

    def _option_aliases(self, entry: model.Typed, labels: Mapping[str, Text], path: Path_) -> dict[str, str]:
        """What else is written for an option; a word that stands for another option, or for the same twice, is a mistake."""
        taken = {plain(word) for option, label in labels.items() for word in (option, *label)}
        found: dict[str, str] = {}
        for option, label in (entry.of if isinstance(entry.of, dict) else {}).items():
            for alias in label.aliases if isinstance(label, model.OptionWords) else []:
                self._take(alias, taken, (*path, option, "aliases"))
                found[alias] = option
        return found

    def check_aliases(self, entries: Mapping[Path_, Input], whom: Sequence[str], also: Sequence[str]) -> None:
        """What else an input, or the column that says whom an entry is about, is called is a word of its own."""
        taken = {plain(word) for entry in entries.values() for word in (entry.name, *entry.label)} | set(
            map(plain, whom)
        )
        for path, entry in entries.items():
            for alias in entry.aliases:
                self._take(alias, taken, (*path, "aliases"))
        for alias in also:
            self._take(alias, taken, ("register", "by", "aliases"))

    def check_assumed(self, at: Path_, entries: Mapping[str, Input], among: Collection[str]) -> None:
        """What silence is taken to mean only beside another fact names one that may stand beside it."""
        for name, entry in entries.items():
            beside = entry.assume.if_given if entry.assume else None
            if beside is not None and (beside == name or beside not in among):
                self.report((*at, name, "assume", "if_given"), "name", f"`{beside}` is no other input",
                            f"`{beside}` 不是另一项输入", did_you_mean(beside, [one for one in among if one != name]))  # fmt: skip

    def _take(self, alias: str, taken: set[str], path: Path_) -> None:
        if plain(alias) in taken:
            self.report(path, "alias", f"the alias `{alias}` is taken: it is a name, label or alias already",
                        f"别名 `{alias}` 已被占用：它已是名称、标签或别名")  # fmt: skip
        taken.add(plain(alias))

    # --- expressions -------------------------------------------------------------------------------------------------

    def written_out(self, node: ir.Node) -> ir.Node:
        """An expression with what it looks up in tables written out. Raises TypeProblem."""
        return node

    def borrowed(self) -> tuple[tuple[Citation, ...], dict[Known, Text]]:
        """What the tables cite and declare that expressions looked something up in since this was last asked."""
        return (), {}

    def expression(self, text: str, wanted: Type, path: Path_) -> ir.Node:
        """A parsed and typed expression; a mistake is reported and stands as `true`."""
        return self.typed(text, path, wanted)[1]

    def typed(self, text: str, path: Path_, wanted: Type | None = None) -> tuple[Type, ir.Node]:
        """A parsed and typed expression with its type; a mistake is reported and stands as `true`."""
        try:
            node = self.written_out(syntax.parse(text))
            found, node = (
                typecheck.infer(node, self.env) if wanted is None else (wanted, typecheck.check(node, wanted, self.env))
            )
            return found or FLAG, self._dated(node, path, text)
        except syntax.SyntaxProblem as error:
            help = signs.advice(text, error.column) or error.help
            self.problems.append(Problem("syntax", error.message, self.source.inside(path, text, error.column), help))
        except typecheck.TypeProblem as error:
            name = text[slice(*error.span)]
            help = error.help
            if name in self.of_lists and name not in self.env:
                help = _of_a_list(self.of_lists[name])
            if name in self.called and name not in self.env:
                help = Text(f"write {self.called[name]}, which is called so", f"请写 {self.called[name]}，这是它的标签")
            self.problems.append(Problem("type", error.message, self.source.inside(path, text, error.span[0]), help))
        return FLAG, ir.TRUE

    def derived(self, entries: Sequence[model.Derived], path: Path_) -> dict[Known, Text]:
        """The literals that stand in no phrase, with the reasons."""
        found: dict[Known, Text] = {}
        for k, item in enumerate(entries):
            if item.value[:1] == item.value[-1:] == '"' and len(item.value) > 2:  # a code
                found[item.value[1:-1]] = model.words(item.why)
                continue
            kind = DATE if item.value.count("-") == 2 else NUMBER
            value = _figure(item.value) or self.value(item.value, kind, (*path, "derived", k, "value"))
            if value is not None:
                found[value] = model.words(item.why)
        return found

    def _dated(self, node: ir.Node, path: Path_, text: str) -> ir.Node:
        """The expression with the calendar of the rule, where it asks which days are worked."""
        asks = [part for part in ir.walk(node) if isinstance(part, ir.Call) and part.function in ir.CALENDARED]
        if asks and self.calendar is None:
            help = Text("say `calendar: cn` at the head of the file", "请在文件开头写 `calendar: cn`")
            message = Text("working days are those of a calendar", "工作日须依日历确定")
            self.problems.append(Problem("calendar", message, self.source.inside(path, text, asks[0].span[0]), help))
        return ir.dated_by(node, self.calendar) if asks else node


def unit_word(unit: str | None) -> Text:
    """What a figure is counted in, as it is written behind it."""
    return Text(unit or "", unit or "")


def _within(value: Known, bound: Bound) -> bool:
    return COMPARISONS[bound.relation].apply(value, bound.value) is True


def _of_a_list(name: str) -> Text:
    """How what belongs to a list is used outside its rows."""
    return Text(f"of `{name}` outside its rows: a total, totals: {{…: {{count: true}}}}, or a check with each: {name}",
                f"在 `{name}` 各行之外使用：写合计 totals: {{…: {{count: true}}}}，或用带 each: {name} 的检查")  # fmt: skip


def _once(alike: Sequence[Problem]) -> Problem:
    """Mistakes of the same words as one, with the lines of the others."""
    first = alike[0]
    lines = sorted({p.place.line for p in alike[1:] if p.place} - {first.place.line if first.place else 0})
    if not lines:
        return first
    also = ", ".join(map(str, lines))
    told = Text(
        f"{first.message.en} (also in {'lines' if len(lines) > 1 else 'line'} {also})",
        f"{first.message.zh}（第 {also.replace(', ', '、')} 行亦然）",
    )
    return replace(first, message=told)


def _another_name(name: str) -> Text:
    """What a value may be called whose name is none in an expression."""
    return instead.write(name.replace("-", "_")) if "-" in name else Text("choose another name", "请另取名称")


def _figure(text: str) -> Fraction | None:
    """The number of a literal with a unit, written as in a formula: `20万元`, `12 working days`; None where it is another."""
    try:
        node = syntax.parse(text)
    except syntax.SyntaxProblem:
        return None
    return node.value if isinstance(node, ir.Number) and node.unit else None
