"""Rule sets by their content: the files a decision or a procedure is read from, kept under their hash and laid out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from policy_engine.basics.errors import Place, PolicyError, problem
from policy_engine.records.canonical import canonical, parsed
from policy_engine.rulefiles.folder import rule_path
from policy_engine.rulefiles.rulebook import Rulebook

TREES: Final = ("rules", "calendars", "procedures")


def files_of(book: Rulebook, decisions: Iterable[str]) -> dict[str, Path]:
    """The files that decisions are read from, by their paths in a tree that is laid out: rules and calendars."""
    found: dict[str, Path] = {}
    for path in dict.fromkeys(path for name in decisions for path in book.sources(name)):
        inside = path.is_relative_to(book.root)
        found[f"rules/{path.relative_to(book.root).as_posix()}" if inside else f"calendars/{path.name}"] = path
    return found


def files_of_procedure(book: Rulebook, root: Path, name: str) -> dict[str, Path]:
    """The files that a procedure is read from: its own, and those of the decisions that it names."""
    path = rule_path(root, name)
    text = path.read_text(encoding="utf-8")
    found = files_of(book, [decision for decision in book.decisions() if decision in text])
    return {f"procedures/{path.relative_to(root).as_posix()}": path, **found}


def keep(files: dict[str, Path], store: Callable[[bytes], str]) -> str:
    """Keep the files of a rule set; its hash, which is that of the list of their hashes."""
    return store(canonical({name: store(path.read_bytes()) for name, path in sorted(files.items())}))


def lay_out(kept: Path, name: str, into: Path) -> None:
    """A rule set as folders again. Raises PolicyError where something of it is not what its hash says."""
    listed = parsed(_read(kept, name))
    for file, content in listed.items():
        steps = PurePosixPath(file).parts
        if len(steps) < 2 or steps[0] not in TREES or ".." in steps or not isinstance(content, str):
            raise _swapped(kept / name)
        path = into.joinpath(*steps)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_read(kept, content))
    for tree in TREES:
        (into / tree).mkdir(exist_ok=True, parents=True)


def _read(kept: Path, name: str) -> bytes:
    path = kept / name
    data = path.read_bytes() if name.isalnum() and path.is_file() else b""
    if sha256(data).hexdigest() != name:
        raise _swapped(path)
    return data


def _swapped(path: Path) -> PolicyError:
    return PolicyError(problem("rules-swapped", "the rules kept there are not those of this hash",
                               "所存规则与其散列不符", Place(str(path))))  # fmt: skip
