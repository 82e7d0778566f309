"""What is valid but poor: a literal that is not in its phrase, a provision nobody proves, a name nobody uses."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import Place, Problem, Text, problem
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.proving.tokens import literal_in_phrase
from policy_engine.rulebook.rule import CitedPart, Provision, Rule
from policy_engine.rulefiles.folder import is_decision
from policy_engine.rulefiles.rulebook import Rulebook

LONG_PHRASE: Final = 60
OPEN_LIST: Final = re.compile("[、和及与][^，。；、]*等(?!级)")  # 等级 is a grade
SET_UP: Final = re.compile("建立|成立|组建|制定|出台|签订")
LAST_PERIOD: Final = re.compile(
    r"^(上年|上一年|去年|上季度|上月)|(?<!over )(?<!than )(?<!on )\blast (year|quarter|month)$"
)


def lint(book: Rulebook, proved: Mapping[str, set[str]] | None = None) -> list[Problem]:
    """Every warning for every rule. `proved`: the provisions each decision's scenarios expect something of, if known."""
    warnings: list[Problem] = []
    for rule in book.rules():
        for check in CHECKS:
            warnings += check(rule, book)
        if proved is not None:
            warnings += _unproved(rule, proved.get(rule.decision, set()))
    return sorted(warnings, key=lambda w: w.place or Place(""))


