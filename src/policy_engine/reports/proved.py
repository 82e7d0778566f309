"""What was found of rules before any case, as a paper: each finding in a sentence, with the case that shows it as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.reports.composed import day
from policy_engine.reports.differing import as_asked, facts_ruled
from policy_engine.reports.leaf import Heading, Leaf, Paragraph, Part, Ruled
from policy_engine.reports.proof import AND_THEN, CONFIRMED, FOR_EXAMPLE, KIND, Proof, read_so, sentence, summary
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.found import FAULTS, Found
from policy_engine.solving.study import Example

_TITLE: Final = Text("What holds of the rules for every case", "规则的证明与审查")
_NOTHING: Final = Text("Nothing was found.", "未发现问题。")


def composed(found: Proof, lang: Lang, version: str) -> Leaf:
    """The findings of each decision; those that an author will want to look at are marked."""
    said, title = summary(found).of(lang), _TITLE.of(lang)
    parts: list[Part] = [Heading(1, title), Paragraph(said, "outcome")]
    for decision, some in found.found.items():
        rule = found.rules[decision]
        if some:
            parts.append(Heading(2, rule.title.of(lang)))
        for one in some:
            parts += _found(found, rule, one, lang)
    if not found.every and not found.unheld:
        parts.append(Paragraph(_NOTHING.of(lang)))
    for decision in found.unheld:
        parts.append(
            Heading(
                2,
                f"{found.rules[decision].title.of(lang)}{'：' if lang == 'zh' else ': '}{KIND['not-settled'].of(lang)}",
            )
        )
    return Leaf(
        lang=lang, title=title, outcome=said, parts=tuple(parts), foot=f"policy-engine {version}", date=day(found.as_of, lang)
    )  # fmt: skip


def _found(proof: Proof, rule: Rule, one: Found, lang: Lang) -> Iterator[Part]:
    yield Heading(3, sentence(rule, one).of(lang), "!" if one.kind in FAULTS else "")
    if one.proved:
        yield Paragraph(CONFIRMED.of(lang), "soft")
    for case, words in ((one.example, FOR_EXAMPLE), (one.risen, AND_THEN)):
        if case is not None:
            yield Paragraph(words.of(lang), "soft")
            yield _case(proof.rules[case.decision], case, lang)
    if one.said:
        yield Paragraph(read_so(rule, one).of(lang), "soft")


def _case(rule: Rule, case: Example, lang: Lang) -> Ruled:
    """The facts of a case, and what it takes each open question for where that is not the default."""
    rule = as_asked(rule, case.facts)
    ruled, names = facts_ruled((rule,), case.facts, case.as_of, lang), rule.names(case.as_of)
    taken = [(names.label(q).of(lang), names.option(o, q).of(lang)) for q, o in case.readings.items()]
    return Ruled(heads=ruled.heads, rows=[*ruled.rows, *taken], widths=ruled.widths)
