"""The command `watch` on a terminal, with paper besides."""

import json

from typer.testing import CliRunner

from policy_engine.doors.main import app


def test_with_paper_the_terminal_has_words_and_other_readings(tmp_path):
    events = "examples/office/trips.jsonl"
    result = CliRunner().invoke(app, ["watch", "government.trip", events, "-o", str(tmp_path / "o.md"), "--lang", "zh"])
    assert result.exit_code == 1 and "时间线：成都考察" in result.stdout
    said = "另一读法：7日是自然日还是工作日？机关通常按工作日计：符合"
    assert said in result.stdout and said in (tmp_path / "o.md").read_text(encoding="utf-8")
    assert "违反（有争议）" in result.stdout and "seven_days" not in result.stdout
    asked = ["watch", "government.trip", events, "-o", str(tmp_path / "o.md"), "--format", "json"]
    assert json.loads(CliRunner().invoke(app, asked).stdout.splitlines()[0])["event"] == "t1"


def test_of_a_table_of_events_only_what_an_event_can_say_is_missed_and_a_step_is_asked_back(tmp_path):
    (tmp_path / "e.csv").write_text("案件,事件,时间,经办人\n甲,通知,2025-03-05,李四\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["watch", "party-group.meeting", str(tmp_path / "e.csv"), "--lang", "zh"])
    matched, refused = result.stderr.splitlines()
    assert "；未使用：经办人；" in matched and "起算日" not in matched and "的日期" not in matched
    assert refused == "e:2: “党组会议：从议题到纪要”没有步骤 `通知`"
    assert "是否想写 `通知会议议题`？" in result.stdout
