"""What a user writes is read exactly or refused with what is accepted; there is one way in."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.basics.errors import Text
from policy_engine.basics.values import (
    COUNT,
    DATE,
    FLAG,
    NUMBER,
    SQUARE_METRE,
    YUAN,
    BadValue,
    Type,
    Unknown,
    merge,
    multiply_units,
    number_text,
    parse_unit,
    read,
    to_json,
    unit_text,
    unit_words,
)

MONEY = Type("number", YUAN)
AREA = Type("number", SQUARE_METRE)
PRICE = Type("number", parse_unit("CNY/m2"))
DUST = Type("number", parse_unit("μg/m3"))
COLOUR = Type("choice", options=("red", "green"))
COLOURS = Type("set", options=("red", "green"))


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        (3000, MONEY, 3000), ("3000", MONEY, 3000), ("3000元", MONEY, 3000), ("3,000 元", MONEY, 3000), ("15亿元", MONEY, 1_500_000_000),
        ("15亿", MONEY, 1_500_000_000), ("2.4亿元", MONEY, 240_000_000), ("3000万元", MONEY, 30_000_000), ("5千元", MONEY, 5000), ("¥3000", MONEY, 3000), ("人民币3000元", MONEY, 3000), ("RMB 3,000", MONEY, 3000), ("ＲＭＢ3000元", MONEY, 3000), ("人民币（大写）：叁仟元整", MONEY, 3000),
        ("叁仟元零伍分", MONEY, "3000.05"), ("3000元5角2分", MONEY, "3000.52"), ("1.5万元伍角整", MONEY, "15000.5"),
        ("￥3000", MONEY, 3000), ("３０００元", MONEY, 3000), ("224999999.99", MONEY, "224999999.99"), (Decimal("0.01"), MONEY, "0.01"),
        (Fraction(1, 3), MONEY, Fraction(1, 3)), ("1e9", MONEY, 10**9), ("1_000", MONEY, 1000), ("1/3", NUMBER, Fraction(1, 3)),
        ("0.1", NUMBER, "0.1"), ("-5", NUMBER, -5), ("12人", COUNT, 12), ("12", COUNT, 12), ("12.0", COUNT, 12), ("3000平方米", AREA, 3000),
        ("3000m2", AREA, 3000), ("3000㎡", AREA, 3000), ("1公顷", AREA, 10_000), ("0.3 公顷", AREA, 3000), ("35μg/m3", DUST, 35),
        ("35 μg/m³", DUST, 35), ("35微克/立方米", DUST, 35), ("1200元/平方米", PRICE, 1200), ("1200元/m2", PRICE, 1200),
    ],
)  # fmt: skip
def test_numbers_are_read_as_written(raw, kind, value):
    found = read(raw, kind, unit_word="人" if kind == COUNT else "")
    assert found == Fraction(value)
    assert isinstance(found, Fraction)


@pytest.mark.parametrize(
    ("raw", "value"), [("15%", "0.15"), ("0.15", "0.15"), ("12.5 %", "0.125"), ("１５％", "0.15"), ("150%", "1.5"), (0, 0), (1, 1), ("100%", 1), (Fraction(2, 3), Fraction(2, 3))]
)  # fmt: skip
def test_shares_are_read_as_written(raw, value):
    assert read(raw, NUMBER, share=True) == Fraction(value)


@pytest.mark.parametrize("raw", [15, "15", "1.5", Decimal(2)])
def test_a_share_above_one_without_a_percent_sign_is_asked_back(raw):
    with pytest.raises(BadValue) as error:
        read(raw, NUMBER, share=True)
    assert "%" in error.value.help.en


@pytest.mark.parametrize("raw", [0.15, 3000.0, float("nan"), float("inf"), 1e9])
@pytest.mark.parametrize("kind", [MONEY, COUNT, NUMBER, DATE, FLAG, COLOUR])
def test_a_binary_float_is_refused_with_advice(raw, kind):
    with pytest.raises(BadValue) as error:
        read(raw, kind)
    assert "Decimal" in error.value.help.en


@pytest.mark.parametrize(
    ("raw", "kind"),
    [("15%", MONEY), ("三分之一", MONEY), ("一半", MONEY), ("半数", AREA), ("50%", COUNT), ("3.5", COUNT), ("12元", COUNT), ("3000元", AREA), ("3000m2", MONEY), ("3000米", AREA), ("", MONEY),
     ("  ", MONEY), ("abc", MONEY), ("3000元元", MONEY), ("1.2.3", NUMBER), ("1,00,000", MONEY), ("1/0", NUMBER), ("NaN", NUMBER), ("Infinity", MONEY),
     ("0x10", COUNT), ("1 000", COUNT), ("--5", NUMBER), (True, MONEY), (False, COUNT), (None, MONEY), ([3], MONEY), ({"a": 1}, MONEY), (dt.date(2024, 1, 1), COUNT),
     (Decimal("NaN"), MONEY), (Decimal("Infinity"), MONEY), (b"3000", MONEY), ("1e999999999", MONEY), ("35", DATE), ("3000", FLAG), ("3 days", MONEY),
     ("3000美元", MONEY), ("$3000", MONEY), ("3000元/人", MONEY), ("人民币-3000元5角", MONEY), ("3000元10角", MONEY), ("0.5元5角", MONEY), ("人民币人民币3000", MONEY)],
)  # fmt: skip
def test_what_is_not_of_the_type_is_refused_with_what_is_accepted(raw, kind):
    with pytest.raises(BadValue) as error:
        read(raw, kind)
    assert error.value.found.en
    assert error.value.found.zh


@pytest.mark.parametrize("raw", ["2024-07-31", "2024年7月31日", "2024/7/31", dt.date(2024, 7, 31), " 2024-07-31 "])
def test_dates_are_read_in_the_forms_people_write(raw):
    assert read(raw, DATE) == dt.date(2024, 7, 31)


@pytest.mark.parametrize(
    "raw",
    [
        "2024-02-30",
        "31-07-2024",
        "07/31/2024",
        "2024-13-01",
        "20240731x",
        dt.datetime(2024, 7, 31, 12),
        2024073,
        True,
        None,
    ],
)
def test_a_date_that_is_none_or_could_be_two_is_refused(raw):
    with pytest.raises(BadValue):
        read(raw, DATE)


@pytest.mark.parametrize("raw", [True, "true", "TRUE", "yes", "是", "有", " 是 ", "Y", "对", "☑"])
def test_yes(raw):
    assert read(raw, FLAG) is True


@pytest.mark.parametrize("raw", [False, "false", "no", "否", "无", "没有", "n", "错"])
def test_no(raw):
    assert read(raw, FLAG) is False


@pytest.mark.parametrize("raw", [0, 1, "1", "0", "t", "是否", "maybe", ""])
def test_a_flag_is_never_guessed(raw):
    with pytest.raises(BadValue):
        read(raw, FLAG)


def test_choices_and_sets_are_among_their_options():
    assert read("red", COLOUR) == "red"
    for raw in (["red", "green"], "red, green", "red;green", "red、green", {"red", "green"}, ("green", "red", "red")):
        assert read(raw, COLOURS) == frozenset({"red", "green"})
    assert read([], COLOURS) == frozenset()
    for raw, kind in (
        ("blue", COLOUR),
        ("Red", COLOUR),
        (["red"], COLOUR),
        (["blue"], COLOURS),
        ([["red"]], COLOURS),
        (3, COLOURS),
        ({"red": 1}, COLOURS),
    ):
        with pytest.raises(BadValue):
            read(raw, kind)


@given(st.integers(-(10**20), 10**20), st.integers(0, 12))
def test_a_decimal_is_shown_as_it_was_written(digits, places):
    number = Fraction(digits, 10**places)
    assert Fraction(number_text(number)) == number
    assert read(number_text(number), NUMBER) == number
    assert "e" not in number_text(number)
    assert number_text(number, 100) == number_text(number * 100)


@given(st.fractions())
def test_the_text_of_a_number_is_the_number(number):
    assert Fraction(number_text(number)) == number
    assert number_text(number, 100) == number_text(number * 100)
    assert ("/" in number_text(number)) is any(number.denominator % p == 0 for p in _odd_primes(number.denominator))


def _odd_primes(number):
    for p in (2, 5):
        while number % p == 0:
            number //= p
    return [number] if number > 1 else []


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("225000000", "225000000"),
        ("11.50", "11.5"),
        ("1/3", "1/3"),
        ("-0.05", "-0.05"),
        ("0", "0"),
        ("1/8", "0.125"),
        ("-7/3", "-7/3"),
    ],
)
def test_numbers_in_json_are_exact_text(number, text):
    assert to_json(Fraction(number)) == text


def test_other_values_in_json():
    assert to_json(True) is True
    assert to_json(dt.date(2024, 7, 31)) == "2024-07-31"
    assert to_json(frozenset({"b", "a"})) == ["a", "b"]
    assert to_json("red") == "red"
    assert to_json(Unknown(("x",))) is None


@pytest.mark.parametrize(
    ("text", "en", "zh"), [("t/h", " t/h", " 吨/小时"), ("m3", " m³", " 立方米"), ("CNY/m2", " yuan/m²", " 元/平方米"), ("h/day", " h/day", " 小时/天"),
                           ("t/万元", " t/10,000 yuan", " 吨/万元"), ("人次", " 人次", " 人次"), ("day", " days", " 天"),
                           ("month", " months", " 个月"), ("万元", " × 10,000 yuan", " 万元"), ("t/year", " t/year", " 吨/年")],
)  # fmt: skip
def test_units_are_written_out_in_chinese(text, en, zh):
    assert unit_words(parse_unit(text)) == Text(en, zh)


@pytest.mark.parametrize("text", ["CNY/m2", "μg/m3", "t/h", "day", "m2", "mg/L"])
def test_a_unit_is_shown_as_it_is_read(text):
    assert unit_text(parse_unit(text)) == text
    assert parse_unit(unit_text(parse_unit(text))) == parse_unit(text)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("元", "CNY"),
        ("平方米", "m2"),
        ("㎡", "m²"),
        ("天", "days"),
        ("元/平方米", "CNY/m2"),
        ("吨/小时", "t/h"),
        ("µg/m3", "μg/m³"),
    ],
)
def test_words_for_one_unit_are_one_unit(a, b):
    assert parse_unit(a) == parse_unit(b)


@pytest.mark.parametrize("text", ["", "3", "m2/", "/m", "a b c/", "m-2", "元//m2"])
def test_what_is_no_unit_is_refused(text):
    with pytest.raises(BadValue):
        parse_unit(text)


def test_units_cancel():
    assert multiply_units(parse_unit("CNY/m2"), parse_unit("m2")) == YUAN
    assert multiply_units(YUAN, YUAN, -1) == ()


def test_what_is_unknown_waits_for_everything_once():
    a, b = Unknown(("x", "y")), Unknown(("y", "z"))
    assert merge((a, b, Fraction(1))) == Unknown(("x", "y", "z"))
    assert merge(()) == Unknown()


@pytest.mark.parametrize(
    "raw",
    [
        10**5000,
        "9" * 5000,
        Decimal("1E+5000000"),
        Decimal("1E-5000000"),
        Fraction(1, 10**200),
        "1" * 101,
        "1/" + "3" * 200,
    ],
    ids=range(7),
)
@pytest.mark.parametrize("kind", [MONEY, COUNT, NUMBER])
def test_a_number_of_more_digits_than_anybody_means_is_refused_at_once(raw, kind):
    with pytest.raises(BadValue) as error:
        read(raw, kind)
    assert len(error.value.found.en) < 200


@pytest.mark.parametrize("kind", [MONEY, DATE, FLAG, COLOUR, COLOURS])
def test_what_is_refused_is_shown_in_short(kind):
    with pytest.raises(BadValue) as error:
        read("x" * 10_000, kind)
    assert len(error.value.found.en) < 200


@pytest.mark.parametrize(
    ("text", "amount"),
    [("一亿零五千元", 100_005_000), ("一百万零五千元", 1_005_000), ("两万零五千元", 25_000), ("一千零五千元", None),
     ("一万五千元", 15_000), ("三千元", 3000), ("3千元", 3000), ("1.5千元", 1500), ("一万五千", 15_000)],
)  # fmt: skip
def test_a_thousand_yuan_is_not_multiplied_twice(text, amount):
    try:
        assert read(text, Type("number", YUAN)) == amount
    except BadValue:
        assert amount is None
