"""Working days: what notices say by hand, what that makes of counts and deadlines, and nothing outside of them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import CALENDAR, composed, declared

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import DATE, Unknown
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.decision import decide
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.language.evaluate import evaluate
from policy_engine.language.syntax import parse
from policy_engine.language.typecheck import infer
from policy_engine.proving.mutate import mutants

DAYS = st.dates(CALENDAR.first, CALENDAR.last)
CITE = {"at": "第一条", "phrase": "5个工作日内"}


def value_of(text, **names):
    _, node = infer(parse(text), dict.fromkeys(names, DATE))
    assert unparse(node) == text
    return evaluate(ir.dated_by(node, CALENDAR), names)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2024-02-09", True), ("2024-02-10", False), ("2024-02-17", False), ("2024-02-18", True), ("2024-02-04", True),  # 春节
        ("2024-09-14", True), ("2024-09-16", False), ("2024-09-29", True), ("2024-10-07", False), ("2024-10-12", True), ("2024-10-13", False),
        ("2024-12-31", True), ("2025-01-01", False), ("2025-01-26", True), ("2025-01-28", False), ("2025-02-04", False), ("2025-02-08", True),
        ("2025-10-08", False), ("2025-10-11", True), ("2018-12-29", True), ("2018-12-31", False), ("2023-01-02", False), ("2024-07-20", False),
    ],
)  # fmt: skip
def test_a_day_is_worked_or_not_as_the_notice_says(day, worked):
    assert value_of(f"is_working_day({day})") is worked


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2024-09-27 + 5 working days", "2024-10-10"),  # the 29th, a Sunday, and the 30th are worked
        ("2024-09-30 + 1 working day", "2024-10-08"),
        ("2024-10-03 + 1 working day", "2024-10-08"),
        ("2024-10-08 - 1 working day", "2024-09-30"),
        ("2024-10-03 - 1 working day", "2024-09-30"),
        ("2024-10-03 + 0 working days", "2024-10-03"),
        ("2025-01-27 + 3 working days", "2025-02-07"),
        ("2025-01-27 + 4 working days", "2025-02-08"),
        ("2024-12-31 + 1 working day", "2025-01-02"),
    ],
)
def test_the_day_itself_is_not_counted(text, found):
    assert value_of(text) == dt.date.fromisoformat(found)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("working_days(2024-09-27, 2024-10-10)", 5), ("working_days(2024-10-01, 2024-10-07)", 0), ("working_days(2024-10-10, 2024-09-27)", -5),
        ("working_days(2023-12-31, 2024-12-31)", 251), ("working_days(2024-12-31, 2025-12-31)", 248), ("working_days(2024-02-18, 2024-02-18)", 0),
    ],
)  # fmt: skip
def test_the_working_days_between(text, count):
    assert value_of(text) == count


@given(DAYS, DAYS)
def test_counts_add_up_and_a_deadline_is_the_day_so_many_are_over(a, b):
    days = [a + dt.timedelta(n) for n in range(1, (b - a).days + 1)]
    assert value_of("working_days(a, b)", a=min(a, b), b=max(a, b)) == abs(value_of("working_days(b, a)", a=a, b=b))
    if a <= b:
        count = sum(map(CALENDAR.works, days))
        assert value_of("working_days(a, b)", a=a, b=b) == count
        last = value_of(f"a + {count} working day{'s' * (count != 1)}", a=a)
        assert last <= b
        assert CALENDAR.works(last) or not count


@pytest.mark.parametrize(
    "text",
    ["is_working_day(2017-12-31)", "is_working_day(2026-12-29)", "working_days(2026-12-01, 2027-01-05)", "2026-12-25 + 3 working days",
     "2027-01-01 - 1 working day", "2018-01-02 - 1 working day", "2024-01-01 + 99999999999999 working days"],
)  # fmt: skip
def test_without_a_notice_nothing_is_guessed(text):
    found = value_of(text)
    assert isinstance(found, Unknown)
    assert "no notice" in found.because[0].en
    assert "无放假安排可依" in found.because[0].zh


def test_a_season_comes_every_year_and_may_go_over_its_end():
    for day, first, last, holds in [
        ("2024-07-15", "07-15", "09-10", True), ("1999-09-10", "07-15", "09-10", True), ("2024-09-11", "07-15", "09-10", False),
        ("2024-12-31", "11-15", "03-15", True), ("2024-03-15", "11-15", "03-15", True), ("2024-03-16", "11-15", "03-15", False),
        ("2024-02-29", "02-29", "02-29", True), ("2023-03-01", "02-01", "02-29", False),
    ]:  # fmt: skip
        assert value_of(f'in_season({day}, "{first}", "{last}")') is holds


def rule(require):
    return composed(declared([{"id": "check-0", "cite": CITE, "require": require}]) | {"calendar": "cn"})


def decided(require, **facts):
    made = rule(require)
    return decide(made, read_facts(made, facts), dt.date(2024, 9, 27))


def test_a_late_date_is_told_the_last_that_would_do_and_which_calendar_that_is():
    (found,) = decided("d1 <= d2 + 5 working days", d1="2024-10-11", d2="2024-09-27").findings
    assert found.status == "violated"
    assert "2024-09-27 + 5 working days" in found.reason.en
    assert "2024-09-27 + 5 个工作日" in found.reason.zh
    (remedy, *_) = found.remedies
    assert (remedy.input, remedy.relation, remedy.value) == ("d1", "<=", dt.date(2024, 10, 10))
    assert "local holidays" in found.note.en
    assert "藏历新年" in found.note.zh
    remedies = decided("working_days(d2, d1) <= 5", d1="2024-10-12", d2="2024-09-27").findings[0].remedies
    remedy = next(remedy for remedy in remedies if remedy.input == "d1")
    assert (remedy.input, remedy.relation, remedy.value) == ("d1", "<=", dt.date(2024, 10, 10))


def test_a_reason_says_in_words_whether_a_day_is_worked():
    (found,) = decided("is_working_day(d1)", d1="2024-10-01").findings
    assert found.reason.en.endswith("2024-10-01 is not a working day")
    assert found.reason.zh.endswith("2024-10-01不是工作日")
    (found,) = decided('in_season(d1, "07-15", "09-10")', d1="2024-10-01").findings
    assert found.reason.zh.endswith("不在规定时段内")


def test_without_a_notice_a_check_is_open_with_the_reason():
    (found,) = decided("d1 <= d2 + 5 working days", d1="2027-01-04", d2="2026-12-25").findings
    assert found.status == "undetermined"
    assert "2026-12-28" in found.reason.en


@pytest.mark.parametrize(
    ("require", "change"),
    [
        ("d1 <= d2 + 5 working days", "d1 <= d2 + 5 days"), ("d1 <= d2 + 5 working days", "d1 <= d2 + 6 working days"),
        ("working_days(d2, d1) <= 5", "d1 - d2 <= 5"), ("is_working_day(d1)", "weekday(d1) <= 5"),
        ('in_season(d1, "07-15", "09-10")', 'in_season(d1, "07-15", "09-11")'),
        ('in_season(d1, "01-01", "03-01")', 'in_season(d1, "12-31", "03-01")'),
    ],
)  # fmt: skip
def test_what_it_is_mistaken_for_is_a_change(require, change):
    assert f"require: {change}" in {mutant.change for mutant in mutants(rule(require))}


CITY = """
decision: club.fee
document: x
calendar: {name}
inputs: {{paid_on: {{type: date}}}}
provisions:
  - {{id: in-time, cite: {{at: x, phrase: 5个工作日}}, require: paid_on <= 2024-01-05 + 5 working days}}
