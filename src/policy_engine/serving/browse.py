"""The rules to be read: what can be decided, documents, provisions with phrase, figures, readings and scenarios; found by any word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from policy_engine.basics.errors import Lang, Place, PolicyError, problem
from policy_engine.proving.cases import load_cases
from policy_engine.reports.book import Expectations, expected, figures
from policy_engine.reports.rule_text import callings, meaning
from policy_engine.rulebook.rule import Document, Provision, Rule, plain
from policy_engine.serving.answers import Answers, Given
from policy_engine.serving.coloured import coloured, passages
from policy_engine.serving.rendering import rendered
from policy_engine.serving.said import SAID
from policy_engine.words import FORCE, span

SHOWN = 60
"""So many clauses are shown of those that were found."""
LONGEST = 200
"""So many characters of what is looked for count."""


class Clause(NamedTuple):
    """A provision among what was looked for."""

    rule: Rule
    provision: Provision


class Grouped(NamedTuple):
    """A document with its decisions."""

    document: Document
    rules: list[Rule]


def home(answers: Answers, asked: Given) -> dict[str, Any]:
    """Every decision by document; of what is looked for, those decisions, clauses and sentences of the text that have every word of it."""
    lang, sought = asked["lang"], str(asked.get("q", ""))[:LONGEST].strip()
    rules = answers.book.rules()
    words = [plain(word) for word in sought.split()]
    some = [rule for rule in rules if _has(words, _of_rule(rule))] if words else rules
    clauses = [Clause(r, p) for r in rules for p in _once(r) if _has(words, _of_provision(p))] if words else []
    sentences = list(passages(answers.book, answers.source, words)) if words and answers.source else []
    known = {rule.document.number for rule in rules}
    return {
        "html": rendered(
            "home", lang, groups=_by_document(some), clauses=clauses[:SHOWN], sentences=[(one, one.document in known) for one in sentences[:SHOWN]],
            count=len(some) + len(clauses) + len(sentences), sought=sought, here="", title=SAID["home"].of(lang),
        )
    }  # fmt: skip


def _has(words: Iterable[str], texts: Iterable[str]) -> bool:
    whole = plain(" ".join(texts))
    return all(word in whole for word in words)


def _of_rule(rule: Rule) -> tuple[str, ...]:
    return (rule.decision, *rule.title, rule.document.number, *rule.document.title)


def _of_provision(p: Provision) -> tuple[str, ...]:
    cites = (word for cite in p.all_cites for word in (cite.document, cite.at, cite.phrase))
    return (p.id, *p.title, *(p.note or ()), *cites)


def _once(rule: Rule) -> list[Provision]:
    """The provisions of a rule, each in its last version."""
    return list({p.id: p for p in rule.provisions}.values())


def _by_document(rules: Iterable[Rule]) -> list[Grouped]:
    made = dict[str, Grouped]()
    for rule in rules:
        made.setdefault(rule.document.number, Grouped(rule.document, [])).rules.append(rule)
    return list(made.values())


def rule_page(answers: Answers, asked: Given) -> dict[str, Any]:
    """The provisions of a decision. Raises PolicyError for one there is not."""
    lang, rule = asked["lang"], answers.rule_of(asked)
    names = callings(rule)
    told = [(p, FORCE[p.force].of(lang), meaning(p, names, lang)) for p in _once(rule)]
    return {
        "html": rendered("rule", lang, rule=rule, told=told, here=f"rules/{rule.decision}", title=rule.title.of(lang))
    }


def provision(answers: Answers, asked: Given) -> dict[str, Any]:
    """A provision: its phrases, what it means as a rule, its figures, open questions, the scenarios that expect something of it."""
    lang, rule, name = asked["lang"], answers.rule_of(asked), asked["provision"]
    versions = [p for p in rule.provisions if p.id == name]
    if not versions:
        raise PolicyError(
            problem("unknown-provision", f"no provision `{name}`", f"没有条款 `{name}`", Place("provision"))
        )
    names, p = callings(rule), versions[-1]
    used = {n for one in versions for n in one.names}
    told = [(one, span(one, lang), meaning(one, names, lang), figures(one, names, lang)) for one in versions]
    return {
        "html": rendered(
            "provision", lang, rule=rule, p=p, told=told, force=FORCE[p.force].of(lang), readings=[r for n, r in rule.readings.items() if n in used],
            scenarios=list(_scenarios(answers, rule, name, lang)), here=f"rules/{rule.decision}/{name}", title=p.title.of(lang),
        )
    }  # fmt: skip


def document(answers: Answers, asked: Given) -> dict[str, Any]:
    """A document: its decisions, and every place of it that is encoded. Raises PolicyError for one there is not."""
    lang, number = asked["lang"], asked["number"]
    rules = answers.book.rules()
    own = [rule for rule in rules if rule.document.number == number]
    places = dict[str, list[Clause]]()
    for rule in rules:
        for p in _once(rule):
            for at in dict.fromkeys(c.at for c in p.all_cites if c.document == number):
                places.setdefault(at, []).append(Clause(rule, p))
    if not own and not places:
        raise PolicyError(
            problem("unknown-document", f"no document `{number}`", f"没有文件 `{number}`", Place("document"))
        )
    text = None if answers.source is None else coloured(answers.book, answers.source, number)
    about = answers.book.documents.get(number) or own[0].document
    return {
        "html": rendered(
            "document", lang, document=about, span=span(about, lang), rules=own,
            places=list(places.items()), text=text, here=f"documents/{number}", title=about.title.of(lang),
        )
    }  # fmt: skip


def _scenarios(answers: Answers, rule: Rule, name: str, lang: Lang) -> Iterator[tuple[str, str]]:
    """Scenarios that expect something of a provision: their names, and what is expected."""
    for case_name, told in _expected(answers.book.root.parent / "scenarios", rule.decision):
        if name in told:
            yield case_name.of(lang), told[name].of(lang)


@lru_cache(256)
def _expected(folder: Path, decision: str) -> Expectations:
    """What the scenarios of a decision expect, provision by provision."""
    path = folder.joinpath(*decision.split(".")).with_suffix(".yaml")
    return expected(load_cases(path) if path.is_file() else ()).get(decision, [])
