"""What stands in a row beside statuses and values: other readings, notes, citations; for people or, with names, for programs."""

from __future__ import annotations

from policy_engine.basics.errors import Lang
from policy_engine.basics.values import to_json
from policy_engine.deciding.outcome import Alternative
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.rulebook.rule import Names
from policy_engine.words import aside, chosen, citation_text, comes_to, otherwise, remedies, say, why_idle

Said = Finding | FormulaResult
UNDETERMINED, IDLE = "undetermined", "not_applicable"
FAILING = ("violated", "departed", "missed")
SHOWN = 6


def contested(found: Decision) -> bool:
    """Whether another reading gives another outcome or another value."""
    return bool(found.readings) or any(result.readings for result in found.results)


def readings(found: Decision, lang: Lang, machine: bool) -> str:
    """Every other reading of the outcome, the checks and the values: `premium: old_land=article_10 → 0`.

    For people what one reading gives of several stands together: the question and the answer to it are told once.
    """
    if not machine:
        return _gathered(found, lang)
    head = "outcome" if machine else say("outcome", lang)
    told = [(head, [_reading(a, found.names, lang, machine) for a in found.readings])]
    for one in _all(found):
        others = [_reading(a, found.names, lang, machine, one.provision) for a in one.readings]
        told.append((_called(one, lang, machine), others))
    return _joined([_line(name, other, lang, machine) for name, others in told for other in others], lang, machine)


def _gathered(found: Decision, lang: Lang) -> str:
    """Each other reading with what it gives: the outcome, checks and values that come to the same named together."""
    outcome, between = say("outcome", lang), "、" if lang == "zh" else ", "
    given: dict[str, dict[str, list[str]]] = {}
    every: list[tuple[str, str, tuple[Alternative, ...]]] = [(outcome, "", found.readings)]
    every += [(_title(one, lang), one.provision, one.readings) for one in _all(found)]
    for title, name, others in every:
        for other in others:
            of_choice = given.setdefault(chosen(other, found.names, lang), {})
            of_choice.setdefault(comes_to(other, found.names, lang, name), []).append(title)
    told = [
        _line(
            choice,
            ("，" if lang == "zh" else ", ").join(
                f"{between.join(titles)} {much}" for much, titles in of_choice.items()
            ),
            lang,
            False,
        )
        for choice, of_choice in given.items()
    ]
    return _joined(told, lang, False)


def readings_of(one: Said, names: Names, lang: Lang, machine: bool, typed: bool = False) -> str:
    """Every other reading of a finding or a value; `typed`: in English as it is typed."""
    told = [
        otherwise(a, names, lang, one.provision, typed=True)
        if typed
        else _reading(a, names, lang, machine, one.provision)
        for a in one.readings
    ]
    return _joined(told, lang, machine)


def explained(found: Decision) -> list[Finding]:
    """The checks of which reasons are told: those that fail; else those whose status the outcome is: open, not due, not applicable."""
    return failing(found) or [f for f in found.findings if f.status == found.outcome]


def failing(found: Decision) -> list[Finding]:
    """The checks that fail."""
    return [f for f in found.findings if f.status in FAILING]


def why(found: Decision, lang: Lang) -> str:
    """The reason and the clause of each check that is explained; why none applies, once for those alike."""
    return "\n".join(_line(title, text, lang, False) for title, text in whys(found, lang))


def whys(found: Decision, lang: Lang) -> list[tuple[str, str]]:
    """What `why` tells: the titles of checks, and the reason."""
    if found.outcome == IDLE:
        alike: dict[str, list[str]] = {}
        for f in explained(found):
            alike.setdefault(why_idle(f, lang), []).append(_title(f, lang))
        titles = ("、" if lang == "zh" else ", ").join
        return [(titles(own), text) for text, own in alike.items()][:SHOWN]
    told = failing(found) or explained(found)[:SHOWN]
    return [(_title(f, lang), f.reason.of(lang) + aside(cites_of(f), lang)) for f in told]


def mends(found: Decision, lang: Lang) -> str:
    """What would mend each check that fails."""
    head = say("mend", lang) + ("：" if lang == "zh" else ": ")
    told = [(f, remedies(f, found, lang).removeprefix(head)) for f in failing(found)]
    return "\n".join(_line(_title(f, lang), text, lang, False) for f, text in told if text)


def _title(one: Said, lang: Lang) -> str:
    return one.clause.title.of(lang)


def notes(found: Decision, lang: Lang, machine: bool) -> str:
    """The notes of the document and of what applies."""
    own = [(one, one.note) for one in _all(found) if _applies(one)]
    told = [_line(_called(one, lang, machine), note.of(lang), lang, machine) for one, note in own if note]
    return _joined([*(note.of(lang) for note in found.notes), *told], lang, machine)


def cites(found: Decision, lang: Lang, machine: bool) -> str:
    """Where what applies stands: document and clause, of a value that of the case that decided."""
    told = [_line(_called(one, lang, machine), cites_of(one), lang, machine) for one in _all(found) if _applies(one)]
    return _joined(told, lang, machine)


def cites_of(one: Said) -> str:
    """Documents and clauses of a finding, or of the case that decided a value."""
    own = one.cites if isinstance(one, FormulaResult) and one.cites else one.clause.cites
    return " / ".join(dict.fromkeys(citation_text(cite) for cite in own))


def _all(found: Decision) -> tuple[Said, ...]:
    return (*found.findings, *found.results)


def _applies(one: Said) -> bool:
    return one.applies if isinstance(one, FormulaResult) else one.status != "not_applicable"


def _called(one: Said, lang: Lang, machine: bool) -> str:
    return one.provision if machine else one.clause.title.of(lang)


def _reading(other: Alternative, names: Names, lang: Lang, machine: bool, name: str = "") -> str:
    if not machine:
        return otherwise(other, names, lang, name)
    choice = " + ".join(f"{question}={option}" for question, option in other.choose.items())
    if other.status is not None or other.outcome is not None:
        return f"{choice} → {other.status or other.outcome}"
    shown = None if other.value is None else to_json(other.value)
    if isinstance(shown, bool):
        shown = str(shown).lower()
    return f"{choice} → {UNDETERMINED if shown is None else ','.join(shown) if isinstance(shown, list) else shown}"


def _line(name: str, text: str, lang: Lang, machine: bool) -> str:
    return f"{name}：{text}" if lang == "zh" and not machine else f"{name}: {text}"


def _joined(parts: list[str], lang: Lang, machine: bool) -> str:
    told = [*(part.rstrip("。.") for part in parts[:-1]), *parts[-1:]]  # one stop between two sentences
    return ("；" if lang == "zh" and not machine else "; ").join(told)
