"""What is sealed: in the tree stands a salted hash, beside it what it is of, until that is erased."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from policy_engine.records.canonical import canonical, parsed
from policy_engine.records.tiles import tile_path
from policy_engine.records.tree import WIDTH

SEALED: Final = ("facts", "answer", "event", "row")
"""What of an entry is about a person."""
SALT: Final = 32


def sealed(entry: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """An entry that has a salted hash in place of what is about a person; and that, with the salt."""
    opening = {"salt": secrets.token_hex(SALT), **{name: entry[name] for name in SEALED if name in entry}}
    return {**{k: v for k, v in entry.items() if k not in SEALED}, "sealed": commitment(opening)}, opening


def commitment(opening: Mapping[str, Any]) -> str:
    """The hash that stands in the tree."""
    return sha256(canonical(dict(opening))).hexdigest()


class Openings:
    """What was sealed, a line of JSON for each entry, those of a bundle in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, index: int) -> Path:
        """The file of a bundle."""
        return self.folder / tile_path("entries", index).replace("tile/entries/", "openings/", 1)

    def of(self, index: int) -> dict[int, dict[str, Any]]:
        """Of a bundle what was sealed, by the number of the entry."""
        path = self.path(index)
        lines = path.read_bytes().splitlines() if path.is_file() else []
        found = (parsed(line) for line in lines)
        return {one.pop("n"): one for one in found if isinstance(one.get("n"), int)}

    def add(self, opened: Mapping[int, Mapping[str, Any]], size: int) -> list[Path]:
        """Keep what is sealed in entries that are being appended to a log of a size; the files written."""
        written = []
        for index in dict.fromkeys(n // WIDTH for n in opened):
            old = {n: one for n, one in self.of(index).items() if n < size}
            new = {n: one for n, one in opened.items() if n // WIDTH == index}
            written.append(self._write(index, {**old, **new}))
        return written

    def erase(self, numbers: Sequence[int]) -> list[int]:
        """Erase what was sealed in entries; the numbers of those of which nothing was kept."""
        lacking: list[int] = []
        for index in dict.fromkeys(n // WIDTH for n in numbers):
            found = self.of(index)
            wanted = {n for n in numbers if n // WIDTH == index}
            lacking += sorted(wanted - set(found))
            if wanted & set(found):
                self._write(index, {n: one for n, one in found.items() if n not in wanted})
        return lacking

    def _write(self, index: int, found: Mapping[int, Mapping[str, Any]]) -> Path:
        path = self.path(index)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        draft.write_bytes(b"".join(canonical({**one, "n": n}) + b"\n" for n, one in sorted(found.items())))
        draft.replace(path)
        return path
