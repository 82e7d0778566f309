"""A decision and a report as Markdown; any other paper from its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.basics.errors import Lang, visible
from policy_engine.explaining.decision import Decision, Finding
from policy_engine.reports.leaf import Cell, Gauge, Heading, Leaf, NewPage, Paragraph, Part, Ruled, Together
from policy_engine.reports.summary import summary
from policy_engine.words import (
    FORCE,
    MARK,
    OUTCOME,
    STATUS,
    alternative,
    aside,
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
)  # fmt: skip


def cell(text: str) -> str:
    """Text that stays inside one cell of a table, and is not read as markup."""
    for character in "\\`*_{}[]<>|#&~":
        text = text.replace(character, "\\" + character)
    return visible(" ".join(text.split()))


def decision(found: Decision, lang: Lang, level: int = 1) -> str:
    """The answer for one case."""
    hashes, comma = "#" * level, "，" if lang == "zh" else ", "
    lines = [
        f"{hashes} {cell(found.rule.title.of(lang))}{_name(found.decision, lang)}", "",
        f"{cell(found.document.number)} {cell(found.document.title.of(lang))}{comma}{say('as_of', lang)} {found.as_of}", "",
        f"**{conclusion(found, lang)}**", "",
    ]  # fmt: skip
    lines += [f"> {cell(note.of(lang))}\n" for note in found.notes]
    lines += [f"- {cell(alternative(a, found.names, lang))}" for a in found.readings]
    if found.facts:
        lines += ["", f"{hashes}# {say('facts', lang)}", "", *_facts(found, lang)]
    if found.assumed:
        lines += ["", f"{hashes}# {say('assumed', lang)}", "", *(f"- {cell(line)}" for line in assumed(found, lang))]
    if found.findings:
        heads = [say(k, lang) for k in ("status", "provision", "why", "citation")]
        lines += [
            "",
            f"{hashes}# {say('provisions', lang)}",
            "",
            "| " + " | ".join(heads) + " |",
            "| --- | --- | --- | --- |",
        ]
        lines += [_finding(f, found, lang) for f in found.findings]
    if found.told:
        lines += ["", f"{hashes}# {say('values', lang)}", ""]
        lines += [
            ("- " if lang == "zh" else f"- `{r.provision}` ")
            + f"{cell(r.clause.title.of(lang))}{colon(lang)}{cell(value(r, found, lang))}"
            + (aside(cell(rests_on(r, found, lang)), lang) if r.assumes else "")
            + "".join(f"<br>{cell(alternative(a, found.names, lang, r.provision))}" for a in r.readings)
            + "".join(f"<br>{cell(line)}" for line in grounds(r, lang))
            for r in found.told
        ]
    if found.missing:
        lines += ["", f"{hashes}# {say('ask', lang)}", ""]
        named = ((("" if lang == "zh" else f"`{n}` "), found.inputs[n].label.of(lang)) for n in found.missing)
        lines += [f"- {name}{cell(label)}" for name, label in named]
    return "\n".join(lines) + "\n"


def _name(name: str, lang: Lang) -> str:
    """A name that is typed and read by machines, in parentheses; in Chinese none."""
    return "" if lang == "zh" else f" (`{name}`)"


def _facts(found: Decision, lang: Lang) -> list[str]:
    return [
        f"- {cell(found.inputs[n].label.of(lang))}{_name(n, lang)}{colon(lang)}{cell(found.names.shown(v, n).of(lang))}"
        for n, v in found.facts.items()
    ]


def _finding(finding: Finding, found: Decision, lang: Lang) -> str:
    p = finding.clause
    status = f"{MARK[finding.status]} {STATUS[finding.status].of(lang)}" + (
        contested(lang) if finding.contested else ""
    )
    parts = [finding.reason.of(lang), rests_on(finding, found, lang), remedies(finding, found, lang)]
    parts += [fitting(finding, found, lang)]
    parts += [alternative(a, found.names, lang) for a in finding.readings]
    if finding.status == "pending" and progress(finding):
        parts.append(f"{say('progress', lang)} {progress(finding)}")
    if finding.justification:
        parts.append(justification(finding.justification, lang))
    if p.note:
        parts.append(f"{say('note', lang)}{colon(lang)}{p.note.of(lang)}")
    parts.append(pointed(p, found, lang))
    why = "<br>".join(cell(part) for part in parts if part)
    force = FORCE[p.force]
    title = cell(p.title.of(lang)) + (f"（{force.zh}）" if lang == "zh" else f" (`{p.id}`, {force.en})")
    return f"| {status} | {title} | {why} | {cell(citation(p.cites[0]))} |"


def report(decisions: Sequence[tuple[str, Decision]], lang: Lang) -> str:
    """Many cases: a summary by document and provision, then each case."""
    total = summary([d for _, d in decisions])
    lines = [f"# {say('report', lang)}", "", f"{say('cases', lang)}{colon(lang)}{len(decisions)}", ""]
    lines += [f"- {OUTCOME[name].of(lang)}{colon(lang)}{count}" for name, count in total.outcomes.items()]
    heads = " | ".join(say(k, lang) for k in ("document", "provision", "status"))
    lines += ["", f"## {say('summary', lang)}", "", f"| {heads} |", "| --- | --- | --- |"]
    for row in total.rows:
        counts = ("，" if lang == "zh" else ", ").join(f"{STATUS[s].of(lang)} {n}" for s, n in row.counts.items())
        named = cell(row.provision.title.of(lang)) + _name(f"{row.decision}/{row.provision.id}", lang)
        lines.append(f"| {cell(row.document.number)} | {named} | {counts} |")
    for name, found in decisions:
        lines += ["", f"## {cell(name)}", "", decision(found, lang, level=3).rstrip("\n")]
    return "\n".join(lines) + "\n"


def leaf(paper: Leaf) -> str:
    """A paper: its headings, paragraphs, tables; of a gauge the words."""
    lines = [line for part in paper.parts for line in _part(part)]
    return "\n".join([*lines, cell(paper.foot)]) + "\n"


def _part(part: Part) -> Iterator[str]:
    match part:
        case Heading(level=level, text=text, mark=mark):
            yield from (f"{'#' * level} {cell(f'{mark} {text}' if mark else text)}", "")
        case Paragraph(text=text, look=look):
            shown = "<br>".join(map(cell, text.splitlines()))
            yield from (f"**{shown}**" if look in ("outcome", "mend") else shown, "")
        case Gauge(words=words):
            yield from (cell(words), "")
        case Ruled(heads=heads, rows=rows, widths=widths):
            for row in (heads or ("",) * len(widths), ("---",) * len(widths), *rows):
                yield "| " + " | ".join(_cell(one) for one in row) + " |"
            yield ""
        case Together(parts=parts):
            for one in parts:
                yield from _part(one)
        case NewPage():
            yield from ("---", "")


def _cell(one: Cell) -> str:
    return cell(one.words) if isinstance(one, Gauge) else "<br>".join(map(cell, one.splitlines()))
