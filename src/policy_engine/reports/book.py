"""The rule book as static pages: documents, decisions with their provisions, an index that a script searches; the same bytes each time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from policy_engine.basics.errors import Lang, Text
from policy_engine.language import ir
from policy_engine.proving.cases import Case
from policy_engine.reports.data import dump
from policy_engine.reports.leaf import LANGUAGES
from policy_engine.reports.rule_text import callings, formula, input_text, meaning, register_text, rows_text
from policy_engine.reports.templates import templates
from policy_engine.rulebook.rule import Document, Names, Provision, Rule
from policy_engine.words import FORCE, STATUS, span

if TYPE_CHECKING:
    from jinja2 import Environment

MARK: Final = "book.json"
"""The file by which a folder is known for a book."""
_STATIC: Final = ("book.css", "book.js", "print.js")
_SAID: Final = {
    "book": Text("The rule book", "规则手册"), "documents": Text("Documents", "文件"), "decisions": Text("Decisions", "事项"),
    "search": Text("Search", "搜索"), "hint": Text("words of a clause, a title, a number of a document", "条文、标题或文号中的词语"),
    "found": Text("Found: ", "找到："), "none": Text("Nothing has all of these words.", "没有包含全部词语的内容。"),
    "more": Text("Only the first are shown.", "只列出前面的部分。"),
    "no_script": Text("The search needs scripts; everything is listed below.", "搜索需要脚本；全部内容见下文。"),
    "issued": Text("issued", "印发"), "in_force": Text("in force", "有效期"), "places": Text("Clauses", "条文"),
    "inputs": Text("Facts that are asked for", "需要的事实"), "lists": Text("Lists", "清单"), "register": Text("Register", "登记表"),
    "provisions": Text("Provisions", "条款"), "phrase": Text("The text", "原文"), "meaning": Text("As a rule", "规则"),
    "figures": Text("Figures", "数字"), "readings": Text("Open questions", "未明确的问题"), "default": Text("taken", "默认"),
    "scenarios": Text("Scenarios", "情景"), "note": Text("Note", "说明"), "claims": Text("What must hold in every case", "任何情形下都应成立的"),
    "scope": Text("Not covered", "不适用范围"), "decide": Text("To decide a case: ", "判定一案："), "made": Text("made by", "制作："),
    "skip": Text("To the content", "跳至正文"), "other": Text("中文", "English"),
}  # fmt: skip


class OnPage(NamedTuple):
    """A version of a provision as it is shown. `place`: its anchor; `scenarios`: names, and what is expected of it."""

    provision: Provision
    place: str
    force: str
    span: str
    rule: Sequence[str]
    figures: Sequence[str]
    readings: Sequence[str]
    scenarios: Sequence[tuple[str, str]]


class InClause(NamedTuple):
    """A provision that stands in a clause of a document, and where it is shown."""

    rule: Rule
    provision: Provision


def book(
    rules: Sequence[Rule], documents: Mapping[str, Document], scenarios: Iterable[Case], version: str, lang: Lang
) -> Iterator[tuple[str, str]]:
    """Every file by its path in the folder, with what stands in it; `lang` comes first where both languages are offered."""
    known = {**documents, **{rule.document.number: rule.document for rule in rules}}
    wanted = expected(scenarios)
    for name in _STATIC:
        yield name, (files("policy_engine.reports") / name).read_text(encoding="utf-8")
    told = {"documents": len(known), "decisions": len(rules), "made_by": f"policy-engine {version}"}
    yield MARK, dump(told)
    yield "index.html", _page("front", lang, version, "", langs=(lang, *(one for one in LANGUAGES if one != lang)))
    for tongue in LANGUAGES:
        yield from _in_one(rules, known, wanted, version, tongue)


def _in_one(
    rules: Sequence[Rule], documents: Mapping[str, Document], expected: _Expected, version: str, lang: Lang
) -> Iterator[tuple[str, str]]:
    of = {number: [rule for rule in rules if rule.document.number == number] for number in documents}
    yield f"{lang}/index.html", _page("home", lang, version, "index.html", documents=documents.values(), of=of)
    yield (
        f"{lang}/search.js",
        f"window.policyBook = {json.dumps(_index(rules, documents, lang), ensure_ascii=False, indent=0)};\n",
    )
    for number, document in documents.items():
        here = f"documents/{slug(number)}.html"
        yield f"{lang}/{here}", _page("document", lang, version, here, document=document, rules=of[number],
                                      places=_places(rules, number), span=span(document, lang))  # fmt: skip
    for rule in rules:
        here, names = f"decisions/{rule.decision}.html", callings(rule)
        told = _told(rule, names, expected.get(rule.decision, []), lang)
        yield (
            f"{lang}/{here}",
            _page("decision", lang, version, here, rule=rule, told=told, **_asked(rule, names, lang)),
        )


def slug(number: str) -> str:
    """A document's number as the name of a file: its digits, and what tells it from others that have the same."""
    digits = "-".join(re.findall(r"\d+", number.translate(_DIGITS)))
    return f"{digits}-{sha256(number.encode()).hexdigest()[:8]}".lstrip("-")


_DIGITS: Final = str.maketrans("０１２３４５６７８９", "0123456789")


