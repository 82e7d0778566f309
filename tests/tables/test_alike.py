"""Rows that are decided with all of their shape get the cells that each gets when it is decided on its own."""

import csv
import datetime as dt
import io
import random
from fractions import Fraction

import agreement
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import CITE, assuming, composed, declared, rules, taken

import policy_engine
from policy_engine.basics.values import to_json
from policy_engine.tables import alike, plain
from policy_engine.tables.batch import run
from policy_engine.tables.columns import Job
from policy_engine.tables.files import CsvSink, JsonlSink
from policy_engine.tables.tally import Tally

BOOK = policy_engine.load()
ODD = (
    "约3万",
    "无",
    "3000/5000",
    " ",
    "合计",
    "1,000",
    "15%",
    "0.5",
    "12万元",
    "12.5%",
    "250%",
    "-5",
    "007",
    "0",
    "150",
    "9999999999",
)
BESIDE = ("", "已核", "作废", "美元", "亩", "2024", "小计", "备注")


class Taken:
    """A sink that keeps what it gets."""

    def __init__(self):
        self.rows = []

    def header(self, headers):
        self.rows.append(headers)

    def write(self, cells):
        self.rows.append([(type(cell).__name__, str(cell)) for cell in cells])


class TakenBeside(Taken):
    """The same of a workbook, which tells people beside their sheet."""

    def say_beside(self, row, said):
        self.rows.append((row, list(said)))


class Csv(CsvSink):
    """What is written as CSV."""

    def __init__(self):
        self.text = io.StringIO()
        super().__init__(self.text)

    @property
    def rows(self):
        return self.text.getvalue().split("\n")


class Lines(JsonlSink):
    """What is written as lines of JSON."""

    def __init__(self):
        self.text = io.StringIO()
        super().__init__(self.text)

    @property
    def rows(self):
        return self.text.getvalue().split("\n")


def table(path, names, cases, rng, shares=()):
    """Cases as a sheet, in any order and some twice, a few cells as clerks write them."""
    cases = rng.sample(cases, len(cases)) + rng.sample(cases, len(cases) // 2)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["no", *names, "remark"])
        for number, facts in enumerate(cases, 1001):
            cells = [
                text(facts[name], name in shares and rng.random() < 0.5) if name in facts else "" for name in names
            ]
            if rng.random() < 0.25:
                cells[rng.randrange(len(cells))] = rng.choice(ODD)
            writer.writerow([number, *cells, rng.choice(BESIDE[:2] if rng.random() < 0.9 else BESIDE)])


def text(value, percent=False):
    if percent and "/" not in (shown := str(to_json(value * 100))):
        return f"{shown}%"
    shown = to_json(value)
    return ";".join(shown) or "none" if isinstance(shown, list) else "" if shown is None else str(shown)


def told(job, path, kind, monkeypatch, slow):
    """What is written of a table, counted and rejected, and of how many rows with others."""
    with monkeypatch.context() as patch:
        patch.setattr(alike, "SELDOM", 0)
        patch.setattr(alike, "OFTEN", 3)  # of most rows those before them were told by the function for all kinds
        if slow:
            patch.setattr(plain.Plain, "told", lambda *args: None)
        fast = []
        row = alike.RowsAlike._row
        patch.setattr(alike.RowsAlike, "_row", lambda *args: fast.append(1) or row(*args))
        sink, tally, rejected = kind(), Tally(), []
        run(job, path, sink, kind is not TakenBeside, tally, lambda bad: rejected.append((bad.row, bad.reasons("en"))))
        return (sink.rows, tally.outcomes, tally.statuses, rejected), len(fast)


def agree(rule, batch, path, rng, monkeypatch, machine):
    """How many rows were told with others, each as on its own."""
    names = [name for name in rule.inputs if any(name in facts for facts in batch.facts)]
    if not names:
        return 0
    shares = [name for name in names if rule.inputs[name].type_name == "share"]
    table(path, names, batch.facts, rng, shares)
    job = Job(rule=rule, as_of=batch.as_of, lang=rng.choice(["en", "zh"]), readings=batch.chosen)
    kind = rng.choice([Taken, Csv, Lines]) if machine else TakenBeside
    expected, none = told(job, path, kind, monkeypatch, slow=True)
    got, fast = told(job, path, kind, monkeypatch, slow=False)
    for mine, theirs in zip(got[0], expected[0], strict=True):
        assert mine == theirs
    assert got == expected
    assert none == 0
    return fast


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_rows_decided_with_their_shape_are_told_as_each_alone(decision, tmp_path, monkeypatch, request):
    rule, rng = BOOK.rule(decision), random.Random(decision)
    count = request.config.getoption("cases") // 8
    batch = agreement.crossed(rule, rng, count)
    for machine in (True, False) if count > 12 else [rng.random() < 0.5]:
        agree(rule, batch, tmp_path / "cases.csv", rng, monkeypatch, machine)


def given_so(rule, facts):
    """These cases of a rule as they are."""
    return agreement.Batch(rule, dt.date(2025, 3, 1), {}, facts, frozenset())


def test_what_numbers_alone_decide_is_told_of_each_row(tmp_path, monkeypatch):
    """Of one shape are cases in which two values happen to be alike, and in which they are not."""
    direct = {"kind": "direct", "fund_total": Fraction(1000), "amount": Fraction(70), "direct_total": Fraction(90)}
    returned = [{**direct, "returned": Fraction(n)} for n in (0, 5, 0, 6)]
    cited = {"id": "bound", "cite": CITE, "require": "m1 <= (if f1 then m2 else m3)"}
    within = assuming(composed(declared([cited])), {"f1": True})
    money = [
        dict(zip(("m1", "m2", "m3"), map(Fraction, found), strict=True))
        for found in ((1, 2, 2), (1, 2, 3), (1, 3, 3), (1, 4, 3))
    ]
    for rule, facts in ((BOOK.rule("fund.investment"), returned), (within, money)):
        for machine in (True, False):
            for order in (facts, facts[::-1]):
                rng = random.Random(1)
                assert agree(rule, given_so(rule, order * 4), tmp_path / "cases.csv", rng, monkeypatch, machine) > 10


@given(rules(varied=True, musts=True), taken(), st.integers(0, 2**32))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_rows_of_rules_nobody_wrote(tmp_path_factory, rule, values, seed):
    rule, rng = (
        assuming(rule, values),
        random.Random(seed),
    )  # drawn one by one, the rows would be more than can be drawn
    batch = agreement.crossed(rule, rng, 40)
    with pytest.MonkeyPatch.context() as patch:
        agree(rule, batch, tmp_path_factory.mktemp("rows") / "cases.csv", rng, patch, rng.random() < 0.5)


def test_what_does_not_apply_under_another_reading_is_told_so_of_each_row(tmp_path, monkeypatch):
    """Of one shape are rows of which another value is told: what is not known otherwise does not apply, or is open."""
    when = 'r1 == "near"'
    formulas = [
        {"id": "fee", "cite": CITE, "when": when, "value": {"type": "money", "is": "m1 + m2"}},
        {"id": "due", "cite": CITE, "value": {"type": "money", "is": f"if {when} then m1 else fee"}},
    ]
    rule = composed(declared(formulas))
    facts = [{"m1": Fraction(n), "m2": Fraction(n % 3)} for n in range(30)]
    for machine in (True, False):
        rng = random.Random(1)
        assert agree(rule, given_so(rule, facts), tmp_path / "cases.csv", rng, monkeypatch, machine) > 10
