"""What is told of events names what is not known by its label."""

import json

import pytest

from policy_engine.basics.errors import Text
from policy_engine.procedures.chains import Chains
from policy_engine.procedures.load import load_procedure, procedure_names
from policy_engine.reports.procedure import text, to_data
from policy_engine.reports.timeline import event_text

TITLES = {"in_name_of": Text("in the name of", "发文名义"), "signed_on": Text("Signed on", "签发日期")}
CITE = {"document": "X", "at": "一"}
ANSWER = {
    "case": "t", "at": "2025-03-01", "event": "1", "kind": "signed", "findings": [], "consequences": [],
    "order": {"status": "undetermined", "missing": ["in_name_of", "signed_on"], "cite": CITE},
    "deadlines": [{"deadline": "d", "title": {"en": "Term", "zh": "期限"}, "status": "undetermined", "due": None,
                   "missing": ["signed_on"], "cite": CITE}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [("en", " (e7)  [late: put in its place; corrects e6]"), ("zh", "（e7）  [迟到事件，已按时间归位；更正 e6]")],
)
def test_an_event_is_named_with_the_signs_of_the_language(lang, wanted):
    told = {**ANSWER, "order": {"status": "in_order"}, "event": "e7", "kind": "signed", "late": True, "corrects": "e6"}
    assert wanted in event_text(told, TITLES, lang)


@pytest.mark.parametrize(("lang", "wanted"), [("en", "in the name of, Signed on"), ("zh", "发文名义、签发日期")])
def test_what_is_not_known_is_called_by_its_label(lang, wanted):
    told = event_text(ANSWER, TITLES, lang)
    assert wanted in told
    assert {"en": "Term: cannot be determined (not known: Signed on)", "zh": "期限：无法确定（未知：签发日期）"}[
        lang
    ] in told
    assert {"en": "unknown in the name of", "zh": "无法判断顺序；未知：发文名义"}[lang] in told
    assert not [name for name in TITLES if name in told]


@pytest.mark.parametrize(
    ("lang", "wanted"), [("en", "Which? One.; When? Now.: violated"), ("zh", "何者？甲；何时？即日：违反")]
)
def test_two_questions_that_are_taken_otherwise_are_no_list(lang, wanted):
    titles = {"which=one": Text("Which? One.", "何者？甲"), "when=now": Text("When? Now.", "何时？即日")}
    finding = {"provision": "p", "title": {"en": "P", "zh": "款"}, "status": "satisfied", "reason": {"en": "so", "zh": "如此"}, "cite": CITE,
               "readings": [{"choose": {"which": "one", "when": "now"}, "status": "violated"}]}  # fmt: skip
    assert wanted in event_text({**ANSWER, "order": {"status": "in_order"}, "findings": [finding]}, titles, lang)


def test_of_a_deadline_met_late_it_is_not_said_that_it_is_missed():
    def of(deadline, status):
        title = {"en": deadline, "zh": deadline}
        return {"deadline": deadline, "title": title, "status": status, "due": "2025-02-01", "cite": CITE}

    changes = [of("a", "missed"), of("b", "missed"), of("a", "late")]
    told = event_text({**ANSWER, "order": {"status": "in_order"}, "deadlines": changes}, TITLES, "zh")
    assert "a：逾期完成" in told
    assert "a：逾期未完成" not in told
    assert "b：逾期未完成" in told


@pytest.mark.parametrize(("lang", "wanted"), [
    ("en", ["- Quorum: not applicable (was satisfied) - no meeting (rests on what is assumed: Signed on) [X 一]",
            "  ← Quorum: violated [X 一]", "  ← not: Signed [X 一]"]),
    ("zh", ["- 到会人数：不适用（原为符合）；未开会（以推定为前提：签发日期） [X 一]",
            "  ← 到会人数：违反 [X 一]", "  ← 未有：签发 [X 一]"]),
])  # fmt: skip
def test_a_finding_and_its_grounds_are_written_as_the_language_is(lang, wanted):
    title, signed = {"en": "Quorum", "zh": "到会人数"}, {"en": "Signed", "zh": "签发"}
    finding = {"title": title, "status": "not_applicable", "was": "satisfied", "cite": CITE, "assumes": ["signed_on"],
               "reason": {"en": "does not apply: no meeting", "zh": "不适用：未开会"}}  # fmt: skip
    grounds = [
        {"finding": "quorum", "title": title, "status": "violated", "cite": CITE},
        {"without": "signed", "title": signed, "cite": CITE},
    ]
    follows = {"consequence": "void", "title": title, "status": "follows", "cite": CITE, "because": grounds}
    shown = event_text({**ANSWER, "findings": [finding], "consequences": [follows], "deadlines": []}, TITLES, lang)
    assert [line for line in wanted if line not in shown] == []


@pytest.mark.parametrize("name", procedure_names())
def test_what_a_step_is_shown_to_bring_is_what_its_event_may_bring(name):
    procedure = load_procedure(name)
    taken, listed = Chains(procedure), text(procedure, "en")
    for step in to_data(procedure)["steps"]:
        assert set(step["facts"]) <= set(taken.inputs_of(step["step"]).inputs), step["step"]
    example = json.loads(listed.splitlines()[-1])
    assert set(example["facts"]) <= set(taken.inputs_of(example["kind"]).inputs)
