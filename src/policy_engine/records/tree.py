"""The hash tree of a log (RFC 6962, SHA-256): leaves, the right edge that grows, proofs checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

WIDTH: Final = 256
"""So many hashes are in a tile."""
EMPTY: Final = sha256(b"").digest()
Tile = tuple[int, int, list[bytes]]
"""Level, place in the level, hashes."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes that are leaves of a subtree, at least one."""
    while len(hashes) > 1:
        pairs = [sha256(b"\x01" + hashes[i] + hashes[i + 1]).digest() for i in range(0, len(hashes) - 1, 2)]
        hashes = [*pairs, hashes[-1]] if len(hashes) % 2 else pairs
    return hashes[0]


class Edge:
    """The right edge of a tree: of each level the hashes of the tile that is not full. It grows; its root is that of the tree."""

    def __init__(self, size: int = 0, levels: Iterable[list[bytes]] = ()) -> None:
        self.size, self.levels = size, list(levels)

    def add(self, leaf: bytes) -> list[Tile]:
        """Take a leaf; the tiles that it makes full."""
        full: list[Tile] = []
        level, self.size = 0, self.size + 1
        while True:
            if level == len(self.levels):
                self.levels.append([])
            hashes = self.levels[level]
            hashes.append(leaf)
            if len(hashes) < WIDTH:
                return full
            full.append((level, (self.size >> 8 * (level + 1)) - 1, hashes))
            leaf, self.levels[level] = fold(hashes), []
            level += 1

    def root(self) -> bytes:
        """The root of the tree so far."""
        found: bytes | None = None
        for hashes in self.levels:
            end, part = len(hashes), 1
            while end:
                if end & part:
                    left = fold(hashes[end - part : end])
                    found, end = left if found is None else node_hash(left, found), end - part
                part *= 2
        return EMPTY if found is None else found

    def partial(self) -> list[Tile]:
        """The tiles that are not full."""
        return [(level, self.size >> 8 * (level + 1), hashes) for level, hashes in enumerate(self.levels) if hashes]

    def copy(self) -> Edge:
        """Another edge that grows on its own."""
        return Edge(self.size, map(list, self.levels))


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that a leaf stands at a place in the tree of a root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(other, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, other)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that one tree, by size and root, only grew to be another (RFC 9162, 2.1.4.2)."""
    (size, root), (more, grown) = old, new
    if not 0 < size < more:
        return size == more and root == grown and not proof
    path = [root, *proof] if size & (size - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = size - 1, more - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, other)
        at, last = at >> 1, last >> 1
    return last == 0 and first == root and second == grown
