"""An expression has one type and one meaning; a slip is located at the characters at fault, with the nearest right word."""

from fractions import Fraction

import pytest
import strategies as some
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.basics.values import COUNT, DATE, FLAG, NUMBER, SQUARE_METRE, YUAN, Type, parse_unit
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.language.syntax import parse
from policy_engine.language.typecheck import TypeProblem, check, infer, per_unit

MONEY = Type("number", YUAN)
KIND = Type("choice", options=("subfund", "direct"))
ENV = {"amount": MONEY, "total": MONEY, "stake": NUMBER, "members": COUNT, "kind": KIND, "held_on": DATE, "open": FLAG,
       "activities": Type("set", options=("futures", "trust"))}  # fmt: skip
VOCABULARY = some.composed(some.declared([some.check(1, ir.TRUE)]))
TYPES = {name: entry.type for name, entry in VOCABULARY.inputs.items()} | {
    n: r.type for n, r in VOCABULARY.readings.items()
}


def slip(text, wanted=FLAG):
    with pytest.raises(TypeProblem) as error:
        check(parse(text), wanted, ENV)
    return error.value


@pytest.mark.parametrize(
    ("text", "at_fault", "message"),
    [
        ("amount <= 15% of totl", "totl", "unknown name `totl`"),
        ("amount <= 15%", "amount <= 15%", "a share is compared with money"),
        ("amount <= stake", "amount <= stake", "money and number do not go together"),
        ("amount + members <= total", "amount + members", "money and number do not go together"),
        ('kind == "sub-fund"', '"sub-fund"', "`sub-fund` is not an option"),
        ('"bonds" in activities', '"bonds"', "`bonds` is not an option"),
        ('kind in ["direct", "other"]', '["direct", "other"]', "`other` is not an option"),
        ("amount", "amount", "expected flag, found money"),
        ("open and members", "members", "expected flag, found number"),
        ("maxx(amount, total) > 3", "maxx(amount, total)", "unknown function `maxx`"),
        ("held_on + 7 > held_on", "held_on + 7", "date + number has no meaning"),
        ("amount of total > 3", "amount", "`of` takes a share on its left, found money"),
        ('first_outside(activities, ["trust"]) == kind', "activities", "the order is a list written out"),
        ("floor(held_on) > 3", "held_on", "expected a number, found date"),
    ],
)  # fmt: skip
def test_a_slip_is_located_at_the_characters_at_fault(text, at_fault, message):
    found = slip(text)
    assert (text[slice(*found.span)], found.message.en) == (at_fault, message)


@pytest.mark.parametrize(
    ("text", "word"),
    [("amont <= 3", "amount"), ("activites == activities", "activities"), ('kind in ["dirct"]', "direct"), ('"futurs" in activities', "futures"),
     ("abss(amount) > 3", "abs"), ('kind == "dirct"', "direct")],
)  # fmt: skip
def test_the_nearest_right_word_is_named(text, word):
    assert word in slip(text).help.en


def test_a_fraction_is_no_count_until_it_is_rounded():
    found = slip("2/3 of members", COUNT)
    assert "ceil" in found.help.en
    assert check(parse("ceil(2/3 of members)"), COUNT, ENV)


@pytest.mark.parametrize(
    "text", ["3000", "amount", "15% of amount", "if open then 0 else amount", "max(amount, 0)", "-amount", "3 + amount"]
)
def test_a_bare_number_takes_the_unit_of_what_it_meets(text):
    check(parse(text), MONEY, ENV)


@pytest.mark.parametrize("text", ["15%", "stake", "members", "amount / total"])
def test_a_number_with_another_unit_is_no_money(text):
    slip(text, MONEY)


def test_a_money_per_area_times_area_is_money():
    price = per_unit(MONEY, Type("number", SQUARE_METRE))
    assert price.unit == parse_unit("CNY/m2") == parse_unit("元/平方米")
    kind, _ = infer(parse("price * area"), {"price": price, "area": Type("number", SQUARE_METRE)})
    assert kind.unit == YUAN


@given(st.sampled_from(some.KINDS).flatmap(lambda kind: some.expressions(kind, 3)))
def test_a_typed_tree_has_the_text_it_was_written_in(tree):
    _, resolved = infer(tree, TYPES)
    assert unparse(resolved) == unparse(tree)


@given(
    st.sampled_from(some.KINDS).flatmap(lambda kind: some.expressions(kind, 2).map(lambda n: (kind, n))), some.all_facts
)
def test_a_value_is_of_the_type_that_was_inferred(found, facts):
    from policy_engine.basics.values import Unknown
    from policy_engine.language.evaluate import evaluate

    _, tree = found
    type_, resolved = infer(tree, TYPES)
    value = evaluate(ir.dated_by(resolved, some.CALENDAR), {**facts, "r1": "near", "r2": "low"})
    if not isinstance(value, Unknown):
        plain = {"number": Fraction, "flag": bool, "choice": str, "set": frozenset}.get(type_.kind)
        assert plain is None or isinstance(value, plain)
        assert not type_.integer or not isinstance(value, Fraction) or value.denominator == 1
