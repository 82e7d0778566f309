"""Pages: every decision can be asked, what is shown is what a fresh decision from the fields gives, strangers get nothing to run."""

import asyncio
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from policy_engine.basics.errors import PolicyError
from policy_engine.book import load
from policy_engine.explaining.remedy import Remedy
from policy_engine.serving import jobs
from policy_engine.serving.answers import Answers
from policy_engine.serving.http import LOCAL
from policy_engine.serving.pages import PAGES
from policy_engine.serving.rendering import STATIC, rendered, static
from policy_engine.serving.result import _each
from policy_engine.serving.site import COOKIE, LOADS, Site
from policy_engine.serving.workers import _reply

pytest.importorskip("starlette", reason="pages need `pip install '.[web]'`")

ROOT = Path(__file__).parents[2]
ANSWERS = Answers(load())
FUND = [("f.kind", "subfund"), ("f.fund_total", "15亿元"), ("f.amount", "2.4亿元")]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
PLACES = [
    ("page.home", {"q": ""}), ("page.home", {"q": HOSTILE}), ("page.home", {"q": "母基金"}), ("page.rule", {"decision": "fund.investment"}),
    ("page.provision", {"decision": "fund.investment", "provision": "subfund-share-of-fund"}), ("page.document", {"number": "拉政办发〔2024〕32号"}),
]  # fmt: skip


