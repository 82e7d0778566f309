"""Documents measured: counted as Word counts, pages never guessed, what means harm refused."""

import json
import zipfile

import pytest
from typer.testing import CliRunner

from policy_engine.basics.errors import PolicyError
from policy_engine.doors.main import app
from policy_engine.measuring import ooxml
from policy_engine.measuring.counting import count
from policy_engine.measuring.measure import measure

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
GOOD = ('<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588"/>'
        '<w:docGrid w:type="lines" w:linePitch="579"/></w:sectPr>')  # fmt: skip


def docx(path, body, app=None, footnotes=None, styles=None):
    parts = {"word/document.xml": f"<w:document {W} {MC}><w:body>{body}</w:body></w:document>"}
    parts |= {} if footnotes is None else {"word/footnotes.xml": f"<w:footnotes {W}>{footnotes}</w:footnotes>"}
    parts |= {} if styles is None else {"word/styles.xml": f"<w:styles {W}>{styles}</w:styles>"}
    if app is not None:
        told = "".join(f"<{name}>{value}</{name}>" for name, value in app.items())
        space = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
        parts["docProps/app.xml"] = f'<Properties xmlns="{space}">{told}</Properties>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def p(text, more="", run=""):
    return f'<w:p><w:pPr>{more}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


@pytest.mark.parametrize(
    ("text", "length", "asian", "words", "characters", "with_spaces"),
    [
        ("关于印发方案的通知", 9, 9, 0, 9, 9),
        ("会议于2024年12月31日召开。", 12, 9, 3, 17, 17),
        ("GDP增长 6.5%，", 5, 3, 2, 10, 11),
        ("Walking on imported air", 4, 0, 4, 20, 23),
        ("“一票否决”……", 8, 8, 0, 8, 8),
        ("the “end” — so…", 4, 0, 4, 12, 15),
        ("一\u3000二\t三", 3, 3, 0, 3, 5),
        ("well-known it's", 2, 0, 2, 14, 15),
        ("", 0, 0, 0, 0, 0),
        ("\u200b\ufeff字", 1, 1, 0, 1, 1),
    ],
)
def test_a_text_is_counted_as_word_counts_it(text, length, asian, words, characters, with_spaces):
    found = count([text])
    assert (found.length, found.asian, found.words) == (length, asian, words)
    assert (found.characters, found.with_spaces) == (characters, with_spaces)


def test_what_is_counted_of_a_document(tmp_path):
    box = "<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>{0}</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>{0}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    body = [
        p("正文四字"), p("隐藏", run="<w:vanish/>"), p("不隐", run='<w:vanish w:val="0"/>'),
        '<w:p><w:del><w:r><w:delText>删去</w:delText></w:r></w:del><w:ins><w:r><w:t>新增</w:t></w:r></w:ins></w:p>',
        "<w:p><w:r><w:instrText>PAGE of codes</w:instrText></w:r><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t></w:r></w:p>",
        f"<w:tbl><w:tr><w:tc>{p('表')}</w:tc></w:tr></w:tbl>", f"<w:sdt><w:sdtContent>{p('控')}</w:sdtContent></w:sdt>",
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>yin</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>音</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>",
        box.format(p("框内")),
    ]  # fmt: skip
    notes = f'<w:footnote w:type="separator">{p("线")}</w:footnote><w:footnote w:id="1">{p("脚注 one")}</w:footnote>'
    found = measure(docx(tmp_path / "a.docx", "".join(body), footnotes=notes))
    assert (found.alone.length, found.count.length) == (4 + 2 + 2 + 2 + 1 + 1 + 1, 13 + 2 + 3)
    assert found.pages is None and "none" in found.pages_by.en


def test_pages_are_those_that_were_recorded_of_this_text(tmp_path):
    body = p("一二三四五六七八九十" * 30)
    for chars, pages in ((300, 12), (301, 12), (900, None), (0, None)):
        app = {"Application": "Microsoft Office Word", "Pages": 12, "Words": 1, "Characters": 1, "CharactersWithSpaces": chars}  # fmt: skip
        found = measure(docx(tmp_path / "a.docx", body, app))
        assert found.pages == pages, chars
        assert ("Microsoft Office Word" if pages else "12 页") in found.pages_by.zh


