"""What is said of periods, members and entries, as rows of a table and as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from policy_engine.basics.errors import NO_WORDS, Lang, Text
from policy_engine.basics.values import Known, Unknown, to_json
from policy_engine.explaining.chinese import in_unit, listed
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.registers.by_rows import Said
from policy_engine.registers.counting import runs
from policy_engine.registers.periods import entry_rule, register_of
from policy_engine.rulebook.rule import Rule
from policy_engine.tables.beside import cites_of, readings_of
from policy_engine.tables.columns import Job
from policy_engine.tables.template import Blank, blanks
from policy_engine.words import MARK, OPEN_PERIOD, STATUS, WORDS, aside, colon, contested, named, remedies, say

_COLUMNS: Final = {
    "period": Text("Period", "期间"), "from": Text("From", "起"), "to": Text("To", "止"), "who": Text("Whom", "对象"),
    "provision": Text("Provision", "条款"), "title": Text("Matter", "事项"), "status": Text("Status", "结论"),
    "contested": WORDS["contested"], "readings": WORDS["other_reading"], "value": WORDS["amounts"],
    "assumes": WORDS["rests_on"], "unfinished": WORDS["unfinished"], "entries": Text("Rows counted", "计入的行"),
    "reason": WORDS["why"], "to mend it": WORDS["mend"], "note": WORDS["note"], "cite": WORDS["citation"],
}  # fmt: skip
"""The columns of a table of findings, and what people call them."""
MOST: Final = 8
"""How many runs of rows are printed beside a finding of an entry."""
LEFT_OUT: Final = "…"
IN_FULL: Final = Text(f"Where rows are left out ({LEFT_OUT}), a table of findings has all: -o findings.csv",
                      f"计入的行有省略（{LEFT_OUT}）的，结果表中列全：-o findings.csv")  # fmt: skip


def blank_entries(rule: Rule, lang: Lang) -> list[Blank]:
    """The columns of a blank register: the day of an entry, whom it is about, what is counted or added up, other inputs."""
    register = register_of(rule)
    seen = entry_rule(rule)
    whom = None
    if register.by is not None:
        note = Text("Whom or what the entry is about, always written alike.", "登记对象，同一对象写法须一致。")
        whom = Blank(header=register.by_label.of(lang), note=note.of(lang), example=Text("A", "甲").of(lang))
    others = [name for name in register.columns if name != register.date]
    found = blanks(seen, lang, [register.date, *others])
    return found if whom is None else [found[0], whom, *found[1:]]


def headers(lang: Lang, machine: bool) -> list[str]:
    """The headers of a table of findings: names for machines, words for people."""
    of_others = "to mend it" if machine else "provision"
    shown = {name: text.of(lang) for name, text in _COLUMNS.items() if name != of_others}
    return list(shown) if machine else [word[:1].upper() + word[1:] for word in shown.values()]


def cells(line: Said, job: Job, machine: bool) -> list[Any]:
    """A finding as a row of that table."""
    found = line.found
    status: str | None = None
    reason = ""
    if isinstance(found, Finding):
        status = found.status if machine else STATUS[found.status].of(job.lang)
        reason = found.reason.of(job.lang)
    rows = line.rows if machine else " ".join(runs(e.row for e in line.entries))
    return [
        line.period.name if machine else line.period.of(job.lang), line.period.first.isoformat(), line.period.last.isoformat(), line.who, *[found.provision] * machine,
        found.clause.title.of(job.lang), status, bool(found.readings), _readings(line, job, machine), _values(line, job, machine),
        _assumes(line, job, machine), line.unfinished, rows, reason,
        *([] if machine else [_mended(line, job)]), found.note.of(job.lang) if found.note else None, cites_of(found),
    ]  # fmt: skip


def told(line: Said, job: Job) -> dict[str, Any]:
    """A finding as people read it, by the names of the columns."""
    names = (name for name in _COLUMNS if name != "provision")
    return dict(zip(names, cells(line, job, machine=False), strict=True))


def _readings(line: Said, job: Job, machine: bool, typed: bool = False) -> str:
    if not line.found.readings:
        return ""
    return readings_of(line.found, job.rule.names(line.period.last), job.lang, machine, typed)


def _mended(line: Said, job: Job) -> str:
    """What would mend a finding, on one line; empty where nothing is called for."""
    over = (
        line.entry is None and line.period.last < job.as_of
    )  # what a period lacks that has passed nobody adds any more
    if over or not isinstance(line.found, Finding):
        return ""
    about = Decision(rule=job.rule, as_of=line.period.last, outcome="undetermined", findings=(), results=(), facts={})
    return remedies(line.found, about, job.lang).removeprefix(say("mend", job.lang) + colon(job.lang))


def _assumes(line: Said, job: Job, machine: bool) -> str:
    """What a finding rests on that nobody gave: names, or labels for people."""
    names = line.found.assumes
    if machine:
        return "; ".join(names)
    return listed([job.rule.inputs[name].label.of(job.lang) for name in names], job.lang)


def _values(line: Said, job: Job, machine: bool) -> str:
    """The totals behind a finding, or the value of a formula: names and plain values, or labels and units for people."""
    found, lang = line.found, job.lang
    if machine:
        if isinstance(found, FormulaResult):
            return "" if isinstance(found.value, Unknown) else _plain(found.value)
        return "; ".join(f"{name} {_plain(total.amount)}" for name, total in line.totals.items())
    names = job.rule.names(line.period.last)

    def shown(name: str, value: Known) -> str:
        return in_unit(value, name, names).of(lang)

    if isinstance(found, FormulaResult):
        return "" if isinstance(found.value, Unknown) else shown(found.provision, found.value)
    told = [names.label(n).of(lang) + colon(lang) + shown(n, total.amount) for n, total in line.totals.items()]
    return ("；" if lang == "zh" else "; ").join(told)


def _plain(value: Known) -> str:
    """A value as a program reads it in a cell."""
    shown = to_json(value)
    if isinstance(shown, list):
        return ";".join(shown)
    return str(shown).lower() if isinstance(shown, bool) else str(shown)


def text(job: Job, lines: Iterable[Said]) -> str:
    """Findings under the heading of their period."""
    shown: list[str] = [named(job.rule.decision, job.rule.title, job.lang)]
    heading: tuple[str, str] | None = None
    cut = False
    for line in lines:
        found = line.found
        if (
            found.status == "not_applicable" if isinstance(found, Finding) else not _values(line, job, machine=False)
        ) and not found.readings:
            continue
        if (line.period.of(job.lang), line.who) != heading:
            heading = (line.period.of(job.lang), line.who)
            shown += ["", "  ".join(part for part in heading if part)]
        title = named(found.provision, found.clause.title, job.lang)
        taken = _assumes(line, job, machine=False)
        told = {
            "mend": _mended(line, job), "rests_on": taken, "other_reading": _readings(line, job, machine=False, typed=True),
            "note": found.note.of(job.lang) if found.note else "", "citation": cites_of(found),
        }  # fmt: skip
        resting = [f"      {say(key, job.lang)}{colon(job.lang)}{text}" for key, text in told.items() if text]
        mark = contested(job.lang) if found.readings else ""
        amounts = _values(line, job, machine=False)
        if not isinstance(found, Finding):
            shown += [f"  = {title}{colon(job.lang)}{amounts}{mark}", *resting]
            continue
        over = aside(OPEN_PERIOD.of(job.lang) + colon(job.lang) + amounts, job.lang) if line.unfinished else ""
        shown.append(f"  {MARK[found.status]} {STATUS[found.status].of(job.lang)}{mark}  {title}{over}")
        rows = _rows(line)
        cut = cut or LEFT_OUT in rows.en
        shown.append(f"      {found.reason.of(job.lang)}{f'  [{rows.of(job.lang)}]' if rows.en else ''}")
        shown += resting
    return "\n".join([*shown, *["", IN_FULL.of(job.lang)] * cut])


def _rows(line: Said) -> Text:
    """The rows that count, few of an entry: with all before it the lists would grow as the square of the register."""
    rows, few = runs(e.row for e in line.entries), MOST // 2
    if not rows:
        return NO_WORDS
    if line.entry is None or len(rows) <= MOST:
        return Text(f"rows {', '.join(rows)}", f"计入的行：{', '.join(rows)}")
    first, last, count = ", ".join(rows[:few]), ", ".join(rows[-few:]), len(line.rows.split())
    return Text(
        f"rows {first} {LEFT_OUT} {last}: {count:,} in all", f"计入的行：{first} {LEFT_OUT} {last}，共 {count:,} 行"
    )
