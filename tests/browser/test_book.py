"""The rule book in Chromium, from a folder and from a web server: the search finds, nothing is amiss, nothing is asked elsewhere."""

import functools
import http.server
import shutil
import threading
import unicodedata

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app

sync_api = pytest.importorskip("playwright.sync_api", reason="browsers need `pip install '.[browser]'`")
pypdf = pytest.importorskip("pypdf", reason="browsers need `pip install '.[browser]'`")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="browsers need `pip install '.[browser]'`")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here")
PAGES = ("index.html", "{}/index.html", "{}/decisions/fund.investment.html", "{}/decisions/party-group.meeting.html")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A web server that sends the policy of a careful one."""

    def log_message(self, *_):
        pass

    def end_headers(self):
        self.send_header("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
        super().end_headers()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("book") / "book"
    ran = CliRunner().invoke(app, ["book", "-o", str(made)])
    assert ran.exit_code == 0, ran.output
    return made


@pytest.fixture(scope="module", params=["file", "http"])
def base(request, folder):
    if request.param == "file":
        yield folder.as_uri()
        return
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def see(browser, base):
    """Opens a page; what is written on the console or asked for elsewhere fails the test."""
    contexts, amiss = [], []

    def seen(path, width=1000, **more):
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, **more))
        contexts[-1].set_default_timeout(180_000)
        page = contexts[-1].new_page()
        page.on("console", lambda message: amiss.append(message.text))
        page.on("pageerror", lambda error: amiss.append(str(error)))
        page.on(
            "request", lambda one: one.url.startswith(base) or one.url.endswith("/favicon.ico") or amiss.append(one.url)
        )
        page.goto(f"{base}/{path}")
        return page

    yield seen
    for context in contexts:
        context.close()
    assert not [one for one in amiss if "404" not in one]  # the icon that browsers ask every server for


@pytest.mark.parametrize(("lang", "word", "title"), [("zh", "15% 母基金", "子基金"), ("en", "SUB-FUND", "sub-fund")])
def test_the_search_finds_a_provision_and_leads_to_it(see, lang, word, title):
    page = see(f"{lang}/index.html")
    page.get_by_role("searchbox").fill(word)
    links = page.locator("#results a")
    assert links.count()
    assert str(links.count()) in page.get_by_role("status").inner_text() or links.count() == 100
    provision = page.locator("#results a[href*='fund.investment.html#p-']").first
    name = provision.inner_text()
    assert title in page.locator("#results").inner_text().lower()
    provision.click()
    assert page.locator(":target h3").inner_text() == name
    page.get_by_role("link", name={"zh": "English", "en": "中文"}[lang]).click()
    page.locator("html[lang={}]".format({"zh": "en", "en": "zh-CN"}[lang])).wait_for()
    assert page.locator("#main h1").is_visible()


def test_what_is_nowhere_is_said(see):
    page = see("zh/index.html#search")
    page.keyboard.type("kuzgun")
    assert page.get_by_role("status").inner_text()
    assert page.locator("#results a").count() == 0


def test_what_is_typed_by_an_input_method_is_looked_for_when_it_is_there_and_found_again_on_coming_back(see):
    page = see("zh/index.html")
    keys, count = page.context.new_cdp_session(page), page.get_by_role("status")
    page.get_by_role("searchbox").click()
    for half in ("m", "mu", "mu ji"):
        keys.send("Input.imeSetComposition", {"text": half, "selectionStart": len(half), "selectionEnd": len(half)})
        page.wait_for_timeout(150)
        assert count.inner_text() == ""
    keys.send("Input.insertText", {"text": "母基金"})
    page.locator("#results a").first.wait_for()
    found = count.inner_text()
    page.locator("#results a").last.click()
    page.locator(":target").wait_for()
    page.go_back()
    page.locator("#results a").first.wait_for()
    assert count.inner_text() == found


def test_an_english_word_that_the_keyboard_of_a_phone_composes_is_looked_for(see):
    page = see("en/index.html", 390)
    page.get_by_role("searchbox").click()
    page.context.new_cdp_session(page).send(
        "Input.imeSetComposition", {"text": "fund", "selectionStart": 4, "selectionEnd": 4}
    )
    page.locator("#results a").first.wait_for()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("lang", "scheme"), [("zh", "light"), ("en", "dark")])
def test_everybody_can_read_it_on_a_phone(see, path, lang, scheme):
    page = see(path.format(lang), 320, color_scheme=scheme)
    found = axe.Axe().run(page, options={"preload": False}).response["violations"]
    assert not found, [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_icon_that_a_browser_asks_the_server_for_is_not_against_the_policy_of_the_page(see):
    """Firefox holds it to that policy and says so on the console, page by page; so does Chromium with any other picture."""
    see("zh/index.html").evaluate(
        "() => new Promise((done) => Object.assign(new Image(), { onerror: () => done(), src: '../book.css' }))"
    )


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_folded_away_is_on_paper(see, tmp_path, scripts):
    """By the page itself, since not every browser has ::details-content, and by the style, where there are no scripts."""
    page = see("zh/decisions/fund.investment.html", java_script_enabled=scripts)
    folded = page.locator("details li").first
    assert not folded.is_visible()
    if scripts:
        left = "document.querySelectorAll('details:not([open])').length"
        page.evaluate(f"addEventListener('beforeprint', () => (window.left = {left}))")
    page.pdf(path=str(tmp_path / "a.pdf"))
    assert not scripts or page.evaluate("window.left") == 0
    assert not folded.is_visible()
    text = "".join(leaf.extract_text() for leaf in pypdf.PdfReader(tmp_path / "a.pdf").pages)
    told = folded.text_content().split()[0]
    assert told in unicodedata.normalize("NFKC", text).replace("\n", "")


def test_without_scripts_everything_is_listed(see):
    page = see("zh/index.html", java_script_enabled=False)
    assert not page.get_by_role("searchbox").is_visible()
    page.locator("a[href='decisions/fund.investment.html']").click()
    assert page.locator("#main h1").is_visible()
