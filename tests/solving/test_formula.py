"""Numbers as solvers write them."""

from fractions import Fraction

import pytest

from policy_engine.solving.formula import as_number, number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", Fraction(7)),
        ("7.0", Fraction(7)),
        ("(- 7)", Fraction(-7)),
        ("(/ 5.0 2.0)", Fraction(5, 2)),
        ("(- (/ 5.0 2.0))", Fraction(-5, 2)),
        ("(/ (- 5.0) 2.0)", Fraction(-5, 2)),
        ("(/ (- 5) 2)", Fraction(-5, 2)),
        ("(- 7 2)", None),
        ("x1", None),
        ("(root-obj (+ (^ x 2) (- 2)) 1)", None),
    ],
)
def test_a_number_is_read_as_solvers_write_it(text, value):
    assert as_number(text) == value


@pytest.mark.parametrize("value", [Fraction(0), Fraction(-5, 2), Fraction(7), Fraction(-7), Fraction(1, 3)])
def test_a_number_is_read_as_it_is_written(value):
    assert as_number(number(value, "Real")) == value
