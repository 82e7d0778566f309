"""`policy serve` in Chromium: filled to a violation, mended, in the other language, by keyboard alone, without scripts; sheets; nothing leaves the machine."""

import shutil
from pathlib import Path

import pytest
from seen import held_back, outcome

pytest.importorskip("playwright.sync_api", reason="browsers need `pip install '.[browser]'`")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="browsers need `pip install '.[browser]'`")
for needed in ("starlette", "uvicorn", "python_multipart"):
    pytest.importorskip(needed, reason="pages need `pip install '.[web]'`")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here")
ROOT = Path(__file__).parents[2]
FUND = "/zh/decide/fund.investment"
PLACES = (
    "/", "/?q=母基金", "/decide/fund.investment", "/decide/fund.responsible", "/rules/fund.investment",
    "/rules/fund.investment/subfund-share-of-fund", "/documents/拉政办发〔2024〕32号", "/sheets/award.grant", "/rules/no.such",
)  # fmt: skip
SECRET = "240000077"


def fill(page):
    page.get_by_label("子基金", exact=True).check()
    page.locator("[name='f.fund_total']").fill("15亿元")
    page.locator("[name='f.amount']").fill("2.4亿元")


def test_a_fund_is_filled_to_a_violation_mended_and_shown_in_english(opened):
    page = opened(FUND)
    outcome(page, "无法判定")
    fill(page)
    outcome(page, "不合规")
    assert page.evaluate("document.activeElement.name") == "f.amount"  # what is typed into keeps the focus
    assert not page.locator("[data-field='f.direct_total']").is_visible()
    page.locator("#all").check()
    assert page.locator("[data-field='f.direct_total']").is_visible()
    page.locator(".violated .mend button").click()
    outcome(page, "无法判定")
    assert page.evaluate("document.activeElement.id") == "said"
    assert page.locator("[name='f.amount']").input_value() == "225,000,000"
    assert "对单一子基金投资比例" in page.locator(".finding.satisfied").first.inner_text()
    page.get_by_role("button", name="English").click()
    page.locator("html[lang=en]").wait_for()
    assert page.locator("[name='f.amount']").input_value() == "225,000,000"
    assert "Share of the mother fund in one sub-fund" in page.locator(".finding.satisfied").first.inner_text()


def test_what_follows_is_told_and_not_asked(opened):
    page = opened("/zh/decide/air.fleet")
    outcome(page, "无法判定")
    assert page.locator(".asks [href='#f.buses_new_energy']").count() == 1
    page.locator("[name='f.buses']").fill("0")
    page.locator(".follows").wait_for()
    assert "其中新能源公交车：0 辆（不再询问" in page.locator(".follows").inner_text()
    assert page.locator(".asks [href='#f.buses_new_energy']").count() == 0
    page.locator(".follows a").click()
    assert page.evaluate("document.activeElement.name") == "f.buses_new_energy"
    page.locator("[name='f.buses']").fill("2")  # what followed is looked at again
    page.locator(".asks [href='#f.buses_new_energy']").wait_for()
    assert page.locator(".follows").count() == 0


@pytest.mark.parametrize("wait", [True, False])
def test_a_link_that_is_held_down_while_its_field_is_left_is_followed(opened, wait):
    page = opened("/zh/decide/air.fleet")
    outcome(page, "无法判定")
    answer = held_back(page)
    page.locator("[name='f.buses']").fill("0")
    if wait:
        answer()
        page.locator(".follows").wait_for()
    link = page.locator("[href='#f.buses_new_energy']")
    link.hover()
    page.mouse.down()  # leaves the field that was typed into
    if wait:
        page.wait_for_timeout(700)
    else:
        answer()
    page.mouse.up()
    assert page.evaluate("document.activeElement.name") == "f.buses_new_energy"
    page.locator(".follows").wait_for()  # what came meanwhile is asked for again
    outcome(page, "无法判定")
    told = len(page.asked)
    page.locator("[name='f.buses']").focus()  # a field that is left as it was asks nothing
    page.wait_for_timeout(400)
    assert len(page.asked) == told


def test_on_a_phone_the_outcome_stays_in_sight_and_hides_no_field(opened):
    page = opened(FUND, 360, 740)
    fill(page)
    outcome(page, "不合规")
    bar = page.locator(".verdict").bounding_box()
    assert bar["y"] > 0 and bar["y"] + bar["height"] <= 740 and bar["height"] < 110
    for name in ("f.amount", "f.term_years", "f.management_fee"):
        page.locator(f"[name='{name}']").focus()
        box = page.locator(f"[name='{name}']").bounding_box()
        assert box["y"] + box["height"] <= bar["y"]
    assert not axe.Axe().run(page).response["violations"]
    page.get_by_role("link", name="查看依据").click()
    box = page.locator(".finding.violated").bounding_box()
    assert 0 <= box["y"] < bar["y"]


def test_without_scripts_the_same_by_sending_the_form(opened):
    page = opened(FUND, java_script_enabled=False)
    fill(page)
    page.locator("[name='f.amount']").press("Enter")
    page.locator("#said", has_text="不合规").wait_for()
    page.locator(".violated .mend button").click()
    page.locator(".finding.violated").wait_for(state="detached")
    assert page.locator("[name='f.amount']").input_value() == "225,000,000"
    page.locator("[name='f.amount']").fill("many")
    page.locator("#decide").click()
    page.locator("[id='f.amount-wrong']", has_text="不是金额").wait_for()
    page.get_by_role("button", name="English").click()
    page.locator("[id='f.amount-wrong']", has_text="is not an amount").wait_for()


