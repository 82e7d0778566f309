"""The text of a document with what accounts for it: phrases in the colour of who cites them, numbers that nothing accounts for marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from policy_engine.book import Book
from policy_engine.proving.audit import CONTENTS, Audit, covering
from policy_engine.proving.sources import audit_of
from policy_engine.rulebook.rule import plain

LONGEST: Final = 200
"""So many characters of a sentence are shown."""
BEFORE: Final = 30
"""So many of them before what was looked for."""
_SENTENCE: Final = r"[^。；！？]+[。；！？]?"


class TextPiece(NamedTuple):
    """A piece of the text: `look` is `provision`, `exclusion`, `open` or empty; who cites it, and the path of a provision among them."""

    text: str
    look: str
    owners: tuple[str, ...] = ()
    path: str = ""


class Coloured(NamedTuple):
    """The text of a document in pieces, with its numbers: how many there are, and how many of them nothing accounts for."""

    stretches: tuple[TextPiece, ...]
    numbers: int
    unaccounted: int


class Passage(NamedTuple):
    """A sentence of a document, not all of a long one; and words by which a browser finds it on the page of the document."""

    document: str
    text: str
    first: str


def coloured(book: Book, text: Path, number: str) -> Coloured | None:
    """A document of a text; None where the text has no such document. Raises PolicyError for a text that cannot be used."""
    found = audited(book, text)
    if number not in found.source.by_document:
        return None
    counts = found.counts()[number]
    return Coloured(
        tuple(_stretches(found, number, frozenset(book.decisions()))), sum(counts.values()), counts["unaccounted"]
    )


def passages(book: Book, text: Path, words: Sequence[str]) -> Iterator[Passage]:
    """The sentences of a text that have every word, words as `plain` gives them. Raises PolicyError for a text that cannot be used."""
    source = audited(book, text).source
    for section in source.sections:
        for sentence in re.findall(_SENTENCE, source.text[section.start : section.end]):
            whole = plain(sentence)
            if section.document != CONTENTS and all(word in whole for word in words):
                at = max(whole.find(words[0]) - BEFORE, 0)
                cut = sentence[at : at + LONGEST]
                told = f"{'…' if at else ''}{cut}{'…' if at + LONGEST < len(sentence) else ''}"
                yield Passage(section.document, told, cut[:BEFORE])


@lru_cache(1)
def audited(book: Book, text: Path) -> Audit:
    """The whole text, audited once. Raises PolicyError."""
    return audit_of(text, book)


def _stretches(found: Audit, number: str, decisions: frozenset[str]) -> Iterator[TextPiece]:
    source, section = found.source, found.source.by_document[number]
    lost = {a.token.start: a.token.end for a in found.unaccounted}
    claims = [claim for claim in found.claims if section.start < claim.end and claim.start < section.end]
    cuts = {section.start, section.end, *lost, *lost.values(), *(c.start for c in claims), *(c.end for c in claims)}
    edges = sorted(cut for cut in cuts if section.start <= cut <= section.end)
    until = 0
    for (start, end), over in zip(pairwise(edges), covering(claims, pairwise(edges)), strict=True):
        stop = source.places[end] if end < len(source.places) else len(source.original)
        piece = source.original[source.places[start] : stop]
        until = lost.get(start, until)
        owners = tuple(dict.fromkeys(claim.owner for claim in over))
        paths = [owner for owner in owners if owner.partition("/")[0] in decisions]
        look = "" if not over else "exclusion" if all(claim.by == "exclusion" for claim in over) else "provision"
        yield TextPiece(piece, "open" if end <= until else look, owners, paths[0] if paths else "")
