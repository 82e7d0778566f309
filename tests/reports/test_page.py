"""The page is one file that asks nothing of anybody, in both languages; what facts say is text in it."""

import datetime as dt
import itertools
import re
from fractions import Fraction
from html.parser import HTMLParser

import pytest

import policy_engine
from policy_engine import words
from policy_engine.reports import composed, markdown, page
from policy_engine.reports import text as plain
from policy_engine.reports.gauges import drawn
from policy_engine.words import why_idle

BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)
VOID = {"meta", "input", "br", "col", "hr"}
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
        for lang in ("en", "zh"):
            assert (why_idle(finding, lang) if finding.status == "not_applicable" else finding.reason.of(lang)) in text
    assert "240,000,000 元" in text
    assert "240,000,000 yuan" in text


def test_every_check_of_two_numbers_has_a_bar():
    found = BOOK.decide("fund.investment", CASE, DAY)
    read = Read(page.decision(found, "zh", "1"))
    numeric = [f for f in found.findings if f.margin is not None]
    assert numeric
    assert read.tags.count("svg") == 2 * len(numeric)


def test_a_gauge_shows_what_was_found_and_its_bound():
    found = BOOK.decide("fund.investment", CASE, DAY)
    over = next(f for f in found.findings if f.status == "violated")
    shown = composed.gauge(over, found.names, "zh")
    assert (shown.width(shown.value, 100), shown.width(shown.bound, 100), shown.holds) == (95, 89, False)
    assert shown.words == "240,000,000 元；界限：不大于225,000,000 元（已用 106.66%…）"
    fee = next(f for f in found.findings if f.clause.title.en == "Management fee of a sub-fund")
    assert composed.gauge(fee, found.names, "en").words == "2%; bound: at most 2% (used 100%)"


def test_an_indicator_is_a_bullet_on_the_stretch_that_would_do():
    facts = {"year": 2024, "primary_visits": 45, "total_visits": 100, "primary_share_last_year": "47%"}
    found = BOOK.decide("hospital.indicators", facts, DAY)
    shown = [g for f in found.findings if (g := composed.gauge(f, found.names, "en")) is not None]
    assert shown
    assert all(g.bullet and 'class="zone"' in drawn(g) for g in shown)


def test_a_share_is_told_to_two_places_and_marked_where_it_goes_on():
    told = {
        Fraction(1): "100%",
        Fraction(2, 3): "66.66%…",
        Fraction(1, 8): "12.5%",
        Fraction(1, 100_000): "0%…",
        Fraction(20): "2,000%",
    }
    assert {share: composed.percent(share) for share in told} == told


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
    assert sum(text.strip() == "case 3001" for text in read.texts) == 2
    assert any("3001" in text for text in read.texts)


def levels(text):
    return [int(tag[1]) for tag in Read(text).tags if tag in ("h1", "h2", "h3", "h4", "h5", "h6")]


def test_headings_go_down_by_one_level_at_a_time():
    found = BOOK.decide("fund.investment", CASE, DAY)
    for text in (page.decision(found, "zh", "1"), page.report([("one", found), ("two", found)], "zh", "1")):
        down = levels(text)
        assert down[0] == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(down))
        assert down.count(1) == 2  # one in each language


def test_a_page_tells_of_values_what_the_text_does():
    facts = {"supply": "granted", "acquired_on": "2024-01-01", "underground_specified": "否", "follows_approved_design": "否",
             "benchmark_price": "1000元", "area_b1": 100, "area_b2": 100, "area_b3": 0}  # fmt: skip
    found = BOOK.decide("parking.premium", facts, DAY)
    assert any(result.readings for result in found.results)
    shown = "\n".join(Read(page.decision(found, "zh", "1")).texts)
    for result in found.results:
        for other in result.readings:
            assert words.alternative(other, found.names, "zh", result.provision) in shown


@pytest.mark.parametrize(
    "shown", [plain.decision, markdown.decision, lambda found, lang: page.decision(found, lang, "1")]
)
def test_in_chinese_a_word_is_followed_by_a_chinese_colon(shown):
    told = shown(BOOK.decide("party-group.meeting", {"members": 10, "present": 6, "matter": "personnel"}, DAY), "zh")
    lines = Read(told).texts if "<html" in told else told.splitlines()
    assert not [line for line in lines if re.search(r"[\u4e00-\u9fff）](: |:$| \([\u4e00-\u9fff])", line)]


@pytest.mark.parametrize("report", [plain.report, markdown.report, lambda cases, lang: page.report(cases, lang, "1")])
def test_in_chinese_counts_have_chinese_commas(report):
    cases = [(str(n), BOOK.decide("award.grant", {"recipient": "individual", "amount": n}, DAY)) for n in (1, 4000)]
    told = report([*cases, ("3", BOOK.decide("award.grant", {"recipient": "collective"}, DAY))], "zh")
    assert "无法判定 2，不适用 1" in told
    assert "无法判定 2, " not in told
