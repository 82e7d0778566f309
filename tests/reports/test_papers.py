"""One set of parts for a page, a letter, a print and Markdown: each shows all of them, and what facts say stays text."""

import datetime as dt
import io
import re
import zipfile
from fractions import Fraction
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.doors.main import app
from policy_engine.reports import composed, leaf, letter, markdown, page, printed
from policy_engine.reports.leaf import Gauge, Heading, Leaf, NewPage, Paragraph, Ruled, Together
from policy_engine.words import why_idle

docx = pytest.importorskip("docx", reason="papers need `pip install '.[paper]'`")

BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)
CASE = {"kind": "subfund", "fund_total": "15亿元", "amount": "2.4亿元", "management_fee": "2%"}
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HOSTILE = [
    "<script>alert(1)</script>", "</w:t></w:r>", "=HYPERLINK(\"http://x\")", "{{ 7*7 }}{% raw %}", "\x1b[31m\x07", "a\x00b",
    "\u202eevil", "\ud800", "\ufffe\uffff", "&lt;&#60;", "]]>", "| a | b |\n# c", "--><!--", "\r\nx", "~~a~~",
]  # fmt: skip
GAUGE = Gauge(value=Fraction(3), bound=Fraction(2), zone="below", holds=False, words="3; at most 2")


def paper(text, lang="en"):
    """A paper that says something in every place that has words."""
    grid = Ruled(heads=(text, text), rows=[(text, text), (text, GAUGE)], widths=(1, 2))
    gauge = Gauge(value=Fraction(1), bound=Fraction(2), zone="above", holds=False, words=text, bullet=True)
    parts = (
        Heading(1, text),
        Paragraph(text, "outcome"),
        NewPage(),
        Heading(2, text, text),
        gauge,
        grid,
        Together(text, (Paragraph(text),)),
    )
    return Leaf(lang=lang, title=text, outcome=text, parts=parts, foot=text)


def tags(text):
    """What a browser reads as markup, but for the ends of lines."""
    found = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: found.append((tag, [name for name, _ in attrs]))
    reader.handle_comment = lambda data: found.append("comment")
    reader.feed(text)
    return [tag for tag in found if tag != ("br", [])]


def opened(made):
    return docx.Document(io.BytesIO(made))


def words(file):
    return "".join(node.text or "" for node in file.element.body.iter(f"{W}t"))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_facts_say_is_text_on_every_paper(text):
    own = page.page([paper(text)], "en")
    assert tags(own) == tags(page.page([paper("x")], "en"))
    assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(own)
    plain = {e.tag for e in opened(letter.letter(paper("x"))).element.body.iter()}
    found = opened(letter.letter(paper(text)))
    assert {e.tag for e in found.element.body.iter()} <= plain | {f"{W}br"}
    assert not found.element.body.findall(f".//{W}fldSimple")
    told = markdown.leaf(paper(text))
    assert not re.search(r"(?<!\\)<script", told)
    assert "\x1b" not in told
    assert not re.search(r"(?<!\\)[&~]", told)
    assert {line.count(" | ") for line in told.splitlines() if line.startswith("| ")} == {1}


def test_a_letter_keeps_to_the_page_of_official_documents():
    found = opened(letter.letter(composed.decision(BOOK.decide("fund.investment", CASE, DAY), "zh", "1")))
    section = found.sections[0]
    sides = [
        section.page_width,
        section.page_height,
        section.top_margin,
        section.left_margin,
        section.right_margin,
        section.bottom_margin,
    ]
    assert [round(side.mm) for side in sides] == [210, 297, 37, 28, 26, 35]
    faces = {fonts.get(f"{W}eastAsia") for fonts in found.element.body.iter(f"{W}rFonts")}
    assert {"仿宋", "黑体", "楷体", "方正小标宋简体"} <= faces
    sizes = {p.text: p.runs[0].font.size.pt for p in found.paragraphs if p.runs}
    assert sizes["母基金拟投资项目"] == 22
    assert sizes["一、存在的问题与整改"] == 16
    assert any(text.startswith("（一）✗ 违反：") for text in sizes)
    assert any("〔2024〕32号" in text for text in sizes)
    assert any("2025年3月1日" in text for text in sizes)
    assert (
        "".join(e.text or "" for e in section.footer._element.iter() if e.tag.endswith(("}t", "instrText")))
        == "— PAGE1 —"
    )
    assert found.settings.odd_and_even_pages_header_footer


