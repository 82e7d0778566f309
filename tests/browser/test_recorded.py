"""The pages of `policy serve` with a token and a log, in Chromium: signed in to, gone from and come back to."""

import contextlib
import shutil

import pytest
from seen import outcome

pytest.importorskip("playwright.sync_api", reason="browsers need `pip install '.[browser]'`")
for needed in ("starlette", "uvicorn", "cryptography"):
    pytest.importorskip(needed, reason="pages and their log need `pip install '.[web,record]'`")
pytestmark = pytest.mark.skipif(
    (shutil.which("chromium") or shutil.which("chromium-browser")) is None, reason="Chromium is not here"
)
FUND = "/zh/decide/fund.investment"
CASE = "f.kind=subfund&f.fund_total=15亿元&f.amount=2.4亿元"
AMOUNT = "[name='f.amount']"


@pytest.fixture
def signed_in(browser, recording):
    """Opens a page behind the sign-in; the number of entries in the log, whenever it is asked."""
    with opening(browser, *recording) as found:
        yield found


@pytest.fixture
def signed_in_to_the_city(browser, city_recording):
    with opening(browser, *city_recording) as found:
        yield found


@contextlib.contextmanager
def opening(browser, address, token, log):
    context = browser.new_context()

    def open_(path):
        page = context.new_page()
        page.goto(address + path)
        page.get_by_label("令牌").fill(token)
        page.get_by_role("button").click()
        page.wait_for_url("**/decide/**")
        return page

    yield open_, lambda: int((log / "checkpoint").read_text(encoding="utf-8").splitlines()[1])
    context.close()


def test_after_the_sign_in_comes_the_case_that_a_link_asked_for(signed_in):
    open_, entries = signed_in
    before = entries()
    page = open_(f"{FUND}#case?{CASE}")
    outcome(page, "不合规")
    assert page.locator(AMOUNT).input_value() == "2.4亿元"
    assert entries() == before + 1


def test_whoever_comes_back_finds_what_was_typed_and_nothing_is_recorded_for_it(signed_in):
    open_, entries = signed_in
    page = open_(FUND)
    before = entries()
    page.locator(AMOUNT).fill("2.4亿元")
    page.locator("[name='f.kind'][value='subfund']").check()
    page.locator("[name='f.fund_total']").fill("15亿元")
    page.locator(".crumbs a").last.click()
    page.wait_for_url("**/documents/**")
    page.go_back()
    page.locator(AMOUNT).wait_for()
    assert page.locator(AMOUNT).input_value() == "2.4亿元"
    assert page.locator("[name='f.kind'][value='subfund']").is_checked()
    page.reload()
    assert page.locator(AMOUNT).input_value() == "2.4亿元"
    assert entries() == before
    page.locator("#decide").click()
    outcome(page, "不合规")
    assert entries() == before + 1
    page.locator(".violated .cite a").first.click()
    page.wait_for_url("**/rules/**")
    page.go_back()  # to what came of a form that was sent: it is not sent, and recorded, once more
    page.wait_for_url("**/decide/**")
    assert page.locator(AMOUNT).input_value() == "2.4亿元"
    assert entries() == before + 1


def test_the_rows_of_a_list_are_there_on_coming_back_too(signed_in_to_the_city):
    open_, entries = signed_in_to_the_city
    page = open_("/zh/decide/travel.expenses")
    before, paid = entries(), [f"[name='f.stay.{n}.paid']" for n in (1, 2)]
    for number in (1, 2):
        page.get_by_role("button", name="增加一项").click()
        page.wait_for_url(f"**#f.stay.{number}")
    assert entries() == before  # a row more asks for nothing
    for number, field in enumerate(paid, 3):
        page.locator(field).fill(str(number))
    page.locator("[name='f.stay.2.place']").first.check()
    page.locator(".crumbs a").last.click()
    page.wait_for_url("**/documents/**")
    page.go_back()
    page.wait_for_url("**/decide/**")
    assert [page.locator(field).input_value() for field in paid] == ["3", "4"]
    assert page.locator("[name='f.stay.2.place']").first.is_checked()
    assert entries() == before
