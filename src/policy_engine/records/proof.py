"""Receipts (C2SP tlog-proof): one file that shows a stranger that an entry is in the log, with the entry."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, problem
from policy_engine.records.canonical import canonical, parsed
from policy_engine.records.log import Log
from policy_engine.records.note import Checkpoint, Verifier, read_checkpoint
from policy_engine.records.openings import commitment
from policy_engine.records.tree import WIDTH, included, leaf_hash

HEAD: Final = "c2sp.org/tlog-proof@v1"
_HASHES: Final = 63
_INDEX: Final = re.compile(r"index (0|[1-9]\d{0,18})", re.ASCII)


@dataclass(frozen=True)
class Receipt:
    """An entry with its place, the way from it to the root, and the checkpoint; of one that was sealed what was sealed."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint
    entry: bytes
    opening: dict[str, Any] | None = None

    def text(self) -> str:
        """The file."""
        extra = canonical({"entry": self.entry.decode(), **({"opening": self.opening} if self.opening else {})})
        lines = [HEAD, f"extra {_b64(extra)}", f"index {self.index}", *map(_b64, self.hashes)]
        return "\n".join(lines) + "\n\n" + self.checkpoint.note

    def wrong(self, trusted: Verifier) -> str | None:
        """What is wrong with it, by a code of `verify.CODES`; nothing where it is right. Raises PolicyError without the library."""
        signed = trusted.signed(self.checkpoint)
        if signed is None:
            return "key-swapped"
        if not signed:
            return "forged"
        if self.opening is not None and commitment(self.opening) != parsed(self.entry).get("sealed"):
            return "opening"
        whole = included(leaf_hash(self.entry), self.index, self.checkpoint.size, self.hashes, self.checkpoint.root)
        return None if whole else "changed"


def receipt(log: Log, n: int) -> Receipt:
    """The receipt of an entry. Raises PolicyError where there is no such entry, or the log is damaged."""
    tiles, head = log.tiles(), log.checkpoint()
    if not 0 <= n < head.size:
        last = head.size - 1
        raise PolicyError(
            problem(
                "entry",
                f"there is no entry {n}: the last is {last}",
                f"没有第 {n} 条：末条为第 {last} 条",
                Place(str(log.folder)),
            )
        )
    try:
        entry, hashes = tiles.entry(n), tiles.inclusion(n)
    except IndexError:
        entry, hashes = b"", []
    if not included(leaf_hash(entry), n, head.size, hashes, head.root):
        raise PolicyError(problem("damaged", f"the log is damaged: entry {n} is not in its tree",
                                  f"日志已损坏：第 {n} 条不在树中", Place(str(log.folder))))  # fmt: skip
    return Receipt(n, tuple(hashes), head, entry, log.openings.of(n // WIDTH).get(n))


def read_receipt(path: Path) -> Receipt:
    """A receipt from its file. Raises PolicyError."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = ""
    proof, _, note = text.partition("\n\n")
    lines = proof.split("\n")
    if (
        len(lines) < 3
        or lines[0] != HEAD
        or not lines[1].startswith("extra ")
        or not (place := _INDEX.fullmatch(lines[2]))
    ):
        raise _unusable(path)
    extra, hashes = parsed(_raw(lines[1].removeprefix("extra "), path)), tuple(_raw(line, path) for line in lines[3:])
    entry, opening = extra.get("entry"), extra.get("opening")
    if (
        not isinstance(entry, str)
        or not isinstance(opening, dict | None)
        or len(hashes) > _HASHES
        or any(len(h) != 32 for h in hashes)
    ):
        raise _unusable(path)
    return Receipt(int(place[1]), hashes, read_checkpoint(note, str(path)), entry.encode(), opening)


def _unusable(path: Path) -> PolicyError:
    return PolicyError(
        problem("proof", f"no receipt ({HEAD} with its entry)", f"不是记录凭证（{HEAD}，附条目）", Place(str(path)))
    )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _raw(text: str, path: Path) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _unusable(path) from None