@pytest.mark.parametrize("lang", leaf.LANGUAGES)
def test_every_paper_tells_reasons_clauses_facts_and_the_content_of_the_rule(lang):
    decided = BOOK.decide("fund.investment", CASE, DAY)
    one = composed.decision(decided, lang, "1")
    letters = words(opened(letter.letter(one)))
    for told in (letters, page.page([one], lang), markdown.leaf(one).replace("\\", "")):
        for finding in decided.findings:
            idle = finding.status == "not_applicable"
            assert (why_idle(finding, lang) if idle else finding.reason.of(lang)) in told
            assert all(cite.phrase in told for cite in finding.clause.cites if finding.status != "not_applicable")
        assert decided.inputs["fund_total"].label.of(lang) in told
        assert re.search("SHA-256 [0-9a-f]{64}", told)


def form(tmp_path, *lines):
    file = docx.Document()
    for line in lines:
        file.add_paragraph(line)
    path = tmp_path / "form.docx"
    file.save(path)
    return path


def test_an_office_has_its_own_form(tmp_path):
    pytest.importorskip("docxtpl", reason="templates need `pip install '.[paper]'`")
    path = form(tmp_path, "拉萨市某局", "{{ title }}", "{{ body }}", "{{ date }}")
    found = opened(letter.letter(composed.decision(BOOK.decide("fund.investment", CASE, DAY), "zh", "1"), path))
    told = [p.text for p in found.paragraphs]
    assert told[:2] == ["拉萨市某局", "母基金拟投资项目"]
    assert told[-1] == "2025年3月1日"
    assert told.index("一、存在的问题与整改") > 1
    assert told.count("母基金拟投资项目") == 1
    hostile = opened(letter.letter(paper("<w:p>{{ 1 }}"), path))
    assert [p.text for p in hostile.paragraphs][1] == "<w:p>{{ 1 }}"


@pytest.mark.parametrize(
    "line", ["{{ ''.__class__.__mro__ }}{{ body }}", "{{ nothing }}{{ body }}", "{% for %}", "no body", None]
)
def test_a_form_that_is_none_is_refused(tmp_path, line):
    pytest.importorskip("docxtpl", reason="templates need `pip install '.[paper]'`")
    path = tmp_path / "x.docx"
    path.write_bytes(b"PK") if line is None else form(tmp_path, line).rename(path)
    with pytest.raises(PolicyError) as refused:
        letter.letter(paper("x"), path)
    assert refused.value.problems[0].code == "template"


@pytest.mark.parametrize(("line", "en", "zh"), [
    ("{{ ''.__class__ }}{{ body }}", "unsafe", "{{ }} 或 {% %} 不能执行"), ("{{ nothing }}{{ body }}", "'nothing' is undefined", "没有可填入 {{ nothing }} 的内容"),
    ("{{ title.size }}{{ body }}", "no attribute 'size'", "没有可填入 {{ size }} 的内容"), ("{% for %}", "", "{{ }} 或 {% %} 写法有误"),
    ("{{ [][0] }}{{ body }}", "no element 0", "{{ }} 或 {% %} 不能执行"), ("{{ 'a' * 10 ** 9 }}{{ body }}", "** is not worked out", "{{ }} 或 {% %} 不能执行"),
    ("{{ title * 999999999 }}{{ body }}", "* is not worked out", "{{ }} 或 {% %} 不能执行"), ("{{ range(999999999) }}{{ body }}", "Range too big", "{{ }} 或 {% %} 不能执行"), ("{{ title + 1 }}{{ body }}", "can only concatenate", "{{ }} 或 {% %} 不能执行"),
    (None, "open it in Word or WPS", "请在 Word 或 WPS 中打开"),
])  # fmt: skip
def test_what_is_wrong_with_a_form_is_told_in_both_languages(tmp_path, line, en, zh):
    pytest.importorskip("docxtpl", reason="templates need `pip install '.[paper]'`")
    path = tmp_path / "x.docx"
    path.write_bytes(b"PK") if line is None else form(tmp_path, line).rename(path)
    with pytest.raises(PolicyError) as refused:
        letter.letter(paper("x"), path)
    assert en in refused.value.render("en") and zh in refused.value.render("zh")


