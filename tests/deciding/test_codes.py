"""Codes and texts: kept as they are written, compared and shown, never worked out; a number is no code."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import CODE, MAX_CODE, MAX_TEXT, BadValue, NumberText, Unknown, read
from policy_engine.basics.values import TEXT as NAME
from policy_engine.doors.main import app
from policy_engine.language import syntax, typecheck
from policy_engine.language.typecheck import TypeProblem
from policy_engine.proving.lint import lint
from policy_engine.rulefiles.rulebook import Rulebook

RUN = CliRunner()
RULE = """
decision: post.office
document: 某政发〔2025〕9号
inputs:
  job: {type: code, label: {en: Occupation, zh: 职业代码}}
  other: {type: code}
  project: {type: text, label: {en: Project, zh: 项目名称}}
rows:
  member:
    label: {en: Member, zh: 成员}
    columns: {name: {type: text}, post: {type: code, label: {en: Postal code, zh: 邮政编码}}}
    formulas: [{id: local, cite: {at: 一, phrase: 邮编以85开头}, value: {type: flag, is: 'starts_with(post, "85")'}}]
    totals: {locals: {count: local}}
tables:
  bonus: {type: money, by: job, cite: [{at: 一, phrase: 0151岗位补贴300元}, {at: 一, phrase: 0152岗位补贴200元}], is: {"0151": 300, "0152": 200}}
provisions:
  - {id: open-job, cite: {at: 一, phrase: 限0151、0152岗位}, require: 'job in ["0151", "0152"]'}
  - {id: one-job, cite: {at: 一, phrase: 限0151岗位}, require: 'job == "0151"'}
  - {id: not-job, cite: {at: 一, phrase: 不含9999岗位}, require: 'job != "9999"'}
  - {id: farm, cite: {at: 一, phrase: 01开头}, require: 'starts_with(job, "01")'}
  - {id: same, cite: {at: 一, phrase: 同一岗位}, require: job == other}
  - {id: near, cite: {at: 一, phrase: 邮编以85开头}, each: member, require: local}
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    root = tmp_path_factory.mktemp("town")
    (root / "post").mkdir()
    (root / "post" / "office.yaml").write_text(RULE, encoding="utf-8")
    return policy_engine.load(root)


def said(town, **facts):
    return {f.provision: f for f in town.decide("post.office", facts, "2025-01-01").findings}


def test_a_code_keeps_its_zeros_its_case_and_its_blanks_inside():
    assert [read(raw, CODE) for raw in ("0151", " 0151\u3000", "A-1 b", "２", "15%", "是")] == [
        "0151",
        "0151",
        "A-1 b",
        "２",
        "15%",
        "是",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        151,
        Decimal(151),
        NumberText("0151"),
        True,
        "",
        "  ",
        "1\n2",
        "0" * (MAX_CODE + 1),
        ["0151"],
        dt.date(2025, 1, 1),
    ],
)
def test_what_is_no_code_is_refused(raw):
    with pytest.raises(BadValue):
        read(raw, CODE)


def test_a_text_is_bounded_and_may_be_a_number():
    assert [read(raw, NAME) for raw in (" 扎西 ", 7, Decimal("7.50"))] == ["扎西", "7", "7.50"]
    for raw in (True, "", "x" * (MAX_TEXT + 1), ["a"], 10**200):
        with pytest.raises(BadValue):
            read(raw, NAME)


def test_codes_are_compared_as_they_are_written(town):
    found = said(town, job="0151", other="151")
    assert {name: f.status for name, f in found.items() if name in ("open-job", "one-job", "farm", "same")} == {
        "open-job": "satisfied", "one-job": "satisfied", "farm": "satisfied", "same": "violated",
    }  # fmt: skip
    assert {f.status for f in said(town).values()} == {"undetermined"}


def test_one_code_that_mends_is_the_remedy_and_of_several_none_is(town):
    found = said(town, job="9999", other="7")

    def remedies(name):
        return [(r.input, r.relation, r.value) for r in found[name].remedies]

    assert remedies("one-job") == [("job", "==", "0151")]
    assert remedies("same") == [("job", "==", "7"), ("other", "==", "9999")]
    assert remedies("not-job") == [("job", "!=", "9999")]
    for name in ("open-job", "farm"):
        assert not found[name].remedies
        assert not found[name].no_remedy


