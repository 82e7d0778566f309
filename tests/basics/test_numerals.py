"""Numerals: what parses and what does not, exactly; which tokens a text holds; which literals stand in a phrase."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.basics.numerals import parse, parse_date, plain
from policy_engine.proving.tokens import literal_in_phrase, scan

NUMERALS = {
    "1500000000": 1500000000, "1,500,000": 1500000, "1_000": 1000, "1e9": 10**9, "3.5": Fraction(7, 2), "010": 10, "１５": 15,
    "１，５００，０００": 1500000, "15%": Fraction(15, 100), "15％": Fraction(15, 100), "15 %": Fraction(15, 100), "5‰": Fraction(5, 1000), "-15%": Fraction(-15, 100),
    "15亿": 15 * 10**8, "1.5万": 15000, "1百万": 10**6, "3千": 3000, "三千": 3000, "十二": 12, "两": 2, "十": 10, "一百零五": 105,
    "十五亿": 15 * 10**8, "三亿五千万": 35 * 10**7, "一亿零五": 10**8 + 5, "二〇二四": 2024, "零": 0, "百分之十五": Fraction(15, 100),
    "百分之三点五": Fraction(35, 1000), "千分之五": Fraction(5, 1000), "万分之五": Fraction(5, 10**4), "三分之二": Fraction(2, 3), "半数": Fraction(1, 2), "一半": Fraction(1, 2),
    "2/3": Fraction(2, 3), "叁仟": 3000, "壹亿零伍佰萬": 10**8 + 5 * 10**6, "百分之伍": Fraction(5, 100),
}  # fmt: skip
NO_NUMERALS = [
    "", " ", "%", "-", "+", "--1", "0x10", "1:30", "١", "٣", "1,50", "1,5000", "15,00", "1,000_000", ".5", "5.", "1.5.2", "1%%",
    "1/0", "1/2/3", "百", "万", "亿", "亿万", "十十", "二百五", "三点", "千分之", "分之二", "零分之二", "12三", "一2", "10个", "1 000",
    "过半数", "1e61", "一亿五千", "二十亿三百", "一亿五",
]  # fmt: skip
DATES = {
    "2024-07-31",
    "2024/7/31",
    "2024年7月31日",
    "２０２４年７月３１日",
    "2024.7.31",
    "2024.07.31",
    "2024 年 7 月 31 日",
    "2024年7月31号",
    "20240731",
    "二〇二四年七月三十一日",
    "二零二四年七月三十一号",
    "二○二四年七月三十一日",
    "2024. 7. 31",
    "2024/7/31 0:00",
    "2024-07-31 00:00:00",
}


@pytest.mark.parametrize(("text", "value"), NUMERALS.items())
def test_a_numeral_has_one_exact_value(text, value):
    found = parse(text)
    assert found == value and isinstance(found, Fraction)


@pytest.mark.parametrize("text", NO_NUMERALS)
def test_what_is_no_numeral_has_no_value(text):
    assert parse(text) is None


@given(st.integers(0, 10**15), st.integers(0, 6))
def test_decimals_are_what_is_written(n, places):
    digits = str(n).rjust(places + 1, "0")
    written = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    assert parse(written) == Fraction(n, 10**places)
    assert parse(written + "%") == Fraction(n, 10**places) / 100


@given(st.integers(0, 10**15))
def test_grouped_digits_are_the_same_number(n):
    assert parse(f"{n:,}") == n


@given(st.text(alphabet="0123456789.,_-+/%‰ eE零一二两十百千万亿点半数分之年月日", max_size=12))
def test_no_text_is_an_accident(text):
    assert parse(text) is None or isinstance(parse(text), Fraction)
    for token in scan(text):
        assert len(token.text) == token.end - token.start > 0


@pytest.mark.parametrize("text", sorted(DATES))
def test_a_date_is_written_four_ways(text):
    assert parse_date(text) == dt.date(2024, 7, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "2024-7/31",
        "2024.7/31",
        "24.7.31",
        "2024.7",
        "2024.7.31.1",
        "0000-01-01",
        "20240732",
        "240731",
        "2024073",
        "202407311",
        "二四年七月三十一日",
        "二〇二四年七月三十二日",
        "二〇二四年七月",
        "",
    ],
)
def test_what_is_no_date_is_none(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("5%-10%", "range", {Fraction(5, 100), Fraction(10, 100)}), ("5-10%", "range", {Fraction(5, 100), Fraction(10, 100)}), ("3000元", "number", {3000}),
        ("10万元", "number", {10, 100000}), ("1倍", "multiple", {1}), ("半数", "fraction", {Fraction(1, 2)}),
        ("三分之二以上", "fraction", {Fraction(2, 3)}), ("2024年7月31日", "date", {dt.date(2024, 7, 31)}),
        ("每两个月", "frequency", {2}), ("2025年", "number", {2025}), ("一年", "number", {1}),
        ("第三十条", "numbering", {30}), ("拉政发〔2024〕9号", "document-number", None),
    ],
)  # fmt: skip
def test_a_token_has_its_kind_and_the_values_a_literal_may_match(text, kind, values):
    (token,) = scan(text)
    assert token.kind == kind
    assert values is None or set(token.values) == values


@pytest.mark.parametrize(
    "text", ["一般", "统一", "一律", "进一步", "之一", "单一来源", "唯一", "一次性补助", "一体推进"]
)
def test_a_numeral_in_an_idiom_is_no_token(text):
    assert scan(text) == []


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (Fraction(1, 2), "半数以上"),
        (Fraction(15, 100), "不超过15%"),
        (Fraction(3000), "3000元"),
        (dt.date(2025, 12, 31), "到2025年"),
        (Fraction(6), "2024年6月底"),
    ],
)
def test_a_literal_stands_in_its_phrase(value, phrase):
    assert literal_in_phrase(value, phrase)


@pytest.mark.parametrize(
    ("value", "phrase"), [(Fraction(15, 100), "不超过15人"), (Fraction(16), "不超过15人"), (Fraction(2), "PM2.5")]
)
def test_another_literal_does_not(value, phrase):
    assert not literal_in_phrase(value, phrase)


# --- open: each of these fails today; remove the mark with the mend -------------------------------------------------


@pytest.mark.parametrize(
    "text", ["1_", "1__0", "²", "①", "㊀", "一百零十", "1亿万", "1/2%", "1e9%", "百分之-5", "百分之1/2"]
)
def test_no_numeral(text):
    assert parse(text) is None


def test_all_of_it():
    assert parse("百分之百") == 1


@pytest.mark.parametrize("text", ["٢٠٢٤-01-01", "2024年٧月1日"])
def test_foreign_digits_are_no_date(text):
    assert parse_date(text) is None


@pytest.mark.parametrize("text", ["十一人", "十一日", "十分钟内", "一户限购", "这一年"])
def test_an_idiom_inside_another_word_hides_no_number(text):
    assert scan(text)


@pytest.mark.parametrize("text", ["半年", "一年半"])
def test_half_a_year(text):
    assert any(Fraction(1, 2) in token.values or Fraction(6) in token.values for token in scan(text))


def test_a_range_shares_its_unit():
    assert literal_in_phrase(Fraction(50000), "5-10万元")


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (Fraction(1), "一般不超过10页"),
        (Fraction(1), "统一管理"),
        (Fraction(1), "之一"),
        (Fraction(15), "不超过15%"),
        (Fraction(2), "第二条"),
        (Fraction(24), "〔2024〕24号"),
    ],
)
def test_a_literal_is_not_read_into_an_idiom_a_share_or_numbering(value, phrase):
    assert not literal_in_phrase(value, phrase)


@pytest.mark.parametrize("phrase", ["2024年13月", "9999年12月", "0000年"])
def test_an_impossible_period_is_no_crash(phrase):
    assert not literal_in_phrase(dt.date(2024, 1, 1), phrase)


def test_five_thousand_digits_are_a_number_or_none_and_no_crash():
    assert parse("9" * 5000) in (None, Fraction(10**5000 - 1))
    assert [found.text for found in scan("9" * 5000)] in ([], ["9" * 5000])


@given(st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,8})?(万|亿|%|千|元|,000)?", fullmatch=True))
def test_what_is_read_at_once_is_read_as_all_numerals_are(text):
    found = plain(text)
    assert found is None or (found == parse(text) and type(found) is Fraction)
    assert (found is None) == text.endswith(("千", "元", ",000"))
