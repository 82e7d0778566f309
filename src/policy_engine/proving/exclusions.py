"""What the rules leave out of a source, with the reason: `exclusions/*.yaml` beside the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from policy_engine.basics.errors import Place, PolicyError, Problem, Text
from policy_engine.basics.places import ReadFile, read_text
from policy_engine.rulebook.rule import Citation
from policy_engine.rulefiles.load import validate
from policy_engine.rulefiles.shape import Model, Words, words
from policy_engine.rulefiles.yaml_read import read_yaml

Class = Literal[
    "exhortation", "background", "name", "reference", "signature", "contact", "structure", "definition",
    "procedure-elsewhere", "duplicate", "repeal", "individual-act",
]  # fmt: skip
CLASSES: Final[Mapping[str, str]] = {
    "exhortation": "倡导性要求", "background": "背景", "name": "名称和固定提法", "reference": "引用其他文件", "signature": "落款",
    "contact": "联系方式", "structure": "结构和编排", "definition": "定义", "procedure-elsewhere": "程序由他处规定",
    "duplicate": "重复表述", "repeal": "废止", "individual-act": "对特定对象的决定",
}  # fmt: skip
"""What each class is called in Chinese."""


class ExclusionEntry(Model):
    """A phrase no rule encodes, its class, and why."""

    at: str
    phrase: str
    occurrence: int | None = None
    class_: Class
    reason: Words


class ExclusionFile(Model):
    """The exclusions of one document."""

    document: str
    exclusions: list[ExclusionEntry]


@dataclass(frozen=True)
class Exclusion:
    """A phrase of a document that no rule encodes, and why."""

    cite: Citation
    kind: str
    reason: Text
    place: Place


def load_exclusions(root: Path) -> list[Exclusion]:
    """The exclusions beside a tree of rules. Raises PolicyError with the problems of all files."""
    found: list[Exclusion] = []
    problems: list[Problem] = []
    for path in sorted((root / "exclusions").glob("*.yaml")):
        try:
            for source in read_yaml(read_text(path), str(path)):
                found += _exclusions(source)
        except PolicyError as error:
            problems += error.problems
    if problems:
        raise PolicyError(problems)
    return found


def _exclusions(source: ReadFile) -> list[Exclusion]:
    file = validate(ExclusionFile, ReadFile(source.file, _renamed(source.data), source.places))
    return [
        Exclusion(
            Citation(file.document, entry.at, entry.phrase, entry.occurrence),
            entry.class_,
            words(entry.reason),
            source.place(("exclusions", i)),
        )
        for i, entry in enumerate(file.exclusions)
    ]


def _renamed(data: object) -> object:
    """`class` is a word of Python."""
    if not isinstance(data, Mapping) or not isinstance(data.get("exclusions"), list):
        return data
    entries = [
        {("class_" if key == "class" else key): value for key, value in entry.items()}
        if isinstance(entry, Mapping)
        else entry
        for entry in data["exclusions"]
    ]
    return {**data, "exclusions": entries}
