"""Pages in Chromium: both languages, a phone and A4, nothing asked of anybody, nothing that axe-core finds amiss."""

import shutil

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="browsers need `pip install '.[browser]'`")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="browsers need `pip install '.[browser]'`")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONES = (320, 390)

PAPERS = ("check", "indicators", "report", "batch", "register", "watch", "audit")


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def seen(browser):
    """Opens a page so wide; what is written on the console or asked for elsewhere fails the test."""
    contexts, amiss = [], []

    def see(path, width=1000, **more):
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, **more))
        page = contexts[-1].new_page()
        page.on("console", lambda message: amiss.append(message.text))
        page.on("pageerror", lambda error: amiss.append(str(error)))
        page.on("dialog", lambda dialog: amiss.append(dialog.message))
        page.on("request", lambda request: request.url.startswith("file:") or amiss.append(request.url))
        page.goto(path.as_uri())
        return page

    yield see
    for context in contexts:
        context.close()
    assert not amiss


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAPERS)
def test_a_page_is_read_by_everybody(paper, seen, name, lang):
    page = seen(paper(name, "html", lang))
    found = axe.Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.parametrize("width", PHONES)
@pytest.mark.parametrize("name", PAPERS)
def test_a_page_fits_a_phone(paper, seen, name, width):
    page = seen(paper(name, "html", "zh"), width, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_switch_shows_the_other_language_without_scripts(paper, seen, scheme):
    page = seen(paper("check", "html", "zh"), color_scheme=scheme)
    assert page.locator("section.zh").is_visible()
    assert not page.locator("section.en").is_visible()
    page.get_by_label("English").check()
    assert page.locator("section.en").is_visible()
    assert not page.locator("section.zh").is_visible()
    assert not axe.Axe().run(page).response["violations"]


def test_a_page_prints_on_a4(paper, seen, tmp_path):
    pypdf = pytest.importorskip("pypdf", reason="browsers need `pip install '.[browser]'`")
    page = seen(paper("check", "html", "zh"))
    printed = tmp_path / "a.pdf"
    page.pdf(path=str(printed), prefer_css_page_size=True)
    leaves = pypdf.PdfReader(printed).pages
    assert [round(float(side) / 72 * 25.4) for side in leaves[0].mediabox[2:]] == [210, 297]
    assert 2 <= len(leaves) <= 5
    text = "".join(leaf.extract_text() for leaf in leaves)
    assert "存在的问题与整改" in text
    assert "English" not in text
