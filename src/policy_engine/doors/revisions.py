"""Trees of rules by a folder or by a revision of git: `rules-old`, `HEAD~1`, `v1.2:city/rules`."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from policy_engine.basics.errors import PolicyError, Problem, visible
from policy_engine.doors.options import open_book, refuse
from policy_engine.rulefiles.folder import shipped_rules
from policy_engine.rulefiles.rulebook import Rulebook


@contextmanager
def tree(word: str, rules: Path | None) -> Iterator[Rulebook]:
    """The rules a word stands for: those of a folder, or a folder (of the rules in use, if not said) as it was at a revision. Raises PolicyError."""
    if Path(word).is_dir():
        book = open_book(Path(word))
        if not book.decisions():
            book.rules()  # it says which files cannot be here
        yield book
        return
    revision, _, inside = word.partition(":")
    folder = Path(inside) if inside else rules or shipped_rules()
    with TemporaryDirectory() as place:
        root = _checked_out(word, revision, folder, Path(place))
        try:
            yield Rulebook(root)
        except PolicyError as error:
            raise PolicyError(_placed(one, place, word) for one in error.problems) from None


def _placed(one: Problem, folder: str, word: str) -> Problem:
    """A problem of a file of a revision, at its place there."""
    if one.place is None or not one.place.file.startswith(folder):
        return one
    inside = one.place.file.removeprefix(folder).lstrip("/")
    return Problem(one.code, one.message, one.place._replace(file=f"{word.partition(':')[0]}:{inside}"), one.help)


def _checked_out(word: str, revision: str, folder: Path, place: Path) -> Path:
    """A folder at a revision, and the calendars beside it, written out; where. Raises PolicyError."""
    start = folder if folder.is_dir() else Path()
    top = _git(start, "rev-parse", "--show-toplevel")
    commit = (
        _git(start, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") if top else None
    )
    if top is None or commit is None:
        shown = visible(word)
        refuse("no-rules", f"`{shown}` is neither a folder of rules nor a revision of git",
               f"`{shown}` 既不是规则文件夹，也不是 git 的版本")  # fmt: skip
    root = Path(top.decode().strip())
    inside = (
        folder.absolute().resolve().relative_to(root) if folder.absolute().resolve().is_relative_to(root) else folder
    )
    id_ = commit.decode().strip()
    for wanted in (inside, inside.parent / "calendars"):
        packed = _git(root, "archive", "--format=tar", id_, "--", str(wanted))
        if packed is None and wanted == inside:
            refuse(
                "no-rules",
                f"`{visible(revision)}` has no folder {wanted}",
                f"版本 `{visible(revision)}` 中没有文件夹 {wanted}",
            )
        _unpacked(packed or b"", place)
    return place / inside


def _git(start: Path, *arguments: str) -> bytes | None:
    """What git answers; None where it refuses. Raises PolicyError where there is none."""
    try:
        done = subprocess.run(["git", "-C", str(start), *arguments], capture_output=True, check=False)  # noqa: S603, S607 - words of git alone
    except FileNotFoundError:
        refuse("no-git", "git is not installed: name two folders", "未安装 git：请给出两个文件夹")
    return done.stdout if done.returncode == 0 else None


def _unpacked(packed: bytes, place: Path) -> None:
    """The files of an archive, written below a folder."""
    if not packed:
        return
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            path = place / member.name
            held = archive.extractfile(member) if member.isfile() else None
            if held is not None and path.resolve().is_relative_to(place.resolve()):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(held.read())