@pytest.mark.parametrize(
    "shaped", [{"word/document.xml": "<x/>"}, {"[Content_Types].xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}]
)
def test_a_form_of_another_shape_is_refused(tmp_path, shaped):
    pytest.importorskip("docxtpl", reason="templates need `pip install '.[paper]'`")
    path = tmp_path / "x.docx"
    with zipfile.ZipFile(path, "w") as parts:
        for name, text in shaped.items():
            parts.writestr(name, text)
    with pytest.raises(PolicyError):
        letter.letter(paper("x"), path)


def test_a_print_is_the_page():
    try:
        printed._weasyprint()
    except (ImportError, PolicyError) as missing:
        pytest.skip(f"prints need `pip install '.[paper]'` and Pango: {missing}")
    made = printed.printed(page.page([paper("<b>x</b>")], "en"), "en")
    assert made.startswith(b"%PDF")


SHEET = "姓名,表彰对象,每人奖金,活动类别,项目经自治区党委、政府批准\n扎西,个人,3000,评比达标表彰,是\n<b>卓玛</b>,个人,3500,评比达标表彰,是\n=1+1,个人,三千块八,评比达标表彰,是\n"


@pytest.mark.parametrize("ending", ["html", "docx", "md"])
def test_a_table_goes_on_paper(tmp_path, ending):
    table, out = tmp_path / "a.csv", tmp_path / f"out.{ending}"
    table.write_text(SHEET, encoding="utf-8")
    ran = CliRunner().invoke(
        app, ["batch", "award.grant", str(table), "-o", str(out), "--lang", "zh", "--as-of", "2025-06-01"]
    )
    assert ran.exit_code == 2, ran.output
    told = words(opened(out.read_bytes())) if ending == "docx" else out.read_text(encoding="utf-8")
    told = told.replace("\\", "").replace("&lt;", "<").replace("&gt;", ">")
    for word in (
        "第 3 行：<b>卓玛</b>",
        "超出 500 元",
        "每人不超过3000元",
        "已用 116.66%…",
        "三千块八",
        "不超过 3000 元（-500 元）",
    ):
        assert word in told


def test_a_row_to_which_nothing_applies_says_of_which_clauses_and_why(tmp_path):
    table, out = tmp_path / "a.csv", tmp_path / "out.md"
    table.write_text("姓名,表彰对象,每人奖金,活动类别\n次仁,个人,3000,年度、绩效、目标、责任制考核\n", encoding="utf-8")
    ran = CliRunner().invoke(
        app, ["batch", "award.grant", str(table), "-o", str(out), "--lang", "zh", "--as-of", "2025-06-01"]
    )
    assert ran.exit_code == 0, ran.output
    line = next(one for one in out.read_text(encoding="utf-8").splitlines() if one.startswith("| 第 2 行"))
    assert "| 不适用 | 每人不超过3000元、" in line
    assert "适用例外" in line


def test_a_register_goes_on_paper(tmp_path):
    table, out = tmp_path / "f.csv", tmp_path / "out.md"
    table.write_text("投资日期,项目名称,本次出资,投资方式\n2025-04-01,藏药,9亿元,股权直投\n", encoding="utf-8")
    given = ["--from", "2025-01-01", "--to", "2025-12-31", "--as-of", "2025-12-31", "--set", "fund_total=15亿元"]
    ran = CliRunner().invoke(app, ["register", "fund.investment", str(table), *given, "-o", str(out), "--lang", "zh"])
    assert ran.exit_code == 1, ran.output
    told = out.read_text(encoding="utf-8")
    assert "| 2025-04-01 藏药 | 股权直投比例 | 违反 | 900,000,000 元；界限：不大于225,000,000 元（已用 400%） |" in told


def test_events_go_on_paper(tmp_path):
    events, out = tmp_path / "e.jsonl", tmp_path / "out.md"
    events.write_text(
        '{"id":"1","case":"t|u","kind":"approved","at":"2025-03-01","facts":{"trip_kind":"study-tour","has_purpose":false}}\n',
        encoding="utf-8",
    )
    ran = CliRunner().invoke(app, ["watch", "government.trip", str(events), "-o", str(out), "--lang", "zh"])
    assert ran.exit_code == 1, ran.output
    assert "| 2025-03-01 | 审批因公外出 | ✗? |" in out.read_text(encoding="utf-8")


def test_paper_stays_bounded(tmp_path):
    table, out = tmp_path / "a.csv", tmp_path / "out.html"
    table.write_text(SHEET.splitlines()[0] + "\n" + "扎西,个人,3500,评比达标表彰,是\n" * 1200, encoding="utf-8")
    ran = CliRunner().invoke(
        app, ["batch", "award.grant", str(table), "-o", str(out), "--lang", "zh", "--as-of", "2025-06-01"]
    )
    assert ran.exit_code == 1, ran.output
    told = out.read_text(encoding="utf-8")
    assert "此处列出 1,200 项中的 300 项；全部见工作簿（-o 文件.xlsx）。" in told
    assert "此处列出 1,200 项中的 50 项" in told
    assert len(told) < 1_500_000


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (["-o", "a.doc"], ".docx"),
        (["-o", "a.html", "--template", "form.docx"], "-o FILE.docx"),
        (["-o", "pdf:"], ".pdf"),
    ],
)
def test_what_is_no_paper_is_refused(given, word):
    for command in (["check", "award.grant"], ["batch", "award.grant", "x.csv"]):
        ran = CliRunner().invoke(app, [*command, *given, "--lang", "en"])
        assert ran.exit_code == 2
        assert word in ran.stderr
