"""The page is one file that asks nothing of anybody, in both languages; what facts say is text in it."""

import datetime as dt
from html.parser import HTMLParser

import pytest

import policy_engine
from policy_engine.deciding.outcome import FAILED
from policy_engine.reports import page

BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)
VOID = {"meta", "input", "br"}
CASE = {"kind": "subfund", "fund_total": "15亿元", "amount": "2.4亿元", "management_fee": "2%"}


class Read(HTMLParser):
    """What a browser reads: tags that are closed in order, texts, what is asked of elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.asked = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.asked += [value for name, value in attrs if name in ("src", "href", "action", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_a_decision_is_one_page_in_both_languages():
    found = BOOK.decide("fund.investment", CASE, DAY)
    read = Read(page.decision(found, "zh", "1"))
    text = "\n".join(read.texts)
    assert not read.asked
    assert not {"script", "link", "img", "iframe"} & set(read.tags)
    for finding in found.findings:
        assert finding.reason.en in text
        assert finding.reason.zh in text
    assert "240,000,000 元" in text
    assert "240,000,000 yuan" in text


def test_every_check_of_two_numbers_has_a_bar():
    found = BOOK.decide("fund.investment", CASE, DAY)
    read = Read(page.decision(found, "zh", "1"))
    numeric = [f for f in found.findings if f.margin is not None]
    assert numeric
    assert read.tags.count("svg") == 2 * len(numeric)


def test_a_bar_shows_what_was_found_and_its_bound():
    found = BOOK.decide("fund.investment", CASE, DAY)
    over = next(f for f in found.findings if f.status in FAILED.values())
    assert page._bar(over) == {"width": "95", "bound": "89", "holds": False, "label": "240000000 <= 225000000"}


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a\x1b[31mb", "&lt;", "x\u202ey"])
def test_what_a_case_is_called_is_text(name):
    found = BOOK.decide("award.grant", {"recipient": "individual", "amount": 3000}, DAY)
    text = page.report([(name, found)], "en", "1")
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    Read(text)


def test_a_report_counts_and_shows_every_case():
    cases = [
        (
            f"case {n}",
            BOOK.decide("award.grant", {"recipient": "individual", "activity": "commendation", "amount": n}, DAY),
        )
        for n in (3000, 3001)
    ]
    read = Read(page.report(cases, "en", "1"))
    assert read.texts.count("case 3001") == 2
    assert any("3001" in text for text in read.texts)
