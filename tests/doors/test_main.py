"""The command line: what each command answers, its exit code, and where words go."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app

RULES = str(Path(__file__).parents[1] / "rules")
FUND = ["--set", "kind=subfund", "--set", "fund_total=15亿元"]


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def call(*arguments, given=None):
        return CliRunner().invoke(app, list(arguments), input=given)

    return call


def test_every_command_has_help_with_an_example(run):
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        result = run(name, "--help")
        assert result.exit_code == 0
        assert "policy " + name in result.output or "Print the JSON Schema" in result.output, name


def test_the_exit_code_says_the_outcome(run):
    grant = ["check", "award.grant", "--set", "approved_by_region=yes", "--set", "recipient=individual"]
    one = [*grant, "--set", "activity=commendation"]
    assert run(*one, "--set", "amount=3000").exit_code == 0
    assert run(*one, "--set", "amount=3000.01").exit_code == 1
    assert run(*one, "--set", "amount=much").exit_code == 2
    assert run(*one).exit_code == 3
    assert run(*grant, "--set", "amount=1", "--set", "activity=internal-unit").exit_code == 0
    twice = run(*one, "--set", "amount=1", "--set", "amount=2")
    assert (twice.exit_code, "`amount` is given twice" in twice.stderr) == (2, True)


def test_a_fact_that_is_set_wins_over_the_file_whatever_either_calls_it(run, tmp_path):
    (tmp_path / "f.yaml").write_text("recipient: 个人\n每人奖金: 3000元\n", encoding="utf-8")
    file = str(tmp_path / "f.yaml")
    case = ["award.grant", "--facts", file]
    more = ["--set", "approved_by_region=yes", "--set", "activity=commendation"]
    assert run("check", *case, *more).exit_code == 0
    for word in ("amount", "每人奖金", "每人 奖金"):
        assert run("check", *case, *more, "--set", f"{word}=3001").exit_code == 1
        wrong = run("check", *case, "--set", f"{word}=much")
        assert wrong.exit_code == 2 and "f.yaml" not in wrong.stderr  # it is not the file that is wrong
        tried = run("compare", file, "--decision", "award.grant", "--try", f"{word}=much")
        assert tried.exit_code == 2 and "f.yaml" not in tried.stderr
    varied = run("range", "award.grant", "--vary", "amount", "--facts", file, "--set", "表彰对象=个人", *more)
    assert "given twice" not in varied.stderr


def test_strict_makes_departures_fail(run):
    case = [
        "check",
        "document.submission",
        "--set",
        "document_kind=regulatory",
        "--set",
        "pages=11",
        "--set",
        "characters=1",
    ]
    case += ["--set", "demands=none"]
    assert run(*case).exit_code == 0
    assert run(*case, "--strict").exit_code == 1


def test_json_is_the_contract(run):
    result = run(
        "check", "fund.investment", *FUND, "--set", "amount=2.4亿元", "--as-of", "2025-03-01", "--format", "json"
    )
    answer = json.loads(result.stdout)
    assert (answer["decision"], answer["as_of"], answer["outcome"]) == (
        "fund.investment",
        "2025-03-01",
        "non_compliant",
    )
    finding = next(f for f in answer["findings"] if f["provision"] == "subfund-share-of-fund")
    assert finding["cite"] == {
        "document": "拉政办发〔2024〕32号",
        "at": "四（一）3 投资领域",
        "phrase": "不超过母基金总规模的15%",
    }
    assert finding["margin"] == {"left": "240000000", "relation": "<=", "right": "225000000", "short_by": "15000000"}
    assert {"input": "amount", "relation": "<=", "value": "225000000", "change": "-15000000"} in finding["remedies"]
    assert "240,000,000 exceeds 15% × 1,500,000,000 = 225,000,000 by 15,000,000" in finding["reason"]["en"]
    assert set(finding) >= {"status", "force", "contested", "reason", "missing", "readings"}
    known, idle = {"size": "1500000000", "held": "240000000"}, ["direct_held", "direct_room", "direct_projects"]
    assert answer["values"] == {**known, "subfund_size": None, **dict.fromkeys(idle)}
    assert {v["name"]: v["value"] for v in answer["value_findings"]} == {**known, "subfund_size": None}
    assert answer["undetermined"] == {"subfund_size": {"missing": ["subfund_total"]}}
    assert sorted(answer["not_applicable"]) == sorted(idle)
    assert "amount" not in answer["missing"]


def test_facts_come_from_a_file_standard_input_and_settings_and_settings_win(run, tmp_path):
    file = tmp_path / "case.yaml"
    file.write_text("kind: subfund\nfund_total: 1_500_000_000\namount: 1e9\n", encoding="utf-8")
    assert "1,000,000,000 exceeds" in run("check", "fund.investment", "--facts", str(file)).output
    assert (
        "225,000,000.01" in run("check", "fund.investment", "--facts", str(file), "--set", "amount=225000000.01").output
    )
    given = '{"kind": "subfund", "fund_total": 1500000000, "amount": 225000000.01}'
    assert "by 0.01 yuan" in run("check", "fund.investment", "--facts", "-", given=given).output


def test_complaints_go_to_standard_error_and_name_the_field_the_value_and_what_is_accepted(run):
    result = run("check", "fund.investment", "--set", "kind=loan")
    assert result.exit_code == 2 and result.stdout == ""
    assert all(word in result.stderr for word in ("kind", "loan", "subfund, direct"))
    result = run("check", "fund.investment", "--set", "knd=direct")
    assert "did you mean `kind`" in result.stderr


def test_messages_and_answers_are_in_the_language_asked_for_or_of_the_locale(run, monkeypatch):
    assert "不合规" in run("check", "fund.investment", *FUND, "--set", "amount=2.4亿元", "--lang", "zh").stdout
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "不合规" in run("check", "fund.investment", *FUND, "--set", "amount=2.4亿元").stdout
    assert "不是以下之一" in run("check", "fund.investment", "--set", "kind=loan").stderr


def test_no_colour_where_there_is_no_terminal(run):
    assert "\x1b" not in run("check", "fund.investment", *FUND, "--set", "amount=2.4亿元").stdout


def test_output_files_are_written_whole_and_wrong_formats_write_nothing(run, tmp_path):
    out, data = tmp_path / "a.md", tmp_path / "a.json"
    case = ["check", "award.grant", "--set", "recipient=individual", "--set", "amount=1"]
    assert run(*case, "-o", f"markdown:{out}", "-o", f"json:{data}").exit_code == 3
    assert out.read_text(encoding="utf-8").startswith("# ") and json.loads(data.read_text(encoding="utf-8"))
    assert run(*case, "-o", f"markdown:{tmp_path / 'b.md'}", "-o", f"odt:{tmp_path / 'b.odt'}").exit_code == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "a.md"]
    assert run(*case, "-o", f"json:{tmp_path / 'none' / 'x.json'}").exit_code == 2


def test_the_ending_of_a_file_says_its_format(run, tmp_path):
    case = ["check", "award.grant", "--set", "recipient=individual", "--set", "amount=1", "--lang", "zh"]
    begins = {"a.md": "# ", "a.json": "{", "a.HTML": "<!doctype html>", "a.txt": "表彰"}
    assert run(*case, *(part for name in begins for part in ("-o", tmp_path / name))).exit_code == 3
    for name, beginning in begins.items():
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning), name
    refused = run(*case, "-o", tmp_path / "b.md", "-o", tmp_path / "b.odt")
    assert (refused.exit_code, "b.odt` 的结尾不是 .txt, .json, .md, .html" in refused.stderr) == (2, True)
    assert not (tmp_path / "b.md").exists()


def test_a_reading_can_be_chosen_and_an_unknown_one_is_refused(run):
    case = ["check", "party-group.meeting", "--set", "members=10", "--set", "present=5", "--format", "json"]
    quorum = json.loads(run(*case).stdout)["findings"][0]
    assert (quorum["status"], quorum["contested"]) == ("satisfied", True)
    assert {"choose": {"half": "exclusive"}, "status": "violated"} in quorum["readings"]
    assert json.loads(run(*case, "--reading", "half=exclusive").stdout)["findings"][0]["status"] == "violated"
    assert run(*case, "--reading", "half=some").exit_code == 2


def test_show_and_list_say_what_there_is(run):
    shown = run("show", "party-group.meeting").stdout
    assert all(word in shown for word in ("members", "special-quorum", "2/3", "第二十条", "recusal", "default"))
    assert "fund.investment" in run("list").stdout
    assert json.loads(run("show", "fund.investment", "--format", "json").stdout)["inputs"]["kind"]["type"] == "choice"
    assert any(d["decision"] == "parking.premium" for d in json.loads(run("list", "--format", "json").stdout))


def test_show_leaves_out_no_case_that_another_one_follows(run):
    """Land of 31 July 2024 and later falls under Article 11 before the others are asked; what is left falls under it, too."""
    basis = run("show", "parking.premium").stdout.split("  rate_b1")[0]
    first, last = basis.index('= "article-11" when acquired_on >= 2024-07-31'), basis.index('= "article-11" otherwise')
    assert first < basis.index("= unsettled when underground_specified") < last
    assert (
        "国有建设用地使用权（地表）取得日期 ≥ 2024-07-31的：“第十一条”"
        in run("show", "parking.premium", "--lang", "zh").stdout
    )


def test_show_says_which_values_are_no_answer(run):
    assert run("show", "hospital.evaluation").output.count("\n      used by other provisions only\n") == 1
    assert run("show", "hospital.evaluation", "--lang", "zh").output.count("\n      仅供其他条款使用\n") == 1
    told = json.loads(run("show", "hospital.evaluation", "--format", "json").output)["provisions"]
    assert [p["provision"] for p in told if p["step"]] == ["in_pilot"]


def test_show_says_what_a_register_needs(run):
    """The names and labels that a sheet of entries needs, and the periods of what is worked out from it."""
    shown = run("show", "fund.investment", "--lang", "zh").stdout
    assert all(
        word in shown for word in ("投资日期", "项目或子基金", "本次出资（收回）金额", "子基金（subfund", "逐笔累计")
    )
    register = json.loads(run("show", "party-group.year", "--format", "json").stdout)["register"]
    assert (register["date"], register["by"]["name"]) == ("held_on", "member")
    assert register["columns"]["what"]["options"]["field-day"]["zh"] == "深入基层"
    assert register["totals"]["study_sessions_in_quarter"]["per"] == "quarter"
    assert json.loads(run("show", "parking.premium", "--format", "json").stdout)["register"] is None


def test_procedures_are_listed_and_shown_with_their_steps_and_facts(run):
    from policy_engine.procedures.load import load_procedure, procedure_names

    listed = json.loads(run("list", "--format", "json").stdout)
    assert [one["procedure"] for one in listed if "procedure" in one] == procedure_names()
    for name in procedure_names():
        assert f"watch:{name} " in run("list").stdout
        found, shown = load_procedure(name), run("show", f"watch:{name}", "--lang", "zh").stdout
        told = json.loads(run("show", f"watch:{name}", "--format", "json").stdout)
        assert [step["step"] for step in told["steps"]] == list(found.steps)
        for step in found.steps.values():
            assert f"  {step.title.zh}（{step.id}）" in shown
            assert all((f"（{fact}）" in shown) for fact in step.facts if fact not in step.sets)
            assert set(step.facts) <= set(told["inputs"])
        for one in (*found.deadlines, *found.consequences):
            assert f"  {one.title.zh}（{one.id}）" in shown
    trip = run("show", "watch:government.trip").stdout
    assert "opened_on + 7 days" in trip
    event = json.loads(trip.splitlines()[-1])
    assert run("watch", "government.trip", "-", given=json.dumps({**event, "facts": {}}) + "\n").exit_code == 0


@pytest.mark.parametrize("command", ["show", "check", "batch", "register"])
def test_a_procedure_asked_for_as_a_decision_is_told_apart(run, command, tmp_path):
    given = {"batch": ["t.csv", "-o", str(tmp_path / "o.csv")], "register": ["t.csv", "--from", "2025-01-01"]}
    result = run(command, "fund.holdings", *given.get(command, []))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "`fund.holdings` is a procedure, not a decision" in result.stderr
    assert "policy show watch:fund.holdings" in result.stderr
    assert "unknown procedure" in run("show", "watch:fund.holding").stderr


def test_another_tree_of_rules_needs_nothing_else(run):
    assert "harbour.berth" in run("list", "--rules", RULES).stdout
    assert run("check", "harbour.berth", "--rules", RULES, "--set", "crew=13").exit_code in (0, 3)


@pytest.mark.parametrize(("lang", "said"), [("en", "there is no rule in"), ("zh", "中没有规则")])
@pytest.mark.parametrize("command", ["list", "lint"])
def test_a_folder_without_rules_is_told_with_what_is_looked_for(run, tmp_path, command, lang, said):
    (tmp_path / "documents.yaml").write_text("documents: []\n", encoding="utf-8")
    result = run(command, "--rules", str(tmp_path), "--lang", lang)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "fund/investment.yaml" in result.stderr


def test_a_report_counts_and_shows_every_case_and_its_exit_code_is_the_worst(run, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "decision: award.grant\nas_of: 2025-03-01\nfacts: {recipient: individual, activity: commendation, approved_by_region: yes}\n"
        "cases:\n  - {name: first, facts: {amount: 3000}}\n  - {name: second, facts: {amount: 3001}}\n", encoding="utf-8")  # fmt: skip
    (tmp_path / "b.json").write_text(
        '{"decision": "document.submission", "as_of": "2025-03-01", "facts": {"document_kind": "other", "demands": []}}',
        encoding="utf-8")  # fmt: skip
    result = run("report", str(tmp_path))
    assert result.exit_code == 1
    assert "Cases: 3" in result.stdout and "first" in result.stdout and "second" in result.stdout
    whole = json.loads(run("report", str(tmp_path), "--format", "json").stdout)
    assert whole["summary"]["outcomes"] == {"compliant": 2, "non_compliant": 1}
    (tmp_path / "c.yaml").write_text("decision: award.grant\nfacts: {amont: 3}\n", encoding="utf-8")
    broken = run("report", str(tmp_path))
    assert broken.exit_code == 2 and "c.yaml:2" in broken.stderr and broken.stdout == ""


def test_scenarios_that_fail_are_shown_as_a_difference_with_their_line(run, tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(
        "decision: award.grant\ncases:\n"
        "  - name: wrong\n    facts: {recipient: individual, amount: 3001, activity: commendation, approved_by_region: yes}\n"
        "    expect: {outcome: compliant}\n", encoding="utf-8")  # fmt: skip
    result = run("test", str(file))
    assert result.exit_code == 1
    assert f"{file}:3: award.grant: wrong" in result.stdout
    assert "- expected compliant" in result.stdout and "+ found non_compliant" in result.stdout
    assert "individual-cap" in result.stdout  # a violation nobody expects fails too
    xml = run("test", str(file), "--format", "junit").stdout
    assert re.search(r'<testsuites tests="1" failures="1">', xml)


def test_a_folder_of_scenarios_that_is_empty_yet_keeps_no_rule_from_being_looked_at(run, tmp_path):
    for folder in ("rules/town", "scenarios"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "rules" / "town" / "fee.yaml").write_text(DRAFTED.replace("amout", "amount"), encoding="utf-8")
    result = run("lint", "--rules", str(tmp_path / "rules"))
    assert (result.exit_code, "unknown-document" in result.stdout, result.stderr) == (1, True, "")
    named = run("lint", "--rules", str(tmp_path / "rules"), "--scenarios", str(tmp_path / "scenarios"))
    assert (named.exit_code, "no case files" in named.stderr) == (2, True)


@pytest.mark.parametrize("command", ["test", "report"])
def test_a_file_without_a_case_is_no_pass(run, tmp_path, command):
    (tmp_path / "empty.yaml").write_text("# to be written\n", encoding="utf-8")
    result = run(command, str(tmp_path / "empty.yaml"), "--lang", "en")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no case to decide in" in result.stderr


def test_of_folders_without_rules_it_is_not_said_that_nothing_changed(run, tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    result = run("diff", str(tmp_path / "old"), str(tmp_path / "new"), "--lang", "en")
    assert (result.exit_code, result.stdout, "there is no rule in" in result.stderr) == (2, "", True)
    (tmp_path / "old" / "fee.yaml").write_text("decision: town.fee\n", encoding="utf-8")
    result = run("diff", str(tmp_path / "old"), str(tmp_path / "old"), "--lang", "en")
    assert (result.exit_code, "no rule can be here" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("command", "file", "named"),
    [
        ("check award.grant --facts", "facts.json", "json:facts.json"),
        ("range award.grant --vary recipient --facts", "facts.json", "./facts.json"),
        ("compare --decision award.grant --try amount=1", "facts.json", "facts.json"),
        ("measure", "draft.md", "draft.md"),
        ("audit --source", "gazette.txt", "gazette.txt"),
        ("check award.grant --set amount=1 --template", "own.docx", "own.docx"),
        ("batch award.grant table.csv --template", "own.docx", "own.docx"),
        ("watch government.trip events.jsonl --template", "own.docx", "own.docx"),
        ("watch government.trip", "events.jsonl", "html:events.jsonl"),
    ],
)
def test_an_answer_does_not_replace_what_it_is_of(run, tmp_path, monkeypatch, command, file, named):
    monkeypatch.chdir(tmp_path)
    (tmp_path / file).write_text("{}", encoding="utf-8")
    result = run(*command.split(), file, "-o", named, "--lang", "zh")
    assert (result.exit_code, f"会覆盖 {file}" in result.stderr) == (2, True), result.output
    assert (tmp_path / file).read_text(encoding="utf-8") == "{}"


DRAFTED = """decision: town.fee
document: 湾政发〔2023〕7号
inputs: {amount: {type: money}}
provisions:
  - {id: p, cite: {at: 一, phrase: 不超过300元}, require: amout <= 300元}
