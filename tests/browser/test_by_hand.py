"""The pages of `policy serve` in Chromium, used as people use them: by an input method, by pasting, at a walking pace, back and forth, and when the server is slow."""

import shutil
import unicodedata
from pathlib import Path

import pytest
from seen import held_back, outcome

pytest.importorskip("playwright.sync_api", reason="browsers need `pip install '.[browser]'`")
for needed in ("starlette", "uvicorn", "python_multipart"):
    pytest.importorskip(needed, reason="pages need `pip install '.[web]'`")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here")
ROOT = Path(__file__).parents[2]
FUND = "/zh/decide/fund.investment"
CASE = "f.kind=subfund&f.fund_total=15亿元&f.amount=2.4亿元"
AMOUNT = "[name='f.amount']"
STROKE = 350
"""So many milliseconds lie between the strokes of whoever types slowly."""


def filled(opened, **more):
    """A case that breaks a cap, as it is filled in by a link."""
    page = opened(f"{FUND}#case?{CASE}", **more)
    outcome(page, "不合规")
    return page


def answers(page):
    return sum(url.endswith("/findings") for url in page.asked)


def test_what_an_input_method_composes_is_asked_when_it_is_there(opened):
    page = opened(FUND)
    outcome(page, "无法判定")
    keys = page.context.new_cdp_session(page)
    page.locator(AMOUNT).click()
    page.keyboard.type("2.4", delay=60)
    outcome(page, "无法判定")
    before = answers(page)
    for half in ("y", "yi", "yi yu", "yi yuan"):
        keys.send("Input.imeSetComposition", {"text": half, "selectionStart": len(half), "selectionEnd": len(half)})
        page.wait_for_timeout(400)
    assert answers(page) == before
    assert page.locator(AMOUNT).get_attribute("aria-invalid") is None
    keys.send("Input.insertText", {"text": "亿元"})
    page.locator("dl.facts", has_text="240,000,000").wait_for()
    assert answers(page) == before + 1


def test_a_number_that_the_keyboard_of_a_phone_composes_is_asked_as_it_stands(opened):
    page = opened(FUND, 390, 740, is_mobile=True, has_touch=True)
    outcome(page, "无法判定")
    keys = page.context.new_cdp_session(page)
    page.locator(AMOUNT).tap()
    for end in range(1, 6):
        keys.send("Input.imeSetComposition", {"text": "24000"[:end], "selectionStart": end, "selectionEnd": end})
        page.wait_for_timeout(150)
    page.locator("dl.facts", has_text="24,000").wait_for()


def test_what_is_typed_key_by_key_is_not_called_wrong_half_way(opened):
    page = opened(FUND, clock=True)
    outcome(page, "无法判定")
    page.locator("summary", has_text="决定日期").click()
    day = page.locator("[name=as_of]")
    page.evaluate("""() => {
        window.wrong = 0;
        new MutationObserver(() => (window.wrong += 1)).observe(document.querySelector("[name=as_of]"), {attributeFilter: ["aria-invalid"]});
    }""")
    day.click()
    page.clock.pause_at(page.evaluate("() => Date.now()") + 1000)
    for stroke in "2025-1-31":
        page.keyboard.type(stroke)
        page.clock.run_for(STROKE)
    page.clock.resume()
    page.locator("#result", has_text="截至 2025-01-31").wait_for()
    assert page.evaluate("window.wrong") == 0
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.locator("[id='as_of-wrong']", has_text="不是日期").wait_for()  # it is told when one stops, too


def test_what_is_pasted_by_the_menu_of_the_mouse_is_answered(opened):
    page = opened(FUND)
    outcome(page, "无法判定")
    page.locator(AMOUNT).hover()
    page.mouse.down(button="right")  # the menu takes the release
    page.wait_for_timeout(300)
    page.keyboard.insert_text("２．４亿元")
    page.locator("dl.facts", has_text="240,000,000").wait_for()