class Page(HTMLParser):
    """A page as it is read: the fields of its form as a browser would send them, its buttons, its elements."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.buttons, self.elements, self.links, self.live, self.select = [], [], [], [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.elements.append((tag, told))
        if tag == "input" and told.get("name") and (told.get("type") not in ("radio", "checkbox") or "checked" in told):
            self.fields.append((told["name"], told.get("value", "on")))
        if tag == "select":
            self.select = told["name"]
        if tag == "option" and "selected" in told:
            self.fields.append((self.select, told["value"]))
        if tag == "button" and told.get("name"):
            self.buttons.append((told["name"], told["value"]))
        if told.get("id") == "live":
            self.live = told["data-live"]


def made(what, lang="zh", **asked):
    return PAGES[what](ANSWERS, {"lang": lang, "pairs": [], **asked})["html"]


async def here(what, asked):
    """Decides where it is asked, instead of in a process."""
    return _reply(ANSWERS, what, dict(asked), None), None


def get(path, token=None, body=None, host="127.0.0.1:8080", sheets=None, **headers):
    """Status, headers and text of an answer of the pages."""
    from starlette.applications import Starlette

    async def whole(request):
        return await request.body()

    app = Starlette(routes=Site(here, token, LOCAL, whole, sheets).routes())
    path, _, query = path.partition("?")
    lines = {"host": host, **headers}
    scope = {
        "type": "http", "method": "GET" if body is None else "POST", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in lines.items()], "scheme": "http", "server": ("127.0.0.1", 8080), "root_path": "",
    }  # fmt: skip
    sent = []

    async def receive():
        return {
            "type": "http.request",
            "body": body if isinstance(body, bytes) else urlencode(body or []).encode(),
            "more_body": False,
        }

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    told = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(part.get("body", b"") for part in sent[1:]).decode()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_decision_can_be_asked_with_every_field_it_has(lang):
    for one in ANSWERS.book.rules()[:: 1 if lang == "zh" else 4]:
        page = Page(made("page.case", lang, decision=one.decision))
        shown = {told["data-field"] for tag, told in page.elements if "data-field" in told}
        assert {f"f.{name}" for name in one.askable} <= shown
        assert {f"r.{name}" for name in one.readings} <= shown


def test_nothing_runs_that_is_not_a_file_of_ours():
    """What the policy of the pages forbids is not asked for either: no script or style inside, nothing from elsewhere."""
    pages = [made(what, lang, **asked) for what, asked in PLACES for lang in ("zh", "en")]
    pages += [made("page.case", decision="fund.investment", pairs=[*FUND, ("f.subfund_total", HOSTILE)])]
    pages += [made("page.case", decision="fund.investment", pairs=FUND)]
    for text in pages:
        for tag, told in Page(text).elements:
            assert tag not in ("style", "img", "iframe", "base", "object")
            assert tag != "script" or told["src"].startswith("/static/")
            assert "style" not in told
            assert not [name for name in told if name.startswith("on")]
            for name in ("href", "src", "action", "formaction", "hx-post"):
                assert told.get(name, "/").startswith(("/", "#"))
                assert not told.get(name, "/").startswith("//")
    assert "default-src 'none'" in LOADS
    assert "unsafe" not in LOADS


def test_a_first_page_is_small():
    """With all that it loads."""
    beside = sum(len(static(name)) for name in STATIC)
    assert len(made("page.home", q="").encode()) + len(static("page.css")) <= 100_000
    assert len(made("page.case", decision="fund.investment").encode()) + beside <= 100_000


def test_what_is_looked_for_is_found_in_titles_clauses_and_numbers():
    assert "fund.investment" in made("page.home", q="母基金拟投资")
    assert "subfund-share-of-fund" in made("page.home", "en", q="不超过母基金总规模的15%")
    assert "award.grant" in made("page.home", "en", q="35号")
    assert "没有找到" in made("page.home", q="青稞酒")


def test_a_remedy_is_a_button_that_mends():
    page = Page(made("page.case", decision="fund.investment", pairs=FUND))
    (mend,) = [value for name, value in page.buttons if name == "apply" and "f.amount" in value]
    assert json.loads(mend) == {"f.amount": "225,000,000"}
    mended = made("page.case", decision="fund.investment", pairs=[*page.fields, ("apply", mend)])
    assert ("f.amount", "225,000,000") in Page(mended).fields
    assert "finding violated" not in mended


def test_each_option_that_mends_is_a_button():
    page = Page(made("page.case", decision="eldercare.idle-facilities", pairs=[("f.fee", "market")]))
    mends = [json.loads(value) for name, value in page.buttons if name == "apply" and "f.fee" in value]
    assert mends == [{"f.fee": "free"}, {"f.fee": "low"}]
    many = tuple(map(str, range(9)))
    pressed = _each(Remedy(input="fee", relation="==", value="0", options=many))
    assert [(one.value, one.options) for one in pressed] == [(option, ()) for option in many]


def test_fields_that_cannot_matter_are_folded_and_none_that_is_filled():
    page = Page(made("page.case", decision="fund.investment", pairs=[("f.kind", "subfund"), ("f.stake", "40%")]))
    idle = {told["data-field"] for _, told in page.elements if "idle" in told.get("class", "").split()}
    assert "f.direct_total" in idle
    assert "f.stake" not in idle
    assert "f.fund_total" in page.live


@pytest.mark.parametrize(("lang", "said"), [("zh", "不是金额"), ("en", "is not an amount")])
def test_a_mistake_stands_at_its_field_and_nothing_is_decided(lang, said):
    text = made("page.case", lang, decision="fund.investment", pairs=[*FUND[:2], ("f.amount", "many")])
    wrong = [told for _, told in Page(text).elements if told.get("aria-invalid")]
    assert [told["name"] for told in wrong] == ["f.amount"]
    assert said in text
    assert "finding " not in text
    assert ("f.amount", "many") in Page(text).fields


def test_another_site_or_host_is_refused():
    assert get("/zh/")[0] == 200
    assert get("/")[:2][0] == 303
    assert get("/", accept_language="en-GB,en;q=0.8")[1]["location"] == "/en/"
    assert get("/zh/", host="rebound.example")[0] == 421
    assert get("/zh/decide/fund.investment", body=FUND, origin="http://127.0.0.1:8080")[0] == 200
    for strange in ("http://elsewhere.example", "null", "http://127.0.0.1:8081"):
        assert get("/zh/decide/fund.investment", body=FUND, origin=strange)[0] == 403
    assert get("/zh/decide/fund.investment", body=FUND, sec_fetch_site="cross-site")[0] == 403
    assert (
        get("/fr/")[0]
        == get("/zh/decide/no.such")[0]
        == get("/zh/rules/fund.investment/no")[0]
        == get("/static/../http.py")[0]
        == 404
    )


def test_a_token_is_asked_for_once_and_not_told_again():
    token = "a-token-of-some-length"
    status, _, text = get("/zh/", token)
    assert (status, "令牌" in text, "fund.investment" in text) == (401, True, False)
    assert get("/zh/sign-in", token, [("token", "another")])[0] == 401
    status, told, _ = get("/zh/sign-in", token, [("token", token)])
    assert status == 303
    assert token not in told["set-cookie"]
    assert {"HttpOnly", "SameSite=strict"} <= set(told["set-cookie"].split("; "))
    cookie = told["set-cookie"].partition(";")[0]
    assert cookie.startswith(COOKIE)
    assert "fund.investment" in get("/zh/", token, cookie=cookie)[2]
    assert get("/zh/", token, cookie=cookie[:-1])[0] == 401


@pytest.mark.parametrize(("asked", "led"), [
    ("/zh/decide/fund.investment", "/zh/decide/fund.investment"), ("/en/?q=fund", "/en/?q=fund"), ("/", "/zh/"), ("/en", "/en/"),
    ("/zh/documents/拉政办发〔2024〕32号", "/zh/documents/%E6%8B%89%E6%94%BF%E5%8A%9E%E5%8F%91%E3%80%942024%E3%80%9532%E5%8F%B7"),
])  # fmt: skip
def test_sign_in_leads_to_the_page_that_was_asked_for(asked, led):
    token = "a-token-of-some-length"
    status, _, text = get(asked, token)
    assert status == 401
    here = dict(Page(text).fields)["here"]
    again = get(f"{led[:3]}/sign-in", token, [("here", here), ("token", "another")])[2]
    assert dict(Page(again).fields)["here"] == here
    status, told, _ = get(f"{led[:3]}/sign-in", token, [("here", here), ("token", token)])
    assert (status, told["location"]) == (303, led)


@pytest.mark.parametrize("here", ["/elsewhere.example", "//elsewhere.example/", "\\elsewhere.example", "../..//elsewhere.example",
                                  "https://elsewhere.example/", "@elsewhere.example", "\r\nLocation: https://elsewhere.example"])  # fmt: skip
def test_sign_in_leads_to_no_other_place(here):
    token = "a-token-of-some-length"
    told = get("/zh/sign-in", token, [("here", here), ("token", token)])[1]
    assert urlsplit(urljoin("http://127.0.0.1:8080/zh/sign-in", told["location"])).netloc == "127.0.0.1:8080"
    assert told["location"].startswith("/zh/")
    assert "\n" not in told["location"]


def test_a_result_that_is_shown_is_told_to_the_log():
    """With a log there is no result until it is asked for, and none as one types."""
    noted = []
    answers = Answers(ANSWERS.book)
    answers.noted = lambda facts, found, assume: noted.append((dict(facts.given), found.outcome, assume))
    asked = {"lang": "zh", "decision": "fund.investment"}
    empty = PAGES["page.case"](answers, {**asked, "pairs": []})["html"]
    assert "hx-post" not in empty
    assert 'class="outcome' not in empty
    assert not noted
    asked["pairs"] = [*FUND, ("assume", "none")]
    assert 'class="outcome undetermined"' in PAGES["page.case"](answers, asked)["html"]
    assert [one[1:] for one in noted] == [("undetermined", "none")]


@pytest.mark.parametrize("pressed", [("add", "stay"), ("drop", "stay.1"), ("fill", "1")])
def test_with_a_log_a_form_that_is_asked_for_alone_decides_nothing(pressed):
    answers, noted = Answers(load(ROOT / "examples/second-city/rules")), []
    answers.noted = lambda *told: noted.append(told)
    pairs = [("f.stay.1", "1"), ("f.stay.1.paid", "300"), ("f.stay.2", "2")]
    asked = {"lang": "zh", "decision": "travel.expenses", "pairs": [*pairs, pressed]}
    page = Page(PAGES["page.case"](answers, asked)["html"])
    rows = {"add": 3, "drop": 1, "fill": 2}[pressed[0]]
    assert sum(name == f"f.stay.{n}" for n in range(1, 9) for name, _ in page.fields) == rows
    assert not noted
    PAGES["page.case"](answers, {**asked, "pairs": pairs})
    assert len(noted) == 1


def sheet_decided(folder, text, kind=".csv", **asked):
    """What comes of a sheet, as the process that decides it writes it down."""
    (folder / f"table{kind}").write_text(text, encoding="utf-8")
    jobs._work(None, jobs.task_of(asked, asked.pop("decision"), "zh", kind), folder, SimpleNamespace(value=0))
    return json.loads((folder / "done.json").read_text(encoding="utf-8"))


def test_a_sheet_is_decided_and_bad_rows_are_told(tmp_path, monkeypatch):
    pytest.importorskip("xlsxwriter")
    monkeypatch.setattr(jobs, "_bound", lambda folder: None)  # of the process that decides, not of this one
    told = sheet_decided(
        tmp_path, "表彰对象,每人奖金\n个人,3000\n个人,很多\n", decision="award.grant", as_of="2025-03-01"
    )
    assert told["rejected"] == 1
    assert told["refused"][0].startswith("3：每人奖金")
    assert (tmp_path / "result.xlsx").is_file()


def test_what_is_given_for_a_whole_register_and_judged_nowhere_is_told(tmp_path, monkeypatch):
    pytest.importorskip("xlsxwriter")
    monkeypatch.setattr(jobs, "_bound", lambda folder: None)
    asked = {"decision": "government.study", "first": "2025-01-01", "last": "2025-06-30", "as_of": "2025-07-01"}
    told = sheet_decided(tmp_path, "学习日期,成员,事项\n2025-02-10,,专题学习\n", facts="speakers=2", **asked)
    assert "未用于任何结论：重点交流发言的党组成员数" in told["told"]
    state = jobs.State(rows=1, done=True, **told)
    shown = rendered("state", "zh", state=state, ready=True, name="x")
    assert told["told"] in shown


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"decision": "award.grant"}, "table.csv"),
        ({"decision": "award.grant", "as_of": "soon"}, "决定日期：`soon`"),
        ({"decision": "fund.investment", "first": "2025年", "last": "2025-12-31"}, "起始日：`2025年`"),
        ({"decision": "fund.exit", "first": "2025-01-01", "last": "2025-12-31"}, "没有登记表"),
        (
            {"decision": "fund.investment", "first": "2025-12-31", "last": "2025-01-01", "as_of": "2025-12-31"},
            "不是可用的期间",
        ),
        ({"decision": "no.such"}, "no.such"),
    ],
)
def test_a_sheet_that_cannot_be_used_is_told_without_a_path_of_this_machine(tmp_path, monkeypatch, asked, said):
    monkeypatch.setattr(jobs, "_bound", lambda folder: None)
    told = sheet_decided(tmp_path, "甲,乙\n1,2\n", **asked)
    assert said in "".join(told["wrong"])
    assert str(tmp_path) not in "".join(told["wrong"])


def test_a_sheet_that_takes_too_much_memory_is_no_mistake_of_the_program(tmp_path, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr(jobs, "_bound", lambda folder: None)
    monkeypatch.setattr(jobs, "_decided", full)
    jobs._work(None, jobs.task_of({}, "award.grant", "zh", ".csv"), tmp_path, SimpleNamespace(value=0))
    told = json.loads((tmp_path / "done.json").read_text(encoding="utf-8"))
    assert told == {"wrong": ["用时过长或占用内存过多，已停止。"]}


def test_there_are_as_many_sheets_as_there_may_be(monkeypatch):
    """A third at once is refused; a sheet that is over time is ended; nothing is left behind."""

    async def all_of_it():
        kept = jobs.Jobs(None)
        task = jobs.task_of({}, "award.grant", "zh", ".csv")
        monkeypatch.setattr(jobs, "MAX_SECONDS", 0)
        first = kept.begin(task, io.BytesIO("表彰对象\n个人\n".encode()))
        folder = kept._folder.path
        monkeypatch.setattr(jobs, "AT_ONCE", 1)
        with pytest.raises(jobs.Full):
            kept.begin(task, io.BytesIO(b""))
        await asyncio.sleep(0.05)  # its time is over
        await asyncio.to_thread(kept._all[first].process.join)
        state = kept.state(first)
        assert (state.done, kept.result(first), len(state.wrong)) == (True, None, 1)
        kept.stop()
        assert not folder.exists()
        assert kept.task(first) is None

    asyncio.run(all_of_it())


def test_a_sheet_that_cannot_be_kept_leaves_nothing(monkeypatch):
    """The disk is full."""
    kept = jobs.Jobs(None)

    def full(sheet, table):
        table.write(sheet.read(1))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs.shutil, "copyfileobj", full)
    task = jobs.Task(decision="award.grant", lang="zh", kind=".csv")
    with pytest.raises(OSError, match="No space left"):
        kept.begin(task, io.BytesIO(b"abc"))
    assert list(kept._folder.path.iterdir()) == []
    kept.stop()


def test_things_of_a_list_are_added_and_removed():
    """Nothing is said of a list that is empty; that there are none is said."""
    city = Answers(load(ROOT / "examples/second-city/rules"))

    def fields(*pairs):
        asked = {"lang": "zh", "decision": "travel.expenses", "pairs": pairs}
        page = Page(PAGES["page.case"](city, asked)["html"])
        return {name: value for name, value in page.fields if name.startswith("f.stay")}, page.buttons, page

    assert fields()[0] == {}
    one, buttons, _ = fields(("add", "stay"))
    assert one == {
        "f.stay.1": "1",
        "f.stay.1.place": "",
        "f.stay.1.night": "",
        "f.stay.1.paid": "",
        "f.stay.1.invoice": "",
    }
    assert ("drop", "stay.1") in buttons
    two = fields(*one.items(), ("f.stay.1.paid", "300"), ("add", "stay"))[0]
    assert (two["f.stay.1.paid"], two["f.stay.2.paid"]) == ("300", "")
    assert fields(*two.items(), ("drop", "stay.1"))[0] == one
    assert fields(("f.stay", "none"))[0] == {"f.stay": "none"}
    assert fields(("f.stay", "none"), ("add", "stay"))[0] == one
    with pytest.raises(PolicyError):
        fields(("f.stay.9999.paid", "1"))


def test_a_document_is_shown_with_what_accounts_for_it(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("湾政发〔2023〕1号\n第三条 <b>泊位费</b>不超过营业额的12.5%，另收77元。\n", encoding="utf-8")
    city = Answers(load(ROOT / "tests/rules"), source=text)
    number = "湾政发〔2023〕1号"
    html = PAGES["page.document"](city, {"lang": "zh", "number": number})["html"]
    assert "&lt;b&gt;" in html
    looks = {told["class"] for tag, told in Page(html).elements if tag == "mark" and "class" in told}
    assert looks >= {"open", "provision"}
    assert "/zh/rules/harbour.berth/" in html
    found = PAGES["page.home"](city, {"lang": "zh", "q": "不超过 营业额"})["html"]
    assert "原文中" in found and "&lt;b&gt;泊位费&lt;/b&gt;不超过营业额的12.5%" in found
    assert "原文中" not in PAGES["page.home"](Answers(city.book), {"lang": "zh", "q": "不超过 营业额"})["html"]
    assert 'class="source"' not in PAGES["page.document"](Answers(city.book), {"lang": "zh", "number": number})["html"]


@pytest.mark.parametrize(
    ("name", "length", "status"),
    [
        ("a.csv", None, 303),
        ("../../etc/x.CSV", None, 303),
        ("a.exe", None, 422),
        ("", None, 422),
        ("a.csv", str(16 << 20 | 1), 413),
        ("a.csv", "", 413),
    ],
)
def test_a_sheet_that_is_sent_names_nothing_here(name, length, status, monkeypatch):
    pytest.importorskip("python_multipart")
    begun = []
    kept = jobs.Jobs(None)
    monkeypatch.setattr(kept, "begin", lambda task, sheet: begun.append((task.kind, sheet.read())) or "name")
    body = f'--b\r\nContent-Disposition: form-data; name="sheet"; filename="{name}"\r\n\r\n1,2\r\n--b--\r\n'.encode()
    size = str(len(body)) if length is None else length
    found = get(
        "/zh/sheets/award.grant",
        body=body,
        sheets=kept,
        content_type="multipart/form-data; boundary=b",
        content_length=size,
    )
    assert found[0] == status
    assert begun == ([(".csv", b"1,2")] if status == 303 else [])
    assert get("/zh/jobs/no-such", sheets=kept)[0] == get("/zh/jobs/no-such/result.xlsx", sheets=kept)[0] == 404
    assert get("/zh/sheets/award.grant", body=[])[0] == 404


CITY = Answers(load(ROOT / "examples/second-city/rules"))
TYPED = {
    "fund.investment": {
        "f.kind": ["subfund", "direct", ""], "f.fund_total": ["15亿元", "1000000", "", "abc"], "f.amount": ["2.4亿元", "225000000", "", "-1"],
        "f.subfund_total": ["10亿元", ""], "f.management_fee": ["2%", "2.01%", ""], "f.term_years": ["10", "12", ""], "f.stake": ["40%", ""],
        "f.approved_by_committee": ["yes", "no", ""], "f.activities": ["futures", "none", ""], "f.returned": ["1亿元", ""],
        "as_of": ["2025-03-01", "2030-01-01", ""], "assume": ["all", "none"],
    },
    "travel.expenses": {
        "f.outside": ["yes", "no", ""], "f.rank": ["bureau", "other", ""], "f.seat": ["first", "second"], "f.left_on": ["2025-07-20", "尚未", ""],
        "f.returned_on": ["2025-07-22", "2025-07-19"], "f.stay": ["none", ""], "f.stay.1.place": ["wanghai", ""], "f.stay.1.paid": ["780", "1000", "x", ""],
        "f.stay.2.paid": ["455元", ""], "f.stay.1.invoice": ["no", "yes"], "f.stay.1.night": ["2025-07-20", ""], "f.car_provided": ["yes", "no"],
        "as_of": ["2025-08-01"],
    },
}  # fmt: skip
"""What is typed into which field of a decision."""


def facts_of(fields):
    """The facts that fields tell, a list by its rows."""
    told, rows = dict[str, object](), dict[int, dict[str, str]]()
    for name, value in fields:
        whole, _, rest = name.removeprefix("f.").partition(".")
        at, _, column = rest.partition(".")
        if not name.startswith("f."):
            continue
        if rest:
            row = rows.setdefault(int(at), {})
            row |= {column: value} if column and value else {}
            told[whole] = [rows.get(n, {}) for n in range(1, max(rows) + 1)]
        elif name == "f.activities" and value and value != "none":
            told.setdefault(whole, []).append(value)
        elif value:
            told[whole] = value
    return told


class AtRandom(RuleBasedStateMachine):
    """Somebody who fills in, clears, presses what is shown and changes the language: no answer of before lingers."""

    @initialize(decision=st.sampled_from(sorted(TYPED)))
    def opened(self, decision):
        self.lang, self.decision = "zh", decision
        self.answers = ANSWERS if decision in ANSWERS.book.decisions() else CITY
        self.see([])

    def see(self, pairs):
        self.text = PAGES["page.case"](self.answers, {"lang": self.lang, "decision": self.decision, "pairs": pairs})[
            "html"
        ]
        self.page = Page(self.text)

    @rule(data=st.data())
    def fill_in(self, data):
        shown = {name for name, _ in self.page.fields}
        name = data.draw(st.sampled_from([n for n in sorted(TYPED[self.decision]) if n.count(".") < 3 or n in shown]))
        told = data.draw(st.sampled_from(TYPED[self.decision][name]))
        self.see([*(pair for pair in self.page.fields if pair[0] != name), (name, told)])

    @precondition(lambda self: [one for one in self.page.buttons if one[0] in ("add", "drop")])
    @rule(data=st.data())
    def one_more_or_less(self, data):
        shown = [one for one in self.page.buttons if one[0] in ("add", "drop")]
        self.see([*self.page.fields, data.draw(st.sampled_from(shown))])

    @rule()
    def change_the_language(self):
        self.lang = "en" if self.lang == "zh" else "zh"
        self.see(self.page.fields)

    @precondition(lambda self: [one for one in self.page.buttons if one[0] == "apply"])
    @rule(data=st.data())
    def press(self, data):
        shown = [one for one in self.page.buttons if one[0] == "apply"]
        self.see([*self.page.fields, data.draw(st.sampled_from(shown))])

    @invariant()
    def what_is_shown_is_what_the_fields_say(self):
        told = dict(self.page.fields)
        readings = {name[2:]: value for name, value in told.items() if name.startswith("r.")}
        try:
            found = self.answers.book.decide(
                self.decision,
                facts_of(self.page.fields),
                told.get("as_of") or None,
                readings,
                told.get("assume") or "all",
            )
        except PolicyError:
            assert 'class="outcome wrong"' in self.text
            return
        assert f'class="outcome {found.outcome}"' in self.text
        for status in ("violated", "satisfied", "undetermined"):
            shown = [f for f in found.findings if f.status == status]
            assert self.text.count(f'class="finding {status}"') == len(shown)
            assert all(
                f.reason.of(self.lang)
                .replace("'", "&#39;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace('"', "&#34;")
                in self.text
                for f in shown
            )


AtRandom.TestCase.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
test_a_walk_at_random_shows_no_answer_of_before = AtRandom.TestCase


def test_the_page_in_chinese_has_the_brackets_of_chinese_and_a_price_is_no_sum():
    text = made("page.case", "zh", decision="parking.premium", pairs=[("f.supply", "granted")])
    assert "文本未明确的问题（" in text
    assert not re.search(r"[一-鿿] \(\d", text)
    assert "亿元" not in text.partition('name="f.benchmark_price"')[0].rpartition("<label")[2]
