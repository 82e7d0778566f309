"""Where rules live: the path is the address."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

NAME: Final = re.compile(r"(?=.{1,200}\Z)[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+")
"""What a decision or procedure may be called; a name is a path, so nothing else leads to one."""


def shipped(kind: str) -> Path:
    """A folder of data this package was installed with, or that of the checkout it runs from."""
    inside = Path(__file__).parents[1] / "shipped" / kind
    return inside if inside.is_dir() else Path(__file__).parents[3] / kind


def shipped_rules() -> Path:
    """The rules this package was installed with, or those of the checkout it runs from."""
    return shipped("rules")


def rule_path(root: Path, decision: str) -> Path:
    """The path is the address: `fund.investment` is `fund/investment.yaml`."""
    return root.joinpath(*decision.split(".")).with_suffix(".yaml")


def decision_names(root: Path) -> list[str]:
    """The decisions of a tree, in order, by their paths."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            f for f in folders if not (Path(folder) == root and f == "exclusions") and not f.startswith(".")
        )
        inside = Path(folder).relative_to(root).parts
        if inside:
            found += [".".join((*inside, name.removesuffix(".yaml"))) for name in files if name.endswith(".yaml")]
    return sorted(found)


def files_of(root: Path) -> list[Path]:
    """The files a tree of rules or procedures is read from, or that are where no rule can be, in order."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if not (folder == str(root) and f == "exclusions") and not f.startswith(".")]
        found += [Path(folder, name) for name in files if name.endswith((".yaml", ".yml", ".csv"))]
    return sorted(found)


def is_decision(root: Path, decision: str) -> bool:
    """Whether a tree has a decision of that name, by its path alone."""
    if not NAME.fullmatch(decision) or decision.startswith("exclusions."):
        return False
    path = rule_path(root, decision)
    inside = path.relative_to(root).parents
    return (
        os.path.lexists(path) and not path.is_dir() and not any((root / folder).is_symlink() for folder in inside[:-1])
    )


_BESIDE: Final = frozenset({"documents.yaml", "equivalent.yaml"})


def misplaced(root: Path) -> list[Path]:
    """Files that look like rules where no rule can be: beside the folders, or by a name that is no address."""
    files = [p for p in sorted(root.rglob("*.y*ml")) if p.is_file() and p.relative_to(root).parts[0] != "exclusions"]
    return [
        p
        for p in files
        if not any(part.startswith(".") for part in p.relative_to(root).parts)
        and not (p.parent == root and p.name in _BESIDE)
        and (p.suffix != ".yaml" or not NAME.fullmatch(".".join(p.relative_to(root).with_suffix("").parts)))
    ]


def calendar_files(root: Path) -> dict[str, Path]:
    """The calendars a tree of rules can name: those in `calendars` beside it, and those that were installed."""
    folders = (shipped("calendars"), root.absolute().parent / "calendars")
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}
