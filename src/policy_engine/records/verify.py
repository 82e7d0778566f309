"""Whether a log is what it says: signature, tree, order, the rules and what was sealed; what is wrong is named, with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import PolicyError, Text
from policy_engine.records.canonical import parsed
from policy_engine.records.compare import Beside, compared, moved
from policy_engine.records.log import Log
from policy_engine.records.note import Checkpoint, Verifier
from policy_engine.records.openings import commitment
from policy_engine.records.tiles import Tiles, tile_path
from policy_engine.records.tree import WIDTH, Edge, Tile

CODES: Final[dict[str, Text]] = {
    "changed": Text("the entry is another than the one that was logged", "该条与所记载的不同"),
    "deleted": Text("the entry was taken out", "该条被删除"),
    "cut": Text("the log ends here, what followed was cut off", "日志自此被截断"),
    "reordered": Text("the entry stands in another place", "该条次序被改动"),
    "inserted": Text("an entry was put in that was never logged", "插入了未曾记载的条目"),
    "duplicated": Text("the entry stands here once more", "该条被重复"),
    "backdated": Text("the entry is dated before the one before it", "该条时间早于前一条"),
    "rewritten": Text("the log was written anew: it is not the one that the checkpoint is of", "日志被重写，与检查点不符"),
    "rules-swapped": Text("the rules kept are not those by which it was decided", "所存规则并非当时所依规则"),
    "key-swapped": Text("the log is signed by another key", "日志由另一密钥签名"),
    "forged": Text("the signature of the checkpoint is not of this key", "检查点签名与密钥不符"),
    "hashes": Text("the kept hashes do not follow from the entries", "所存散列与条目不符"),
    "numbered": Text("the entry does not bear the number of its place", "该条编号与位置不符"),
    "opening": Text("what is kept of the sealed entry is not what was sealed", "封存条目所存内容与封存时不符"),
    "answer": Text("decided again, the answer is another", "重新判定的结论不同"),
    "unreadable": Text("the entry cannot be decided again", "该条无法重新判定"),
}  # fmt: skip
MOST: Final = 1000
"""So many faults are told one by one."""
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """What is wrong: a code, the number of the entry if it is about one, more words."""

    code: str
    at: int | None = None
    more: Text | None = None

    def told(self) -> Text:
        """In words."""
        found, where = CODES[self.code], ("", "") if self.at is None else (f"entry {self.at}: ", f"第 {self.at} 条：")
        more = self.more or Text("", "")
        return Text(f"{self.code}: {where[0]}{found.en}{more.en and f' ({more.en})'}",
                    f"{self.code}：{where[1]}{found.zh}{more.zh and f'（{more.zh}）'}")  # fmt: skip


@dataclass
class Verified:
    """What was found of a log."""

    checkpoint: Checkpoint
    entries: int = 0
    again: int = 0
    erased: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, code: str, at: int | None = None, more: Text | None = None) -> None:
        """Note what is wrong."""
        if len(self.faults) < MOST:
            self.faults.append(Fault(code, at, more))


Again = Callable[[int, dict[str, Any]], Text | None]
"""Decides an entry again: nothing, or how the answer differs. Raises PolicyError where it cannot."""


def once_more(again: Again, at: int, entry: dict[str, Any]) -> list[Fault]:
    """What is wrong with the answer of an entry."""
    try:
        differs = again(at, entry)
    except (PolicyError, KeyError, TypeError, ValueError, AttributeError) as error:
        told = Text(*[f"{type(error).__name__}: {error}"] * 2)
        return [Fault("unreadable", at, error.problems[0].message if isinstance(error, PolicyError) else told)]
    return [] if differs is None else [Fault("answer", at, differs)]


def part_again(log: Log, again: Again, part: int, jobs: int) -> tuple[int, list[Fault]]:
    """The cases of each so many-th bundle decided again, beside `verify`: how many, and what is wrong with them."""
    tiles, count, faults = log.tiles(), 0, list[Fault]()
    for index in range(part, -(-tiles.size // WIDTH), jobs):
        openings = log.openings.of(index)
        for at, data in enumerate(tiles.entries(index), index * WIDTH):
            entry = parsed(data)
            if "procedure" not in entry and ("sealed" not in entry or at in openings) and len(faults) < MOST:
                count += 1
                faults += once_more(again, at, entry | openings.get(at, {}))
    return count, faults


def verify(
    log: Log, trusted: Verifier | None = None, kept: Iterable[Checkpoint] = (), again: Again | None = None, jobs: int = 1
) -> Verified:  # fmt: skip
    """Check a log from its files. Raises PolicyError where it has no checkpoint that can be read.

    Args:
        log: the log.
        trusted: the public key as the verifier keeps it; that of the log itself where none is given.
        kept: checkpoints that were kept elsewhere.
        again: what decides entries again; the log is only checked without.
        jobs: of the cases only those in each so many-th bundle are decided here (`part_again`).
    """
    found = Verified(log.checkpoint())
    kept = sorted(kept, key=lambda one: one.size)
    _signed(found, log.verifier, trusted, kept)
    walk = _Walk(log, found, {one.size: one for one in kept}, again, jobs)
    walk.steps(compared(walk.entries(), walk.hashes()))
    walk.ended()
    for one in kept:
        if one.size > found.checkpoint.size:
            more = Text(f"{one.size} entries were there", f"曾有 {one.size} 条")
            found.fault("cut", found.checkpoint.size, more)
    return found


def _signed(found: Verified, own: Verifier, trusted: Verifier | None, kept: Iterable[Checkpoint]) -> None:
    """The signatures, and whose they are."""
    key = trusted or own
    if key != own or any(key.signed(one) is None for one in (found.checkpoint, *kept)):
        found.fault("key-swapped")
    elif not all(key.signed(one) for one in (found.checkpoint, *kept)):
        found.fault("forged")


class _Walk:
    """A log gone through once: two trees grow, one from the hashes that are kept, one from the entries."""

    def __init__(self, log: Log, found: Verified, kept: dict[int, Checkpoint], again: Again | None, jobs: int) -> None:
        self.log, self.found, self.kept, self.again, self.jobs = log, found, kept, again, jobs
        self.tiles = Tiles(log.folder, found.checkpoint.size)
        self.edge, self.own = Edge(), None if found.checkpoint.size else Edge()
        self.parted = list[Beside]()
        self.apart, self.own_apart, self.amiss = list[int](), list[int](), list[Fault]()
        self.time = ""
        self.rules: dict[str, bool] = {}
        self.openings: tuple[int, dict[int, dict[str, Any]]] = (-1, {})

    def entries(self) -> Iterator[bytes]:
        """The entries, bundle by bundle."""
        for index in range(-(-self.tiles.size // WIDTH)):
            yield from self.tiles.entries(index)

    def hashes(self) -> Iterator[bytes]:
        """The hashes that stand for them."""
        for index in range(-(-self.tiles.size // WIDTH)):
            yield from self.tiles.hashes(0, index)

    def steps(self, steps: Iterable[Beside]) -> None:
        """Go through it."""
        for step in steps:
            if step.how != "same":
                if self.own is None:
                    self.own = self.edge.copy()
                if len(self.parted) < MOST:
                    self.parted.append(step)
            if step.expected:
                for tile in self.edge.add(step.expected):
                    self._tile(tile)
                self._kept_then(self.edge, self.apart)
            if step.entry:
                self.found.entries += 1
                if self.own is not None:
                    self.own.add(step.hash)
                    self._kept_then(self.own, self.own_apart)
            if step.how == "same":
                self._entry(step.at, step.entry)

    def _kept_then(self, tree: Edge, apart: list[int]) -> None:
        """Note where a tree is not that of a checkpoint that was kept."""
        one = self.kept.get(tree.size)
        if one and tree.root() != one.root:
            apart.append(one.size)

    def ended(self) -> None:
        """What the trees say at the end."""
        head, own = self.found.checkpoint, self.own
        for tile in self.edge.partial():
            self._tile(tile)
        sound = bool(self.parted) and own is not None and (own.root(), own.size) == (head.root, head.size)
        for size in self.own_apart if sound else self.apart:
            self.found.fault("rewritten", None, Text(f"one of {size} entries", f"{size} 条时的检查点"))
        if sound:  # the entries are those of the checkpoint, the hashes beside them are not
            self.found.fault("hashes", self.parted[0].at)
            return
        self.found.faults += self.amiss
        self._name()
        if self.edge.size == head.size and self.edge.root() != head.root:
            self.found.fault("rewritten")
        elif self.edge.size < head.size and not any(f.code == "cut" for f in self.found.faults):
            self.found.fault("cut", self.edge.size, Text(f"of {head.size}", f"共 {head.size} 条"))

    def _tile(self, tile: Tile) -> None:
        level, index, hashes = tile
        if level and self.tiles.hashes(level, index) != hashes:
            self.amiss.append(Fault("hashes", None, Text(*[tile_path(level, index, len(hashes))] * 2)))

    def _name(self) -> None:
        """Name what parts entries and hashes."""
        elsewhere, before = moved(self.parted), self.found
        gone = [step for step in self.parted if step.how == "gone"]
        tail = bool(gone) and gone[-1].at == self.edge.size - 1 and self.parted[-1] is gone[-1]
        cut = 0
        while tail and cut < len(gone) and gone[-1 - cut].at == self.edge.size - 1 - cut:
            cut += 1
        first_cut = self.edge.size - cut if tail else self.edge.size
        for step in self.parted:
            if step.hash in elsewhere or (step.how == "gone" and step.expected in elsewhere):
                before.fault("reordered", step.at)
            elif step.how == "gone":
                if step.at < first_cut:
                    before.fault("deleted", step.at)
                elif step.at == first_cut:
                    before.fault("cut", step.at)
            elif step.entry:
                before.fault(self._foreign(step), step.at)

    def _foreign(self, step: Beside) -> str:
        """An entry that is not in the tree at its place: another's copy, put in, dated back, or changed."""
        entry = parsed(step.entry)
        number, moment = entry.get("n"), str(entry.get("time", ""))
        if isinstance(number, int) and 0 <= number < self.tiles.size:
            hashes = self.tiles.hashes(0, number // WIDTH)
            if hashes[number % WIDTH : number % WIDTH + 1] == [step.hash]:
                return "duplicated"
        if step.how == "added":
            return "inserted"
        try:
            earlier = str(parsed(self.tiles.entry(step.at - 1)).get("time", "")) if step.at else ""
        except IndexError:
            earlier = ""
        return "backdated" if _TIME.fullmatch(moment) and moment < earlier else "changed"

    # --- one entry -----------------------------------------------------------------------------------------------------

    def _entry(self, at: int, data: bytes) -> None:
        """An entry that is in the tree: its number, its time, its rules, what was sealed; and what it says, decided again."""
        entry, found = parsed(data), self.found
        moment = str(entry.get("time", ""))
        if entry.get("n") != at:
            found.fault("numbered", at)
        if moment < self.time:
            found.fault("backdated", at)
        self.time = max(moment, self.time)
        if not self._rules(str(entry.get("rules", ""))):
            found.fault("rules-swapped", at)
            return
        if "sealed" in entry:
            opening = self._opening(at)
            if opening is None:
                found.erased.append(at)
                return
            if commitment(opening) != entry["sealed"]:
                found.fault("opening", at)
                return
            entry |= opening
        if self.again is not None and (at // WIDTH % self.jobs == 0 or "procedure" in entry):
            found.again += 1
            found.faults += once_more(self.again, at, entry)

    def _rules(self, name: str) -> bool:
        """Whether a rule set is what its hash says, file by file; looked at once."""
        if name not in self.rules:
            listed = self._kept(name)
            self.rules[name] = listed is not None and all(
                self._kept(str(one)) is not None for one in parsed(listed).values()
            )
        return self.rules[name]

    def _kept(self, name: str) -> bytes | None:
        path: Path = self.log.folder / "rules" / name
        data = path.read_bytes() if name.isalnum() and path.is_file() else b""
        return data if sha256(data).hexdigest() == name else None

    def _opening(self, at: int) -> dict[str, Any] | None:
        if self.openings[0] != at // WIDTH:
            self.openings = at // WIDTH, self.log.openings.of(at // WIDTH)
        return self.openings[1].get(at)
