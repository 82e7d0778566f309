"""A draft of a rule from a clause: its numeric phrases, the word that binds, the citation; decisions left as TODO marks."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import PolicyError, Text, problem
from policy_engine.basics.values import number_text
from policy_engine.language.ir import Force
from policy_engine.proving.tokens import Numeral, scan

MARK: Final = "TODO"
REACH: Final = 14
_FORCES: Final[tuple[tuple[Force, tuple[str, ...]], ...]] = (
    ("ordinary", ("一般", "原则上")),
    ("target", ("力争", "目标", "达到")),
    ("binding", ("必须", "应当", "不得", "严禁", "禁止", "不超过", "不低于", "不少于", "应", "须")),
    ("option", ("可以", "可")),
)
_RELATIONS: Final = (
    (("不超过", "不高于", "以内", "以下", "至多"), "<="), (("不低于", "不少于", "以上", "至少", "达到"), ">="),
    (("超过", "高于"), ">"), (("低于", "少于"), "<"),
)  # fmt: skip
_ENDS: Final = "。；;，,：:！？\n"


@dataclass(frozen=True)
class Phrase:
    """A numeric phrase of a clause."""

    text: str
    token: Numeral
    force: Force
    relation: str


def clause(source: str, document: str, at: str) -> str:
    """The text of a clause: from its locator to the next of the same kind. Raises PolicyError."""
    text = re.sub(r"\s+", "", source)
    start = text.rfind(document) if text.count(document) == 1 else text.find(document)
    if start < 0:
        raise PolicyError(problem("no-document", f"`{document}` is not in the source", f"原文中没有 `{document}`"))
    place = text.find(at, start)
    if place < 0:
        help = Text("give it as it is printed, such as 第七条", "请按印刷形式填写，如 第七条")
        raise PolicyError(
            problem("no-clause", f"`{at}` is not in `{document}`", f"`{document}` 中没有 `{at}`", None, help)
        )
    kind = re.sub(r"[一二三四五六七八九十百零\d]+", r"[一二三四五六七八九十百零\\d]+", re.escape(at))
    following = re.compile(kind).search(text, place + len(at))
    return text[place : following.start() if following else place + 800]


def phrases(text: str, after: int = 0) -> list[Phrase]:
    """The numeric phrases of a clause after its locator, each as short as it can be cited."""
    found: list[Phrase] = []
    for token in scan(text):
        if token.start < after or token.kind in ("numbering", "document-number") or not token.values:
            continue
        start = max((text.rfind(end, 0, token.start) + 1 for end in _ENDS), default=0)
        ends = [at for end in _ENDS if (at := text.find(end, token.end)) >= 0]
        stop = min(ends, default=len(text))
        phrase = text[max(start, token.start - REACH) : min(stop, token.end + REACH)]
        sentence = text[start:stop]
        found.append(Phrase(phrase, token, _force(sentence), _relation(phrase)))
    return found


def _force(sentence: str) -> Force:
    return next((force for force, words in _FORCES if any(word in sentence for word in words)), "binding")


def _relation(phrase: str) -> str:
    return next((relation for words, relation in _RELATIONS if any(word in phrase for word in words)), MARK)


def draft(decision: str, document: str, at: str, text: str) -> str:
    """The YAML of a draft. It loads only when every mark has been replaced."""
    found = phrases(text, len(at))
    lines = [
        "# yaml-language-server: $schema=../schema.json",
        f"# {MARK}: decide every mark below; the file does not load while one is left. How: rules/README.md",
        f"decision: {decision}", f"document: {document}", f"title: {{en: {MARK}, zh: {MARK}}}", "", "inputs:",
    ]  # fmt: skip
    lines += [f"  fact_{i}: {{type: {MARK}, label: {{en: {MARK}, zh: {MARK}}}}}" for i in range(1, len(found) + 1)]
    lines += [] if found else [f"  fact: {{type: flag, label: {{en: {MARK}, zh: {MARK}}}}}"]
    lines += ["", "provisions:"]
    for i, phrase in enumerate(found, 1):
        lines += _provision(i, at, phrase)
    if not found:
        lines += [
            f"  - id: {MARK.lower()}-1",
            f"    cite: {{at: {at}, phrase: {MARK}}}",
            f"    require: fact == {MARK}",
        ]
    return "\n".join(lines) + "\n"


def _provision(i: int, at: str, phrase: Phrase) -> list[str]:
    value = phrase.token.values[0]
    literal = _literal(value, phrase.token) if isinstance(value, Fraction) else value.isoformat()
    return [
        f"  - id: {MARK.lower()}-{i}",
        f"    title: {{en: {MARK}, zh: {MARK}}}",
        f'    cite: {{at: {at}, phrase: "{phrase.text}"}}',
        f"    force: {phrase.force}",
        f"    require: fact_{i} {phrase.relation} {literal}",
    ]


def _literal(value: Fraction, token: Numeral) -> str:
    if "%" in unicodedata.normalize("NFKC", token.text) or token.text.startswith("百分之"):
        return number_text(value * 100) + "%"
    if token.kind == "fraction":
        return f"{value.numerator}/{value.denominator}"
    return number_text(value)
