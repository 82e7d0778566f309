"""How expressions are written: text to tree and back is stable, precedence is as a reader expects, slips are located."""

import datetime as dt
from fractions import Fraction

import pytest
import strategies as some
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.basics.values import COUNT, DAY, MONTH, PURE
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir, syntax, typecheck
from policy_engine.language.evaluate import evaluate
from policy_engine.language.syntax import SyntaxProblem, parse


def n(value):
    return ir.Number(Fraction(value))


def name(word):
    return ir.Name(word)


@given(some.trees)
def test_text_to_tree_to_text_to_tree_is_stable(tree):
    text = unparse(tree)
    again = parse(text)
    assert unparse(again) == text
    assert parse(unparse(again)) == again


@given(some.trees)
def test_the_text_of_a_tree_reads_as_the_same_tree(tree):
    assert parse(unparse(tree)) == tree


@given(st.sampled_from(some.KINDS).flatmap(lambda kind: some.expressions(kind, 3)))
def test_what_rules_use_reads_as_the_same_tree(tree):
    assert parse(unparse(tree)) == tree


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_a_located_slip(text):
    try:
        parse(text)
    except SyntaxProblem as slip:
        assert 0 <= slip.column <= len(text)
        assert slip.message.en
        assert slip.message.zh


@given(st.lists(st.sampled_from(["a", "1", "1.5", "15%", "(", ")", "[", "]", "+", "-", "*", "/", "of", "and", "or", "not", "in", "==", "<=", "<", "if", "then", "else", "true", "7", "days", ",", '"x"']), max_size=14))  # fmt: skip
def test_any_words_are_an_expression_or_a_located_slip(words):
    test_any_text_is_an_expression_or_a_located_slip.hypothesis.inner_test(" ".join(words))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a or b and c", "a or (b and c)"),
        ("not a and b", "(not a) and b"),
        ("not a == b", "not (a == b)"),
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b / c", "(a / b) / c"),
        ("2/3 of a", "(2 / 3) of a"),
        ("1 + 15% of a", "1 + (15% of a)"),
        ("15% of a * b", "15% of (a * b)"),
        ("50% of 10% of a", "50% of (10% of a)"),
        ("-a * b", "(-a) * b"),
        ("5% of t <= a <= 10% of t", "(5% of t <= a) and (a <= 10% of t)"),
        ("x not in y", "not (x in y)"),
        ("if a then b else if c then d else e", "if a then b else (if c then d else e)"),
        ("a <= if c then b else d", "a <= (if c then b else d)"),
    ],
)
def test_precedence(text, same):
    if "<= if" in text:
        with pytest.raises(SyntaxProblem):
            parse(text)  # a choice inside an operator stands in parentheses
    else:
        assert parse(text) == parse(same)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("3000", n(3000)), ("3_000", n(3000)), ("0.10", n("0.1")), ("15%", ir.Number(Fraction(15, 100), PURE, percent=True)),
        ("2.5 %", ir.Number(Fraction(1, 40), PURE, percent=True)), ("15％", ir.Number(Fraction(15, 100), PURE, percent=True)),
        ("7 days", ir.Number(Fraction(7), DAY)), ("1 day", ir.Number(Fraction(1), DAY)), ("2 months", ir.Number(Fraction(2), MONTH)),
        ("1 year", ir.Number(Fraction(12), MONTH)), ("2024-02-29", ir.Const(dt.date(2024, 2, 29))), ('"a b"', ir.Const("a b")),
        ("'a \"b\"'", ir.Const('a "b"')), ("true", ir.Const(True)), ("[]", ir.ListOf(())), ('["a", "b"]', ir.ListOf(("a", "b"))),
        ("金额", name("金额")), ("order", name("order")), ("android", name("android")), ("notice", name("notice")), ("iffy", name("iffy")),
        ("trueish", name("trueish")), ("of_age", name("of_age")), ("f()", ir.Call("f", ())),
    ],
)  # fmt: skip
def test_atoms(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text",
    ["", " ", "a b", "a =", "a = b", "(a", "a)", "1e9", "1.", ".5", "3000块", "a < ", "a and", "a andb", "15% off total", "x inset", "[a]", '"a', "a.b", "a[0]",
     "__import__('os')()", "lambda x: x", "a ** b", "a // b", "a if b else c", "7.5 weeks", "a ^ b ^ c", "a in [1, b]", "[1, 2]", "2024-13-01", "2024-02-30", "a; b", "not", "a == = b"],
)  # fmt: skip
def test_what_is_not_an_expression_is_refused(text):
    with pytest.raises(SyntaxProblem):
        parse(text)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("amount <= 15% off total", 14),
        ("a andb", 2),
        ("a + * b", 4),
        ("(a + b", 6),
        ("a ==", 4),
        ("x and 2024-13-01", 6),
    ],
)
def test_a_slip_is_located_where_the_sense_ends(text, column):
    with pytest.raises(SyntaxProblem) as slip:
        parse(text)
    assert slip.value.column == column


