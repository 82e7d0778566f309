"""What accounts for each number of a source text: a provision that cites it, an exclusion with its reason, or its form.

The source is split where a document begins: at the line that is its number, and the title above that line. White space,
line ends and page numbers do not count, so that a phrase may cross a page break. A number before the first document is
accounted for only in a line that looks like one of a table of contents.
"""

from __future__ import annotations

import bisect
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, pairwise
from typing import Final, Literal

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, problem
from policy_engine.procedures.procedure import Procedure
from policy_engine.proving.exclusions import CLASSES, Exclusion
from policy_engine.proving.lint import not_in_phrase
from policy_engine.proving.tokens import Numeral, scan
from policy_engine.rulebook.rule import Citation
from policy_engine.rulefiles.rulebook import Rulebook

By = Literal["provision", "exclusion", "form", "unaccounted"]
CONTENTS: Final = ""
_SENTENCE_END: Final = "。；;！!？?：:"
_BETWEEN: Final = r"(?:[ ]?[\t\u3000]| {2})[ \t\u3000]*"
_CELLS: Final = (rf"(?<=[\d%％]){_BETWEEN}(?=\d)", rf"\S{_BETWEEN}[\d.,]+[%％]?[ \t]*\n\s*(?=\d)")
"""Up to a figure that is the first of its cell, behind another figure in its row and at the end of the row before."""
_ITEM: Final = re.compile(r"[、.．]")


@dataclass(frozen=True)
class Section:
    """A document in the source: characters of the text without white space; the number is empty before the first."""

    document: str
    start: int
    end: int


@dataclass(frozen=True)
class GazetteText:
    """A source text without white space, the place of each of its characters in the original, and its sections."""

    original: str
    text: str
    places: Sequence[int]
    sections: tuple[Section, ...]
    file: str = ""

    def section_of(self, at: int) -> Section:
        """The section a character lies in."""
        return self.sections[bisect.bisect_right(self._begun, at) - 1]

    def line(self, at: int) -> int:
        """The line, from 1, of a character of the text without white space."""
        return bisect.bisect_right(self._starts, self.places[at])

    @cached_property
    def by_document(self) -> Mapping[str, Section]:
        """The section of each document."""
        return {section.document: section for section in self.sections}

    @cached_property
    def _begun(self) -> list[int]:
        """Where each section begins."""
        return [section.start for section in self.sections]

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *(match.end() for match in re.finditer("\n", self.original))]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A phrase somebody cites: who, by name and as people read it, and where it stands."""

    owner: str
    shown: Text
    by: By
    kind: str
    cite: Citation
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Account:
    """A numeric token and what accounts for it."""

    token: Numeral
    document: str
    line: int
    by: By
    owners: tuple[str, ...]


@dataclass(frozen=True)
class Audit:
    """What was found: every token with its account, and what is wrong with phrases and literals."""

    source: GazetteText
    accounts: tuple[Account, ...]
    claims: tuple[Claim, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def unaccounted(self) -> tuple[Account, ...]:
        """The tokens nothing accounts for."""
        return tuple(a for a in self.accounts if a.by == "unaccounted")

    @property
    def clean(self) -> bool:
        """Whether everything is accounted for and every citation stands."""
        return not self.unaccounted and not self.problems

    def counts(self) -> dict[str, Counter[By]]:
        """Tokens by document and account, in the order of the source."""
        found: dict[str, Counter[By]] = {section.document: Counter() for section in self.source.sections}
        for account in self.accounts:
            found[account.document][account.by] += 1
        return found


@dataclass(frozen=True, kw_only=True)
class Owned:
    """A citation with its owner, by name and as people read it."""

    owner: str
    shown: Text
    by: By
    kind: str
    cite: Citation
    place: Place


def read_source(original: str, documents: Iterable[str], file: str = "") -> GazetteText:
    """A source text split into its documents, those listed and those that only have the form of a number."""
    left_out = _page_numbers(original)
    places, pieces = array("L"), list[str]()
    for run in re.finditer(r"\S+", original):
        if left_out.find(1, *run.span()) < 0:
            places.extend(range(*run.span()))
            pieces.append(run[0])
        else:
            kept = [i for i in range(*run.span()) if not left_out[i]]
            places.extend(kept)
            pieces.append("".join(original[i] for i in kept))
    text = "".join(pieces)
    starts = sorted(_starts(original, set(documents), places).items(), key=lambda start: start[1])
    bounds = [(CONTENTS, 0), *starts, ("", len(text))]
    sections = [Section(name, at, bounds[i + 1][1]) for i, (name, at) in enumerate(bounds[:-1])]
    return GazetteText(original, text, places, tuple(s for s in sections if s.start < s.end), file)


def _lines(original: str) -> Iterator[tuple[int, int, str]]:
    """Each line with the place where its words begin, that where it ends, and its words without white space."""
    for line in _LINE.finditer(original):
        yield line.end() - len(line[0].lstrip()), line.end(), _squeezed(line[0])


def _page_numbers(original: str) -> bytearray:
    """For each character, whether it is of a page number: a line such as `— 12 —`, or one of a bare number that counts on."""
    found = bytearray(len(original))
    before, last = -1, (-1, 0, 0)  # the bare number before the last, and the last with its line

    def counts_on(next_: int) -> None:
        number, at, end = last
        if at < end and (number - 1 == before or number + 1 == next_):
            found[at:end] = b"\1" * (end - at)

    for at, end, words in _lines(original):
        if re.fullmatch(r"[-—–·]+[0-9]{1,4}[-—–·]+", words):
            found[at:end] = b"\1" * (end - at)
        elif re.fullmatch(r"[0-9]{1,4}", words):
            counts_on(int(words))
            before, last = last[0], (int(words), at, end)
    counts_on(-1)
    return found


def _starts(original: str, documents: set[str], places: Sequence[int]) -> dict[str, int]:
    """Where each document begins: its last line that is nothing but its number and a date, or the title above it."""
    names = {_numbered(name): name for name in documents}
    found: dict[str, int] = {}
    block: int | None = None
    title: int | None = None  # where the last block begins that may be a title
    for at, _, words in _lines(original):
        if not words:
            block, title = None, title if block is None else block
            continue
        number = _heading(words)
        begun = at if block is None else block
        if number in names or _NUMBER.fullmatch(number):
            above = begun if block is not None or title is None else title
            found[names.get(number, number)] = bisect.bisect_left(places, above)
        is_title = words[-1] not in _SENTENCE_END and not _is_date(words) and "...." not in words
        block, title = (begun, title) if is_title else (None, None)
    return found


LINE: Final = 500
MAX_NUMBERS: Final = 500_000
"""Of a source; the numbers of a gazette of 300 pages are some thousand."""
_ENDS: Final = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
_LINE: Final = re.compile(rf"[^{_ENDS}]*(?:\r\n|[{_ENDS}]|\Z)")
_NUMBER: Final = re.compile(r"[\u4e00-\u9fff]{1,12}〔[0-9]{4}〕[0-9]+号")


def _numbered(name: str) -> str:
    """A document's number in one way of writing: 〔2025〕 for [2025] and ﹝2025﹞."""
    return re.sub(r"[\[［﹝【]([0-9]{4})[\]］﹞】]", r"〔\1〕", _squeezed(name))