def not_in_phrase(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    """The literals of a rule that stand in no cited phrase and are not declared."""
    inputs = [*rule.inputs.values(), *(c for rows in rule.rows.values() for c in rows.columns.values())]
    coded = {entry.name for entry in inputs if entry.type.kind == "code"}
    for provision in rule.cited:
        for part in provision.parts:
            for value, text in undeclared(provision, part, coded):
                yield problem(
                    "literal-not-in-phrase", f"`{provision.id}`: {text} does not stand in the cited phrase",
                    f"`{provision.id}`：引用的文字中没有 {text}", part.place,
                    Text(f"cite the phrase that holds it, or declare `derived: [{{value: {value}, why: …}}]`",
                         f"请引用含该数的文字，或声明 `derived: [{{value: {value}, why: …}}]`"),
                )  # fmt: skip


def undeclared(provision: Provision, part: CitedPart, coded: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """The literals of an expression, and the codes held against the names of codes, that neither stand in a cited phrase nor are declared derived; the text of each."""
    for value, text in literals(part.node):
        values = (
            (value, value / 12)
            if text.endswith(("month", "months", "year", "years")) and isinstance(value, Fraction)
            else (value,)
        )
        stands = any(literal_in_phrase(v, cite.phrase) for v in values for cite in part.cites)
        if value and not stands and not any(v in provision.derived for v in values):  # nothing is no figure
            yield (text, text)
    for code in codes(part.node, coded):
        if code not in provision.derived and not any(code in cite.phrase for cite in part.cites):
            yield (f"'\"{code}\"'", f'"{code}"')


def literals(node: ir.Node) -> list[tuple[Fraction | dt.date, str]]:
    """The numbers and dates of an expression with their texts; `2/3` is one number."""
    match node:
        case ir.Arith(op="/", left=ir.Number(value=a, unit=None), right=ir.Number(value=b)) if b:
            return [(a / b, unparse(node))]
        case ir.Number(value=value):
            return [(value, unparse(node))]
        case ir.Const(value=dt.date() as date):
            return [(date, date.isoformat())]
        case _:
            return [found for child in ir.children(node) for found in literals(child)]


def codes(node: ir.Node, coded: Collection[str]) -> list[str]:
    """The texts of an expression that stand beside the name of a code."""
    parts = ir.children(node)
    found = [code for part in parts for code in codes(part, coded)]
    if any(isinstance(part, ir.Name) and part.name in coded for part in parts):
        found += [part.value for part in parts if isinstance(part, ir.Const) and isinstance(part.value, str)]
        found += [item for part in parts if isinstance(part, ir.ListOf) for item in part.items]
    return found


def _unknown_document(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    if rule.document.number not in book.documents:
        number = rule.document.number
        yield problem(
            "unknown-document",
            f"`{number}` is not listed in documents.yaml",
            f"documents.yaml 没有列出 `{number}`",
            Place(rule.place.file, 1, 1),
        )


def _unused(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    used = {name for node in _elsewhere(rule) for name in ir.names(node)}
    used |= {name for provision in rule.cited for name in provision.names}
    place = Place(rule.place.file, 1, 1)
    inputs = (*rule.inputs.values(), *(column for rows in rule.rows.values() for column in rows.columns.values()))
    for name in (entry.name for entry in inputs if entry.name not in used and entry.type.kind != "text"):
        yield problem("unused-input", f"nothing uses the input `{name}`", f"输入 `{name}` 没有被使用", place)
    for name in (name for name in rule.readings if name not in used):
        yield problem("unused-reading", f"nothing uses the reading `{name}`", f"读法 `{name}` 没有被使用", place)


def _constant(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    for provision in rule.provisions:
        conditions = [
            provision.when,
            *([provision.require] if provision.require else []),
            *(e.when for e in provision.unless),
        ]
        for condition in conditions:
            if condition != ir.TRUE and not ir.names(condition):
                yield problem(
                    "constant-condition",
                    f"`{provision.id}`: the condition never changes",
                    f"`{provision.id}`：条件恒定不变",
                    provision.place,
                )


def _without_effect(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    """An option forbids nothing: a fact that only decides whether an act is permitted, nowhere else asked, can never matter."""
    asked = [p for p in rule.provisions if p.force == "option" and p.require is not None and p.when != ir.TRUE]
    options = {name for p in asked for name in ir.names(p.require or ir.TRUE)}
    others = {name for p in rule.provisions if p not in asked for name in p.names}
    others |= {name for node in _elsewhere(rule) for name in ir.names(node)}
    for provision in asked:
        for name in sorted((options - others) & provision.names & rule.inputs.keys()):
            yield problem(
                "option-without-effect", f"`{provision.id}`: without `{name}` nothing is forbidden, so it can never matter",
                f"`{provision.id}`：不具备 `{name}` 也不构成违反，该条件不会影响任何结论", provision.place,
                Text("where the clause permits an act only under a condition, write `permits: ACT` with `require: CONDITION`",
                     "条文仅在具备条件时许可某行为的，请写 `permits: 行为` 与 `require: 条件`"),
            )  # fmt: skip


def _elsewhere(rule: Rule) -> list[ir.Node]:
    """Expressions of a rule that are no provision's."""
    return [*rule.facts_must, *(entry.when for entry in rule.inputs.values())]


def _phrases(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    for provision in rule.cited:
        for cite in provision.all_cites:
            if len(cite.phrase) > LONG_PHRASE:
                yield problem("long-phrase", f"`{provision.id}`: the cited phrase has {len(cite.phrase)} characters; cite, don't copy",
                              f"`{provision.id}`：引文有 {len(cite.phrase)} 字，宜引不宜抄", provision.place)  # fmt: skip


def _closed_list(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    """A list of the text that ends in 等, whose options are those of an input that takes no other."""
    for provision in rule.cited:
        for part in provision.parts:
            if not any(OPEN_LIST.search(cite.phrase) for cite in part.cites):
                continue
            for name in _listed_against(part.node):
                entry = rule.inputs.get(name)
                if entry and entry.type.kind in ("choice", "set") and not entry.open:
                    yield problem("closed-list", f"`{provision.id}`: the cited list ends in 等, and `{name}` takes no other of the kind",
                                  f"`{provision.id}`：引用的列举以“等”结尾，而 `{name}` 不接受同类其他", provision.place,
                                  Text("say `open: true`", "请写 `open: true`"))  # fmt: skip


def _undated(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    """What is to be set up, with no day it is due: undone is not yet a breach. A ban is not meant, nor what has a formula beside."""
    for provision in rule.provisions:
        require = provision.require
        if require is None or provision.force != "binding" or provision.due is not None or provision.permits:
            continue
        if isinstance(require, ir.Not) or not any(SET_UP.search(cite.phrase) for cite in provision.all_cites):
            continue
        asked = ir.names(require)
        if asked and all(name in rule.inputs and rule.inputs[name].type.kind in ("flag", "set") for name in asked):
            yield problem(
                "undated-duty", f"`{provision.id}`: the phrase sets something up, and undone it is violated from the first day",
                f"`{provision.id}`：引文要求建立、制定或签订某事项，尚未完成时自始即判违反", provision.place,
                Text("say `due:` where the text has a day or a period, else `or still_in_time` with an unsettled formula",
                     "条文有期限的写 `due:`，没有的写 `or still_in_time` 并另立一个 unsettled 的计算项"),
            )  # fmt: skip


def _not_given(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    """Figures of a period that is over, which nobody can change."""
    for name, entry in rule.inputs.items():
        if not entry.given and any(LAST_PERIOD.search(label) for label in (entry.label.zh, entry.label.en)):
            yield problem("not-given", f"`{name}` is of a period that is over, and a remedy may advise to change it",
                          f"`{name}` 系已过期间的数据，整改建议可能要求改动它", Place(rule.place.file, 1, 1),
                          Text("say `given: true`", "请写 `given: true`"))  # fmt: skip


def _listed_against(node: ir.Node) -> set[str]:
    """The names an expression holds against a list."""
    found = {name for child in ir.children(node) for name in _listed_against(child)}
    if any(isinstance(child, ir.ListOf) and len(child.items) > 1 for child in ir.children(node)):
        found |= {child.name for child in ir.children(node) if isinstance(child, ir.Name)}
    return found


def _untitled(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    """A value of a table or a formula that answers call by its name in the file; the totals of a list have labels."""
    for provision in (p for p in rule.provisions if p.is_formula and p.all_cites and p.title.zh == p.id):
        yield problem("untitled", f"`{provision.id}` has no title, and answers show its name", f"`{provision.id}` 没有名称，答复中会显示标识",
                      provision.place, Text("say `title: {en: …, zh: …}`, in a table under the table or its column",
                                            "请写 `title: {en: …, zh: …}`，表的写在表或其列下"))  # fmt: skip


def _see(rule: Rule, book: Rulebook) -> Iterator[Problem]:
    for provision in rule.provisions:
        for target in provision.see:
            decision, _, name = target.partition("/")
            if not is_decision(book.root, decision) or name not in book.rule(decision).ids:
                yield problem("unknown-see", f"`{provision.id}` points to `{target}`, which does not exist",
                              f"`{provision.id}` 指向不存在的 `{target}`", provision.place)  # fmt: skip


CHECKS: Final[tuple[Callable[[Rule, Rulebook], Iterable[Problem]], ...]] = (
    not_in_phrase, _unknown_document, _unused, _constant, _without_effect, _phrases, _closed_list, _undated, _not_given,
    _untitled, _see,
)  # fmt: skip


def _unproved(rule: Rule, proved: set[str]) -> Iterator[Problem]:
    for name in rule.ids:
        if name not in proved:
            place = next(p.place for p in rule.provisions if p.id == name)
            yield problem("no-scenario", f"no scenario expects anything of `{name}`", f"没有情景检验 `{name}`", place)
