"""The command `watch` on a terminal, with paper besides."""

import json

from typer.testing import CliRunner

from policy_engine.doors.main import app


def test_with_paper_the_terminal_has_words_and_other_readings(tmp_path):
    events = "examples/office/trips.jsonl"
    result = CliRunner().invoke(app, ["watch", "government.trip", events, "-o", str(tmp_path / "o.md"), "--lang", "zh"])
    assert result.exit_code == 1 and "时间线：成都考察" in result.stdout
    said = "另一读法 7日是自然日还是工作日？机关通常按工作日计：符合"
    assert said in result.stdout and said in (tmp_path / "o.md").read_text(encoding="utf-8")
    assert "违反（有争议）" in result.stdout and "seven_days" not in result.stdout
    asked = ["watch", "government.trip", events, "-o", str(tmp_path / "o.md"), "--format", "json"]
    assert json.loads(CliRunner().invoke(app, asked).stdout.splitlines()[0])["event"] == "t1"
