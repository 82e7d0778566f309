"""A draft says what the clause holds and leaves every decision to its author."""

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.proving.draft import clause, phrases

SOURCE = """某市人民政府办公室关于社团补助的通知
某政发〔2025〕1号
第六条 社团应当半数以上成员在本市。
第七条 每个社团每年不超过2000元，确有困难的不超过
3000元；一般不少于10人，力争2026年达到15%。
第八条 本办法自2025年1月1日起施行。
"""


def test_a_clause_ends_where_the_next_begins():
    text = clause(SOURCE, "某政发〔2025〕1号", "第七条")
    assert text.startswith("第七条每个社团") and text.endswith("15%。")


def test_each_number_of_a_clause_is_a_phrase_with_its_relation_and_force():
    found = phrases(clause(SOURCE, "某政发〔2025〕1号", "第七条"), len("第七条"))
    shown = [(p.token.text, p.relation, p.force) for p in found]
    assert ("2000", "<=", "binding") in shown
    assert ("10", ">=", "ordinary") in shown
    assert ("15%", ">=", "target") in shown
    assert all(p.token.text in p.text for p in found)


@pytest.mark.parametrize(
    ("document", "at", "code"), [("某政发〔2024〕9号", "第七条", "没有"), ("某政发〔2025〕1号", "第九条", "没有")]
)
def test_a_place_that_is_not_in_the_source_is_refused(document, at, code, tmp_path):
    source = tmp_path / "gazette.txt"
    source.write_text(SOURCE, encoding="utf-8")
    arguments = ["new", "society.grant", "--source", str(source), "--document", document, "--at", at]
    result = CliRunner().invoke(app, [*arguments, "--rules", str(tmp_path), "--lang", "zh"])
    assert result.exit_code == 2
    assert code in result.output
    assert not (tmp_path / "society").exists()


def test_a_draft_does_not_load_until_every_mark_is_decided(tmp_path):
    source = tmp_path / "gazette.txt"
    source.write_text(SOURCE, encoding="utf-8")
    run = CliRunner().invoke
    arguments = [
        "society.grant",
        "--source",
        str(source),
        "--document",
        "某政发〔2025〕1号",
        "--at",
        "第七条",
        "--rules",
        str(tmp_path),
    ]
    assert run(app, ["new", *arguments]).exit_code == 0
    again = run(app, ["new", *arguments])
    assert again.exit_code == 2  # never over what is there
    shown = run(app, ["show", "society.grant", "--rules", str(tmp_path)])
    assert shown.exit_code == 2
    assert "left to decide" in shown.output
    drafted = tmp_path / "society" / "grant.yaml"
    drafted.write_text(
        "decision: society.grant\ndocument: 某政发〔2025〕1号\ninputs:\n  amount: {type: money}\nprovisions:\n"
        "  - {id: cap, cite: {at: 第七条, phrase: 不超过2000元}, require: amount <= 2000}\n",
        encoding="utf-8",
    )
    assert run(app, ["show", "society.grant", "--rules", str(tmp_path)]).exit_code == 0