def test_everything_can_be_done_by_keyboard_alone(opened):
    page = opened("/zh/")

    def reach(selector):
        for _ in range(150):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                label = page.evaluate(
                    "(l => l ? getComputedStyle(l).outlineStyle : 'none')(document.activeElement.nextElementSibling)"
                )
                assert "solid" in (shown, label)  # where the focus is can be seen
                return
        raise AssertionError(selector)

    reach("a.skip")
    reach("#q")
    page.keyboard.type("母基金拟投资")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    reach("a[href$='/decide/fund.investment']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/decide/fund.investment")
    reach("[name='f.kind']")
    page.keyboard.press("ArrowDown")  # from `not known`, which is the last, to the first
    reach("[name='f.fund_total']")
    page.keyboard.type("15亿元")
    reach("[name='f.amount']")
    page.keyboard.type("2.4亿元")
    outcome(page, "不合规")
    reach(".violated .mend button")
    page.keyboard.press("Enter")
    outcome(page, "无法判定")
    assert page.locator("[name='f.amount']").input_value() == "225,000,000"
    reach("a.to")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.field') !== null")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_sheet_is_sent_and_its_result_fetched(opened, tmp_path, scripts):
    openpyxl = pytest.importorskip("openpyxl")
    page = opened("/zh/sheets/award.grant", java_script_enabled=scripts)
    page.set_input_files("#sheet", ROOT / "examples/office/awards.xlsx")
    page.locator("[name=as_of]").first.fill("2025-12-31")
    page.get_by_role("button", name="上传并判定").first.click()
    while not page.get_by_text("下载结果").is_visible():
        assert not page.get_by_text("已停止").count()
        page.wait_for_timeout(250)
        if not scripts and page.get_by_role("link", name="查看进度").count():
            page.get_by_role("link", name="查看进度").click()
    assert "合规 2" in page.locator("#job").inner_text()
    assert not axe.Axe().run(page).response["violations"] if scripts else True
    with page.expect_download() as fetched:
        page.get_by_role("link", name="下载结果").click()
    assert fetched.value.suggested_filename == "award.grant.xlsx"
    fetched.value.save_as(tmp_path / "result.xlsx")
    assert openpyxl.load_workbook(tmp_path / "result.xlsx").worksheets


def test_a_register_is_checked(opened):
    page = opened("/en/sheets/party-group.year")
    page.set_input_files("#register", ROOT / "examples/office/meetings.xlsx")
    page.locator("#first").fill("2025-01-01")
    page.locator("#last").fill("2025-12-31")
    page.get_by_role("button", name="Upload").last.click()
    page.wait_for_selector("text=Download")
    assert "violated 1" in page.locator("#job").inner_text()


def test_a_link_keeps_the_facts_where_no_server_sees_them(opened, served):
    page = opened(FUND, permissions=["clipboard-read", "clipboard-write"])
    fill(page)
    page.locator("[name='f.amount']").fill(SECRET)
    outcome(page, "不合规")
    page.locator("#link").click()
    page.wait_for_function(
        "() => document.getElementById('link-said').innerText !== ''"
    )  # an expression is a text run when it is asked again: the page allows none
    link = page.evaluate("navigator.clipboard.readText()")
    assert SECRET in link.partition("#")[2]
    again = opened("/zh/")
    again.goto(link)
    outcome(again, "不合规")
    assert again.locator("[name='f.amount']").input_value() == SECRET
    assert not [url for url in page.asked if SECRET in url.partition("#")[0]]
    assert SECRET not in served[1].read_text()


def test_what_is_typed_stays_text(opened):
    page = opened(FUND)
    page.locator("[name='f.amount']").fill('"><img src=x onerror=alert(1)><script>alert(2)</script>')
    outcome(page, "无法使用")
    assert page.locator("main img").count() == 0
    assert page.locator("[name='f.amount']").get_attribute("aria-invalid") == "true"
    page.locator("#decide").click()
    assert page.locator("main img").count() == 0


@pytest.mark.parametrize(
    ("lang", "width", "scheme"),
    [("zh", 1200, "light"), ("en", 1200, "light"), ("zh", 1200, "dark"), ("zh", 320, "light"), ("en", 320, "dark")],
)
def test_pages_are_read_by_everybody(opened, lang, width, scheme):
    """At 320 pixels, which is also 1280 at 400%, nothing is to be moved sideways."""
    page = opened(f"/{lang}/", width, 256 if width == 320 else 900, color_scheme=scheme)
    base = page.url.rpartition(f"/{lang}/")[0] + f"/{lang}"
    amiss = []
    for place in PLACES:
        page.goto(base + place)
        if place == "/decide/fund.investment":
            page.locator("[name='f.kind']").first.check()
            page.locator("[name='f.fund_total']").fill("15亿元")
            page.locator("[name='f.amount']").fill("2.4亿元")
            page.wait_for_selector(".finding.violated")
            page.wait_for_selector("#result[aria-busy=false]")
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found = axe.Axe().run(page).response["violations"]
        amiss += [(place, one["id"], [node["html"][:120] for node in one["nodes"][:2]]) for one in found]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            amiss.append((place, "wide"))
    assert not amiss


def test_the_first_page_is_small_and_says_what_it_may_load(opened):
    page, sizes = opened("/zh/"), []
    page.on("response", lambda found: sizes.append((found.url, found.request.sizes()["responseBodySize"])))
    for path in (FUND, "/zh/"):
        sizes.clear()
        found = page.goto(page.url.partition("/zh/")[0] + path)
        page.wait_for_load_state("networkidle")
        assert sum(size for _, size in sizes) <= 100_000, sizes
        policy = found.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
