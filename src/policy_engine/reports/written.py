"""JSON as people read it, indented. Of an answer, what is the same of all cases of a provision is written once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any, Final

from policy_engine.basics.values import to_json
from policy_engine.deciding.outcome import Alternative
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.explaining.fitting import Fit
from policy_engine.explaining.margin import Margin
from policy_engine.explaining.remedy import Remedy

_PLAIN: Final = json.JSONEncoder(ensure_ascii=False).encode
_WORDS: Final = {None: "null", True: "true", False: "false"}
_MANY: Final = (list, tuple)
OBEYED: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
STEP: Final = " "
ROW: Final = "\n" + 2 * STEP
"""Where a finding begins in an answer."""
INSIDE: Final = ROW + STEP
MOST: Final = 1 << 12
"""So many patterns are kept with a rule."""
Patterns = dict[Any, tuple[Any, str]]
"""What is written with gaps for what a case says, and what it is of, by whose ids it is found."""


class Ready(str):
    """JSON that is written already, as deep as it stands."""

    __slots__ = ()


GAP: Final = Ready("\0")
GAPS: Final[Mapping[str, object]] = dict.fromkeys(
    ("status", "contested", "margin", "remedies", "missing", "assumes", "readings", "fits"), GAP
) | {"reason": {"en": GAP, "zh": GAP}}
"""What a case says of a check, in the order in which it is told."""
VALUE_GAPS: Final[Mapping[str, object]] = {"value": GAP, "assumes": GAP}


def one_line(value: object) -> str:
    """The same on one line."""
    return _obeying_nobody(_PLAIN(value))


def text(words: str) -> str:
    """A text; what a terminal would obey is written by its number."""
    shown = encode_basestring(words)
    return shown if words.isprintable() else _obeying_nobody(shown)


def _obeying_nobody(shown: str) -> str:
    return OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", shown)


def indented(value: object, step: str = STEP, line: str = "\n") -> str:
    """As the library indents it, which does so without its C: half of what an answer takes is not spent on looking at it."""
    if type(value) is str:
        return text(value)
    inner = line + step
    if isinstance(value, dict):
        told = [f"{text(key)}: {indented(one, step, inner)}" for key, one in value.items()]
        return f"{{{inner}{f',{inner}'.join(told)}{line}}}" if told else "{}"
    if isinstance(value, _MANY):
        return f"[{inner}{f',{inner}'.join([indented(one, step, inner) for one in value])}{line}]" if value else "[]"
    if type(value) is Ready:
        return value
    return _WORDS[value] if value is None or isinstance(value, bool) else one_line(value)


def answer(found: Decision) -> Ready:
    """The JSON contract of a decision."""
    patterns: Patterns = found.rule.kept.setdefault("written", {})
    if len(patterns) > MOST:
        patterns.clear()
    findings = [_finding(finding, patterns) for finding in found.findings]
    values = [_value(result, patterns) for result in found.results if result.applies]
    return Ready(indented(found.around(*map(_rows, (findings, values)))))


def _rows(told: Sequence[str]) -> object:
    return Ready(f"[{ROW}{f',{ROW}'.join(told)}{ROW[:-1]}]") if told else told


def _finding(found: Finding, patterns: Patterns) -> str:
    if found.clause.due is not None or found.justification is not None:
        return indented(found.to_json(), STEP, ROW)
    reason, margin, fits = found.reason, found.margin, found.fits
    shape = id(found.clause), found.no_remedy, bool(fits)
    kept = patterns.get(shape)
    if kept is None:
        kept = patterns[shape] = found.clause, _pattern(found.to_json(), GAPS)
    told = [
        f'"{found.status}"', _WORDS[found.contested], text(reason.en), text(reason.zh), _inside(margin) if margin else "null",
        _many(found.remedies), _texts(found.missing), _texts(found.assumes), _many(found.readings),
    ]  # fmt: skip
    if fits:
        told.append(_many(fits))
    return kept[1] % tuple(told)


def _value(found: FormulaResult, patterns: Patterns) -> str:
    shape = id(found.clause), id(found.cites), id(found.note)
    kept = patterns.get(shape)
    if kept is None:
        kept = patterns[shape] = (found.clause, found.cites, found.note), _pattern(found.to_json(), VALUE_GAPS)
    return kept[1] % (indented(to_json(found.value), STEP, INSIDE), _texts(found.assumes))


def _pattern(shown: Mapping[str, object], gaps: Mapping[str, object]) -> str:
    """What is shown, with gaps in the place of what another case may say otherwise."""
    marked = {key: gaps.get(key, value) for key, value in shown.items()}
    return indented(marked, STEP, ROW).replace("%", "%%").replace(GAP, "%s")


def _inside(told: Remedy | Margin | Fit | Alternative) -> str:
    return indented(told.to_json(), STEP, INSIDE)


def _many(told: Sequence[Remedy | Fit | Alternative]) -> str:
    return indented([one.to_json() for one in told], STEP, INSIDE) if told else "[]"


def _texts(told: Sequence[str]) -> str:
    return indented(told, STEP, INSIDE) if told else "[]"
