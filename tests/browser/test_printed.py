"""Letters and workbooks as LibreOffice prints them, and prints by WeasyPrint: how many pages, what is on them."""

import os
import shutil
import subprocess

import pytest

from policy_engine.reports.printed import has_fonts

pypdf = pytest.importorskip("pypdf", reason="browsers need `pip install '.[browser]'`")
SOFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not here")
MOST = {"check": 6, "indicators": 5, "report": 6, "batch": 5, "register": 8, "watch": 1, "audit": 6}
"""Pages that a person would use, at most."""

PAPERS = ("check", "indicators", "report", "batch", "register", "watch", "audit")


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Files as LibreOffice prints them, all at once: it takes a while to begin."""
    folder = tmp_path_factory.mktemp("printed")

    def convert(paths):
        own = f"-env:UserInstallation=file://{folder / 'profile'}"
        asked = [SOFFICE, "--headless", own, "--convert-to", "pdf", "--outdir", str(folder), *map(str, paths)]
        subprocess.run(asked, check=True, capture_output=True, timeout=300, env={**os.environ, "HOME": str(folder)})
        return [pypdf.PdfReader(folder / f"{path.stem}.pdf") for path in paths]

    return convert


@needs_office
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_letters_are_printed_on_as_many_pages_as_a_person_would_use(paper, printed, lang):
    for name, found in zip(PAPERS, printed([paper(name, "docx", lang) for name in PAPERS]), strict=True):
        assert len(found.pages) <= MOST[name], name
        sides = [round(float(side) / 72 * 25.4) for side in found.pages[0].mediabox[2:]]
        assert sides == [210, 297]
        assert found.pages[0].extract_text().rstrip().endswith("— 1 —")


@needs_office
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_workbook_is_printed_wide_with_its_header_on_each_page(paper, printed, lang):
    (found,) = printed([paper("batch", "xlsx", lang)])
    assert len(found.pages) <= 6
    first = found.pages[0]
    assert float(first.mediabox[2]) > float(first.mediabox[3])
    assert all(page.extract_text().strip() for page in found.pages)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["check", "batch"])
def test_a_print_can_be_searched_and_read_aloud(paper, name, lang):
    pytest.importorskip("weasyprint", reason="prints need `pip install '.[paper]'` and Pango")
    if lang == "zh" and not has_fonts():
        pytest.skip("no font here has Chinese characters (apt-get install fonts-noto-cjk)")
    found = pypdf.PdfReader(paper(name, "pdf", lang))
    text = "".join(page.extract_text() for page in found.pages)
    assert {"zh": "存在的问题", "en": "What is wrong"}[lang] in text
    assert found.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert not {"/OpenAction", "/AA", "/JavaScript"} & set(found.trailer["/Root"])
