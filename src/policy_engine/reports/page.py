"""A decision or a report as one page that needs nothing else: read on a phone, printed on A4, in either language."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policy_engine.basics.errors import Lang, visible
from policy_engine.deciding.outcome import STATUSES
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.reports.summary import summary
from policy_engine.words import (
    MARK,
    OUTCOME,
    STATUS,
    alternative,
    assumed,
    citation,
    colon,
    conclusion,
    contested,
    fitting,
    grounds,
    justification,
    pointed,
    progress,
    remedies,
    rests_on,
    say,
    value,
)

if TYPE_CHECKING:
    from jinja2 import Template

LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")


def decision(found: Decision, lang: Lang, version: str) -> str:
    """The answer for one case."""
    views = [{"lang": one, "heads": [], "cases": [_case("", found, one, version)]} for one in LANGUAGES]
    return _template().render(lang=lang, languages=LANGUAGES, title=found.rule.title.of(lang), views=views)


def report(cases: Sequence[tuple[str, Decision]], lang: Lang, version: str) -> str:
    """Many cases: how many of each outcome, each provision with its counts, then each case on a page of its own."""
    views = [_whole(cases, one, version) for one in LANGUAGES]
    return _template().render(lang=lang, languages=LANGUAGES, title=say("report", lang), views=views)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    shown = Environment(
        loader=PackageLoader("policy_engine", "reports"), autoescape=True, undefined=StrictUndefined,
        finalize=lambda said: visible(said, "\n") if type(said) is str else said,  # what a macro gives is no text
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return shown.get_template("page.html.j2")


def _whole(cases: Sequence[tuple[str, Decision]], lang: Lang, version: str) -> dict[str, Any]:
    total = summary([found for _, found in cases])
    rows = [[say("outcome", lang), OUTCOME[name].of(lang), str(n)] for name, n in total.outcomes.items()]
    for row in total.rows:
        counts = "，".join(f"{STATUS[status].of(lang)} {n}" for status, n in row.counts.items())
        rows.append([row.document.number, row.provision.title.of(lang), counts])
    heads = [say("document", lang), say("provision", lang), say("status", lang)]
    shown = [_case(name, found, lang, version) for name, found in cases]
    return {"lang": lang, "title": say("report", lang), "heads": heads, "summary": rows, "cases": shown}


def _case(name: str, found: Decision, lang: Lang, version: str) -> dict[str, Any]:
    order = {status: i for i, status in enumerate(STATUSES)}
    told = sorted((f for f in found.findings if f.status != "not_applicable"), key=lambda f: order[f.status])
    joint = "、" if lang == "zh" else ", "
    return {
        "name": name,
        "title": found.rule.title.of(lang),
        "document": f"{found.document.number} {found.document.title.of(lang)}",
        "notes": [note.of(lang) for note in found.notes],
        "outcome": found.outcome,
        "said": conclusion(found, lang),
        "readings": [alternative(a, found.names, lang) for a in found.readings],
        "findings": [_finding(f, found, lang) for f in told],
        "results": [(r.clause.title.of(lang), _worked_out(r, found, lang)) for r in found.results if r.applies or r.readings],
        "facts": [(found.inputs[n].label.of(lang), _shown(found, n, lang)) for n in found.facts if n in found.inputs],
        "assumed": [tuple(line.split(colon(lang), 1)) for line in assumed(found, lang)],
        "ask": joint.join(found.inputs[n].label.of(lang) for n in found.missing),
        "idle": [f.clause.title.of(lang) + colon(lang) + f.reason.of(lang) for f in found.findings if f.status == "not_applicable"],
        "heads": {**{key: say(key, lang) for key in ("values", "facts", "assumed", "ask")}, "idle": say("not_applicable", lang)},
        "foot": _foot(found, lang, version),
    }  # fmt: skip


def _worked_out(result: FormulaResult, found: Decision, lang: Lang) -> str:
    """A value, what it assumes, what it is under other readings, and its clauses, a line each."""
    lines = [value(result, found, lang), rests_on(result, found, lang)]
    lines += [alternative(a, found.names, lang, result.provision) for a in result.readings]
    return "\n".join(line for line in (*lines, *grounds(result, lang)) if line)


def _shown(found: Decision, name: str, lang: Lang) -> str:
    known = found.facts[name]
    return found.names.shown(known, name).of(lang) + (
        found.names.unit(name).of(lang) if isinstance(known, Fraction) else ""
    )


def _finding(finding: Finding, found: Decision, lang: Lang) -> dict[str, Any]:
    p, mended = finding.clause, remedies(finding, found, lang)
    lines = [mended, rests_on(finding, found, lang), fitting(finding, found, lang)]
    lines += [alternative(a, found.names, lang) for a in finding.readings]
    lines += [justification(finding.justification, lang)] if finding.justification else []
    if finding.status == "pending" and progress(finding):
        lines.append(f"{say('progress', lang)} {progress(finding)}")
    lines += [say("note", lang) + colon(lang) + p.note.of(lang)] if p.note else []
    lines.append(pointed(p, found, lang))
    said = STATUS[finding.status].of(lang) + (contested(lang) if finding.contested else "")
    return {
        "status": finding.status, "mark": MARK[finding.status], "said": said, "title": p.title.of(lang),
        "reason": finding.reason.of(lang), "bar": _bar(finding), "mended": bool(mended),
        "lines": [line for line in lines if line], "cites": [citation(cite) for cite in p.cites],
    }  # fmt: skip


def _bar(finding: Finding) -> dict[str, object] | None:
    """What was found against its bound, in hundredths of the width; where both are numbers and not below zero."""
    margin = finding.margin
    if margin is None or not (isinstance(margin.left, Fraction) and isinstance(margin.right, Fraction)):
        return None
    most = max(margin.left, margin.right)
    if min(margin.left, margin.right) < 0 or most == 0:
        return None
    width, bound = (f"{int(side / most * 9500) // 100}" for side in (margin.left, margin.right))
    holds = finding.status == "satisfied"
    return {"width": width, "bound": bound, "holds": holds}


def _foot(found: Decision, lang: Lang, version: str) -> str:
    """As of when, by which rule and which program."""
    path = Path(found.rule.file)
    rule = hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""
    parts = [f"{say('as_of', lang)} {found.as_of}", f"policy-engine {version}", *([f"SHA-256 {rule}"] if rule else [])]
    return " · ".join(parts)