def test_the_focus_stays_when_an_answer_comes(opened):
    page = opened("/zh/decide/air.fleet")
    outcome(page, "无法判定")
    page.locator("[name='f.buses']").click()
    page.keyboard.type("5", delay=60)
    link = page.locator("#result a.to").last
    there = link.get_attribute("href")
    link.focus()  # the field is left, and an answer comes
    page.locator("#result dl.facts").wait_for()
    outcome(page, "无法判定")
    assert page.evaluate("document.activeElement.getAttribute('href')") == there


def test_what_has_gone_with_an_answer_leaves_the_focus_with_the_outcome(opened):
    page = filled(opened)
    page.locator(AMOUNT).click()
    page.keyboard.press("Control+a")
    answer = held_back(page)
    page.keyboard.type("2亿元", delay=60)
    page.locator(".violated .mend button").first.focus()
    answer()
    page.locator(".violated").wait_for(state="detached")
    assert page.evaluate("document.activeElement.id") == "said"


def test_a_button_that_the_space_bar_holds_down_is_followed(opened):
    page = filled(opened)
    page.locator(AMOUNT).click()
    page.keyboard.press("End")
    answer = held_back(page)
    page.keyboard.press("Backspace")
    page.locator(".violated .mend button").first.focus()
    page.keyboard.down("Space")
    answer()
    page.keyboard.up("Space")
    outcome(page, "无法判定")
    assert page.locator(AMOUNT).input_value() == "225,000,000"


def test_an_answer_that_says_the_same_leaves_what_is_selected_and_is_not_read_out(opened):
    page = filled(opened)
    field = page.locator(AMOUNT)
    field.press_sequentially(" ")
    page.locator("h1").click()
    outcome(page, "不合规")
    heard = "() => { window.heard = 0; new MutationObserver(() => (window.heard += 1)).observe(document.getElementById('said'), {childList: true, subtree: true}); }"
    page.evaluate(heard)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.violated .reason'))")
    selected = page.evaluate("getSelection().toString()")
    page.evaluate("document.querySelector(`[name='f.amount']`).value += ' '")
    field.dispatch_event("input")
    outcome(page, "不合规")
    assert selected and page.evaluate("getSelection().toString()") == selected
    field.fill("2.6亿元")  # another amount, the same outcome
    page.locator(".violated .reason", has_text="260,000,000").wait_for()
    assert page.evaluate("window.heard") == 0


def test_whoever_comes_back_finds_what_was_filled_in(opened):
    page = filled(opened)
    page.locator(AMOUNT).fill("2.5亿元")
    outcome(page, "不合规")
    page.locator(".violated .cite a").first.click()
    page.wait_for_url("**/rules/**")
    page.go_back()
    outcome(page, "不合规")
    assert page.locator(AMOUNT).input_value() == "2.5亿元"
    assert "浏览记录可能留有" in page.locator(".foot").inner_text()  # the page says where it comes from
    page.reload()
    outcome(page, "不合规")
    page.get_by_role("button", name="English").click()
    outcome(page, "NON-COMPLIANT")
    page.locator(".violated .cite a").first.click()
    page.wait_for_url("**/rules/**")
    page.go_back()  # to what came of a form that was sent
    outcome(page, "NON-COMPLIANT")
    page.go_back()
    outcome(page, "不合规")
    assert page.locator(AMOUNT).input_value() == "2.5亿元"
    page.get_by_role("link", name="重新填写").click()
    outcome(page, "无法判定")
    assert page.locator(AMOUNT).input_value() == ""


def test_a_link_to_a_case_fills_the_page_that_is_open(opened):
    page = opened(FUND)
    outcome(page, "无法判定")
    page.evaluate("case_ => (location.hash = 'case?' + case_)", CASE)
    outcome(page, "不合规")


def test_a_server_that_does_not_answer_is_told_and_asked_again(opened):
    page = opened(FUND)
    outcome(page, "无法判定")
    assert 0 < page.evaluate("htmx.config.timeout") <= 20_000
    page.evaluate("() => { htmx.config.timeout = 500; }")
    page.route("**/findings", lambda route: None)
    page.locator(AMOUNT).fill("2.4亿元")
    page.locator("#trouble").wait_for()
    page.evaluate("() => { htmx.config.timeout = 0; }")  # it answers, however slowly
    page.unroute("**/findings")
    page.locator("h1").click()
    page.locator("dl.facts", has_text="240,000,000").wait_for()
    page.locator("#trouble").wait_for(state="hidden")
    page.amiss.clear()