"""


def tree(tmp_path, calendar="", name="club"):
    for at, text in {"rules/club/fee.yaml": CITY.format(name=name), "calendars/club.yaml": calendar}.items():
        path = tmp_path / at
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return policy_engine.load(tmp_path / "rules")


def test_a_tree_may_have_calendars_of_its_own_and_reads_them_anew(tmp_path):
    own = "title: {en: the club, zh: 本会}\nfirst: 2024-01-01\nlast: 2024-12-31\nyears: {2024: {notices: [{title: x, address: y}], off: [%s], work: []}}\n"
    for off, latest in (("", "2024-01-12"), ("2024-01-08 .. 2024-01-12", "2024-01-19")):
        found = tree(tmp_path, own % off).decide("club.fee", {"paid_on": "2024-02-01"}, as_of="2024-01-02")
        assert str(found.findings[0].remedies[0].value) == latest
    found = tree(tmp_path, name="cn").decide("club.fee", {"paid_on": "2024-02-01"}, as_of="2024-01-02")
    assert "State Council" in found.findings[0].note.en


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        ("title: {en: a, zh: b}\nfirst: 2024-01-01\nlast: 2024-12-31\nyears: {2024: {notices: [{title: x, address: y}], off: [2024-05-01 .. 2024-04-01], work: []}}", "no span of days"),
        ("title: {en: a, zh: b}\nfirst: 2024-01-01\nlast: 2024-12-31\nyears: {2024: {notices: [{title: x, address: y}], off: [2024-05-01], work: [2024-05-01]}}", "listed twice"),
        ("title: {en: a, zh: b}\nfirst: 2024-01-01\nlast: soon\nyears: {}", "not a date"),
        ("years: {2024: {off: []}}", "`first` is missing"),
        ("", "not a mapping"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_calendar_is_told_in_its_place(tmp_path, calendar, said):
    with pytest.raises(PolicyError, match=said) as error:
        tree(tmp_path, calendar).rule("club.fee")
    assert "club.yaml" in str(error.value)