"""


@pytest.mark.parametrize(("day", "placed"), [("2025-01-01", False), ("TODO", True)])
def test_a_rule_that_does_not_load_is_told_once_beside_the_mistakes_of_its_scenarios(run, tmp_path, day, placed):
    for kind, text in {
        "rules": DRAFTED,
        "scenarios": f"decision: town.fee\nas_of: {day}\ncases:\n  - {{name: a, facts: {{amount: 1}}}}\n  - {{name: b}}\n",
    }.items():
        path = tmp_path / kind / "town" / "fee.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    result = run("test", str(tmp_path / "scenarios"), "--rules", str(tmp_path / "rules"))
    assert result.exit_code == 2
    assert result.output.count("unknown name `amout`") == 1
    assert ("scenarios/town/fee.yaml:2:8: `TODO` is not a date" in result.output) is placed


def test_a_fact_that_is_no_input_is_pointed_at_not_its_value(run, tmp_path):
    facts, cases = tmp_path / "facts.yaml", tmp_path / "cases.yaml"
    facts.write_text("kind: subfund\namuont: 12\n", encoding="utf-8")
    cases.write_text("decision: fund.investment\nfacts: {kind: subfund, amuont: 12}\n", encoding="utf-8")
    assert "facts.yaml:2:1: `amuont`" in run("check", "fund.investment", "--facts", str(facts)).stderr
    assert "cases.yaml:2:24: `amuont`" in run("test", str(cases)).output


def test_lint_is_silent_on_good_rules_and_speaks_sarif(run, tmp_path):
    folder = tmp_path / "rules" / "town"
    folder.mkdir(parents=True)
    (folder / "cap.yaml").write_text(
        "decision: town.cap\ndocument: 镇发〔2025〕1号\ninputs:\n  amount: {type: money}\n  idle: {type: flag}\n"
        "provisions:\n  - {id: cap, cite: {at: 一, phrase: 不超过2000元}, require: amount <= 3000}\n", encoding="utf-8")  # fmt: skip
    result = run("lint", "--rules", str(tmp_path / "rules"))
    assert result.exit_code == 1
    assert all(code in result.stdout for code in ("literal-not-in-phrase", "unused-input", "unknown-document"))
    sarif = json.loads(run("lint", "--rules", str(tmp_path / "rules"), "--format", "sarif").stdout)
    found = {
        r["ruleId"]: r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in sarif["runs"][0]["results"]
    }
    assert sarif["version"] == "2.1.0" and found["literal-not-in-phrase"] == 7


def test_a_kind_of_schema_that_there_is_not_is_answered_by_those_there_are(run):
    said = run("schema", "answr")
    assert said.exit_code == 2 and "did you mean `answer`? accepted: rule, case, documents, procedure" in said.output
    assert "unknown decision `harbour.moon`" in run("schema", "harbour.moon").output


def test_the_schema_in_the_tree_is_the_one_the_program_prints(run):
    root = Path(__file__).parents[2] / "rules"
    assert run("schema").stdout == (root / "schema.json").read_text(encoding="utf-8")
    assert run("schema", "case").stdout == (root / "case.schema.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods", "csv"])
def test_a_table_that_is_not_there_is_told_as_such(run, tmp_path, ending):
    found = run("batch", "award.grant", str(tmp_path / f"none.{ending}"), "-o", str(tmp_path / "o.csv"), "--lang", "zh")
    assert (found.exit_code, found.stderr.strip()) == (2, f"{tmp_path}/none.{ending}: 无法读取：文件不存在")


def test_a_sheet_given_as_facts_is_told_what_decides_it(run, tmp_path):
    (tmp_path / "cases.XLSX").write_bytes(b"PK\x03\x04\xff")
    found = run("check", "award.grant", "--facts", str(tmp_path / "cases.XLSX"), "--lang", "zh")
    assert found.exit_code == 2
    assert "是表格：事实文件应为 YAML 或 JSON" in found.stderr and "policy batch" in found.stderr


@pytest.mark.parametrize("name", ["o.md", "o.docx"])
def test_a_folder_to_write_to_that_is_not_there_is_told_as_such(run, tmp_path, name):
    target = str(tmp_path / "none" / name)
    found = run("check", "award.grant", "--set", "amount=1", "-o", target, "--lang", "zh")
    assert (found.exit_code, found.stderr.strip()) == (2, f"{target}: 无法写入：文件夹不存在")


def test_what_is_shown_of_a_decision_has_units_one_stop_and_no_empty_heading(run):
    trip = run("show", "government.trip", "--lang", "zh").output
    assert "返回至提交报告的工作日数（又作：工作日数）  数量（天）" in trip
    assert "方计入；工作日依" in trip and "。；" not in trip  # a note, and the calendar it goes by
    assert "由登记事项算出" not in trip  # there are no totals
    assert "\n  area_b1  area (m²)" in run("show", "parking.premium", "--lang", "en").output
    assert "基准地价（每平方米））  金额（元/平方米）" in run("show", "parking.premium", "--lang", "zh").output
