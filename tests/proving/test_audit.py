"""The audit of a source: where documents begin, what accounts for each number, which citations do not stand."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.doors.main import app
from policy_engine.proving.audit import audit, owned, read_source
from policy_engine.proving.exclusions import load_exclusions

GAZETTE = Path(__file__).parents[3] / "shared" / "gazette" / "gazette-2024-12.txt"
SOURCE = """目录
海湾市人民政府关于社团补助的通知 ..... (1)
海湾市人民政府关于
社团补助的通知

湾政发〔2025〕1号

各区人民政府：

第一条 为发展社团，深入落实“两个维护”，制定本办法。
第二条 每个社团每年不超过20
12
00元，确有困难的不超过3000元。
一、其他
1.一般应由半数以上成员同意；2．统一管理。

2025年1月3日

海湾市人民政府关于图书馆的通知

湾政发〔2025〕2号

本馆每周开放五天，不超过3000元的图书可外借，藏书100万册。
"""
RULES = {
    "documents.yaml": "documents:\n  - {number: 湾政发〔2025〕1号}\n  - {number: 湾政发〔2025〕2号}\n",
    "society/grant.yaml": (
        "decision: society.grant\ndocument: 湾政发〔2025〕1号\ninputs:\n  amount: {type: money}\n  agreed: {type: count}\n"
        "  members: {type: count, above: 0}\nprovisions:\n"
        "  - {id: hardship, cite: {at: 第二条, phrase: 确有困难的不超过3000元}, require: amount <= 3000}\n"
        "  - {id: half, cite: {at: 一, phrase: 半数以上成员同意}, require: agreed >= 1/2 of members}\n"
    ),
    "exclusions/society.yaml": (
        "document: 湾政发〔2025〕1号\nexclusions:\n"
        "  - {at: 第一条, phrase: “两个维护”, class: name, reason: {en: A set phrase, zh: 固定提法}}\n"
    ),
}


@pytest.fixture
def bay(tmp_path):
    for name, text in RULES.items():
        path = tmp_path / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "gazette.txt").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def audited(folder, source=SOURCE):
    book = policy_engine.load(folder / "rules")
    return audit(read_source(source, book.documents), book, owned(book, load_exclusions(book.root)))


def by_text(found):
    return {(a.document, a.token.text): (a.by, a.owners) for a in found.accounts}


def test_a_document_begins_at_the_title_above_its_number_and_ends_where_the_next_begins(bay):
    source = read_source(SOURCE, policy_engine.load(bay / "rules").documents)
    assert [s.document for s in source.sections] == ["", "湾政发〔2025〕1号", "湾政发〔2025〕2号"]
    first, second = source.sections[1:]
    assert source.text[second.start :].startswith("海湾市人民政府关于图书馆的通知")
    assert source.text[first.start :].startswith("海湾市人民政府关于社团补助的通知湾政发")


def test_each_number_is_accounted_for_by_a_provision_an_exclusion_or_its_form(bay):
    found = by_text(audited(bay))
    first = "湾政发〔2025〕1号"
    assert found[first, "3000"] == ("provision", ("society.grant/hardship",))
    assert found[first, "半数"] == ("provision", ("society.grant/half",))
    assert found[first, "两"] == ("exclusion", ("name",))
    assert found[first, "第一"][0] == found[first, "一"][0] == found[first, "1"][0] == found[first, "2"][0] == "form"
    assert found[first, "2025年1月3日"] == ("form", ("signature",))
    assert found[first, "〔2025〕1号"] == ("form", ("document-number",))
    assert found["", "(1)"] == ("form", ("contents",))


def test_what_nothing_accounts_for_is_told_with_its_line(bay):
    lost = {(a.document, a.token.text, a.line) for a in audited(bay).unaccounted}
    assert ("湾政发〔2025〕2号", "3000", 23) in lost  # the same phrase in another document is another phrase
    assert ("湾政发〔2025〕2号", "100万", 23) in lost
    assert ("湾政发〔2025〕2号", "五", 23) in lost


def test_words_in_which_a_numeral_counts_nothing_are_no_numbers(bay):
    assert not [a for a in audited(bay).accounts if a.token.text == "一" and a.by == "unaccounted"]


def test_a_phrase_may_cross_a_line_and_a_page(bay):
    split = SOURCE.replace("确有困难的不超过3000元", "确有困\n\n 难的不超\n过30 00元")
    assert not audited(bay, split).problems


@pytest.mark.parametrize(
    ("phrase", "code"),
    [("不超过4000元", "phrase-not-found"), ("社团", "phrase-ambiguous"), ("社团, occurrence: 9", "occurrence")],
)
def test_a_phrase_stands_exactly_once_or_at_the_stated_place(bay, phrase, code):
    path = bay / "rules" / "exclusions" / "society.yaml"
    path.write_text(RULES["exclusions/society.yaml"].replace("“两个维护”", phrase), encoding="utf-8")
    (found,) = audited(bay).problems
    assert found.code == code


def test_a_literal_that_is_not_in_its_phrase_is_a_problem(bay):
    path = bay / "rules" / "society" / "grant.yaml"
    path.write_text(RULES["society/grant.yaml"].replace("amount <= 3000", "amount <= 3001"), encoding="utf-8")
    assert [p.code for p in audited(bay).problems] == ["literal-not-in-phrase"]


def test_the_command_fails_while_anything_is_open_and_shows_the_source_marked(bay):
    arguments = ["audit", "--source", str(bay / "gazette.txt"), "--rules", str(bay / "rules")]
    result = CliRunner().invoke(app, [*arguments, "-o", f"html:{bay / 'a.html'}", "-o", f"json:{bay / 'a.json'}"])
    assert result.exit_code == 1
    assert "100万" in result.stdout
    page = (bay / "a.html").read_text(encoding="utf-8")
    assert '<mark class="provision"><a href="#society.grant/hardship"' in page
    assert '<li id="society.grant/hardship">' in page
    assert '<mark class="exclusion">' in page and '<span class="open">100万</span>' in page
    assert json.loads((bay / "a.json").read_text(encoding="utf-8"))["clean"] is False
    (bay / "gazette.txt").write_text(
        SOURCE.partition("海湾市人民政府关于图书馆")[0].replace("2\n12\n00", "若干"), encoding="utf-8"
    )
    closed = CliRunner().invoke(app, arguments)
    lost = re.findall(r":(\d+): (\S+)", closed.stdout)
    assert closed.exit_code == (1 if lost else 0)


def test_the_page_escapes_what_the_source_says(bay):
    (bay / "gazette.txt").write_text(SOURCE.replace("藏书", "<script>alert(1)</script>"), encoding="utf-8")
    arguments = ["audit", "--source", str(bay / "gazette.txt"), "--rules", str(bay / "rules"), "--format", "html"]
    assert "<script>" not in CliRunner().invoke(app, arguments).stdout


HEAD = "海湾市通知\n湾政发〔2025〕1号\n"


def clean(folder, text):
    (folder / "documents.yaml").write_text("documents:\n  - {number: 湾政发〔2025〕1号}\n", encoding="utf-8")
    book = policy_engine.load(folder)
    return audit(read_source(text, book.documents), book, owned(book, load_exclusions(book.root))).clean


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("海湾市通知\n湾政发〔2025〕9号\n不超过3000元。\n", id="no-listed-document"),
        pytest.param("海湾市通知\n湾政发〔2025〕9号\n不超过3000元。\n" + HEAD + "无。\n", id="unlisted-document-first"),
        pytest.param("海湾市通知\n湾政发〔2025〕1号 2025年1月3日\n不超过3000元。\n", id="number-shares-its-line"),
        pytest.param("海湾市通知\n湾政发[2025]1号\n不超过3000元。\n", id="other-brackets"),
        pytest.param(HEAD + "补助上限（元）\n3000\n其他\n", id="table-cell-taken-for-a-page-number"),
        pytest.param(HEAD + "自第六年起减半，第30日前办结。\n", id="ordinal-period-taken-for-numbering"),
        pytest.param(HEAD + "由十一人组成，十分钟内到场。\n", id="number-inside-an-idiom"),
    ],
)
def test_a_number_without_account_is_never_clean(tmp_path, text):
    assert not clean(tmp_path, text)


def test_the_number_of_an_annex_is_a_place(bay):
    text = "海政发〔2025〕3号\n标准见附表二，名单见附件1。\n附表二\n每人12元\n"
    found = audit(read_source(text, ["海政发〔2025〕3号"]), policy_engine.load(bay / "rules"), [])
    assert {a.token.text: a.by for a in found.accounts}.items() >= {
        "附表二": "form",
        "附件1": "form",
        "12": "unaccounted",
    }.items()


@pytest.mark.parametrize("gap", ["    ", "\t", "　"])
def test_the_figures_of_two_cells_are_two(bay, gap):
    """In a table of brackets with numbered rows the last figure of a row stands before the number of the next."""
    rows = [("1", "不超过600元的", "0%", "0"), ("2", "超过600元的", "3%", "18"), ("3", "超过9000元的", "8%", "78")]
    text = "海政发〔2025〕3号\n" + "\n".join(gap.join(row) for row in rows) + "\n四、每人12\n00元\n"
    source = read_source(text, ["海政发〔2025〕3号"])
    told = [a.token.text for a in audit(source, policy_engine.load(bay / "rules"), []).accounts]
    assert told == ["〔2025〕3号", "1", "600", "0%", "0", "2", "600", "3%", "18", "3", "9000", "8%", "78", "四", "1200"]


def test_page_numbers_do_not_break_a_phrase_nor_count(tmp_path):
    text = HEAD + "不超过\n12\n3000元，\n— 13 —\n不少于5\n13\n00元。\n"
    source = read_source(text, ["湾政发〔2025〕1号"])
    assert source.text.endswith("不超过3000元，不少于500元。")


def test_words_behind_a_page_break_are_read_after_a_page_number():
    text = read_source("不少于5\n— 13 —\f不超过3000元。\n", []).text
    assert text == "不少于5不超过3000元。"


def test_overlapping_citations_each_cover_what_is_inside_them(bay):
    path = bay / "rules" / "exclusions" / "society.yaml"
    more = "  - {at: 第二条, phrase: 每个社团每年不超过2000元，确有困难的不超过3000元, class: name, reason: {en: x, zh: x}}\n"
    path.write_text(RULES["exclusions/society.yaml"] + more, encoding="utf-8")
    first = "湾政发〔2025〕1号"
    found = by_text(audited(bay, SOURCE.replace("20\n12\n00元", "2000元")))
    assert found[first, "2000"] == found[first, "每年"] == ("exclusion", ("name",))
    assert found[first, "3000"] == ("provision", ("society.grant/hardship",))
    assert found[first, "半数"] == ("provision", ("society.grant/half",))


def test_a_source_of_more_numbers_than_any_has_is_refused(bay, monkeypatch):
    monkeypatch.setattr("policy_engine.proving.audit.MAX_NUMBERS", 5)
    with pytest.raises(policy_engine.PolicyError, match="more than 5 numbers"):
        audited(bay)


@pytest.mark.skipif(not GAZETTE.exists(), reason="the gazette is not beside this checkout; the tests above need none")
def test_every_number_of_the_gazette_has_its_account():
    result = CliRunner().invoke(app, ["audit", "--source", str(GAZETTE), "--lang", "en"])
    assert result.exit_code == 0, result.stdout[-4000:]


def test_who_cites_is_named_by_title_in_chinese_on_page_and_paper(bay):
    path = bay / "rules" / "society" / "grant.yaml"
    titled = RULES["society/grant.yaml"].replace(
        "decision: society.grant\n", "decision: society.grant\ntitle: {en: Grant, zh: 社团补助}\n"
    )
    path.write_text(
        titled.replace("{id: hardship,", "{id: hardship, title: {en: Hardship, zh: 困难补助},"), encoding="utf-8"
    )
    arguments = ["audit", "--source", str(bay / "gazette.txt"), "--rules", str(bay / "rules"), "--lang", "zh"]
    CliRunner().invoke(app, [*arguments, "-o", str(bay / "a.html"), "-o", str(bay / "a.md"), "-o", str(bay / "a.json")])
    page, paper = ((bay / name).read_text(encoding="utf-8") for name in ("a.html", "a.md"))
    assert '<li id="society.grant/hardship">社团补助：困难补助：' in page and 'title="不编写：名称和固定提法"' in page
    assert "| 社团补助：困难补助 |" in paper and "grant/hardship" not in paper
    assert '"society.grant/hardship"' in (bay / "a.json").read_text(encoding="utf-8")  # programs go by names
