"""Why something is not settled, in official Chinese: no name of the program or of a rule file in it."""

import re
from pathlib import Path

import policy_engine
from policy_engine.basics.errors import Text
from policy_engine.reports.proof import sentence
from policy_engine.reports.unsettled import unsettled
from policy_engine.solving.found import Found

SOLVING = Path(policy_engine.__file__).parent / "solving"
SAID = re.compile(r'Unheld\(f?"([^"]+)"\)|unsettled\([^"()]*f?"([^"]+)"\)')


def called(name):
    return Text(name, "某项")


def test_every_reason_has_its_words_in_chinese():
    texts = [path.read_text(encoding="utf-8") for path in SOLVING.glob("*.py")]
    reasons = {a or b for text in texts for a, b in SAID.findall(text)}
    assert len(reasons) >= 15
    for reason in reasons:
        shown = re.sub(r"\{[^}]*\}", "2", reason)
        assert not re.search("[A-Za-z]", unsettled(shown, called).zh), reason


def test_a_question_is_named_by_its_answer():
    rule = policy_engine.load().rule("air.fleet")
    one = Found(kind="not-settled", decision=rule.decision, about="base", which="reading each")
    assert sentence(rule, one).zh.endswith("：未能判定（读作“所列各类车辆均应达到”）")


def test_quotation_marks_inside_others_are_single():
    rule = policy_engine.load().rule("air.fleet")
    one = Found(kind="claim-holds", decision=rule.decision, about=rule.claims[0].id, proved=True)
    assert "““" not in sentence(rule, one).zh
    assert "‘" in sentence(rule, one).zh
