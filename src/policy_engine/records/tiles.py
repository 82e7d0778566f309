"""The tiles of a log as files (C2SP tlog-tiles): where they lie, hashes and entries read back, proofs made from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

from policy_engine.records.tree import WIDTH, fold, node_hash

MAX_ENTRY: Final = 0xFFFF
"""So many bytes an entry may have: its length is written in two."""
_HASH: Final = 32
_KEPT: Final = 64  # tiles read last


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Where a tile lies below the folder of a log; `entries` is the level of the entries themselves."""
    parts = [f"{index % 1000:03}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03}")
    return f"tile/{level}/{'/'.join(parts)}" + (f".p/{width}" if width < WIDTH else "")


def bundle(entries: list[bytes]) -> bytes:
    """Entries one behind the other, each after its length."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundled(data: bytes) -> Iterator[bytes]:
    """The entries of a bundle; of one that ends too early what is left of the last."""
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        yield data[at + 2 : end]
        at = end


def _fullest(whole: Path) -> Iterator[Path]:
    """Of the parts of a tile the one with most in it, if there are any by now."""
    with suppress(FileNotFoundError, NotADirectoryError, ValueError):
        yield max(whole.with_name(f"{whole.name}.p").iterdir(), key=lambda path: path.name.zfill(3))


class Tiles:
    """The tiles of a log of some size."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self._hashes = lru_cache(_KEPT)(self._read_hashes)

    def width(self, level: int, index: int) -> int:
        """How many hashes a tile has in a tree of this size."""
        return max(0, min(WIDTH, (self.size >> 8 * level) - index * WIDTH))

    def read(self, level: int | str, index: int, width: int) -> bytes:
        """The bytes of a tile; of one that is not full also from a fuller one. None of them is there: no bytes.

        A writer may go on meanwhile: parts go when the whole is there, which is looked for before them and after them.
        """
        whole = self.folder / tile_path(level, index)
        for path in chain((self.folder / tile_path(level, index, width), whole), _fullest(whole), (whole,)):
            with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return path.read_bytes()
        return b""

    def hashes(self, level: int, index: int) -> list[bytes]:
        """The hashes of a tile, as many as are there, at most as many as there should be."""
        return self._hashes(level, index)

    def _read_hashes(self, level: int, index: int) -> list[bytes]:
        width = self.width(level, index)
        data = self.read(level, index, width)[: width * _HASH]
        return [data[at : at + _HASH] for at in range(0, len(data), _HASH)]

    def entries(self, index: int) -> list[bytes]:
        """The entries of a bundle, as many as are there."""
        return list(unbundled(self.read("entries", index, self.width(0, index))))

    def entry(self, n: int) -> bytes:
        """One entry. Raises IndexError where it is not there."""
        return self.entries(n // WIDTH)[n % WIDTH]

    def edge(self) -> list[list[bytes]]:
        """Of each level the hashes of the tile that is not full."""
        levels, level = list[list[bytes]](), 0
        while self.size >> 8 * level:
            full = self.size >> 8 * (level + 1)
            levels.append(list(self.hashes(level, full)) if self.width(level, full) else [])
            level += 1
        return levels

    # --- proofs: raise IndexError where a tile is not there ------------------------------------------------------------

    def inclusion(self, n: int, size: int | None = None) -> list[bytes]:
        """The proof that an entry is in the tree of a size, from its neighbour up."""
        return self._path(n, 0, self.size if size is None else size)

    def _path(self, n: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _half(end - start)
        if n < middle:
            return [*self._path(n, start, middle), self.root(middle, end)]
        return [*self._path(n, middle, end), self.root(start, middle)]

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """The proof that the tree of an older size only grew."""
        size = self.size if size is None else size
        return self._grown(old, 0, size, True) if 0 < old < size else []

    def _grown(self, old: int, start: int, end: int, own: bool) -> list[bytes]:
        if old == end:
            return [] if own else [self.root(start, end)]
        middle = start + _half(end - start)
        if old <= middle:
            return [*self._grown(old, start, middle, own), self.root(middle, end)]
        return [*self._grown(old, middle, end, False), self.root(start, middle)]

    def root(self, start: int, end: int) -> bytes:
        """The hash over the entries from one to before another."""
        count = end - start
        if count & (count - 1):
            middle = start + _half(count)
            return node_hash(self.root(start, middle), self.root(middle, end))
        level, height = divmod(count.bit_length() - 1, 8)
        first = start >> 8 * level
        hashes = self.hashes(level, first // WIDTH)[first % WIDTH : first % WIDTH + (1 << height)]
        if len(hashes) < 1 << height:
            raise IndexError(start)
        return fold(hashes)


def _half(count: int) -> int:
    """The greatest power of two below a count above one."""
    return 1 << (count - 1).bit_length() - 1