def test_the_layout_is_told_with_the_clause(tmp_path):
    fonts = '<w:rFonts w:eastAsia="{}"/><w:sz w:val="{}"/>'
    style = f'<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:rPr>{fonts.format("仿宋_GB2312", 32)}</w:rPr></w:style>'
    title = p("关于某事的通知", '<w:jc w:val="center"/>', fonts.format("方正小标宋简体", 44))
    found = measure(docx(tmp_path / "a.docx", title + p("正文" * 50) + GOOD, styles=style))
    assert {(one.clause, one.holds) for one in found.layout} == {
        ("5.1", True), ("5.2.1", True), ("7.3.1", True), ("7.3.3", True), ("5.2.3", True),
    }  # fmt: skip
    assert len(found.layout) == 6
    other = GOOD.replace('w:top="2098"', 'w:top="1440"').replace("11906", "12240")
    spaced = p("正文" * 50, '<w:spacing w:line="560" w:lineRule="exact"/>', fonts.format("宋体", 24))
    found = {one.about.zh: one for one in measure(docx(tmp_path / "b.docx", spaced + other, styles=style)).layout}
    assert [found[name].holds for name in ("幅面", "天头、订口", "版心", "正文", "每面行数")] == [False] * 5
    assert found["正文"].found.zh == "宋体，小4号（12pt）" and found["每面行数"].found.zh == "23行（行距28磅）"
    assert found["幅面"].found.zh == "215.9mm×297mm" and "标题" not in found


def test_text_files(tmp_path):
    (tmp_path / "a.txt").write_bytes("一二三\n四".encode("gb18030"))
    assert measure(tmp_path / "a.txt").count.length == 4
    (tmp_path / "a.md").write_text(
        "# 标题\n\n- **粗** [链接](http://x.y)\n\n| 甲 | 乙 |\n| --- | --- |\n", encoding="utf-8"
    )
    found = measure(tmp_path / "a.md")
    assert found.count.length == 7 and found.pages is None


