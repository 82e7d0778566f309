"""Every operator row: its example holds, its types hold, and every reading of a rule serves it or refuses it."""

import datetime as dt
from fractions import Fraction

import pytest
from strategies import CALENDAR

import policy_engine.basics.values as v
from policy_engine.basics.values import COUNT, DATE, FLAG, NUMBER, SQUARE_METRE, YUAN, Type, Unknown, to_json
from policy_engine.language import ir, typecheck
from policy_engine.language.evaluate import evaluate
from policy_engine.language.operators import ARITHMETIC, COMPARISONS, FUNCTIONS, Operator
from policy_engine.language.syntax import parse
from policy_engine.language.typecheck import TypeProblem, infer

ROWS = {**ARITHMETIC, **COMPARISONS, **FUNCTIONS}
ENV = {
    "money": Type("number", YUAN), "area": Type("number", SQUARE_METRE), "price": Type("number", v.parse_unit("CNY/m2")), "share": NUMBER,
    "count": COUNT, "date": DATE, "flag": FLAG, "choice": Type("choice", options=("a", "b")), "set": Type("set", options=("a", "b")),
    "days": Type("number", v.DAY, integer=True), "speed": Type("number", v.parse_unit("t/h")),
}  # fmt: skip


def shown(value):
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else to_json(value)


def value_of(text, **names):
    kind, node = infer(parse(text), ENV)
    assert kind is not None
    return evaluate(ir.dated_by(node, CALENDAR), names)


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_the_example_of_the_row_holds(row: Operator):
    text, expected = row.example
    assert str(shown(value_of(text))) == expected


@pytest.mark.parametrize("symbol", ROWS)
def test_the_example_uses_the_row(symbol):
    _, node = infer(parse(ROWS[symbol].example[0]), {})
    used = {getattr(part, "op", getattr(part, "function", None)) for part in ir.walk(node)}
    assert symbol in used


@pytest.mark.parametrize("symbol", ROWS)
def test_the_key_of_a_row_is_its_symbol(symbol):
    assert ROWS[symbol].symbol == symbol


def test_every_comparison_has_a_mirror_and_it_says_the_same():
    from policy_engine.language.operators import MIRRORED

    assert MIRRORED.keys() == COMPARISONS.keys()
    for op, mirror in MIRRORED.items():
        for a in (1, 2, 3):
            assert COMPARISONS[op].apply(a, 2) == COMPARISONS[mirror].apply(2, a)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("money + 3000", YUAN), ("15% of money", YUAN), ("price * area", YUAN), ("money / area", v.parse_unit("CNY/m2")), ("money / money", v.PURE),
        ("count * money", YUAN), ("max(money, 3)", YUAN), ("abs(-money)", YUAN), ("date - date", v.DAY), ("days + 1", v.DAY),
        ("if flag then money else 0", YUAN), ("3 * 4", None), ("speed / speed", v.PURE), ("floor(money)", YUAN), ("size(set)", v.PURE),
    ],
)  # fmt: skip
def test_units_follow_the_figures(text, unit):
    kind, _ = infer(parse(text), ENV)
    assert kind.unit == unit


