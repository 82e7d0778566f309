"""Forms that mean harm: whatever is sent to whichever page, no server error, no verdict on what is no fact, nothing of it but text."""

import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

pytest.importorskip("starlette", reason="pages need `pip install '.[web]'`")
pytest.importorskip("python_multipart", reason="pages need `pip install '.[web]'`")

from asked import ask, service

from policy_engine.book import load
from policy_engine.serving.answers import Answers
from policy_engine.serving.site import LOADS

ROOT = Path(__file__).parents[2]
ANSWERS = [Answers(load(ROOT / folder)) for folder in ("rules", "examples/second-city/rules")]
APPS = [service(answers) for answers in ANSWERS]
TOKEN = "a-token-of-some-length"
LOCKED = service(ANSWERS[0], token=TOKEN)
VERDICTS = [
    f'class="outcome {name}"' for name in ("compliant", "non_compliant", "undetermined", "contested", "pending")
]
OURS = {"/static/page.js", "/static/htmx.min.js"}

TEXTS = [
    '"><zz9x onzz9x=1>', "'><script>zz9x()</script>", "</select><zz9x>", "javascript:zz9x()", "{{ 7*7 }}", "${7*7}", "%00", "\x00", "\u202e0051",
    "\ud800", "\ufffe", "../../etc/passwd", "' OR 1=1 --", "=cmd|' /C calc'!A0", "9" * 5000, "1e999999999", "0x10", "NaN", "-Infinity", "١٢",
    "壹佰", "1/0", "null", "true", "[]", "{}", "a" * 3000, "\r\nSet-Cookie: zz9x=1", "&lt;zz9x&gt;", "&#60;zz9x&#62;", "&quot; onzz9x=&quot;",
]  # fmt: skip
NAMES = [
    "f.kind", "f.fund_total", "f.amount", "f.activities", "f.approved_by_committee", "f.stay.1.paid", "f.stay", "f.stay.1", "f.stay.2.place",
    f"f.stay.{'9' * 5000}.paid", "f.stay.-1.paid", "f.stay.²", "f.", "f.stay.1.", "f.__class__", "r.direct_cap", "r.", "as_of", "assume", "apply", "add",
    "drop", "why", "all", "token", "sheet", "facts", "",
]  # fmt: skip
APPLIED = [
    "{", "[]", "5", '{"f.amount": 225000000.0100000000000001}', '{"f.amount": [1, [2]]}', '{"f.amount": "\\ud800"}', "[" * 100_000, '{"f.amount": null}',
    '{"": ""}', '{"apply": "{}"}', '{"f.amount": {"f": 1}}', '{"assume": "none"}', '{"f.amount": ' + "9" * 5000 + "}",
]  # fmt: skip
texts = st.sampled_from(TEXTS) | st.text(max_size=30)
names = st.sampled_from(NAMES) | st.text(max_size=20)
pairs = st.lists(st.tuples(names, texts) | st.tuples(st.just("apply"), st.sampled_from(APPLIED)), max_size=6)
words = st.sampled_from(["fund.investment", "travel.expenses", "zh", "en", "decide", "findings", "rules", "sheets", "jobs", "static", "documents",
                         "page.css", "sign-in", "state", "result.xlsx", "..", "", "v1", "decisions", "check", "many"]) | texts  # fmt: skip
