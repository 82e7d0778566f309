"""What is acknowledged is on the disk: files, folders, and that folders are in theirs; what could not be written leaves the log as it was."""

import itertools
import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from policy_engine.basics.errors import PolicyError
from policy_engine.records import log as room
from policy_engine.records.log import Log, begin
from policy_engine.records.note import read_signer
from policy_engine.records.verify import verify

pytest.importorskip("cryptography", reason="the log of decisions needs `pip install '.[record]'`")


@pytest.fixture
def written(tmp_path):
    begin(tmp_path / "log", "city.example/office", tmp_path / "key")
    return Log(tmp_path / "log"), read_signer(tmp_path / "key")


def drafts(log, *numbers):
    return [{"row": n, "rules": log.store(b"{}")} for n in numbers]


@pytest.mark.parametrize("seal", [False, True])
def test_everything_is_on_the_disk_before_the_checkpoint_says_so(written, monkeypatch, seal):
    log, signer = written
    waiting, synced = set(), set()
    replace, mkdir, fsync = Path.replace, Path.mkdir, os.fsync

    def replaced(self, target):
        if Path(target).name == "checkpoint":
            assert not waiting
            assert self in synced
        else:
            waiting.add(Path(target))
        waiting.add(Path(target).parent)
        return replace(self, target)

    def made(self, *given, **named):
        waiting.update(one.parent for one in (self, *self.parents) if not one.exists())
        mkdir(self, *given, **named)

    def onto_the_disk(handle):
        path = Path(f"/proc/self/fd/{handle}").readlink()
        fsync(handle)
        waiting.discard(path)
        synced.add(path)

    log.store(b"{}")
    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(Path, "mkdir", made)
    monkeypatch.setattr(os, "fsync", onto_the_disk)
    for count in (1, 255, 3, 600, 1):
        log.append(signer, drafts(log, *range(count)), seal)
        assert not waiting
        synced.clear()
        whole = [path for path in log.folder.glob("tile/**/*.p") if path.with_suffix("").exists()]
        assert bool(whole) == bool(log._parts)  # whoever waits for an entry does not wait for their removal
        log.tidy()
        assert not any(path.exists() for path in whole)
    assert (verify(log).faults, log.checkpoint().size) == ([], 860)


def test_what_could_not_be_written_leaves_the_log_as_it_was(written, monkeypatch):
    log, signer = written
    log.append(signer, drafts(log, 0))
    write, left = room._draft, iter(range(2))

    def full(path, data):
        if next(left, None) is not None:
            return write(path, data)
        raise OSError(28, "No space left on device")

    given = drafts(log, 1, 2)
    monkeypatch.setattr(room, "_draft", full)
    with pytest.raises(PolicyError):
        log.append(signer, given)
    monkeypatch.undo()
    assert log.append(signer, drafts(log, 3)) == range(1, 2)
    assert (verify(log).faults, log.checkpoint().size) == ([], 2)


LOOKS = {name: getattr(Path, name) for name in ("is_file", "is_dir", "iterdir", "read_bytes")}


@contextmanager
def before_look(number, write):
    """Inside, something is written before so many looks at the disk were had; whether there were that many."""
    looks, had = itertools.count(), []

    def on(name):
        def look(self):
            if next(looks) == number:
                had.append(name)
                with pytest.MonkeyPatch.context() as writing:
                    for one, look_so in LOOKS.items():
                        writing.setattr(Path, one, look_so)
                    write()
            return LOOKS[name](self)

        return look

    with pytest.MonkeyPatch.context() as reading:
        for one in LOOKS:
            reading.setattr(Path, one, on(one))
        yield had


def test_who_reads_finds_what_is_there_whenever_the_writer_goes_on(written):
    """The parts of a tile make way for the whole before any look of the reader."""
    log, signer = written

    def more(count):
        log.append(signer, drafts(log, *range(count)))
        log.tidy()

    for number in itertools.count():
        more(-log.checkpoint().size % 256 + 200)
        tiles = log.tiles()
        with before_look(number, partial(more, 100)) as had:
            found = tiles.entries(tiles.size // 256), tiles.hashes(0, tiles.size // 256)
        assert [len(part) >= 200 for part in found] == [True, True], f"look {number}"
        if not had:
            break
    assert number > 1


def test_two_that_keep_the_same_at_once_both_keep_it(written, monkeypatch):
    log, _ = written
    replace = Path.replace

    def meanwhile(self, target):
        monkeypatch.undo()
        assert Log(log.folder).store(b"{}") == Path(target).name
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", meanwhile)
    name = log.store(b"{}")
    assert {path.name: path.read_bytes() for path in (log.folder / "rules").iterdir()} == {name: b"{}"}
