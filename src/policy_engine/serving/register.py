"""Entries of a register that came over a wire: what `policy register -o findings.jsonl` writes of them, as a list."""

from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.deciding.facts import read_facts
from policy_engine.registers.by_rows import findings, read_ledger
from policy_engine.registers.idle import idle
from policy_engine.registers.periods import Span
from policy_engine.registers.shown import cells, headers
from policy_engine.serving.answers import Answers, Given
from policy_engine.tables.batch import Rejected
from policy_engine.tables.columns import Job, fixed_of
from policy_engine.tables.files import JsonlSink

MAX_YEARS: Final = 100


def registered(answers: Answers, asked: Given) -> dict[str, Any]:
    """Findings by period and member over `entries` from the day `from` to the day `to`; entries that were refused, by number. Raises PolicyError."""
    rule, today = answers.rule_of(asked), answers.date_of(asked, "as_of")
    if rule.register is None:
        having = [name for name in answers.book.decisions() if answers.book.rule(name).register]
        raise PolicyError(
            problem(
                "no-register",
                f"{rule.decision} has no register",
                f"{rule.decision} 没有登记表",
                Place("decision"),
                did_you_mean(rule.decision, having),
            )
        )
    entries = asked.get("entries")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise PolicyError(
            problem("shape", "`entries` is a list of mappings", "`entries` 应为映射的列表", Place("entries"))
        )
    span = _span(answers, asked, today)
    job = Job(rule=rule, as_of=today, lang="en", readings=answers.readings_of(asked))
    fixed = fixed_of(read_facts(rule, answers.mapping_of(asked, "facts"), Place))
    rejected, said = list[Rejected](), set[str]()
    out = io.StringIO()
    sink = JsonlSink(out)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "entries.jsonl"
        table.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), encoding="utf-8")
        try:
            ledger = read_ledger(job, table, span, rejected.append)
        except PolicyError as error:  # of the entries, not of a file that nobody asking has seen
            raise PolicyError(_of_entries(one, str(table)) for one in error.problems) from None
        sink.header(headers(job.lang, True))
        for line in findings(job, ledger, span, fixed, rejected.append):
            said.add(line.found.provision)
            sink.write(cells(line, job, True))
    told = [{"entry": row.row, "reasons": Text(row.reasons("en"), row.reasons("zh")).to_json()} for row in rejected]
    return {
        "decision": rule.decision,
        "findings": [json.loads(line) for line in out.getvalue().splitlines()],
        "rejected": told,
        "told": [text.to_json() for text in (idle(rule, fixed, said),) if text.en],
    }


def _span(answers: Answers, asked: Given, today: dt.date) -> Span:
    """The days from the first to the last, or to today. Raises PolicyError."""
    if asked.get("from") is None:
        raise PolicyError(problem("missing-key", "`from` is a day", "`from` 应为日期", Place("from")))
    span = Span(answers.date_of(asked, "from"), min(answers.date_of(asked, "to"), today))
    if not 0 <= span.last.year - span.first.year <= MAX_YEARS or span.last < span.first:
        en, zh = "`to` lies before `from`, or too long after it", "`to` 早于 `from`，或相隔过久"
        raise PolicyError(problem("span", en, zh, Place("to")))
    return span


def _of_entries(found: Problem, table: str) -> Problem:
    place = found.place and Place(found.place.file.replace(table, "entries"), found.place.line)
    return Problem(found.code, Text(*(words.replace(table, "entries") for words in found.message)), place, found.help)