def test_what_was_typed_without_a_connection_is_asked_when_it_is_back(opened):
    page = opened(FUND)
    outcome(page, "无法判定")
    page.context.set_offline(True)
    page.locator(AMOUNT).fill("2.4亿元")
    page.locator("#trouble").wait_for()
    page.context.set_offline(False)
    page.locator("dl.facts", has_text="240,000,000").wait_for()
    page.amiss.clear()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_thing_that_is_added_to_a_list_is_where_one_goes_on(browser, city, scripts):
    page = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 700}).new_page()
    page.set_default_timeout(180_000)
    page.goto(f"{city}/zh/decide/travel.expenses")
    for number in ("1", "2"):
        page.get_by_role("button", name="增加一项").click()
        page.wait_for_url(f"**#f.stay.{number}")
        assert 0 <= page.locator(f"[id='f.stay.{number}']").bounding_box()["y"] < 350
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert page.locator(f"[name='f.stay.{number}.place']:checked").count() == 1
    page.get_by_role("button", name="删除第 1 项").click()
    page.wait_for_url("**#f.stay-add")
    assert 0 <= page.get_by_role("button", name="增加一项").bounding_box()["y"] < 700
    page.context.close()


def test_an_example_is_shown_where_it_was_asked_for_and_that_there_is_none_is_told(opened):
    page = filled(opened)  # whatever else is said, it is not compliant
    page.locator(".asks summary").last.click()
    page.get_by_role("button", name="举例说明").last.click()
    page.get_by_text("未找到此项改变结论的例子").wait_for()
    page.wait_for_function(
        "() => document.activeElement.matches('.asks li:last-child summary')"
    )  # once the page is whole
    assert 0 <= page.get_by_text("未找到此项改变结论的例子").bounding_box()["y"] < 900


def test_a_sheet_being_decided_is_told_when_it_is_done_or_gone(opened):
    page = opened("/zh/sheets/award.grant")
    page.set_input_files("#sheet", ROOT / "examples/office/awards.xlsx")
    waiting = (
        '<div id="job" aria-live="off" hx-get="/zh/jobs/x/state" hx-trigger="every 1s" hx-swap="outerHTML">{}</div>'
    )
    page.route("**/state", lambda route: route.fulfill(body=waiting.format("1"), content_type="text/html"))
    page.get_by_role("button", name="上传并判定").first.click()
    page.wait_for_url("**/jobs/*")
    page.locator("#job", has_text="1").wait_for()
    assert page.locator("#job[aria-live=off]").count() == 1  # how far it is is not read out each second
    assert page.locator("[role=status] a").count() == 0  # nothing that is exchanged each second can be pressed
    page.unroute("**/state")
    page.locator("#job", has_text="结果已不在").wait_for()  # this server knows no job x
    assert page.locator("[role=status] #job:not([aria-live])").count() == 1


def test_what_matters_is_on_paper(opened, tmp_path):
    """Whoever looks at the dark prints on white all the same, and what is folded away is printed."""
    pypdf = pytest.importorskip("pypdf", reason="browsers need `pip install '.[browser]'`")
    page = filled(opened, color_scheme="dark")
    folded = page.locator(".open-checks .finding h4").first
    assert not folded.is_visible()
    title = folded.text_content().split()[-1]
    page.evaluate(
        "addEventListener('beforeprint', () => (window.left = document.querySelectorAll('#result details:not([open])').length))"
    )
    page.pdf(path=str(tmp_path / "a.pdf"))
    assert page.evaluate("window.left") == 0  # by the page itself: not every browser has ::details-content
    assert not folded.is_visible()
    text = "".join(leaf.extract_text() for leaf in pypdf.PdfReader(tmp_path / "a.pdf").pages)
    assert title in unicodedata.normalize("NFKC", text)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(31, 35, 40)"
