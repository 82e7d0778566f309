"""A log of entries as plain files (C2SP tlog-tiles): begun, appended to by one writer at a time, never acknowledged before it is durable.

checkpoint            how many entries, the root over them, signed
vkey                  the public key; whoever verifies keeps a copy elsewhere
tile/…                hashes and entries, 256 in a file
rules/<sha256>        rule sets, and the files they consist of
openings/…            of sealed entries what was sealed, until it is erased
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.records.canonical import canonical, parsed
from policy_engine.records.note import NAME, Checkpoint, Signer, Verifier, read_checkpoint, read_signer, read_verifier
from policy_engine.records.openings import Openings, sealed
from policy_engine.records.tiles import MAX_ENTRY, Tiles, bundle, tile_path
from policy_engine.records.tree import WIDTH, Edge, Tile, leaf_hash
from policy_engine.tables.writing import unwritable, whole

BACK: Final = 3
"""By so many seconds a clock may have gone back: they are waited for."""
AT_ONCE: Final = 16
"""So many files are put on the disk together."""
Clock = Callable[[], dt.datetime]


def now() -> dt.datetime:
    """The time of this machine, in UTC."""
    return dt.datetime.now(dt.UTC)


def begin(folder: Path, name: str, key: Path) -> Verifier:
    """Begin a log; its private key is made where there is none yet. Raises PolicyError."""
    if not NAME.fullmatch(name):
        raise PolicyError(problem("origin", f"`{name}` is not accepted: a name such as lhasa.example/finance, without spaces and +",
                                  f"`{name}` 不可用：名称如 lhasa.example/finance，不含空格与 +"))  # fmt: skip
    if (folder / "checkpoint").exists() or (folder.exists() and any(folder.iterdir())):
        raise PolicyError(problem("log", "there is something there already", "此处已有内容", Place(str(folder))))
    signer = read_signer(key) if key.exists() else Signer(name)
    if signer.verifier.name != name:
        raise PolicyError(
            problem(
                "key",
                f"the key is that of `{signer.verifier.name}`",
                f"密钥属于 `{signer.verifier.name}`",
                Place(str(key)),
            )
        )
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not key.exists():
            handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{signer}\n")
        _write(folder / "vkey", f"{signer.verifier}\n".encode())
        _write(folder / "checkpoint", signer.checkpoint(0, Edge().root()).note.encode())
        disk = Disk()
        disk.durable([folder / "vkey", folder / "checkpoint"], folder.parent)
    return signer.verifier


class Log:
    """A log that is there. What it appends is durable when it says so."""

    def __init__(self, folder: Path, clock: Clock = now) -> None:
        """Raises PolicyError where there is no log."""
        self.folder, self.openings, self._clock = folder, Openings(folder), clock
        self.verifier = self._verifier()
        self._edge, self._entries, self._last = Edge(), list[bytes](), ""
        self._known: str | None = None
        self._disk, self._parts = Disk(), list[Path]()

    def _verifier(self) -> Verifier:
        path = self.folder / "vkey"
        if not path.is_file():
            help = Text("begin it: policy log LOG --origin NAME", "请先建立：policy log 日志 --origin 名称")
            raise PolicyError(problem("log", "there is no log", "此处没有日志", Place(str(self.folder)), help))
        return read_verifier(path.read_text(encoding="utf-8", errors="replace"), str(path))

    def checkpoint(self) -> Checkpoint:
        """What the log says it is. Raises PolicyError."""
        path = self.folder / "checkpoint"
        with _told(path):
            return read_checkpoint(path.read_text(encoding="utf-8", errors="replace"), str(path))

    def tiles(self) -> Tiles:
        """The tiles of the log as it is. Raises PolicyError."""
        return Tiles(self.folder, self.checkpoint().size)

    def check(self, signer: Signer) -> None:
        """Whether a private key is that of the log. Raises PolicyError."""
        if signer.verifier != self.verifier:
            raise PolicyError(problem("key", f"the key is not that of the log, {self.verifier}",
                                      f"密钥与日志不符：{self.verifier}", Place(str(self.folder))))  # fmt: skip

    # --- appending -----------------------------------------------------------------------------------------------------

    def append(self, signer: Signer, drafts: Sequence[Mapping[str, Any]], seal: bool = False) -> range:
        """Append entries, numbered and dated, durably; their numbers. What is too long for an entry is sealed, as all is with `seal`.

        Raises:
            PolicyError: the key is not that of the log, the log is damaged, the clock has gone back, or the disk is full.
        """
        self.check(signer)
        with self._alone(), _told(self.folder):
            self._load()
            size, moment, full = self._edge.size, self._moment(), list[Tile]()
            opened: dict[int, Mapping[str, Any]] = {}
            bundles: dict[int, list[bytes]] = {size // WIDTH: [*self._entries]}
            edge = self._edge.copy()
            for n, draft in enumerate(drafts, size):
                numbered = {**draft, "n": n, "time": moment}
                entry = b"" if seal else canonical(numbered)
                if seal or len(entry) > MAX_ENTRY:
                    numbered, opened[n] = sealed(numbered)
                    entry = canonical(numbered)
                bundles.setdefault(n // WIDTH, []).append(entry)
                full += edge.add(leaf_hash(entry))
            self._keep(edge, bundles, [*full, *self._grown(edge)], opened, signer)
            self._last = moment
        return range(size, edge.size)

    def _keep(
        self, edge: Edge, bundles: Mapping[int, list[bytes]], tiles: Sequence[Tile], opened: Mapping[int, Mapping[str, Any]],
        signer: Signer,
    ) -> None:  # fmt: skip
        """Write what is new; the checkpoint last, when all it is about is durable."""
        written = self.openings.add(opened, self._edge.size)
        for index, entries in bundles.items():
            if entries:
                written.append(_write(self.folder / tile_path("entries", index, len(entries)), bundle(entries)))
        for level, index, hashes in tiles:
            written.append(_write(self.folder / tile_path(level, index, len(hashes)), b"".join(hashes)))
        checkpoint, place = signer.checkpoint(edge.size, edge.root()), self.folder / "checkpoint"
        draft = _draft(place, checkpoint.note.encode())
        self._disk.durable([*written, draft], self.folder)
        draft.replace(place)
        _synced(self.folder)
        self._parts += [parts for path in written if (parts := path.with_name(f"{path.name}.p")).is_dir()]
        self._edge, self._known = edge, checkpoint.text
        last = bundles.get(edge.size // WIDTH, [])
        self._entries = last if len(last) < WIDTH else []

    def tidy(self) -> None:
        """Remove the parts of tiles that are whole now, hundreds of files, for which nobody need wait. Those left do no harm."""
        while self._parts:
            _remove(self._parts.pop())

    def _grown(self, edge: Edge) -> list[Tile]:
        """The tiles at the right edge that are not as they were."""
        old = {(level, index, len(hashes)) for level, index, hashes in self._edge.partial()}
        return [tile for tile in edge.partial() if (tile[0], tile[1], len(tile[2])) not in old]

    def _load(self) -> None:
        """The right edge as the files have it, where another wrote since. Raises PolicyError where it is not that of the checkpoint."""
        found = self.checkpoint()
        if found.text == self._known:
            return
        tiles = Tiles(self.folder, found.size)
        edge = Edge(found.size, tiles.edge())
        entries = tiles.entries(found.size // WIDTH)[: found.size % WIDTH] if found.size % WIDTH else []
        own = edge.levels[0] if edge.levels else []
        if edge.root() != found.root or not self.verifier.signed(found) or list(map(leaf_hash, entries)) != own:
            help = Text("policy verify says what is wrong", "请用 policy verify 查明")
            raise PolicyError(
                problem(
                    "damaged",
                    "the log is damaged: nothing is appended to it",
                    "日志已损坏，不再追加",
                    Place(str(self.folder)),
                    help,
                )
            )
        self._edge, self._entries, self._known = edge, entries, found.text
        with suppress(IndexError):
            self._last = str(parsed(tiles.entry(found.size - 1)).get("time", "")) if found.size else ""

    def _moment(self) -> str:
        """The time of an entry, never before that of the entry before. Raises PolicyError."""
        for _ in range(BACK * 10):
            moment = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
            if moment >= self._last:
                return moment
            time.sleep(0.1)
        raise PolicyError(problem("clock", f"the clock says {moment}, the last entry is of {self._last}: set the clock right",
                                  f"时钟为 {moment}，而末条记录为 {self._last}：请校准时钟", Place(str(self.folder))))  # fmt: skip

    # --- beside the tree -----------------------------------------------------------------------------------------------

    def store(self, data: bytes) -> str:
        """Keep some bytes under their hash. Raises PolicyError."""
        name = sha256(data).hexdigest()
        path = self.folder / "rules" / name
        with _told(path):
            if not path.is_file() or path.stat().st_size != len(data):
                path.parent.mkdir(parents=True, exist_ok=True)
                with whole(path) as draft:  # one of its own: another may keep the same at this moment
                    draft.write_bytes(data)
                self._disk.durable([path], self.folder)
        return name

    def erase(self, numbers: Sequence[int]) -> list[int]:
        """Erase what was sealed in entries; those of which nothing was kept. Raises PolicyError."""
        with self._alone(), _told(self.folder):
            return self.openings.erase(numbers)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Inside, no other process writes to the log."""
        import fcntl

        with _told(self.folder):
            handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What goes wrong with files is told in one line."""
    try:
        yield
    except OSError as error:
        raise unwritable(error, path) from None


def _write(path: Path, data: bytes) -> Path:
    """A file, whole or not at all."""
    return _draft(path, data).replace(path)


def _draft(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(data)
    return draft


class Disk:
    """What is on the disk, not only on its way there."""

    def __init__(self) -> None:
        self._folders: set[Path] = set()
        self._pool = ThreadPoolExecutor(AT_ONCE, "disk")  # kept: to begin threads takes longer than what they do

    def durable(self, files: Sequence[Path], top: Path) -> None:
        """Have files on the disk, and the folders that they lie in; of each folder below the top, too, that it is there."""
        own = {file.parent for file in files}
        fresh = {folder for one in own for folder in (one, *one.parents) if folder.is_relative_to(top)} - self._folders
        paths = [*files, *(own | {folder.parent for folder in fresh if folder != top})]
        list(self._pool.map(_synced, paths))  # a disk takes together what comes together
        self._folders |= fresh


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(parts: Path) -> None:
    """The parts of a tile that is whole now; another writer may be at it."""
    with suppress(OSError):
        for path in parts.iterdir():
            path.unlink(missing_ok=True)
        parts.rmdir()
