"""How far it is to a target that is not due."""

from datetime import date
from fractions import Fraction

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
