"""Entries beside the hashes that stand for them in the tree: what was changed, deleted, inserted, moved, in the order of the log."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from policy_engine.records.tree import leaf_hash

AHEAD: Final = 8
"""So many entries are looked at to tell what happened to one."""
How = Literal["same", "other", "gone", "added"]


@dataclass(frozen=True)
class Beside:
    """An entry, the hash at its place in the tree, and how they are to each other; of what is gone no entry, of what is added no place."""

    how: How
    at: int
    entry: bytes = b""
    hash: bytes = b""
    expected: bytes = b""


def compared(entries: Iterable[bytes], hashes: Iterable[bytes]) -> Iterator[Beside]:
    """Entry by entry beside hash by hash; where they part, the least that explains what follows."""
    found, told = ((entry, leaf_hash(entry)) for entry in entries), iter(hashes)
    own, tree = deque(islice(found, AHEAD + 1)), deque(islice(told, AHEAD + 1))
    at = 0
    while own or tree:
        how = _how(own, tree)
        entry, own_hash = own.popleft() if how != "gone" else (b"", b"")
        expected = tree.popleft() if how != "added" else b""
        own.extend(islice(found, AHEAD + 1 - len(own)))
        tree.extend(islice(told, AHEAD + 1 - len(tree)))
        yield Beside(how, at, entry, own_hash, expected)
        at += how != "added"


def _how(own: deque[tuple[bytes, bytes]], tree: deque[bytes]) -> How:
    if not own or not tree:
        return "gone" if tree else "added"
    if own[0][1] == tree[0]:
        return "same"
    here, there = [one for _, one in own], list(tree)
    if _alike(here[1:], there[1:]):
        return "other"
    if _alike(here, there[1:]) and len(there) > 1:
        return "gone"
    return "added" if len(here) > 1 and _alike(here[1:], there) else "other"


def _alike(one: list[bytes], other: list[bytes]) -> bool:
    """Whether two rows are the same as far as both are seen; at the end of both, also of the same length."""
    seen = min(len(one), len(other), AHEAD)
    return one[:seen] == other[:seen] and (seen == AHEAD or len(one) == len(other))


def moved(steps: Iterable[Beside]) -> frozenset[bytes]:
    """The hashes that stand elsewhere than they should: as often found as they are lacking."""
    found, lacking = Counter[bytes](), Counter[bytes]()
    for step in steps:
        found.update([step.hash] if step.hash else [])
        lacking.update([step.expected] if step.expected else [])
    return frozenset(one for one in found if lacking[one])
