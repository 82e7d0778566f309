"""What an office reads is as offices write it: signs of Chinese in Chinese, the unit beside what is asked, what is not kept named as that."""

import datetime as dt
import re
from dataclasses import replace

import pytest

import policy_engine
from policy_engine.reports import markdown
from policy_engine.reports.composed import sentence
from policy_engine.reports.question import question

BOOK = policy_engine.load()
DAY = dt.date(2025, 6, 30)
NARROW = re.compile(r"[一-鿿〕）][,;()]|[,;(] ?[一-鿿]|[一-鿿] \(")
TRIP = {"led_by": "vice-mayor", "holiday_overstay": True, "route_changed": False}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_question_says_the_unit_of_an_area_and_of_a_price(lang):
    inputs = BOOK.rule("parking.premium").inputs
    area, price = (question(inputs[name], lang) for name in ("area_b1", "benchmark_price"))
    assert {"zh": "平方米", "en": "m²"}[lang] in area
    assert {"zh": "元/平方米", "en": "yuan/m²"}[lang] in price
    assert "亿元" not in price
    assert "2.4亿元" in question(BOOK.rule("fund.investment").inputs["amount"], lang)


def test_markdown_in_chinese_has_the_signs_of_chinese():
    for decision, facts in (("government.trip", TRIP), ("fund.investment", {"kind": "subfund"})):
        assert not NARROW.search(markdown.decision(BOOK.decide(decision, facts, as_of=DAY), "zh"))


def test_what_is_not_kept_is_named_as_that():
    found = BOOK.decide("government.trip", TRIP, as_of=DAY)
    assert sentence(found, "zh").endswith("，不符合的：未利用节假日滞留晚归。")
    assert sentence(found, "en").endswith("; not kept: Holidays are not used to stay on.")
    left = sentence(BOOK.decide("document.submission", {"demands": []}, as_of=DAY), "zh")
    assert left.endswith("，尚不能判定的：篇幅一般不超过10页、字数一般不超过5000字。")


@pytest.mark.parametrize(
    ("waiting", "head"),
    [
        ({"undetermined"}, "，尚不能判定的："),
        ({"pending"}, "，未到期的："),
        ({"undetermined", "pending"}, "，尚不能判定或未到期的："),
    ],
)
def test_what_is_not_due_is_not_called_what_cannot_be_told(waiting, head):
    found = BOOK.decide("document.submission", {"demands": []}, as_of=DAY)
    open_ = [f for f in found.findings if f.status == "undetermined"]
    first, *others = (replace(f, status=status) for f, status in zip(open_, sorted(waiting) * 2, strict=False))
    kept = [f for f in found.findings if f.status != "undetermined"]
    assert head in sentence(replace(found, findings=(first, *others, *kept)), "zh")
