"""Files are written whole or not at all: beside the target, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policy_engine.basics.errors import Place, PolicyError, problem


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path beside the target that takes its place if nothing goes wrong, and vanishes if something does.

    Raises:
        PolicyError: the folder cannot be written to.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PolicyError(
            problem("unwritable", f"cannot write: {reason}", f"无法写入：{reason}", Place(str(path)))
        ) from None
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        draft.chmod(mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole. Raises PolicyError."""
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
