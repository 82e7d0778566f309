"""Variants of a case side by side: what differs first, then what is the same of all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from typing import Final

from policy_engine.basics.errors import Lang, PolicyError, Text, problem
from policy_engine.basics.values import to_json
from policy_engine.explaining.chinese import in_unit
from policy_engine.explaining.decision import FORMAT, Decision, Finding
from policy_engine.reports.data import dump
from policy_engine.reports.markdown import cell
from policy_engine.tables.handed import wide
from policy_engine.words import (
    MARK,
    STATUS,
    aside,
    citation_text,
    colon,
    conclusion,
    contested,
    remedies,
    say,
    value,
)

DIFFERS: Final = Text("What differs", "不同之处")
ALIKE: Final = Text("The same in all", "各方案相同")
VARIANT: Final = Text("Variants", "方案")
NONE: Final = "—"
HEAD: Final = 28
CELL: Final = (16, 44)
ACROSS: Final = 120
_WORD: Final = re.compile(r"[!-~]+$")
CLOSING: Final = "）」”’》，。、；：！？"
"""What begins no line: it may stand beyond the edge."""


@dataclass(frozen=True)
class SaidOfEach:
    """One thing that is said of each variant, in the words of a language."""

    kind: str
    name: str
    head: str
    cells: tuple[str, ...]
    citation: str = ""

    @property
    def differs(self) -> bool:
        """Whether it is not the same of all."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True)
class Comparison:
    """Some answers of one decision, each with a name."""

    variants: tuple[tuple[str, Decision], ...]

    def __post_init__(self) -> None:
        """Refuse what cannot stand side by side. Raises PolicyError."""
        names = dict.fromkeys(found.decision for _, found in self.variants)
        if len(names) > 1:
            raise PolicyError(
                problem("compare", f"variants are of one decision; these are of {', '.join(names)}",
                        f"只能比较同一事项的方案；所给的是：{'、'.join(names)}")
            )  # fmt: skip
        if len(self.variants) < 2:
            raise PolicyError(problem("compare", "name two variants or more", "请给出两个以上方案"))

    @cached_property
    def title(self) -> Text:
        """What is decided."""
        return self.variants[0][1].rule.title

    def lines(self, lang: Lang) -> list[SaidOfEach]:
        """All that is said: outcome, date, facts, checks, values, what is not known; in the order of the rule."""
        return [line for part in (_whole, _facts, _findings, _values) for line in part(self, lang)]


def _decisions(found: Comparison) -> list[Decision]:
    return [decision for _, decision in found.variants]


def _whole(found: Comparison, lang: Lang) -> Iterator[SaidOfEach]:
    every = _decisions(found)
    yield SaidOfEach("outcome", "outcome", say("outcome", lang), tuple(conclusion(d, lang) for d in every))
    yield SaidOfEach("as_of", "as_of", say("as_of", lang), tuple(str(d.as_of) for d in every))
    joint = "、" if lang == "zh" else ", "
    asked = tuple(joint.join(d.inputs[name].label.of(lang) for name in d.missing) or NONE for d in every)
    if set(asked) != {NONE}:
        yield SaidOfEach("missing", "missing", say("ask", lang), asked)


def _facts(found: Comparison, lang: Lang) -> Iterator[SaidOfEach]:
    every = _decisions(found)
    for name, entry in every[0].inputs.items():
        cells = tuple(_fact(d, name, lang) for d in every)
        if set(cells) != {NONE}:
            yield SaidOfEach("fact", name, entry.label.of(lang), cells)


def _fact(found: Decision, name: str, lang: Lang) -> str:
    """A fact with its unit; one that was assumed is marked as such."""
    known = found.facts.get(name, found.assumed.get(name))
    if name in found.rule.not_yet and name in found.facts:
        return "尚未" if lang == "zh" else "not yet"
    if known is None:
        return NONE
    shown = in_unit(known, name, found.names).of(lang)
    return shown if name in found.facts else shown + aside("推定" if lang == "zh" else "assumed", lang)


def _findings(found: Comparison, lang: Lang) -> Iterator[SaidOfEach]:
    told = [{f.provision: f for f in d.findings} for d in _decisions(found)]
    for name in dict.fromkeys(name for each in told for name in each):
        clause = next(each[name] for each in told if name in each).clause
        cells = tuple(
            _finding(each[name], d, lang) if name in each else NONE
            for each, d in zip(told, _decisions(found), strict=True)
        )
        yield SaidOfEach("finding", name, clause.title.of(lang), cells, citation_text(clause.cites[0]))


def _finding(finding: Finding, found: Decision, lang: Lang) -> str:
    """Status, reason and remedy, a line each."""
    status = f"{MARK[finding.status]} {STATUS[finding.status].of(lang)}"
    lines = [status + (contested(lang) if finding.contested else "")]
    if finding.status != "not_applicable":
        lines += [finding.reason.of(lang), remedies(finding, found, lang)]
    return "\n".join(line for line in lines if line)


def _values(found: Comparison, lang: Lang) -> Iterator[SaidOfEach]:
    told = [{r.provision: r for r in d.told} for d in _decisions(found)]
    for name in dict.fromkeys(name for each in told for name in each):
        clause = next(each[name] for each in told if name in each).clause
        cells = tuple(
            value(each[name], d, lang) if name in each else NONE
            for each, d in zip(told, _decisions(found), strict=True)
        )
        yield SaidOfEach("value", name, clause.title.of(lang), cells)