def test_reasons_and_names_of_rows_are_shown_escaped(town):
    member = [{"name": "扎西", "post": "850000"}, {"name": "A\x1b[1m", "post": "100000"}]
    found = said(town, job="56\u202e", member=member)
    assert found["farm"].reason.en == "Occupation: 56\\u202e does not begin with 01"
    assert found["near[1]"].clause.title.zh == "near（成员第1项 扎西）"
    assert found["near[2]"].clause.title.en == "near (Member 2 A\\x1b[1m)"


def test_a_table_may_be_by_code(town):
    def bonus(job):
        return town.decide("post.office", {"job": job}, "2025-01-01").values["bonus"]

    assert (bonus("0152"), isinstance(bonus("152"), Unknown)) == (200, True)


TYPES = {"q": CODE, "r": CODE, "t": NAME}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q == 151", "code and number cannot be compared"), ('q < "0151"', "code has no order"), ('q == " 0151"', "is no code"),
        ('q in ["0151 "]', "is no code"), ("starts_with(q, r)", "written out"), ('starts_with("0151", 1)', "written out|expected a code"),
        ('t == "x"', "is a text: it is shown"), ("q + 1 == 2", "expected a number"), ('q + "1" == "2"', "expected a number"),
    ],
)  # fmt: skip
def test_a_code_is_never_worked_out(text, message):
    with pytest.raises(TypeProblem, match=message):
        typecheck.infer(syntax.parse(text), TYPES)


def test_a_formula_gives_no_code(tmp_path):
    (tmp_path / "post").mkdir()
    data = RULE + "  - {id: x, value: {type: code, is: job}}\n"
    (tmp_path / "post" / "office.yaml").write_text(data, encoding="utf-8")
    with pytest.raises(PolicyError, match="never worked out"):
        policy_engine.load(tmp_path).rule("post.office")


def test_a_code_that_stands_in_no_phrase_is_told_unless_it_is_declared(tmp_path):
    def told(cite, at="phrase: 限0151岗位}"):
        root = tmp_path / str(len(list(tmp_path.iterdir())))
        (root / "post").mkdir(parents=True)
        text = RULE.replace(at, cite)
        (root / "post" / "office.yaml").write_text(text, encoding="utf-8")
        return [w.message.en for w in lint(Rulebook(root)) if w.code == "literal-not-in-phrase"]

    assert told("phrase: 限0151岗位}") == []
    assert told("phrase: 限农业岗位}") == ['`one-job`: "0151" does not stand in the cited phrase']
    assert told("phrase: 邮编属本地}, value", "phrase: 邮编以85开头}, value") == [
        '`member.local`: "85" does not stand in the cited phrase'
    ]
    assert told("phrase: 限农业岗位}, derived: [{value: '\"0151\"', why: 目录}]") == []


def run(tmp_path, town_file, name, data):
    (tmp_path / "rules" / "post").mkdir(parents=True)
    (tmp_path / "rules" / "post" / "office.yaml").write_text(RULE, encoding="utf-8")
    table, out = tmp_path / name, tmp_path / "out.jsonl"
    table.write_bytes(data)
    given = [
        "batch",
        "post.office",
        table,
        "-o",
        out,
        "--rules",
        tmp_path / "rules",
        "--lang",
        "en",
        "--as-of",
        "2025-01-01",
    ]
    return RUN.invoke(app, list(map(str, given))), [
        json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()
    ]


def test_cells_keep_their_zeros_in_csv_and_json(tmp_path):
    _, rows = run(tmp_path, town, "cases.csv", "职业代码,项目名称\n0151,一号\n151,二号\n".encode())
    assert [(row["职业代码"], row["one-job.status"]) for row in rows] == [("0151", "satisfied"), ("151", "violated")]


def test_a_number_of_json_is_no_code(tmp_path):
    result, rows = run(tmp_path, town, "cases.jsonl", b'{"job": "0151"}\n{"job": 151}\n')
    assert [row["one-job.status"] for row in rows] == ["satisfied"]
    assert "`151` is not a code such as 0151" in result.stderr


def test_a_number_cell_of_a_workbook_is_no_code(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["职业代码", "项目名称"], ["0151", 7], [151, "二号"]):
        book.active.append(row)
    book.save(tmp_path / "made.xlsx")
    result, rows = run(tmp_path, town, "cases.xlsx", (tmp_path / "made.xlsx").read_bytes())
    assert [row["one-job.status"] for row in rows] == ["satisfied"]
    assert "职业代码 (A3)" in result.stderr
    assert "a number keeps no leading zeros" in result.stderr
