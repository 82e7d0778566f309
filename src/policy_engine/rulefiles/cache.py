"""Compiled rules kept between runs, keyed by the content they were made from; never an error, only a saving of time."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

Compiled = TypeVar("Compiled")
_ENGINE: Final = tuple(sorted(Path(__file__).parents[1].rglob("*.py")))


def cached(sources: Iterable[Path], compiled: Callable[[], Compiled]) -> Compiled:
    """What `compiled` returns, from the cache if the same engine made it from the same files before.

    The cache is a folder only the user can write to (`POLICY_CACHE`, else below `XDG_CACHE_HOME` or `~/.cache`);
    where there is none, rules are compiled each time. Two processes may write one entry: each renames a whole file.
    """
    sources = tuple(sources)
    folder = _folder()
    if folder is None:
        return compiled()
    path = folder / _key(sources)
    try:
        return pickle.loads(path.read_bytes())  # type: ignore[no-any-return]  # noqa: S301 - the folder is the user's own
    except Exception:
        made = compiled()
        if folder / _key(sources) == path:  # a file that changed meanwhile may be half of each
            _keep(path, made)
        return made


def _folder() -> Path | None:
    """The cache folder, if it is ours alone."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - never raises
    folder = Path(os.environ.get("POLICY_CACHE") or Path(home) / "policy-engine")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError:
        return None
    private = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)
    return folder if private else None


def _key(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256(repr(sys.version_info).encode())
    for path in _ENGINE:
        found = path.stat()
        digest.update(f"{path}:{found.st_mtime_ns}:{found.st_size};".encode())
    for path in sources:
        digest.update(f"{path}:{path.absolute()};".encode())  # as it is written too: what is kept names its file so
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def _keep(path: Path, made: object) -> None:
    draft = ""
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(handle, "wb") as file:
            pickle.dump(made, file, protocol=pickle.HIGHEST_PROTOCOL)
        Path(draft).replace(path)
    except (OSError, pickle.PicklingError):
        if draft:
            Path(draft).unlink(missing_ok=True)
