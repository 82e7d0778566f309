"""The rule book as pages: every link leads somewhere, nothing stands in a page that a policy of the server would forbid, the same bytes each time."""

import json
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from typer.testing import CliRunner

from policy_engine import load
from policy_engine.doors.main import app
from policy_engine.reports.book import MARK, slug

HOSTILE = "<img src=x onerror=alert(1)>"


class Links(HTMLParser):
    """What a page links to, the places in it, and what runs or looks without a file."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places, self.amiss = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.links += [given[name] for name in ("href", "src") if name in given]
        self.places |= {given["id"]} if "id" in given else set()
        inline = tag == "style" or (tag == "script" and "src" not in given)
        self.amiss += [tag] if inline or any(name == "style" or name.startswith("on") for name in given) else []


def written(folder, *options):
    ran = CliRunner().invoke(app, ["book", "-o", str(folder), "--rules", "tests/rules", *options])
    assert ran.exit_code == 0, ran.output
    return folder


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return written(tmp_path_factory.mktemp("made") / "book")


def test_every_link_leads_somewhere_and_no_page_needs_more_than_its_files(book):
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in book.rglob("*.html")}
    for path, page in pages.items():
        assert not page.amiss, path
        for link in page.links:
            assert ":" not in link
            assert not link.startswith("/")
            target, place = urldefrag(link)
            file = Path(path.parent, unquote(target)).resolve() if target else path
            assert file.is_file(), (path, link)
            assert not place or place in pages[file].places, (path, link)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_that_can_be_found_is_shown(book, lang):
    rules = load("tests/rules").rules()
    index = json.loads((book / lang / "search.js").read_text(encoding="utf-8").partition(" = ")[2].rstrip(";\n"))
    for entry in index:
        file, place = urldefrag(entry["page"])
        text = (book / lang / file).read_text(encoding="utf-8")
        assert not place or f'id="{place}"' in text
    found = "\n".join(entry["text"] for entry in index)
    for rule in rules:
        page = (book / lang / "decisions" / f"{rule.decision}.html").read_text(encoding="utf-8")
        page = unescape(page)
        for p in rule.provisions:
            assert p.title.of(lang) in found
            assert all(cite.phrase in found and cite.phrase in page for cite in p.all_cites)
        assert all(entry.label.of(lang) in page for entry in rule.inputs.values())


def test_it_is_the_same_each_time_and_takes_the_place_of_an_earlier_one(book, tmp_path):
    again = written(tmp_path / "book")
    assert files(again) == files(book)
    (again / "gone.html").write_text("old")
    written(again)
    assert files(again) == files(book)
    assert [path.name for path in tmp_path.iterdir()] == ["book"]


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("kept")
    ran = CliRunner().invoke(app, ["book", "-o", str(tmp_path), "--rules", "tests/rules"], env={"POLICY_LANG": "en"})
    assert (ran.exit_code, [path.name for path in tmp_path.iterdir()]) == (2, ["mine"])
    assert MARK in ran.stderr


def test_what_is_expected_is_shown_and_is_text_only(tmp_path):
    rule = load("tests/rules").rules()[0]
    name = next(p.id for p in rule.provisions if not p.is_formula)
    scenario = {"name": HOSTILE, "decision": rule.decision, "facts": {}, "expect": {"findings": {name: "satisfied"}}}
    (tmp_path / "case.yaml").write_text(json.dumps(scenario))
    found = files(written(tmp_path / "book", "--scenarios", str(tmp_path / "case.yaml")))
    assert not [path for path, text in found.items() if HOSTILE.encode() in text]
    page = found[f"en/decisions/{rule.decision}.html"].decode()
    assert '&lt;img src=x onerror=alert(1)&gt; <span class="tag">satisfied</span>' in page


def test_documents_have_names_that_every_server_takes():
    assert slug("拉政办发〔2024〕32号").startswith("2024-32-")
    assert slug("通知").isalnum()
    assert slug("拉政发〔2024〕22号") != slug("拉政人〔2024〕22号")
