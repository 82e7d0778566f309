"""One case as it unfolds: every order of events, exact totals, and what the procedures of the gazette say."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from streams import (
    MEETING,
    VOTE,
    consequences,
    line,
    load_procedure,
    run,
    statuses,
)

from policy_engine.procedures.chains import Chains
from policy_engine.procedures.events import Event
from policy_engine.procedures.follow import follow
from policy_engine.procedures.log import Entry
from policy_engine.procedures.unfolding import Unfolding
from policy_engine.procedures.watch import Watch

# --- every order of events ------------------------------------------------------------------------------------------


NEEDS = {"notice": "topic", "convened": "notice", "discussed": "convened", "voted": "discussed", "minuted": "voted"}
ONCE = ("convened", "minuted")


class Reference:
    """A meeting by hand: what each event must be told, whatever came before."""

    def __init__(self):
        self.seen, self.in_order = ["topic"], ["topic"]

    def tell(self, kind):
        if "minuted" in self.in_order:
            return "closed", None, []
        if kind in ONCE and kind in self.in_order:
            return "repeated", None, []
        before = list(self.seen)
        self.seen.append(kind)
        void = kind == "voted" and "convened" in self.seen  # 5 of 9 are no two thirds
        follows = ["vote-void"] if void else []
        if NEEDS[kind] in before:
            self.in_order.append(kind)
            return "in_order", None, follows
        return "out_of_order", [[NEEDS[kind]]], follows


def fork(state):
    """The same state, to go another way from here."""
    copy = Unfolding(state.chains)
    for name, value in vars(state).items():
        setattr(copy, name, value.copy() if isinstance(value, dict | list | set) else value)
    return copy


def test_every_order_of_up_to_six_meeting_events():
    chains = Chains(load_procedure("party-group.meeting"))
    kinds, told, day = ("notice", "convened", "discussed", "voted", "minuted"), 0, dt.date(2025, 3, 3)
    given = {
        k: dict(Watch._given(_Given(chains), Event(id="x", case="c", kind=k, at="2025-03-03", facts=MEETING[k])))
        for k in MEETING
    }

    def step(state, kind, number):
        entry = Entry(number, f"e{number}", Event(id=f"e{number}", case="c", kind=kind, at=day.isoformat(), facts={}))
        return state.judge(entry, given[kind], partial(follow, chains.rules), detail=False).to_json()

    def explore(state, path, number):
        nonlocal told
        for kind in kinds:
            reference = Reference()
            for earlier in path:
                reference.tell(earlier)
            expected = reference.tell(kind)
            branch = fork(state)
            answer = step(branch, kind, number)
            found = (answer["order"]["status"], answer["order"].get("expected"), consequences(answer))
            assert found == expected, (*path, kind)
            assert answer.get("closed", False) == (expected[0] == "in_order" and kind == "minuted")
            told += 1
            if number < 7:
                explore(branch, (*path, kind), number + 1)

    start = Unfolding(chains)
    step(start, "topic", 1)
    explore(start, (), 2)
    assert told == sum(5**n for n in range(1, 7)) == 19_530


class _Given:
    """As much of a Watch as reading facts takes."""

    def __init__(self, chains):
        self.chains = chains


# --- exact totals ---------------------------------------------------------------------------------------------------


def test_the_last_of_many_investments_breaks_the_cap_by_one_fen():
    events = [line("f", "基金", "established", "2025-01-01", {"fund_total": "1500000000.00"})]
    events += [
        line(f"i{k}", "基金", "direct_investment", "2025-02-01", {"contribution": "750000.00"}) for k in range(300)
    ]
    answers = run("fund.holdings", events)  # 225,000,000.00 is 15%
    assert {statuses(a)["direct-share-of-fund"] for a in answers[1:]} == {"satisfied"}
    events.append(line("fen", "基金", "direct_investment", "2025-02-02", {"contribution": "0.01"}))
    events.append(line("more", "基金", "direct_investment", "2025-02-03", {"contribution": "0.01"}))
    answers = run("fund.holdings", events)
    assert [a["event"] for a in answers if "violated" in statuses(a).values()] == ["fen", "more"]
    breach = answers[-2]["findings"][0]
    assert breach["was"] == "satisfied"
    assert breach["margin"]["left"] == "225000000.01"
    assert breach["margin"]["short_by"] == "0.01"
    assert breach["cite"]["phrase"] == "股权直投比例不高于基金总规模的15%"
    events.append(line("fix", "基金", "direct_investment", "2025-02-01", {"contribution": "749999.98"}, corrects="i7"))
    last = run("fund.holdings", events)[-1]
    assert [(f["provision"], f["status"], f["was"]) for f in last["changed"]["findings"]] == [
        ("direct-share-of-fund", "satisfied", "violated")]  # fmt: skip
    assert [(r["event"], statuses(r)["direct-share-of-fund"]) for r in last["rejudged"]] == [
        ("fen", "satisfied"), ("more", "satisfied")]  # fmt: skip


def test_a_total_with_an_unknown_part_is_unknown():
    events = [
        line("f", "a", "established", "2025-01-01", {"fund_total": "15亿元"}),
        line("i", "a", "direct_investment", "2025-02-01"),
    ]
    answer = run("fund.holdings", events)[-1]
    assert statuses(answer) == {"direct-share-of-fund": "undetermined"}
    fixed = run(
        "fund.holdings",
        [*events, line("j", "a", "direct_investment", "2025-02-01", {"contribution": "1亿元"}, corrects="i")],
    )[-1]
    assert statuses(fixed) == {"direct-share-of-fund": "satisfied"}


def test_capital_that_came_back_makes_room_and_a_sub_fund_is_taken_together():
    events = [
        line("f", "a", "established", "2025-01-01", {"fund_total": "15亿元"}),
        line("i", "a", "direct_investment", "2025-02-01", {"contribution": "2亿元"}),
        line("b", "a", "capital_returned", "2025-03-01", {"capital_back": "174999999.99"}),
        line("j", "a", "direct_investment", "2025-04-01", {"contribution": "2亿元"}),
        line("k", "a", "capital_returned", "2025-03-02", {"capital_back": "0.01"}),
    ]
    answers = run("fund.holdings", events)
    assert statuses(answers[3]) == {"direct-share-of-fund": "violated"}
    assert [statuses(r) for r in answers[4]["rejudged"]] == [{"direct-share-of-fund": "satisfied"}]
    joined = line("s", "b", "joined", "2025-01-01", {"fund_total": "15亿元", "subfund_total": "7亿元"})
    tranches = [line(f"t{i}", "b", "contributed", "2025-02-01", {"contribution": "1.1亿元"}) for i in (1, 2)]
    found = [statuses(a) for a in run("fund.subfund", [joined, *tranches])]
    assert found[1] == {"subfund-share-of-fund": "satisfied", "subfund-share-of-subfund": "satisfied"}
    assert found[2] == {"subfund-share-of-fund": "satisfied", "subfund-share-of-subfund": "violated"}


def test_direct_equity_is_added_up_from_what_is_invested_each_time_not_from_what_is_in_a_project_by_then():
    events = [
        line("f", "a", "设立母基金", "2025-01-01", {"母基金总规模": "15亿元"}),
        line("i", "a", "股权直投", "2025-03-01", {"本次出资": "8000万元", "累计投资额": "8000万元"}),
        line("j", "a", "股权直投", "2025-06-01", {"本次出资": "7000万元", "累计投资额": "1.5亿元"}),
        line("k", "a", "股权直投", "2025-07-01", {"累计投资额": "1.6亿元"}),
    ]
    found = [answer["findings"][0] for answer in run("fund.holdings", events)[1:]]
    assert [f["status"] for f in found] == ["satisfied", "satisfied", "undetermined"]
    assert [f["margin"]["left"] for f in found[:2]] == ["80000000", "150000000"]
    more = line("j", "a", "股权直投", "2025-06-01", {"本次出资": "7000万元", "累计投资额": "1.6亿元"})
    refused = run("fund.holdings", [*events[:2], more])[-1]  # no more can be in one project than in all of them
    assert [p["code"] for p in refused["problems"]] == ["contradiction"]


def test_totals_that_contradict_each_other_are_refused_at_the_event_that_makes_them_so():
    events = [
        line("f", "a", "established", "2025-01-01", {"fund_total": "15亿元"}),
        line("i", "a", "direct_investment", "2025-03-01", {"contribution": "8000万元"}),
        line("b", "a", "capital_returned", "2025-06-01", {"capital_back": "2亿元"}),
        line("j", "a", "direct_investment", "2025-07-01", {"contribution": "1亿元"}),
    ]
    answers = run("fund.holdings", events)
    assert [a["accepted"] for a in answers] == [True, True, False, True]
    assert [p["code"] for p in answers[2]["problems"]] == ["contradiction"]
    assert answers[3]["findings"][0]["margin"]["left"] == "180000000"  # what is refused counts for nothing
    events.append(line("c", "a", "capital_returned", "2025-06-01", {"capital_back": "8000万元"}, corrects="b"))
    events.append(line("k", "a", "direct_investment", "2025-08-01", {"contribution": "0.01"}))
    *_, corrected, last = run("fund.holdings", events)
    assert "problems" not in corrected
    assert last["findings"][0]["margin"]["left"] == "100000000.01"


def test_no_more_comes_back_from_a_sub_fund_than_was_put_in_and_no_more_is_put_in_than_there_is():
    events = [
        line("f", "a", "joined", "2025-01-01", {"fund_total": "15亿元", "subfund_total": "10亿元"}),
        line("i", "a", "contributed", "2025-03-01", {"contribution": "1亿元"}),
        line("b", "a", "capital_returned", "2025-06-01", {"capital_back": "5亿元"}),
        line("j", "a", "contributed", "2025-07-01", {"contribution": "3亿元"}),
        line("k", "a", "contributed", "2025-08-01", {"contribution": "12亿元"}),
    ]
    answers = run("fund.subfund", events)
    assert [a["accepted"] for a in answers] == [True, True, False, True, False]
    assert statuses(answers[3]) == {"subfund-share-of-fund": "violated", "subfund-share-of-subfund": "violated"}


# --- the procedures of the gazette ----------------------------------------------------------------------------------


def told(name, *events, as_of=None):
    """Order, failed checks and consequences of each event, for events (kind, day in 2025, facts)."""
    lines_ = [line(f"e{i}", "c", kind, f"2025-{day}", dict(facts)) for i, (kind, day, facts) in enumerate(events)]
    found = []
    for answer in run(name, lines_, as_of=as_of):
        broken = [p for p, s in statuses(answer).items() if s in ("violated", "departed", "undetermined")]
        ran = [f"{d['deadline']}:{d['status']}" for d in answer["deadlines"]]
        order = answer["order"]["status"] if "order" in answer else "as_of"
        found.append((order, broken, ran, consequences(answer)))
    return found


OK = ("in_order", [], [], [])


def test_a_meeting_with_enough_members_carries_its_motion():
    votes = {**VOTE, "in_favour": 5}
    found = told("party-group.meeting", ("topic", "03-01", {"item_kind": "general", "item_proposed_by": "secretary", "vetted_by_member": True}), ("notice", "03-02", {"noticed_in_writing": True}),
                 ("convened", "03-03", {"members": 9, "present": 6}), ("discussed", "03-03", {}), ("voted", "03-03", votes),
                 ("discussed", "03-03", {}), ("voted", "03-03", {**votes, "in_favour": 4}), ("minuted", "03-04", {}))  # fmt: skip
    assert found == [OK, OK, OK, OK, ("in_order", [], [], ["carried-resolution", "to-be-carried-out"]), OK,
                     ("in_order", [], [], ["not-carried"]), OK]  # fmt: skip


@pytest.mark.parametrize(("done", "follows"), [
    ({"deferred": True}, ["put-off"]), ({"special_circumstances": True, "reported_to_committee": True}, ["committee-decides"]),
])  # fmt: skip
@pytest.mark.parametrize("in_favour", [4, 5])
def test_a_close_vote_that_is_put_off_or_reported_is_neither_carried_out_nor_refused(done, follows, in_favour):
    votes = {**VOTE, "in_favour": in_favour, "major_question": True, "sides_close": True, **done}
    found = told("party-group.meeting", ("topic", "03-01", {"item_kind": "general", "item_proposed_by": "secretary", "vetted_by_member": True}), ("notice", "03-02", {"noticed_in_writing": True}),
                 ("convened", "03-03", {"members": 9, "present": 9}), ("discussed", "03-03", {}), ("voted", "03-03", votes))  # fmt: skip
    assert found[-1] == ("in_order", [], [], follows)


def test_what_a_consequence_rests_on_is_said_in_words():
    last = run("party-group.meeting", [line("a", "c", "voted", "2025-03-01", {"deferred": True})])[-1]
    ground = next(g for f in last["consequences"] if f["consequence"] == "put-off" for g in f["because"] if "that" in g)
    assert ground["that"] == "deferred"
    assert ground["title"]["zh"] == "已暂缓作出决定：是"


def test_a_topic_that_was_not_studied_is_not_received():
    papers = {"format_in_order": True, "papers_complete": True}
    assert told("government.executive-topic", ("submitted", "03-01", papers)) == [
        ("out_of_order", [], [], ["not-received"])
    ]
    assert told("government.executive-topic", ("studied", "03-01", {"studied_by": "report-only"}), ("submitted", "03-02", papers)) == [
        ("in_order", ["studied-by-vice-mayor", "no-hearing-instead"], [], []), ("in_order", [], [], ["not-received"])]  # fmt: skip
    assert told("government.executive-topic", ("studied", "03-01", {"studied_by": "vice-mayor"}), ("submitted", "03-02", papers),
                ("tabled", "03-03", {"mature": True, "major_disagreement": True})) == [
        OK, OK, ("in_order", ["no-major-disagreement"], [], ["not-on-agenda"])]  # fmt: skip
    mature = {"mature": True, "major_disagreement": False}
    assert told("government.executive-topic", ("studied", "03-01", {"studied_by": "report-only"}), ("submitted", "03-02", papers), ("tabled", "03-03", mature))[
        -1] == ("in_order", ["studied-by-vice-mayor"], [], ["not-on-agenda"])  # fmt: skip


def test_a_document_is_signed_through_its_chain():
    start = [
        ("drafted", "03-01", {"one_field": True, "in_name_of": "office", "important": False}),
        ("format_set", "03-02", {}),
        ("content_checked", "03-02", {}),
    ]
    signed = ("signed", "03-05", {"signer": "deputy-mayor"})
    chain = [("deputy_secretary_reviewed", "03-03", {}), ("secretary_reviewed", "03-04", {})]
    assert told("government.signing", *start, *chain, signed) == [OK] * 6
    acting = ("signed", "03-05", {"signer": "acting-vice-mayor"})
    assert told("government.signing", *start, *chain, acting) == [OK] * 6
    assert told("government.signing", *start, signed)[-1] == ("out_of_order", [], [], [])
    outside = [
        ("drafted", "03-01", {"one_field": False, "in_name_of": "office"}),
        *start[1:],
    ]  # the text names no reviewer for it
    assert told("government.signing", *outside, signed)[-1] == ("in_order", ["outside-one-field"], [], [])
    government = [
        ("drafted", "03-01", {"one_field": False, "in_name_of": "government"}),
        *start[1:],
        ("approved", "03-03", {}),
        ("deputy_mayor_reviewed", "03-04", {}),
    ]
    assert told("government.signing", *government, signed)[-1] == ("in_order", ["government-document"], [], [])
    unknown = run("government.signing", [line("a", "c", "format_set", "2025-03-01"), line("b", "c", "content_checked", "2025-03-01"),
                                         line("s", "c", "signed", "2025-03-05")])[-1]  # fmt: skip
    assert unknown["order"]["status"] == "undetermined"
    assert unknown["order"]["missing"] == ["in_name_of", "one_field"]


def test_a_garage_is_registered_and_transferred():
    start = [("design_approved", "01-01", {}), ("applied", "01-02", {"applied_with_building": True})]
    clear, disputed = ("public_notice", "01-03", {"disputed": False}), ("public_notice", "01-03", {"disputed": True})
    registered, posted = ("first_registered", "01-20", {}), ("posted", "02-01", {"posted_in_public_place": True})
    moved = {"disposal": "sale", "posted_until": "2025-02-08", "buyer_is_owner": True}
    whole = told("parking.garage", *start, clear, registered, posted, ("transfer_registered", "02-09", moved))
    assert whole == [OK] * 4 + [
        ("in_order", [], ["notice-period:open"], []),
        ("in_order", [], ["notice-period:elapsed"], []),
    ]
    early = told("parking.garage", *start, clear, registered, posted,
                 ("transfer_registered", "02-08", {**moved, "posted_until": "2025-02-07"}))  # fmt: skip
    assert early[-1] == ("in_order", ["notice-days"], ["notice-period:lapsed"], [])
    unregistered = told("parking.garage", *start, clear, posted, ("transfer_registered", "02-09", moved))
    assert unregistered[-1][0] == "out_of_order"
    found = told("parking.garage", *start, disputed, registered, ("dispute_settled", "01-30", {}))
    assert [(order, follows) for order, _, _, follows in found] == [
        ("in_order", []), ("in_order", []), ("in_order", ["not-yet-registered"]), ("out_of_order", []), ("in_order", [])]  # fmt: skip


def test_what_is_judged_before_the_day_it_depends_on_takes_that_day_for_one_to_come():
    """A trip is judged by the provisions unless it was over before them; on approval nobody is back yet."""
    aimless = {"led_by": "other-leader", "organised_by": "county", "trip_kind": "study-tour", "has_purpose": False}
    found = run("government.trip", [line("a", "c", "approved", "2025-03-01", aimless)])
    assert statuses(found[0]) == {"purpose": "violated", "no-leader-heads": "undetermined"}
    assert "returned_on" not in found[0]["findings"][0].get("missing", [])
    # whoever is back without having left has not left later than that
    back = run("government.trip", [line("r", "c", "returned", "2025-03-01")])
    assert back[0]["order"]["status"] == "out_of_order"
    steps = Chains(load_procedure("government.trip"))
    assert steps.to_come({}) == frozenset()
    assert steps.to_come({"approved"}) == {"departed", "returned", "reported"}
    assert steps.to_come({"approved", "returned"}) == {"reported"}


def test_an_investment_is_decided_signed_and_reported_on():
    facts = {"kind": "direct", "fund_total": "15亿元", "amount": "1亿元", "stake": "10%"}
    found = told("fund.investment", ("due_diligence", "01-10", facts), ("decided", "01-20", {"approved_by_committee": True}),
                 ("agreement", "01-31", {}), ("quarterly_report", "04-30", {}), ("quarterly_report", "08-01", {}), as_of="2025-08-01")  # fmt: skip
    assert found == [OK] * 5
    found = told("fund.investment", ("due_diligence", "01-10", facts), ("agreement", "01-31", {}))
    assert found[-1] == ("out_of_order", ["committee-approval"], [], ["no-agreement"])


def test_prohibited_business_may_be_vetoed_and_then_be_left():
    found = told("fund.prohibited", ("proposed", "01-10", {"activities": ["futures"]}), ("carried_out", "01-20", {"activities": ["futures"]}),
                 ("exited", "01-31", {}))  # fmt: skip
    assert found == [
        ("in_order", ["prohibited-activities"], [], ["veto"]),
        ("in_order", ["prohibited-activities"], [], ["forced-exit"]),
        OK,
    ]
    assert told("fund.prohibited", ("proposed", "01-10", {"activities": []})) == [OK]


def test_the_hospital_group_evaluates_itself_every_half_year_of_the_calendar():
    found = told("hospital.group-year", ("pilot_started", "01-01", {}), ("evaluated", "07-01", {}), as_of="2026-01-02")
    assert found[0][2] == [
        "evaluation-2025-1:open", "evaluation-2025-2:open", "evaluation-2026-1:open", "evaluation-2026-2:open",
        "supervision-2025:open", "supervision-2026:open", "final-evaluation:open",
    ]  # fmt: skip
    # the evaluation of July is that of the second half
    assert found[1][2] == ["evaluation-2025-1:missed", "evaluation-2025-2:met", "evaluation-2025-1:late"]
    assert found[2][2] == ["supervision-2025:missed"]


def test_a_second_evaluation_in_a_half_year_is_not_that_of_the_next():
    days = {
        "01-01": "pilot_started",
        "02-10": "evaluated",
        "05-10": "evaluated",
        "06-30": "supervised",
        "11-01": "supervised",
    }
    found = told("hospital.group-year", *((kind, day, {}) for day, kind in days.items()), as_of="2026-01-02")
    assert [deadlines for *_, deadlines, _ in found[1:]] == [
        ["evaluation-2025-1:met"], [], ["supervision-2025:met"], [], ["evaluation-2025-2:missed"],
    ]  # fmt: skip


def test_the_final_evaluation_of_the_commission_does_not_stand_for_that_of_the_group():
    ends = [line("s", "c", "pilot_started", "2026-07-01"), line("f", "c", "final_evaluation", "2026-12-10")]
    for more, then in (([], "missed"), ([line("e", "c", "evaluated", "2026-12-20")], "met")):
        found = run("hospital.group-year", [*ends, *more], as_of="2027-01-02")
        assert found[1]["order"]["status"] == "in_order"
        assert [(d["deadline"], d["status"]) for d in found[1]["deadlines"]] == [("final-evaluation", "met")]
        last = {d["deadline"]: d["status"] for answer in found[2:] for d in answer.get("deadlines", [])}
        assert last == {"evaluation-2026-2": then, "supervision-2026": "missed"}


def test_a_final_evaluation_before_its_month_is_not_that_of_the_month():
    early = [line("s", "c", "pilot_started", "2026-07-01"), line("f", "c", "final_evaluation", "2026-11-30")]
    for more, then in (([], "missed"), ([line("again", "c", "final_evaluation", "2026-12-01")], "met")):
        found = run("hospital.group-year", [*early, *more], as_of="2027-01-02")
        assert [(f["provision"], f["status"]) for f in found[1]["findings"]] == [("final-month", "violated")]
        assert not found[1]["deadlines"]
        last = {d["deadline"]: d["status"] for answer in found[2:] for d in answer.get("deadlines", [])}
        assert last["final-evaluation"] == then


def test_a_pilot_that_starts_late_owes_nothing_for_what_was_over():
    found = told("hospital.group-year", ("pilot_started", "07-01", {}))
    assert [run.partition(":")[0] for run in found[0][2]] == [
        "evaluation-2025-2", "evaluation-2026-1", "evaluation-2026-2", "supervision-2025", "supervision-2026", "final-evaluation",
    ]  # fmt: skip


def test_each_half_year_and_year_that_passes_without_an_evaluation_is_missed():
    started = line("s", "c", "pilot_started", "2025-02-01")
    never = run("hospital.group-year", [started], as_of="2027-01-02")[-1]["deadlines"]
    missed = [(d["deadline"], d["due"]) for d in never if d["status"] == "missed"]
    halves, years = ("2025-06-30", "2025-12-31", "2026-06-30", "2026-12-31"), ("2025-12-31", "2026-12-31")
    assert sorted(due for name, due in missed if name.startswith("evaluation")) == sorted(halves)
    assert sorted(due for name, due in missed if "supervision" in name) == sorted(years)
    assert ("final-evaluation", "2026-12-31") in missed
    once = [started, line("e", "c", "evaluated", "2025-03-01"), line("f", "c", "evaluated", "2026-08-01")]
    found = [d for answer in run("hospital.group-year", once, as_of="2027-01-02") for d in answer["deadlines"]]
    half = [(d["status"], d["due"]) for d in found if d["deadline"].startswith("evaluation") and d["status"] != "open"]
    assert half == [("met", "2025-06-30"), ("missed", "2025-12-31"), ("missed", "2026-06-30"), ("met", "2026-12-31"),
                    ("late", "2025-12-31"), ("late", "2026-06-30")]  # fmt: skip


def test_an_evaluation_in_each_half_year_is_enough_however_far_apart():
    days = {"2025-01-01": "pilot_started", "2025-01-20": "evaluated", "2025-02-01": "supervised", "2025-12-20": "evaluated",
            "2026-03-01": "evaluated", "2026-11-01": "supervised", "2026-11-30": "evaluated", "2026-12-31": "final_evaluation"}  # fmt: skip
    events = [line(f"e{i}", "c", kind, day, {}) for i, (day, kind) in enumerate(days.items())]
    ran = [
        d["status"] for answer in run("hospital.group-year", events, as_of="2027-01-02") for d in answer["deadlines"]
    ]
    assert set(ran) == {"open", "met"}


def test_probation_lasts_a_year():
    appointed, assessed = (
        ("appointed", "01-26", {"on_probation": True}),
        ("assessed", "12-30", {"assessed_as_fit": True}),
    )
    early = told("personnel.probation", appointed, assessed, ("confirmed", "12-31", {"government_agreed": True}))
    assert early == [
        ("in_order", [], ["probation:open"], []),
        OK,
        ("in_order", ["after-one-year"], ["probation:lapsed"], []),
    ]
    assert told("personnel.probation", appointed, as_of="2026-01-27")[-1] == ("as_of", [], ["probation:elapsed"], [])
    assert told("personnel.probation", ("appointed", "01-26", {"on_probation": False}), ("confirmed", "01-26", {})) == [
        OK,
        OK,
    ]