# --- a decision ------------------------------------------------------------------------------------------------------------


def _asked(rule: Rule, names: Names, lang: Lang) -> dict[str, Any]:
    """What a decision asks for: facts with their help, lists, a register."""
    return {
        "inputs": [(input_text(entry, names, lang), entry.help) for entry in rule.inputs.values()],
        "lists": [line for rows in rule.rows.values() for line in rows_text(rows, names, lang) if line],
        "register": [line for line in register_text(rule, rule.register, names, lang) if line] if rule.register else [],
    }


def _told(rule: Rule, names: Names, expected: Expectations, lang: Lang) -> list[OnPage]:
    found, seen = list[OnPage](), dict[str, int]()
    for p in rule.provisions:
        seen[p.id] = seen.get(p.id, 0) + 1
        cases = [(name.of(lang), status.of(lang)) for name, told in expected if (status := told.get(p.id))]
        found.append(OnPage(
            p, _anchor(p.id, seen[p.id]), FORCE[p.force].of(lang), span(p, lang), meaning(p, names, lang), figures(p, names, lang),
            [name for name in rule.readings if name in p.names], cases if seen[p.id] == 1 else (),
        ))  # fmt: skip
    return found


def _anchor(name: str, version: int) -> str:
    """Where a version of a provision stands on the page of its decision."""
    return f"p-{name}" if version == 1 else f"p-{name}-{version}"


def figures(p: Provision, names: Names, lang: Lang) -> list[str]:
    """The figures of a provision, each once."""
    nodes = (p.applies, p.require, p.value, p.due)
    found = (part for node in nodes if node is not None for part in ir.walk(node) if isinstance(part, ir.Number))
    return list(dict.fromkeys(formula(part, names, lang) for part in found))


_STATUSES: Final = {str(status): words for status, words in STATUS.items()}
Expectations = Sequence[tuple[Text, Mapping[str, Text]]]
_Expected = Mapping[str, Expectations]


def expected(scenarios: Iterable[Case]) -> _Expected:
    """Of each decision its scenarios, with what they expect of each provision."""
    found = dict[str, list[tuple[Text, Mapping[str, Text]]]]()
    for case in scenarios:
        if case.expect is not None:
            told = {
                name: _STATUSES.get(status) or Text(status, status) for name, status in case.expect.statuses.items()
            }
            told |= {name: Text(f"= {value}", f"= {value}") for name, value in case.expect.values.items()}
            found.setdefault(case.decision, []).append((case.name, told))
    return found


# --- documents and the index -----------------------------------------------------------------------------------------------


def _once(rule: Rule) -> list[Provision]:
    """The provisions of a decision, each in its first version, where its page has it."""
    return list({p.id: p for p in reversed(rule.provisions)}.values())[::-1]


def _places(rules: Sequence[Rule], number: str) -> list[tuple[str, list[InClause]]]:
    """The clauses of a document in the order in which rules name them, each with the provisions that stand in it."""
    found = dict[str, list[InClause]]()
    for rule in rules:
        for p in _once(rule):
            for at in dict.fromkeys(cite.at for cite in p.all_cites if cite.document == number):
                found.setdefault(at, []).append(InClause(rule, p))
    return list(found.items())


def _index(rules: Sequence[Rule], documents: Mapping[str, Document], lang: Lang) -> list[dict[str, str]]:
    """What can be found: title, where it stands, its page, and all words by which it is found."""
    found = [
        {"title": one.title.of(lang), "where": one.number, "page": f"documents/{slug(one.number)}.html", "text": f"{one.number} {' '.join(one.title)}"}
        for one in documents.values()
    ]  # fmt: skip
    for rule in rules:
        page = f"decisions/{rule.decision}.html"
        found.append({"title": rule.title.of(lang), "where": rule.document.number, "page": page,
                      "text": " ".join((rule.decision, *rule.title, rule.document.number))})  # fmt: skip
        for p in _once(rule):
            where = "; ".join(dict.fromkeys(f"{cite.document} {cite.at}" for cite in p.cites))
            versions = [one for one in rule.provisions if one.id == p.id]
            cites = [cite for one in versions for cite in one.all_cites]
            phrases = [word for cite in cites for word in (cite.document, cite.at, cite.phrase)]
            found.append({"title": p.title.of(lang), "where": where, "page": f"{page}#{_anchor(p.id, 1)}",
                          "text": " ".join(dict.fromkeys((p.id, *(w for v in versions for w in v.title), *rule.title, *phrases)))})  # fmt: skip
    return found


# --- pages -----------------------------------------------------------------------------------------------------------------


def _page(kind: str, lang: Lang, version: str, here: str, **told: Any) -> str:
    """A page. `here`: its path below the folder of its language, for the same page in the other."""
    words = SimpleNamespace(**{key: text.of(lang) for key, text in _SAID.items()})
    other: Lang = "en" if lang == "zh" else "zh"
    top = "" if kind == "front" else "../" * (here.count("/") + 1)
    return _template().get_template("book.html.j2").render(
        kind=kind, lang=lang, other=other, say=words, said=_SAID, version=version, here=here, top=top, **told
    )  # fmt: skip


@cache
def _template() -> Environment:
    made = templates("reports")
    made.filters["slug"] = slug
    return made
