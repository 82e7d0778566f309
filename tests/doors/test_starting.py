"""What a command does not need is not imported: a start is quick."""

import os
import subprocess
import sys

RUN = "import sys; from policy_engine.doors.main import app; app({}, standalone_mode=False); print(sorted(sys.modules), file=sys.stderr)"


def test_a_case_is_checked_without_what_reads_rules_once_they_are_compiled(tmp_path):
    checked = [sys.executable, "-c", RUN.format(["check", "award.grant", "--set", "recipient=individual"])]
    ran = [
        subprocess.run(
            checked, env=os.environ | {"POLICY_CACHE": str(tmp_path)}, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert "award.grant" in ran[1].stdout and "'pydantic'" in ran[0].stderr
    unneeded = ("pydantic", "lark", "policy_engine.procedures.load", "policy_engine.proving.cases")
    assert not [name for name in unneeded if f"'{name}'" in ran[1].stderr]
