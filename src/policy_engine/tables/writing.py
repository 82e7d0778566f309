"""Files are written whole or not at all: beside the target, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from policy_engine.basics.errors import Place, PolicyError, Text, problem, reason


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path beside the target that takes its place if nothing goes wrong, and vanishes if something does.

    A link is followed to its target; a device or pipe is written to in place, since it cannot be replaced.

    Raises:
        PolicyError: the folder cannot be written to, or the disk is full.
    """
    in_place = path.exists() and not path.is_file()  # before links are followed: a pipe behind /dev/stdout has no path
    path = path if in_place else Path(os.path.realpath(path))
    draft = _beside(path, Path(tempfile.gettempdir()) if in_place else path.parent)
    try:  # from before there is a draft: a run may be stopped as soon as there is one
        draft.touch(0o600, exist_ok=False)
        yield draft
        if in_place:
            _pour(draft, path)
            return
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        draft.chmod(mode)
        draft.replace(path)
    except Exception as error:
        own = error if isinstance(error, OSError) else next(iter(error.args), None)  # xlsxwriter wraps it
        if isinstance(own, OSError):
            raise unwritable(own, path) from None
        raise
    finally:
        with suppress(OSError):  # there is none where none could be made
            draft.unlink()


@contextmanager
def whole_folder(path: Path, mark: str) -> Iterator[Path]:
    """A temporary folder beside the target that takes its place if nothing goes wrong, and vanishes if something does.

    A folder that is there is replaced where it is empty, or has a file of the name `mark`: an earlier one of its kind.

    Raises:
        PolicyError: something else is there, the folder cannot be written to, or the disk is full.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not (path.is_dir() and ((path / mark).is_file() or not any(path.iterdir()))):
        en, zh = (
            f"something else is there already: no folder with {mark}",
            f"此处已有其他内容：不是含有 {mark} 的文件夹",
        )
        raise PolicyError(problem("there-already", en, zh, Place(str(path))))
    aside = _beside(path, path.parent)
    draft = aside / "new"
    try:
        aside.mkdir(0o700)
        draft.mkdir(0o777)
        yield draft
        _exchange(path, draft, aside / "old")
    except OSError as error:
        raise unwritable(error, path) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _beside(path: Path, folder: Path) -> Path:
    """A name that nobody else has."""
    return folder / f".{path.name}.{secrets.token_hex(8)}{path.suffix}"


def _exchange(path: Path, new: Path, old: Path) -> None:
    """Put a folder in the place of another, which stays where it was if that fails."""
    if path.exists():
        path.rename(old)
    try:
        new.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise


def distinct(headers: Sequence[str]) -> list[str]:
    """The names of columns, one that stands twice with a number."""
    names: dict[str, None] = {}
    for header in headers:
        n, name = 2, header
        while name in names:
            n, name = n + 1, f"{header}_{n}"
        names[name] = None
    return list(names)


def unwritable(error: OSError, path: Path) -> PolicyError:
    """Why a file cannot be written, on one line; what is not there is its folder."""
    absent = isinstance(error, FileNotFoundError) and error.filename is not None
    why = Text("there is no such folder", "文件夹不存在") if absent else reason(error)
    return PolicyError(problem("unwritable", f"cannot write: {why.en}", f"无法写入：{why.zh}", Place(str(path))))


def _pour(draft: Path, path: Path) -> None:
    """The draft into a device or pipe as it stands."""
    with draft.open("rb") as whole_, path.open("wb") as target:
        shutil.copyfileobj(whole_, target)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Write UTF-8 text whole. Raises PolicyError."""
    with whole(path) as draft:
        _write(draft, pieces)


def write_texts(files: Mapping[Path, str]) -> None:
    """Write several texts and the folders they lie in: all or nothing. Raises PolicyError."""
    with ExitStack() as all_:
        for path, text in files.items():
            all_.enter_context(_folder(path.parent))
            _write(all_.enter_context(whole(path)), [text])


def _write(draft: Path, pieces: Iterable[str]) -> None:
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(pieces)


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """A folder and those it lies in; of what is made for it nothing stays empty."""
    made = [one for one in (path, *path.parents) if not one.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise unwritable(error, path) from None
    finally:
        for one in made:
            with suppress(OSError):  # there is something in it
                one.rmdir()
