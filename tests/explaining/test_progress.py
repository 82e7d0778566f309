"""How far it is to a target that is not due."""

from datetime import date
from fractions import Fraction

import pytest

import policy_engine
from policy_engine.explaining.margin import Margin

BOOK = policy_engine.load()


def test_progress_is_the_share_of_the_way_to_a_floor():
    assert Margin(left=Fraction(60), relation=">=", right=Fraction(80)).progress == Fraction(3, 4)
    assert Margin(left=Fraction(60), relation="<=", right=Fraction(80)).progress is None


def test_a_trend_has_no_progress_from_zero():
    facts = {"year": 2025, "county_public_inpatients": 40, "county_inpatients": 40, "public_inpatients": 100,
             "county_share_last_year": "80%"}  # fmt: skip
    decision = BOOK.decide("hospital.indicators", facts, as_of=date(2025, 6, 30))
    halved = next(f.to_json() for f in decision.findings if f.provision == "county-share-2025")
    assert (halved["status"], halved["progress"]) == ("pending", None)


def test_what_has_not_been_done_yet_is_told_without_what_it_is_not():
    facts = {"convened_by": "vice-mayor", "minutes_made": "yes", "minutes_signed_by": "nobody", "major_matter": "no", "important_matter": "no"}  # fmt: skip
    told = {f.provision: f.reason for f in BOOK.decide("government.topic-meeting", facts, as_of="2025-03-01").findings}
    assert told["minutes-signed"].zh == "目前纪要签发人：尚未签发；文本未写期限。"
    assert told["minutes-signed"].en == "so far Minutes signed by: nobody yet; The text sets no time for it."
    signed = {f.provision: f for f in BOOK.decide("government.topic-meeting", facts | {"minutes_signed_by": "other"}, as_of="2025-03-01").findings}  # fmt: skip
    assert signed["minutes-signed"].status == "violated"
    assert (
        signed["minutes-signed"].reason.zh == "纪要签发人：其他，不属于：相关副市长、履职的交叉分工副市长或顶岗副市长"
    )


@pytest.mark.parametrize(("decision", "facts", "provision", "en", "zh"), [
    ("party-group.agenda", {"meetings_this_month": 1}, "further-meetings", "does not apply: Meetings held in the calendar month: 1 does not exceed 1", "不适用：当月召开会议次数：1 未超过 1"),
    ("government.trip", {"led_by": "vice-mayor", "returned_on": "2024-11-20"}, "report-in-seven-days", "does not apply: Returned on: 2024-11-20 is earlier than 2024-12-05", "不适用：返回日期：2024-11-20 早于 2024-12-05"),
])  # fmt: skip
def test_nobody_is_short_of_what_does_not_apply(decision, facts, provision, en, zh):
    told = {f.provision: f.reason for f in BOOK.decide(decision, facts, as_of="2025-03-01").findings}
    assert (told[provision].en, told[provision].zh) == (en, zh)