def pdf(path, text, pages=2, more=b""):
    """A PDF of a few objects, a line of text on each page."""
    stream = b"BT /F1 12 Tf 72 700 Td (" + text.encode("ascii") + b") Tj ET"
    kids = b" ".join(b"%d 0 R" % (4 + i) for i in range(pages))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
               b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream)]  # fmt: skip
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Contents 3 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
    body, places = b"%PDF-1.4\n", []
    for i, one in enumerate([*objects, *[page] * pages], 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (i, one)
    table = b"".join(b"%010d 00000 n \n" % at for at in places)
    size = len(places) + 1
    body += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    path.write_bytes(body + b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (size, more, body.rindex(b"xref")))  # fmt: skip
    return path


def test_a_pdf_has_its_pages(tmp_path):
    pytest.importorskip("pypdf", reason="a .pdf needs `pip install '.[measure]'`")
    found = measure(pdf(tmp_path / "a.pdf", "four words stand here"))
    assert (found.pages, found.count.words, found.layout[0].holds) == (2, 8, True)
    assert measure(pdf(tmp_path / "b.pdf", "")).notes[0].en.startswith("it holds no text")
    for bad in (b"%PDF-1.4\nnothing", b"", pdf(tmp_path / "c.pdf", "x").read_bytes()[:300]):
        (tmp_path / "bad.pdf").write_bytes(bad)
        with pytest.raises(PolicyError, match=r"bad\.pdf"):
            measure(tmp_path / "bad.pdf")


def test_what_means_harm_or_is_broken_is_refused(tmp_path, monkeypatch):
    entities = '<!DOCTYPE w:document [<!ENTITY a "aaaaaaaaaa">]>'
    path = docx(tmp_path / "a.docx", p("x"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", f"{entities}<w:document {W}>&a;</w:document>")
    deep = docx(tmp_path / "deep.docx", "<w:sdt>" * 500 + "</w:sdt>" * 500)
    monkeypatch.setattr(ooxml, "PART", 1 << 20)
    wide = docx(tmp_path / "wide.docx", p("一" * (1 << 20)))
    (tmp_path / "none.docx").write_bytes(b"\xd0\xcf\x11\xe0 an old document")
    with zipfile.ZipFile(tmp_path / "book.docx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    for bad in (path, deep, wide, tmp_path / "none.docx", tmp_path / "book.docx", tmp_path / "missing.docx", tmp_path):
        with pytest.raises(PolicyError) as error:
            measure(bad)
        assert len(error.value.problems) == 1 and len(error.value.render("zh")) < 500
    (tmp_path / "a.doc").write_bytes(b"")
    with pytest.raises(PolicyError, match="save it as"):
        measure(tmp_path / "a.doc")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_of_a_broken_document_it_is_told_what_to_do_and_nothing_of_a_parser(tmp_path, lang):
    (tmp_path / "none.docx").write_bytes(b"no parts")
    torn = docx(tmp_path / "torn.docx", p("x"))
    with zipfile.ZipFile(torn, "w") as archive:
        archive.writestr("word/document.xml", "<w:document")
    squeezed = tmp_path / "squeezed.docx"
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {W}>" + "字" * 5000 + "</w:document>")
    whole = squeezed.read_bytes()
    squeezed.write_bytes(whole[:50] + b"\xff" * 20 + whole[70:])
    (tmp_path / "none.pdf").write_bytes(b"%PDF-1.7 and nothing")
    for bad in (tmp_path / "none.docx", torn, squeezed, tmp_path / "none.pdf"):
        with pytest.raises(PolicyError) as error:
            measure(bad)
        told = error.value.render(lang).replace(str(tmp_path), "")
        assert ("请" if lang == "zh" else "open it") in told
        assert not [
            word
            for word in ("zip file", "token", "decompressing", "CRC", "Stream")
            if word in told and (lang, bad.suffix) != ("en", ".pdf")
        ]
    with pytest.raises(PolicyError, match="cannot read: No such file"):
        measure(tmp_path / "missing.docx")


def run(*given):
    return CliRunner().invoke(app, list(map(str, given)))


def test_a_document_gives_the_facts_it_has(tmp_path):
    told = {"Application": "WPS Office", "Pages": 11, "CharactersWithSpaces": 5001}
    path = docx(tmp_path / "a.docx", p("字" * 5001), told)
    given = ("check", "document.submission", "--from", path, "--set", "document_kind=规范性文件", "--set", "demands=无", "--lang", "zh")  # fmt: skip
    ran = run(*given)
    assert ran.stdout.count("△ 偏离") == 2 and "超出 1 字" in ran.stdout
    assert "页数：11（文件中由 WPS Office 记录）" in ran.stderr and "字数（汉字及全角标点每个计一" in ran.stderr
    assert "超出 1 页" not in run(*given, "--set", "页数=9").stdout
    assert "△ 偏离" in run(*given, "--set", "页数=9").stdout
    refused = run("check", "award.grant", "--from", path, "--lang", "zh")
    assert (refused.exit_code, "不涉及页数和字数" in refused.stderr) == (2, True)


def test_the_command_says_which_count_is_used(tmp_path):
    path = docx(tmp_path / "a.docx", p("字数 count") + GOOD)
    found = json.loads(run("measure", path, "--format", "json").stdout)
    assert found["count"] == {"length": 3, "asian": 2, "words": 1, "characters": 7, "with_spaces": 8}
    assert found["pages"] is None and found["layout"][0]["clause"] == "5.1"
    shown = run("measure", path, "--lang", "zh").stdout
    assert "每个计一）：3" in shown and "字符数（计空格）：8" in shown and "GB/T 9704—2012 5.2.1" in shown