def _heading(words: str) -> str:
    """A line without the date that may follow a document's number on it."""
    return re.sub(r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日$", "", _numbered(words)) if not _is_date(words) else words


def _is_date(words: str) -> bool:
    """Whether a line is nothing but a date, as under a signature."""
    return bool(re.fullmatch(r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日", words))


def owned(book: Rulebook, exclusions: Iterable[Exclusion], procedures: Iterable[Procedure] = ()) -> list[Owned]:
    """Every citation of the rules, of the documents' dates, of procedures and of exclusions, with its owner."""
    found: list[Owned] = []
    for rule in book.rules():
        for p in rule.cited:
            path = f"{rule.decision}/{p.id}"
            found += _owned(p.all_cites, path, Text(path, f"{rule.title.zh}：{p.title.zh}"), p.force, p.place)
    place = Place(str(book.root / "documents.yaml"))
    for document in book.documents.values():
        found += _owned(document.cites, document.number, Text(document.number, document.number), "document", place)
    for procedure in procedures:
        name = f"procedure {procedure.name}"
        found += _owned(procedure.all_cites, name, Text(name, f"程序“{procedure.title.zh}”"), "procedure", Place(name))
    for e in exclusions:
        shown = Text(e.kind, f"不编写：{CLASSES[e.kind]}")
        found.append(Owned(owner=e.kind, shown=shown, by="exclusion", kind=e.kind, cite=e.cite, place=e.place))
    return found


def _owned(cites: Iterable[Citation], owner: str, shown: Text, kind: str, place: Place) -> list[Owned]:
    return [Owned(owner=owner, shown=shown, by="provision", kind=kind, cite=cite, place=place) for cite in cites]


def audit(source: GazetteText, book: Rulebook, citations: Iterable[Owned]) -> Audit:
    """Account for every numeric token of a source, and hold every citation and literal to it. Raises PolicyError."""
    claims: list[Claim] = []
    problems: list[Problem] = []
    for entry in dict.fromkeys(citations):
        found = _places(source, entry.cite)
        wanted = entry.cite.occurrence
        if not found or (wanted or 1) > len(found):
            problems.append(_not_found(entry, len(found)))
        elif wanted is None and len(found) > 1:
            problems.append(_ambiguous(entry, len(found)))
        else:
            start = found[(wanted or 1) - 1]
            end = start + len(_squeezed(entry.cite.phrase))
            claims.append(Claim(owner=entry.owner, shown=entry.shown, by=entry.by, kind=entry.kind, cite=entry.cite,
                                start=start, end=end))  # fmt: skip
    problems += [found for rule in book.rules() for found in not_in_phrase(rule, book)]
    tokens = list(islice(_tokens(source), MAX_NUMBERS + 1))
    if len(tokens) > MAX_NUMBERS:
        en, zh = f"a source with more than {MAX_NUMBERS:,} numbers", f"原文中的数字多于 {MAX_NUMBERS:,} 个"
        raise PolicyError(problem("too-long", f"{en}: audit its parts", f"{zh}：请分段核对"))
    over = covering(claims, ((token.start, token.end) for token in tokens))
    accounts = tuple(_account(token, source, inside) for token, inside in zip(tokens, over, strict=True))
    return Audit(source, accounts, tuple(claims), tuple(dict.fromkeys(problems)))


def _tokens(source: GazetteText) -> Iterator[Numeral]:
    """The numeric tokens of the text; the figures of two cells of a table are two, though no word stands between them."""
    found = {match.end() for form in _CELLS for match in re.finditer(form, source.original)}
    cells = [bisect.bisect_left(source.places, end) for end in sorted(found)]
    for start, end in pairwise([0, *cells, len(source.text)]):
        for token in scan(source.text[start:end], MAX_NUMBERS + 1):
            yield replace(token, start=token.start + start, end=token.end + start)


def covering(claims: Iterable[Claim], stretches: Iterable[tuple[int, int]]) -> Iterator[list[Claim]]:
    """For each of some stretches, in their order and apart from one another, the claims that cover it."""
    waiting = sorted(enumerate(claims), key=lambda claim: claim[1].start, reverse=True)
    over: list[tuple[int, Claim]] = []
    for start, end in stretches:
        while waiting and waiting[-1][1].start <= start:
            over.append(waiting.pop())
        over = [claim for claim in over if claim[1].end >= end]
        yield [claim for _, claim in sorted(over, key=lambda claim: claim[0])]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _places(source: GazetteText, cite: Citation) -> list[int]:
    """Where a phrase stands in its document."""
    phrase = _squeezed(cite.phrase)
    found: list[int] = []
    section = source.by_document.get(cite.document)
    at = source.text.find(phrase, section.start, section.end) if section else -1
    while section and at >= 0:
        found.append(at)
        at = source.text.find(phrase, at + 1, section.end)
    return found


def _not_found(entry: Owned, count: int) -> Problem:
    cite = entry.cite
    if count:
        return problem("occurrence", f"`{cite.phrase}` stands {count} time(s) in {cite.document}, not {cite.occurrence}",
                       f"`{cite.phrase}` 在 {cite.document} 中出现 {count} 次，没有第 {cite.occurrence} 次", entry.place)  # fmt: skip
    return problem("phrase-not-found", f"`{cite.phrase}` does not stand in {cite.document}",
                   f"{cite.document} 中没有 `{cite.phrase}`", entry.place)  # fmt: skip


def _ambiguous(entry: Owned, count: int) -> Problem:
    cite = entry.cite
    help = Text("cite a longer phrase, or say `occurrence: n`", "请引用更长的文字，或注明 `occurrence: n`")
    en, zh = (
        f"`{cite.phrase}` stands {count} times in {cite.document}",
        f"`{cite.phrase}` 在 {cite.document} 中出现 {count} 次",
    )
    return problem("phrase-ambiguous", en, zh, entry.place, help)


def _account(token: Numeral, source: GazetteText, inside: list[Claim]) -> Account:
    document = source.section_of(token.start).document
    line = source.line(token.start)
    for by in ("provision", "exclusion") if inside else ():
        owners = tuple(dict.fromkeys(c.owner for c in inside if c.by == by))
        if owners:
            return Account(token, document, line, by, owners)
    form = _form(token, source, document)
    return Account(token, document, line, "form" if form else "unaccounted", (form,) if form else ())


def _form(token: Numeral, source: GazetteText, document: str) -> str:
    """What a token is by its form alone: numbering, a document's number, the contents, a signature's date; or nothing."""
    start, end = source.places[token.start], source.places[token.end - 1] + 1
    left = max(
        source.original.rfind("\n", max(start - LINE, 0), start) + 1, start - LINE, 0
    )  # what tells a form stands near
    right = source.original.find("\n", end, end + LINE)
    line = source.original[left : right if right >= 0 else end + LINE]
    if document == CONTENTS and re.search(r"\.{3}|…|[（(][0-9]+[）)]$", _squeezed(line)):
        return "contents"
    if token.kind in ("numbering", "document-number"):
        return token.kind
    if token.kind == "date" and _heading(_squeezed(line)) in ("", token.text, document):
        return "signature"
    after, before = source.original[end : end + 2], source.original[left:start].strip()
    numbered = _ITEM.match(after) and not after[1:2].isdigit()
    if numbered and (not before or before[-1:] in _SENTENCE_END):
        return "numbering"
    return ""
