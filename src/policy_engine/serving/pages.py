"""The pages of decisions, made in the processes that decide: what was filled in, what comes of it, in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from policy_engine.asking.interview import Interview
from policy_engine.basics.errors import Lang, Place, PolicyError, Problem
from policy_engine.deciding.facts import read_facts
from policy_engine.rulebook.rule import Rule
from policy_engine.serving.answers import Answers, Given
from policy_engine.serving.browse import document, home, provision, rule_page
from policy_engine.serving.filled import Filled, filled
from policy_engine.serving.jobs import KINDS, MAX_UPLOAD
from policy_engine.serving.questions import Form, live_of, target, told
from policy_engine.serving.rendering import rendered
from policy_engine.serving.result import ResultPage

MADE: Final = "html"


def case(answers: Answers, asked: Given) -> dict[str, Any]:
    """The page of a decision with the form as it is filled in and the result, if it can be decided. Raises PolicyError."""
    return _page(answers, asked, "decide")


def findings(answers: Answers, asked: Given) -> dict[str, Any]:
    """The result alone, to be put into the page while somebody types. Raises PolicyError."""
    return _page(answers, asked, "findings")


def _page(answers: Answers, asked: Given, template: str) -> dict[str, Any]:
    lang: Lang = asked["lang"]
    rule = answers.rule_of({"decision": asked["decision"]})
    done = filled(asked["pairs"], rule)
    result: ResultPage | None = None
    problems: tuple[Problem, ...] = ()
    begun, live = bool(asked["pairs"]), _any(rule)
    try:
        if (begun and done.asks) or answers.noted is None:  # what is recorded was asked for
            found = decided(answers, done, asked["decision"])
            result = ResultPage(found, lang, done.why)
            live = live_of(found.decision)
    except PolicyError as error:
        problems = tuple(error.problems)
    form = Form(rule, done, lang, live, problems)
    wrong = [(target(one, rule), told(one, lang)) for one in problems]
    html = rendered(
        template, lang, rule=rule, form=form, result=result, wrong=wrong, done=done, begun=begun, live=sorted(live),
        here=f"decide/{rule.decision}", title=rule.title.of(lang), recorded=answers.noted is not None, sheets=asked.get("sheets", False)
    )  # fmt: skip
    return {MADE: html}


def sheets(answers: Answers, asked: Given) -> dict[str, Any]:
    """The page where a sheet of cases, or of entries where the decision has a register, is sent. Raises PolicyError."""
    lang, rule = asked["lang"], answers.rule_of({"decision": asked["decision"]})
    told = {"kinds": ",".join(KINDS), "most": MAX_UPLOAD >> 20, "title": rule.title.of(lang)}
    return {MADE: rendered("sheets", lang, rule=rule, here=f"sheets/{rule.decision}", **told)}


def decided(answers: Answers, done: Filled, decision: str) -> Interview:
    """The case as it is filled in, with what follows, decided afresh. Raises PolicyError with the field each problem is about."""
    given: Mapping[str, Any] = {**done.as_asked, "decision": decision}
    rule, as_of = answers.rule_of(given), answers.date_of(given)
    read_facts(rule, done.facts, Place)
    found = Interview(rule=rule, as_of=as_of, chosen=done.readings, answers=done.facts).settled()
    if answers.noted is not None:
        answers.noted(read_facts(rule, found.answers), found.decision, done.assume)
    return found


def _any(rule: Rule) -> frozenset[str]:
    return frozenset(f"f.{name}" for name in rule.askable)


PAGES: Final[Mapping[str, Callable[[Answers, Given], dict[str, Any]]]] = {
    "page.home": home, "page.case": case, "page.findings": findings, "page.rule": rule_page, "page.provision": provision,
    "page.document": document, "page.sheets": sheets,
}  # fmt: skip
"""The pages by what is asked for: a mapping with the page as `html`."""
