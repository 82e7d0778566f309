"""What a shell offers: asked as the scripts of `--install-completion` ask."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

RULES = Path(__file__).parents[1] / "rules"


def offered(line, shell="zsh"):
    asked = {"_POLICY_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line, "COMP_WORDS": line,
             "COMP_CWORD": str(len(line.split(" ")) - 1)}  # fmt: skip
    code = "import sys; sys.argv = ['policy']; from policy_engine.doors.main import app; app(prog_name='policy')"
    ran = subprocess.run([sys.executable, "-c", code], env=os.environ | asked, capture_output=True, text=True, check=False)  # fmt: skip
    assert not ran.stderr, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("policy check award", ["award.grant"]),
        ("policy show watch:party", ["watch", "party-group.meeting"]),
        ("policy watch government", ["government.trip"]),
        ("policy check award.grant --set rec", ["recipient=", "received_this_year="]),
        ("policy ask award.grant --set recipient=", ["recipient=individual", "recipient=collective"]),
        ("policy register fund.investment --reading ", ["direct_cap=each"]),
        ("policy check 表彰", ["表彰奖励资金", "表彰奖励资金的保障与管理"]),
        ("policy check 表彰奖励资金 --set 表", ["表彰对象="]),
        ("policy check award.grant --set 表彰对象=", ["表彰对象=个人", "表彰对象=集体"]),
        ("policy compare a.yaml --decision fund", ["fund.investment"]),
    ],
)
def test_names_are_offered(line, wanted):
    found = offered(line)
    assert not [name for name in wanted if name not in found], found


def test_bash_is_offered_plain_names():
    assert "award.grant" in offered("policy batch aw", "bash").splitlines()


def test_what_cannot_be_read_offers_nothing():
    assert "award" not in offered("policy check --rules /nowhere aw")
    assert "recipient" not in offered("policy check no.such --set rec")
