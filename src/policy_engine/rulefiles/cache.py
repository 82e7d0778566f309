"""What rule files were made into, kept by their content: beside the program, then in a folder of the user's.

Never an error, only a saving of time. An entry is named by the content of the files and of the program that read them, so what was
made from other files or by another program is not found. It is a pickle of parts of rules: of nothing else is anything made.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from policy_engine.basics.errors import Place
from policy_engine.basics.places import MAX_BYTES

Compiled = TypeVar("Compiled")
_HOME: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - a start is quick
SHIPPED: Final = Path(_HOME) / "shipped" / "compiled"
"""Where a wheel has what its rules were made into when it was built; a checkout has none."""
ENGINE: Final = ("basics", "deciding", "language", "procedures", "rulebook", "rulefiles")
"""The floors that make rules of files."""
PLANNERS: Final = (*ENGINE, "engines", "registers", "tables")
"""The floors that make plans of rules."""
PLANS: Final = "plans"
MOST_PLANS: Final = 200
_PARTS: Final = ("basics", "language", "rulebook")
_PLAIN: Final = {("datetime", "date"), ("decimal", "Decimal"), ("fractions", "Fraction"), ("builtins", "frozenset")}
_DIGEST: Final = hashlib.sha256().digest_size


def cached(what: str, sources: Iterable[Path], compiled: Callable[[], Compiled]) -> Compiled:
    """What `compiled` returns, kept if the same program made it from files of the same content before.

    The folder of the user's is one only the user can write to (`POLICY_CACHE`, else below `XDG_CACHE_HOME` or `~/.cache`);
    where there is none, it is made each time. Two processes may write one entry: each renames a whole file.

    Args:
        what: what is made, since several things are made of one file.
        sources: the files it is made from, and no others; a place in one of them is told as the file is named now.
        compiled: makes it.
    """
    return named(what, sources, compiled)[0]


def named(what: str, sources: Iterable[Path], compiled: Callable[[], Compiled]) -> tuple[Compiled, str | None]:
    """As `cached`, with the name of the entry, which stands for the content of the files and the program; None where files changed meanwhile."""
    files = tuple(map(str, sources))
    key = _key(what, files)
    found = _kept(SHIPPED / key, files)
    if found is not None:
        return found, key
    folder = _folder()
    found = None if folder is None else _kept(folder / key, files)
    if found is not None:
        return found, key
    made = compiled()
    if _key(what, files) != key:  # a file that changed meanwhile may be half of each
        return made, None
    if folder is not None:
        _keep(folder, key, made, files)
    return made, key


def plan_key(told: str) -> str:
    """The name of what is made of `told`, which names all that it is made of, by the floors that make plans."""
    return hashlib.sha256(_engine(PLANNERS) + told.encode()).hexdigest()


def plan_kept(key: str) -> Any:
    """The plan kept under a name, plain values; None where there is none."""
    plans = _plans()
    return None if plans is None else _kept(plans / key, ())


def keep_plan(key: str, plan: object) -> None:
    """Keep a plan of plain values; of many the oldest are dropped, since there is one for each day, table and choice of readings."""
    plans = _plans()
    if plans is None:
        return
    _keep(plans, key, plan, ())
    with suppress(OSError):  # another process may drop the same
        for path in sorted(plans.iterdir(), key=lambda path: path.stat().st_mtime)[:-MOST_PLANS]:
            path.unlink(missing_ok=True)


def _plans() -> Path | None:
    """The folder of plans in the cache folder, as much ours alone as that."""
    folder = _folder()
    return None if folder is None else _ours(folder / PLANS)


def _folder() -> Path | None:
    """The cache folder, if it is ours alone."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - never raises
    return _ours(Path(os.environ.get("POLICY_CACHE") or Path(home) / "policy-engine"))


def _ours(folder: Path) -> Path | None:
    """A folder, made where it is not there, that nobody else can write to; None where there is none such."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError:
        return None
    private = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)
    return folder if private else None


@cache
def _engine(floors: Sequence[str] = ENGINE) -> bytes:
    """A digest of the program as far as it makes rules of files, or of other floors."""
    digest = hashlib.sha256()
    for floor in floors:
        folder = os.path.join(_HOME, floor)  # noqa: PTH118 - a start is quick
        for name in sorted(name for name in os.listdir(folder) if name.endswith(".py")):  # noqa: PTH208
            content = _content(os.path.join(folder, name)) or b""  # noqa: PTH118
            digest.update(f"{floor}/{name}:{len(content)};".encode())
            digest.update(content)
    return digest.digest()


def _key(what: str, files: Sequence[str]) -> str:
    digest = hashlib.sha256(_engine())
    digest.update(f"{what};{len(files)};".encode())
    for file in files:
        content = _content(file)
        digest.update(f"{os.path.basename(file)}:{-1 if content is None else len(content)};".encode())  # noqa: PTH119
        digest.update(content or b"")
    return digest.hexdigest()


def _content(file: str) -> bytes | None:
    """What a file holds; None where it cannot be read, which is told by what reads it."""
    try:
        if not os.path.isfile(file):  # noqa: PTH113 - some that are none have no end
            return None
        with open(file, "rb") as opened:  # noqa: PTH123
            return opened.read(MAX_BYTES + 1)
    except OSError:
        return None


class _Written(pickle.Pickler):
    """Writes a place in a file as the number of the file."""

    def __init__(self, into: io.BytesIO, files: Sequence[str]) -> None:
        super().__init__(into, protocol=5)
        self.numbers = {file: i for i, file in enumerate(files)}

    def persistent_id(self, obj: Any) -> object:
        if type(obj) is not Place:
            return None
        if obj.file not in self.numbers:  # then it was made from more than is looked at before it is used again
            raise pickle.PicklingError(f"{obj.file} is none of the files it is made from")
        return self.numbers[obj.file], obj.line, obj.column, obj.source


class _Read(pickle.Unpickler):
    """Makes parts of rules and plain values, and nothing else."""

    def __init__(self, content: bytes, files: Sequence[str]) -> None:
        super().__init__(io.BytesIO(content))
        self.files = files

    def persistent_load(self, pid: Any) -> Place:
        number, *rest = pid
        return Place(self.files[number], *rest)

    def find_class(self, module: str, name: str) -> Any:
        package, _, inner = module.partition(".")
        own = package == "policy_engine" and inner.partition(".")[0] in _PARTS
        found = super().find_class(module, name) if own or (module, name) in _PLAIN else None
        if not isinstance(found, type) or found.__module__ != module:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a rule")
        return found


def _kept(path: Path, files: Sequence[str]) -> Any:
    """What an entry holds; None where there is none, or none that is whole."""
    content = _content(str(path))
    if content is None or hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
        return None
    try:
        return _Read(content[_DIGEST:], files).load()
    except Exception:
        return None


def _keep(folder: Path, key: str, made: object, files: Sequence[str]) -> None:
    """Write an entry, whole or not at all."""
    import tempfile

    draft, into = "", io.BytesIO()
    try:
        _Written(into, files).dump(made)
        content = into.getvalue()
        handle, draft = tempfile.mkstemp(dir=folder, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        Path(draft).replace(folder / key)
    except (OSError, pickle.PicklingError):
        if draft:
            Path(draft).unlink(missing_ok=True)