@pytest.mark.parametrize(
    "text",
    ["1" + " of 1" * 700, "1" + " * 1" * 700, "- " * 1500 + "1", "-" * 3000 + "1", "(" * 1900 + "1" + ")" * 1900, "not " * 900 + "a",
     "if a then " * 230 + "c" + " else b" * 230, "if " * 230 + "a" + " then b else c" * 230, "not (" * 100 + "a" + ")" * 100, "f(" * 1000 + "a" + ")" * 1000, "a" * 50_000, "[" * 3000, "1" + "+1" * 20_000, "- " * 19_000 + "1"],
)  # fmt: skip
def test_an_expression_too_long_or_too_deep_is_refused_not_tried(text):
    with pytest.raises(SyntaxProblem):
        parse(text)


def test_a_long_expression_that_is_not_deep_is_read_and_a_longer_one_is_told_its_length():
    assert len(parse("max(" + ", ".join(["amount + 1"] * 3000) + ")").args) == 3000
    with pytest.raises(SyntaxProblem) as slip:
        parse("max(" + ", ".join(["amount + 1"] * 4000) + ")")
    assert "48,003 characters, more than 40,000" in slip.value.message.en


def test_an_expression_of_a_hundred_alternatives_is_read():
    assert len(ir.names(parse(" or ".join(f"a{i}" for i in range(100))))) == 100


def test_every_part_knows_the_characters_it_was_written_in():
    text = 'amount <= 15% of total and kind in ["a"]'
    for node in ir.walk(parse(text)):
        start, end = node.span
        assert 0 <= start < end <= len(text)
    spans = {text[slice(*node.span)] for node in ir.walk(parse(text))}
    assert {"amount", "15%", "15% of total", "amount <= 15% of total", 'kind in ["a"]', '["a"]'} <= spans


@pytest.mark.parametrize("count", [3, syntax.LONG, syntax.LONG + 1, 900])
@pytest.mark.parametrize("between", [" or ", " and ", " + ", " - ", " else "])
def test_what_was_only_long_is_read_whole_and_means_the_same(count, between):
    parts = [
        f"if n == {i} then {i + 1}" if between == " else " else f"n == {i}" if between[1] in "oa" else f"{i}"
        for i in range(count)
    ]
    text = between.join(parts) + (" else 0" if between == " else " else "")
    tree = syntax.parse(text)
    assert syntax.parse(unparse(tree)) == tree
    want = {
        " or ": True,
        " and ": False,
        " + ": count * (count - 1) // 2,
        " - ": -count * (count - 1) // 2,
        " else ": count,
    }[between]
    assert evaluate(typecheck.infer(tree, {"n": COUNT})[1], {"n": Fraction(count - 1)}) == want


def test_months_are_added_one_by_one_however_many():
    text = "2024-01-31" + " + 1 month" * (syntax.LONG + 1)
    assert evaluate(typecheck.infer(syntax.parse(text), {})[1], {}) == dt.date(2027, 6, 28)


@pytest.mark.parametrize(
    ("text", "same"), [("200千克", "200 kg"), ("2万千克", "20000 kg"), ("5 千米/小时", "5 km/h"), ("3千元", "3000元")]
)
def test_thousands_that_are_of_the_unit_are_not_counted(text, same):
    assert parse(text) == parse(same)