paths = st.lists(words, max_size=4).map(lambda parts: "/" + "/".join(parts))
bodies = st.binary(max_size=80) | pairs.map(lambda told: urlencode(told, errors="surrogatepass").encode())
headers = st.fixed_dictionaries({}, optional={
    "host": st.sampled_from(["127.0.0.1:8080", "localhost", "[::1]:80", "[::1", "[", "127.0.0.1:x", "evil.example", ""]) | st.text(max_size=8),
    "origin": st.sampled_from(["http://127.0.0.1:8080", "null", "http://[", "//", "http://[::1"]) | st.text(max_size=8),
    "cookie": st.sampled_from(["policy=é", "policy=", ";;=", "policy=\x00", 'policy="']) | st.text(max_size=8).map("policy={}".format),
    "content_type": st.sampled_from(["multipart/form-data", "multipart/form-data; boundary=b", "application/json", "x", ""]),
    "content_length": st.sampled_from(["", "-1", "9" * 5000, "1e3", "٣"]), "accept_language": texts, "authorization": texts, "sec_fetch_site": texts,
    "accept_encoding": texts,
})  # fmt: skip


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def looked_at(found):
    """An answer: no server error, its policy with it, and on a page nothing that came from whoever asked but text."""
    status, told, body = found
    assert status < 500, (status, body[:300])
    assert told["content-security-policy"].startswith("default-src 'none'")
    assert told["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in told
    assert told.get("location", "/").startswith("/") and not told.get("location", "/").startswith("//")
    if told.get("content-type", "").startswith("text/html"):
        assert told["content-security-policy"] == LOADS
        for tag, has in Elements(body.decode()).found:
            assert "zz9x" not in tag
            assert not [name for name in has if name.startswith(("on", "zz9x")) or name == "style"]
            assert tag != "script" or has["src"] in OURS
            assert has.get("href", "/").startswith(("/", "#")) and not has.get("href", "/").startswith("//")
    return status, body.decode("utf-8", "replace")


@given(
    st.sampled_from([*APPS, LOCKED]),
    st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "zz9x"]),
    paths,
    bodies,
    texts,
    headers,
)
@example(APPS[0], "GET", "/zh/", b"", "", {"host": "[::1"})
@example(APPS[0], "GET", "/v1/decisions", b"", "", {"host": "[::1"})
@example(APPS[0], "GET", "/zh/", b"", "", {"origin": "http://["})
@example(APPS[0], "GET", "/zh", b"", "", {"host": "evil.example"})
@example(LOCKED, "GET", "/zh/", b"", "", {"cookie": "policy=é"})
@example(APPS[0], "POST", "/zh/sheets/award.grant", b"\xff", "", {"content_type": "multipart/form-data; boundary=b"})
@example(
    APPS[0], "POST", "/zh/sheets/award.grant", b"--b\r\n\r\n", "", {"content_type": "multipart/form-data; boundary=b"}
)
@example(APPS[0], "POST", "/zh/sheets/award.grant", b"", "", {"content_type": "multipart/form-data"})
def test_no_request_is_too_strange(app, method, path, body, sought, told):
    query = "q=" + quote(sought, errors="replace")
    status, text = looked_at(ask(app, method, path, body, query.encode(), **told))
    if app is LOCKED and path != "/" and not path.startswith("/static/"):
        assert status in (303, 400, 401, 403, 404, 405, 413, 422), text[:200]
        assert "fund.investment" not in text or "/zh/" not in text  # no page is shown


GARBAGE = [
    "amount",
    "many",
    "-1",
    "12abc",
    "1,2,3",
    "1e999999999",
    "9" * 5000,
    "NaN",
    "٣٣x",
    "\u202e99",
    '"><zz9x onzz9x=1>',
    "1 元 2 角 x",
    "三百x",
]


@given(st.sampled_from(GARBAGE), pairs, st.booleans(), st.sampled_from(["zh", "en"]))
def test_no_verdict_on_what_is_no_amount(wrong, others, live, lang):
    """Whatever else is in the form."""
    given_ = [(name, text) for name, text in others if name not in ("f.amount", "apply")]
    body = urlencode([*given_, ("f.amount", wrong)], errors="replace").encode()
    path = f"/{lang}/decide/fund.investment" + ("/findings" if live else "")
    status, text = looked_at(ask(APPS[0], "POST", path, body))
    assert status in (200, 400, 422)
    assert not [one for one in VERDICTS if one in text]
    assert 'class="finding ' not in text


@pytest.mark.parametrize("pressed", APPLIED)
def test_a_button_that_is_no_button_decides_nothing_by_halves(pressed):
    """Floats are none of the values a button has."""
    body = urlencode(
        [("f.kind", "subfund"), ("f.fund_total", "15亿元"), ("f.amount", "1"), ("apply", pressed)]
    ).encode()
    _, text = looked_at(ask(APPS[0], "POST", "/zh/decide/fund.investment", body))
    try:
        found = json.loads(pressed)
    except (ValueError, RecursionError):
        found = None
    texts_only = isinstance(found, dict) and all(isinstance(one, str) and "\ud800" not in one for one in found.values())
    if not texts_only:
        assert not [one for one in VERDICTS if one in text]


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b"f.amount=" + b"9" * (1 << 20), {413}),
        (b"a=1&" * 6_000, {400, 413}),
        (b"f.amount=" + b"%EF" * 100_000, {200}),
        (b"f.amount=" + b"9" * 900_000, {200}),
        (b"&" * 900_000, {200, 400}),
        (b"f.stay.50.paid=1&" * 100, {200, 422}),
        (b"\xff\xfe", {400}),
    ],
)
def test_a_form_that_is_huge_is_no_trouble(body, statuses):
    status, text = looked_at(ask(APPS[1], "POST", "/zh/decide/travel.expenses", body))
    assert status in statuses
    assert len(text) < 4 << 20