def text(found: Comparison, lang: Lang) -> str:
    """Columns side by side, as wide as a terminal of 120; what is the same of all in one column below."""
    names = [name for name, _ in found.variants]
    width = max(CELL[0], min(CELL[1], (ACROSS - HEAD) // len(names) - 2))
    lines, every = [found.title.of(lang), "", *_row(("", *names), width)], found.lines(lang)
    differing = [line for line in every if line.differs or line.kind == "outcome"]
    for line in differing:
        lines += ["", *_row((line.head, *line.cells), width)]
        lines += [f"  {line.citation}"] if line.citation else []
    idle = STATUS["not_applicable"].of(lang)
    alike = [line for line in every if line not in differing and not line.cells[0].endswith(idle)]
    if alike:
        lines += ["", ALIKE.of(lang) + colon(lang).rstrip()]
        lines += [f"  {line.head}{colon(lang)}{line.cells[0].splitlines()[0]}" for line in alike]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _row(cells: Sequence[str], width: int) -> list[str]:
    """A row of a table as lines of text, each cell folded into its column."""
    widths = [HEAD, *(width for _ in cells[1:])]
    folded = [
        [piece for part in cell_.splitlines() or [""] for piece in fold(part, room)]
        for cell_, room in zip(cells, widths, strict=True)
    ]
    shown = []
    for i in range(max(map(len, folded))):
        pieces = [(column[i] if i < len(column) else "") for column in folded]
        shown.append("  ".join(p + " " * (room - wide(p)) for p, room in zip(pieces, widths, strict=True)))
    return shown


def fold(text_: str, room: int) -> list[str]:
    """A text as lines of at most so many columns: broken at blanks and between East Asian characters, not within a word or number."""
    lines, line = list[str](), ""
    for c in text_:
        if line and wide(line + c) > room and c not in CLOSING:
            word = _WORD.search(line) if "!" <= c <= "~" else None
            cut = (word.start() if word else 0) or len(line)
            lines.append(line[:cut].rstrip())
            line = line[cut:]
        line += c if line or c != " " else ""
    return [*lines, line]


def markdown(found: Comparison, lang: Lang) -> str:
    """One table of what differs, one list of what is the same of all."""
    names = [cell(name) for name, _ in found.variants]
    every = found.lines(lang)
    differing = [line for line in every if line.differs or line.kind == "outcome"]
    lines = [f"# {cell(found.title.of(lang))}", "", f"## {DIFFERS.of(lang)}", ""]
    lines += [f"| | {' | '.join(names)} |", "| --- |" + " --- |" * len(names)]
    for line in differing:
        head = cell(line.head) + (f"<br>{cell(line.citation)}" if line.citation else "")
        lines.append(f"| {head} | " + " | ".join("<br>".join(map(cell, c.splitlines())) for c in line.cells) + " |")
    alike = [line for line in every if line not in differing]
    if alike:
        lines += ["", f"## {ALIKE.of(lang)}", ""]
        lines += [f"- {cell(line.head)}{colon(lang)}{cell(line.cells[0].splitlines()[0])}" for line in alike]
    return "\n".join(lines) + "\n"


def table(found: Comparison, lang: Lang) -> tuple[list[str], list[tuple[list[str], bool]]]:
    """Heads, and rows with whether they differ: those that do first."""
    heads = [VARIANT.of(lang), *(name for name, _ in found.variants), say("citation", lang)]
    every = sorted(found.lines(lang), key=lambda line: not (line.differs or line.kind == "outcome"))
    return heads, [([line.head, *line.cells, line.citation], line.differs) for line in every]


def csv(found: Comparison, lang: Lang) -> bytes:
    """The table as comma-separated values, with the mark by which spreadsheets know UTF-8."""
    from policy_engine.tables.files import CsvSink

    file = StringIO()
    sink = CsvSink(file)
    heads, rows = table(found, lang)
    sink.header(heads)
    for cells, _ in rows:
        sink.write(cells)
    return file.getvalue().encode("utf-8-sig")


def xlsx(found: Comparison, lang: Lang) -> bytes:
    """The table as a workbook set to print. Raises PolicyError where the library is not installed."""
    from policy_engine.tables.handed import side_by_side

    return side_by_side(found.title.of(lang), *table(found, lang))


def data(found: Comparison) -> str:
    """The answer of each variant as the JSON contract shows it, and the names of what differs."""
    lines = found.lines("en")
    kinds: dict[str, Callable[[Decision, str], object]] = {
        "fact": lambda d, name: to_json(d.facts[name]) if name in d.facts else None,
        "finding": lambda d, name: next((f.status for f in d.findings if f.provision == name), None),
        "value": lambda d, name: to_json(d.values[name]) if name in d.values else None,
    }
    differ = {
        kind: [line.name for line in lines
               if line.kind == kind and len({str(told(d, line.name)) for d in _decisions(found)}) > 1]
        for kind, told in kinds.items()
    }  # fmt: skip
    return dump(
        {
            "format": FORMAT, "decision": found.variants[0][1].decision, "title": found.title.to_json(),
            "differs": {
                "outcome": len({d.outcome for d in _decisions(found)}) > 1, "facts": differ["fact"],
                "findings": differ["finding"], "values": differ["value"],
            },
            "variants": [{"case": name, **d.to_json()} for name, d in found.variants],
        }
    )  # fmt: skip
