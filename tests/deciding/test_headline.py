"""The five decisions asked most, at every bound, against arithmetic written down here anew."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy_engine
from policy_engine.basics.values import Unknown
from policy_engine.deciding.facts import read_facts
from policy_engine.deciding.situation import Situation
from policy_engine.words import Exit, exit_of

AS_OF = dt.date(2025, 3, 1)
BOOK = policy_engine.load()


def decide(decision, as_of=AS_OF, **facts):
    return BOOK.decide(decision, facts, as_of)


def finding(decision, provision):
    return next(f for f in decision.findings if f.provision == provision)


def status(decision, provision):
    return finding(decision, provision).status


# --- meetings ------------------------------------------------------------------------------------------------------------


def meeting(**facts):
    return decide("party-group.meeting", **{"matter": "ordinary", **facts})


@pytest.mark.parametrize(
    ("present", "matter", "provision", "expected"),
    [(5, "ordinary", "quorum", "satisfied"), (4, "ordinary", "quorum", "violated"), (7, "personnel", "special-quorum", "satisfied"),
     (6, "personnel", "special-quorum", "violated"), (6, "major", "special-quorum", "violated"), (7, "discipline", "special-quorum", "satisfied"),
     (1, "ordinary", "special-quorum", "not_applicable")],
)  # fmt: skip
def test_a_quorum_of_ten(present, matter, provision, expected):
    assert status(meeting(members=10, present=present, in_favour=0, matter=matter), provision) == expected


@pytest.mark.parametrize(
    ("present", "in_favour", "written", "carried"),
    [(10, 5, 0, False), (10, 6, 0, True), (5, 5, 1, False), (6, 6, 0, True), (6, 5, 4, False), (10, 10, 0, True)],
)
def test_a_motion_of_ten_is_carried_by_more_than_half_of_them_in_the_room(present, in_favour, written, carried):
    decision = meeting(members=10, present=present, in_favour=in_favour, written_in_favour=written)
    assert decision.values["carried"] is carried


def test_half_and_two_thirds_of_any_number_and_their_neighbours():
    rule = BOOK.rule("party-group.meeting")
    quorum, special = (next(p for p in rule.provisions if p.id == name) for name in ("quorum", "special-quorum"))
    for members in range(1, 2001):
        half, thirds = -(-members // 2), -(-2 * members // 3)
        for present in {half - 1, half, thirds - 1, thirds} - {-1}:
            facts = {"members": members, "present": present, "in_favour": present, "matter": "major"}
            situation = Situation(rule, read_facts(rule, facts).given, AS_OF, {})
            assert situation.of(quorum.require) is (2 * present >= members), facts
            assert situation.of(special.require) is (3 * present >= 2 * members), facts
            assert (situation["quorum_needed"], situation["votes_needed"]) == (thirds, members // 2 + 1), facts
            assert situation["carried"] is (3 * present >= 2 * members and 2 * present > members), facts


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))))
def test_any_meeting_is_decided_as_counted(counted):
    members, present, in_favour = counted[0], max(counted[1:]), min(counted[1:])
    decision = meeting(members=members, present=present, in_favour=in_favour)
    assert (status(decision, "quorum") == "satisfied") is (2 * present >= members)
    assert decision.values["carried"] is (2 * present >= members and 2 * in_favour > members)


def test_a_motion_without_the_quorum_that_applies_is_not_carried():
    assert meeting(members=10, present=6, in_favour=6, matter="personnel").values["carried"] is False
    assert meeting(members=10, present=6, in_favour=6, matter="ordinary").values["carried"] is True


def test_a_quorum_is_mended_by_members_who_come_not_by_taking_back_a_recusal():
    facts = {"members": 9, "present": 6, "recused": 1, "on_leave": 1, "matter": "personnel"}
    found = BOOK.decide("party-group.meeting", facts, AS_OF, {"recused_attend": "left_out"})
    assert {r.input for r in finding(found, "special-quorum").remedies} == {"present"}


def test_a_short_quorum_is_mended_by_so_many_more():
    found = finding(meeting(members=10, present=3, in_favour=0), "quorum")
    assert ("present", ">=", Fraction(5), Fraction(2)) in [
        (r.input, r.relation, r.value, r.change) for r in found.remedies
    ]


@pytest.mark.parametrize("facts", [{"present": 11}, {"present": 5, "in_favour": 6}])
def test_more_present_than_there_are_is_refused(facts):
    with pytest.raises(policy_engine.PolicyError) as error:
        meeting(members=10, **facts)
    assert {p.code for p in error.value.problems} == {"contradiction"}


# --- the fund ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "expected"), [("225000000.00", "satisfied"), ("225000000.01", "violated"), ("224999999.99", "satisfied")]
)
def test_a_subfund_takes_at_most_15_percent_of_the_fund(amount, expected):
    found = finding(
        decide("fund.investment", kind="subfund", fund_total="15亿元", amount=amount), "subfund-share-of-fund"
    )
    assert found.status == expected
    if expected == "violated":
        shown = found.to_json()
        assert {"input": "amount", "relation": "<=", "value": "225000000", "change": "-0.01"} in shown["remedies"]
        assert shown["margin"] == {"left": "225000000.01", "relation": "<=", "right": "225000000", "short_by": "0.01"}


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("75000000", "satisfied"), ("150000000", "satisfied"), ("74999999.99", "violated"), ("150000000.01", "violated")],
)
def test_a_direct_project_takes_5_to_10_percent_of_the_fund(amount, expected):
    decision = decide("fund.investment", kind="direct", fund_total=1_500_000_000, amount=amount)
    assert status(decision, "direct-project-range") == expected


@pytest.mark.parametrize("kind", ["subfund", "direct"])
def test_with_the_kind_alone_nothing_passes(kind):
    decision = decide("fund.investment", kind=kind)
    assert {f.status for f in decision.findings} <= {"undetermined", "not_applicable"}
    assert "undetermined" in {f.status for f in decision.findings}
    assert decision.outcome == "undetermined"


@given(st.integers(1, 10**13), st.integers(-2, 2))
def test_fifteen_percent_of_any_fund_to_the_fen(fen, step):
    total, bound = Fraction(fen, 100), Fraction(fen * 15 // 100 + step, 100)
    if bound > 0:
        found = finding(
            decide("fund.investment", kind="subfund", fund_total=total, amount=min(bound, total)),
            "subfund-share-of-fund",
        )
        assert (found.status == "satisfied") is (min(bound, total) * 100 <= total * 15)


@pytest.mark.parametrize(
    ("facts", "provision", "expected"),
    [
        ({"subfund_total": 1000, "amount": 300}, "subfund-share-of-subfund", "satisfied"),
        ({"subfund_total": 1000, "amount": "300.01"}, "subfund-share-of-subfund", "violated"),
        ({"management_fee": "2%"}, "subfund-fee", "satisfied"), ({"management_fee": "2.01%"}, "subfund-fee", "violated"),
        ({"activities": []}, "prohibited-activities", "satisfied"), ({"activities": ["futures"]}, "prohibited-activities", "violated"),
        ({"approved_by_committee": True}, "committee-approval", "satisfied"), ({"approved_by_committee": False}, "committee-approval", "violated"),
        ({"kind": "direct", "stake": "30%"}, "direct-stake", "satisfied"), ({"kind": "direct", "stake": "30.01%"}, "direct-stake", "violated"),
        ({"kind": "direct", "direct_total": 150, "fund_total": 1000}, "direct-share-of-fund", "satisfied"),
        ({"kind": "direct", "direct_total": "150.01", "fund_total": 1000}, "direct-share-of-fund", "violated"),
    ],
)  # fmt: skip
def test_every_other_bound_of_an_investment(facts, provision, expected):
    assert status(decide("fund.investment", **{"kind": "subfund", **facts}), provision) == expected


@pytest.mark.parametrize("activity", ["guarantee", "mortgage", "entrusted-loan", "secondary-market-stock", "futures", "real-estate", "securities-fund", "bond-below-aaa",
                                      "trust", "unprotected-wealth-product", "insurance-plan", "other-derivative"])  # fmt: skip
@pytest.mark.parametrize("kind", ["subfund", "direct"])
def test_each_prohibited_activity_is_prohibited(kind, activity):
    assert status(decide("fund.investment", kind=kind, activities=[activity]), "prohibited-activities") == "violated"


# --- garages -------------------------------------------------------------------------------------------------------------

GARAGE = {
    "benchmark_price": 1200,
    "area_b1": 3000,
    "area_b2": 2000,
    "area_b3": 1000,
    "self_developed": True,
    "public_nonprofit": False,
}


def garage(as_of=AS_OF, **facts):
    return decide("parking.premium", as_of, **{**GARAGE, "supply": "granted", **facts})


def test_a_garage_granted_after_the_day_pays_5_2_and_0_percent():
    values = garage(acquired_on="2025-03-01", underground_specified=False, follows_approved_design=True).values
    assert [values[f"premium_b{i}"] for i in (1, 2, 3)] == [180_000, 60_000, 0]
    assert values["premium"] == 240_000


def test_a_garage_granted_before_the_day_per_approved_design_pays_nothing_for_now():
    assert (
        garage(acquired_on="2024-07-30", underground_specified=False, follows_approved_design=True).values["premium"]
        == 0
    )


def test_the_day_itself_falls_under_the_later_article():
    on_the_day = garage(acquired_on="2024-07-31", underground_specified=False, follows_approved_design=True).values
    assert on_the_day["premium"] == 240_000
    later = garage(acquired_on="2025-03-01", underground_specified=False, follows_approved_design=True).values
    assert on_the_day["basis"] == later["basis"]


def test_allocated_land_developed_by_its_holder_owes_nothing():
    assert garage(supply="allocated").values["premium"] == 0


def test_what_the_guideline_does_not_settle_is_not_zero():
    decision = garage(acquired_on="2024-07-30", underground_specified=True, follows_approved_design=True)
    assert isinstance(decision.values["premium"], Unknown)
    assert decision.outcome == "undetermined"
    assert decision.values["premium"].because


def test_a_decision_after_the_trial_says_so():
    decision = garage(
        dt.date(2027, 6, 1), acquired_on="2025-03-01", underground_specified=False, follows_approved_design=True
    )
    assert any("no longer in force" in note.en for note in decision.notes)


# --- awards and documents --------------------------------------------------------------------------------------------------


def award(**facts):
    return decide(
        "award.grant",
        **{
            "recipient": "individual",
            "activity": "commendation",
            "approved_by_region": True,
            "higher_rule_applies": False,
            **facts,
        },
    )


@pytest.mark.parametrize(
    ("amount", "expected"), [("3000", "satisfied"), ("3000.01", "violated"), ("2999.99", "satisfied")]
)
def test_an_award_to_one_person_is_at_most_3000_yuan(amount, expected):
    assert status(award(amount=amount), "individual-cap") == expected
    assert status(award(amount=amount, higher_rule_applies=True), "individual-cap") == "not_applicable"
    assert status(award(amount=amount, activity="annual-assessment"), "individual-cap") == "not_applicable"


@pytest.mark.parametrize(("amount", "expected"), [("0.01", "violated"), ("0", "satisfied")])
def test_a_collective_is_given_no_money(amount, expected):
    assert status(award(recipient="collective", amount=amount), "no-bonus-for-collectives") == expected


def document(**facts):
    return decide(
        "document.submission", **{"document_kind": "work-plan", "pages": 10, "characters": 5000, "demands": [], **facts}
    )


@pytest.mark.parametrize("kind", ["regulatory", "work-plan"])
@pytest.mark.parametrize(
    ("changed", "code", "strict"), [({}, 0, 0), ({"pages": 11}, 0, 1), ({"characters": 5001}, 0, 1)]
)
def test_ten_pages_and_5000_characters_suffice(kind, changed, code, strict):
    decision = document(document_kind=kind, **changed)
    assert decision.outcome == ("compliant_with_departures" if strict else "compliant")
    assert exit_of((decision.outcome,), strict=False) == Exit(code)
    assert exit_of((decision.outcome,), strict=True) == Exit(strict)


def test_other_documents_have_no_length():
    decision = document(document_kind="other", pages=99, characters=99999)
    assert {status(decision, p) for p in ("length-pages", "length-characters")} == {"not_applicable"}


@pytest.mark.parametrize(
    "demand",
    [
        "coordinating-body",
        "supervision-inspection",
        "demonstration-model",
        "reaching-standards",
        "one-vote-veto",
        "responsibility-pledge",
    ],
)
def test_each_demand_that_burdens_the_grass_roots_is_barred(demand):
    assert status(document(demands=[demand]), "no-such-demands") == "violated"