@pytest.mark.parametrize(
    "text",
    ["money + area", "money <= area", "share <= money", "money <= 15%", "money * money", "date + 7", "date + date", "date - 7", "7 days - date",
     "date + days / 2", "money of money", "area of money", "flag + 1", "flag < flag", "choice < choice", "choice == set", 'choice == "c"', '"c" in set',
     'choice in ["a", "c"]', "count in set", "not count", "count and flag", "if count then 1 else 2", "if flag then money else area",
     "if flag then date else 1", "size(choice)", "year(count)", "floor(date)", "count + 5 working days", "date + 1.5 * 1 working day", "days + 1 working day", "5 working days - date", "is_working_day(count)", "working_days(date)", 'in_season(date, "02-30", "03-01")', 'in_season(date, "2-1", "03-01")', "in_season(date, 1, 2)", 'in_season(count, "02-01", "03-01")', 'in_season(date, "02-01")', "min()", "min(date, 1)", "min(money, area)", "abs(1, 2)", "all_in(set, 1)",
     'all_in(["c"], set)', "first_outside(choice, set)", "unknown", "undefined(1)", "days + 1 month", "date + 1.5 * days", "-date", "-flag",
     "speed + money", "date < 3", 'money == "a"', "true + 1"],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(text):
    with pytest.raises(TypeProblem) as error:
        infer(parse(text), ENV)
    start, end = error.value.span
    assert 0 <= start < end <= len(text)
    assert error.value.message.en
    assert error.value.message.zh


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("2025-01-31", 1, "2025-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2024-01-31", 13, "2025-02-28"), ("2024-03-31", -1, "2024-02-29"),
     ("2024-12-31", 2, "2025-02-28"), ("2024-11-30", 3, "2025-02-28"), ("2024-02-29", 12, "2025-02-28"), ("2024-02-29", 48, "2028-02-29"),
     ("2024-01-15", -1, "2023-12-15"), ("2024-06-30", 1, "2024-07-30")],
)  # fmt: skip
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(start, months, end):
    sign, count = ("+", months) if months >= 0 else ("-", -months)
    assert value_of(f"{start} {sign} {count} months") == dt.date.fromisoformat(end)


@pytest.mark.parametrize(
    "text", ["9999-12-31 + 1 day", "9999-12-01 + 1 month", "0001-01-01 - 1 day", "2024-01-01 + 99999999999 days"]
)
def test_a_date_outside_the_calendar_is_unknown_with_the_reason(text):
    found = value_of(text)
    assert isinstance(found, Unknown)
    assert found.because
    assert not found.missing


def test_division_by_zero_is_unknown_with_the_reason():
    found = value_of("1 / count", count=Fraction(0))
    assert isinstance(found, Unknown)
    assert [text.en for text in found.because] == ["division by zero"]


def test_numbers_are_exact():
    assert value_of("0.1 + 0.2") == Fraction(3, 10)
    assert value_of("1/3 + 1/3 + 1/3 == 1") is True
    assert value_of("224999999.99 <= 15% of 1500000000") is True
    assert value_of("225000000.01 <= 15% of 1500000000") is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [("floor(-5/2)", "-3"), ("ceil(-5/2)", "-2"), ("floor(3)", "3"), ("ceil(2/3 of 9)", "6"), ("ceil(2/3 of 10)", "7")],
)
def test_rounding_goes_the_way_its_name_says(text, expected):
    assert to_json(value_of(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [('set == ["b", "a"]', True), ('set == ["a"]', False), ('set != ["a"]', True), ('if flag then set else ["a"]', frozenset({"a", "b"})),
     ('(if flag then ["a", "b"] else set) == set', True), ('all_in([], set)', True), ('any_in([], set)', False), ('size(["a", "a"])', Fraction(1))],
)  # fmt: skip
def test_a_list_is_a_set_wherever_its_order_is_not_asked_for(text, expected):
    assert value_of(text, set=frozenset({"a", "b"}), flag=True) == expected


def test_the_first_outside_follows_the_order_of_the_list():
    assert value_of('first_outside(["b", "a"], set)', set=frozenset()) == "b"
    assert value_of('first_outside(["b", "a"], set)', set=frozenset({"b"})) == "a"
    assert isinstance(value_of('first_outside(["b", "a"], set)', set=frozenset({"a", "b"})), Unknown)


@pytest.mark.parametrize("text", ["0 * money", "money * 0", "0% of money"])
def test_nothing_of_the_unknown_is_nothing(text):
    assert value_of(text) == 0


@pytest.mark.parametrize("symbol", [*ARITHMETIC, *COMPARISONS, *FUNCTIONS])
def test_every_reading_of_a_rule_knows_the_operator(symbol):
    """The interpreter serves each row; a row nobody can evaluate would raise here."""
    _, node = infer(parse(ROWS[symbol].example[0]), {})
    assert not isinstance(evaluate(ir.dated_by(node, CALENDAR), {}), Unknown)
    assert typecheck.check(node, infer(node, {})[0], {}) == node or symbol in (
        "+days",
        "-days",
        "+months",
        "-months",
        "days between",
    )
