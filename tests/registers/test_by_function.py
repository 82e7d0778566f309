"""Entries are told by one function where no day matters: the same findings as by the interpreter, day by day."""

import datetime as dt
import random
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.doors.main import app
from policy_engine.language import ir
from policy_engine.registers import by_rows
from policy_engine.registers.periods import Span, alike_since

BOOK = policy_engine.load()
SPAN = Span(dt.date(2024, 12, 1), dt.date(2025, 12, 31))
SUBSETS = {
    "fund.investment": {
        "contribution": [10_000, 90_000_000, 250_000_000], "kind": ["subfund", "direct"], "approved_by_committee": ["yes", "no", ""],
        "subfund_total": ["", 600_000_000], "stake": ["", "15%", "35%"], "activities": ["none", "futures"], "fund_total": [1_500_000_000],
    },
    "award.grant": {
        "amount": [100, 2900, 3100], "recipient": ["individual", "collective", ""], "activity": ["commendation", "annual-assessment"],
        "approved_by_region": ["yes", "no", ""], "higher_rule_applies": ["no", ""],
    },
}  # fmt: skip


def entries(decision, count=60):
    draw, columns = random.Random(4), SUBSETS[decision]
    date, whom = ("invested_on", "项目") if decision == "fund.investment" else ("granted_on", "姓名")
    lines = [f"{date},{whom},{','.join(columns)}"]
    for _ in range(count):
        day = SPAN.first + dt.timedelta(days=draw.randrange(390))
        lines.append(f"{day},N{draw.randrange(9)},{','.join(str(draw.choice(cells)) for cells in columns.values())}")
    return "\n".join(lines)


@pytest.mark.parametrize("decision", SUBSETS)
@pytest.mark.parametrize("kind", ["csv", "md"])
def test_findings_are_the_same_by_the_function_and_by_the_interpreter(tmp_path, monkeypatch, decision, kind):
    table, out, told = tmp_path / "entries.csv", tmp_path / f"found.{kind}", []
    table.write_text(entries(decision), encoding="utf-8")
    by_function = by_rows.by_function
    monkeypatch.setattr(by_rows, "by_function", lambda *case: told.append(case) or by_function(*case))

    def written():
        asked = ("--from", SPAN.first, "--to", SPAN.last, "--as-of", "2026-03-01", "--lang", "en", "-o", out)
        CliRunner().invoke(app, ["register", decision, *map(str, (table, *asked))])
        return out.read_text(encoding="utf-8")

    found = written()
    assert "violated" in found.lower()
    assert len(told) > 20
    monkeypatch.setattr(by_rows, "alike_since", lambda rule, span: dt.date.max)
    assert written() == found


def test_a_function_is_asked_of_days_that_say_the_same_alone():
    assert alike_since(BOOK.rule("fund.investment"), SPAN) == dt.date(2024, 12, 19)  # from when the document holds
    assert alike_since(BOOK.rule("award.grant"), Span(dt.date(2025, 1, 1), SPAN.last)) == dt.date(2025, 1, 1)
    for decision in (
        "party-group.year",
        "government.trip",
        "fund.reports",
        "hospital.evaluation",
    ):  # days are due, or counted
        assert alike_since(BOOK.rule(decision), SPAN) == dt.date.max
    rule, date = BOOK.rule("fund.investment"), BOOK.rule("government.trip").inputs["returned_on"]
    now = ir.Compare("<=", ir.Name("as_of"), ir.Name("as_of"))
    for dated in (
        replace(rule, facts_must=(*rule.facts_must, now)),
        replace(rule, inputs={**rule.inputs, date.name: date}),
    ):
        assert alike_since(dated, SPAN) == dt.date.max
