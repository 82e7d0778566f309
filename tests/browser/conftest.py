"""What is printed for these tests: a decision, a report, a decided table, a register and events, as pages and letters; and servers to be browsed."""

import contextlib
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from listening import address
from typer.testing import CliRunner

from policy_engine.doors.main import app

HOSTILE = "<img src=http://198.51.100.1/x onerror=alert(1)>"
FACTS = {
    "kind": "subfund",
    "fund_total": "15亿元",
    "subfund_total": "10亿元",
    "amount": "2.4亿元",
    "management_fee": "2%",
}
AWARDS = f"""姓名,表彰对象,每人奖金,活动类别,项目经自治区党委、政府批准
扎西,个人,3000,评比达标表彰,是
{HOSTILE},个人,3500,评比达标表彰,是
次仁,个人,三千块八,评比达标表彰,是
"""
FUND = "投资日期,项目名称,本次出资,投资方式\n2025-01-10,藏药一号,3亿元,子基金\n2025-04-01,青稞,9亿元,股权直投\n"
EVENT = '{"id":"1","case":"<script>alert(1)</script>","kind":"approved","at":"2025-03-01","facts":{"trip_kind":"study-tour","has_purpose":false}}\n'

TOKEN = "a-token-of-some-length"
ROOT = Path(__file__).parents[2]
PATIENCE = 180_000
"""So many milliseconds a page may take, however much else runs here."""
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def command(made, name, ending, lang):
    """What makes a paper, as it is typed."""
    out = ["-o", str(made / f"{name}-{lang}.{ending}"), "--lang", lang]
    facts = [word for pair in FACTS.items() for word in ("--set", "=".join(pair))]
    fund = ["--from", "2025-01-01", "--to", "2025-12-31", "--as-of", "2025-12-31", "--set", "fund_total=15亿元"]
    return {
        "check": ["check", "fund.investment", *facts, "--as-of", "2025-03-01", "--format", "json", *out],
        "indicators": ["check", "hospital.indicators", "--facts", str(made / "hospital.yaml"), "--as-of", "2025-03-01", *out],
        "report": ["report", str(made / "cases.yaml"), "--format", "json", *out],
        "batch": ["batch", "award.grant", str(made / "awards.csv"), "--as-of", "2025-06-01", *out],
        "register": ["register", "fund.investment", str(made / "fund.csv"), *fund, *out],
        "watch": ["watch", "government.trip", str(made / "events.jsonl"), *out],
        "audit": ["audit", "--source", str(made / "source.txt"), "--rules", "tests/rules", "--format", "json", *out],
    }[name]  # fmt: skip


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder of what papers are made of."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "awards.csv").write_text(AWARDS, encoding="utf-8")
    (folder / "fund.csv").write_text(FUND, encoding="utf-8")
    (folder / "events.jsonl").write_text(EVENT, encoding="utf-8")
    (folder / "source.txt").write_text("港口章程 1\n第二条 300吨\n", encoding="utf-8")
    (folder / "hospital.yaml").write_text(
        "{year: 2024, primary_visits: 45, total_visits: 100, primary_share_last_year: 47%, outpatient_visits: 1300, discharges: 100,"
        " outpatient_ratio_last_year: 13}", encoding="utf-8")  # fmt: skip
    case = f"---\nname: '{HOSTILE}'\ndecision: award.grant\nfacts: {{recipient: individual, amount: 3500}}\n"
    (folder / "cases.yaml").write_text(case * 2, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def paper(made):
    """A paper by its name, ending and language, made once."""

    def get(name, ending, lang):
        pytest.importorskip("docx", reason="papers need `pip install '.[paper]'`")
        path = made / f"{name}-{lang}.{ending}"
        if not path.exists():
            ran = CliRunner().invoke(app, command(made, name, ending, lang))
            assert path.exists(), ran.output
        return path

    return get


@contextlib.contextmanager
def serving(folder, *options):
    """The address of a server, and what it has written."""
    log, env = (
        folder / "log",
        {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])},
    )
    serve = ["serve", "--port", "0", "--workers", "1", "--seconds", "120", *options]
    command = [sys.executable, "-m", "policy_engine", *serve]
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=env) as process:
        try:
            found = f"http://127.0.0.1:{address(process, log).port}"
            alive = urllib.request.Request(f"{found}/v1/health", headers={"Authorization": f"Bearer {TOKEN}"})
            urllib.request.urlopen(alive, timeout=300).close()
            yield found, log
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server of the rules shipped."""
    with serving(tmp_path_factory.mktemp("served")) as found:
        yield found


@contextlib.contextmanager
def recorded(folder, *options):
    """The address of a server that asks for a token and records, the token, and the log."""
    pytest.importorskip("cryptography", reason="the log of decisions needs `pip install '.[record]'`")
    made = CliRunner().invoke(app, ["log", str(folder / "decisions"), "--origin", "test.example/decisions"])
    assert made.exit_code == 0, made.output
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    log = ("--record", str(folder / "decisions"), "--token-file", str(folder / "token"))
    with serving(folder, *log, *options) as found:
        yield found[0], TOKEN, folder / "decisions"


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A server of the rules shipped that records."""
    with recorded(tmp_path_factory.mktemp("recording")) as found:
        yield found


@pytest.fixture(scope="module")
def city_recording(tmp_path_factory):
    """A server of rules with lists that records."""
    with recorded(
        tmp_path_factory.mktemp("city-recording"), "--rules", str(ROOT / "examples/second-city/rules")
    ) as found:
        yield found


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The address of a server of rules with lists."""
    with serving(tmp_path_factory.mktemp("city"), "--rules", str(ROOT / "examples/second-city/rules")) as found:
        yield found[0]


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="browsers need `pip install '.[browser]'`")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, headless=True, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, served):
    """Opens a page, of which all is waited for; what is written on the console, the policy of the page included, or asked for elsewhere, fails the test."""
    address, contexts, amiss, asked = served[0], [], [], []

    def console(message):
        if "status of 404" not in message.text:
            amiss.append(message.text)

    def request(one):
        asked.append(one.url)
        if not one.url.startswith(address + "/"):
            amiss.append(one.url)

    def open_(path, width=1200, height=900, clock=False, **more):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **more))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        if clock:  # time goes on when it is told to
            page.clock.install()
        page.asked, page.amiss = asked, amiss
        page.on("console", console)
        page.on("pageerror", lambda error: amiss.append(str(error)))
        page.on("dialog", lambda dialog: amiss.append(dialog.message))
        page.on("request", request)
        page.goto(address + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not amiss
