"""Styles of OpenDocument spreadsheets: what crosses out, raises or hides, said by a style or by one that it follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policy_engine.tables.cells import Crossed, Marked

FOLLOWED: Final = 50
"""So many styles are followed, then no more: a ring has no end."""
_OF_PAGES: Final = frozenset(
    f"style:{part}{which}" for part in ("header", "footer") for which in ("", "-left", "-first")
)


class Styles:
    """The styles of a file as they are read, each by its family and name; the one that all of a family follow has no name."""

    def __init__(self) -> None:
        self.now = ("", "")
        self.parents = dict[tuple[str, str], str]()
        self.crossed, self.raised = dict[tuple[str, str], bool](), dict[tuple[str, str], bool]()
        self.unseen = set[str]()
        self.masters, self.pages = dict[str, str](), dict[str, list[str]]()
        self.master, self.over = "", False

    def see(self, tag: str, given: Mapping[str, str]) -> None:
        """An element that may be a style, or part of one."""
        if tag in ("style:style", "style:default-style"):
            self.now = given.get("style:family", ""), given.get("style:name", "")
            self.parents[self.now] = given.get("style:parent-style-name", "")
            self.masters[self.now[1]] = given.get("style:master-page-name", "")
        elif tag == "style:master-page":
            self.master = given.get("style:name", "")
            self.pages[self.master] = []
        elif tag in _OF_PAGES:
            self.over = given.get("style:display") != "false"
        elif tag == "text:p" and self.over:
            self.pages[self.master].append("")
        elif tag == "style:table-properties" and given.get("table:display") == "false":
            self.unseen.add(self.now[1])
        elif tag == "style:text-properties":
            lines = [
                given[f"style:text-line-through-{k}"]
                for k in ("style", "type")
                if f"style:text-line-through-{k}" in given
            ]
            if lines:
                self.crossed[self.now] = any(line not in ("none", "") for line in lines)
            if where := given.get("style:text-position", "").split():
                self.raised[self.now] = where[0].lstrip("+-") not in ("0%", "0")

    def read(self, text: str) -> None:
        """Text, of which that over and under pages is kept."""
        if self.over and (lines := self.pages[self.master]):
            lines[-1] += text

    def left(self, tag: str) -> None:
        """The end of an element."""
        self.over = self.over and tag not in _OF_PAGES

    def pages_of(self, table: str) -> tuple[str, ...]:
        """What stands over and under the pages of a sheet of a style."""
        found = self.pages.get(self.masters.get(table) or "Default", [])
        return tuple(dict.fromkeys(line.strip() for line in found if line.strip()))

    def mark_of(self, family: str, name: str) -> type[Marked] | None:
        """What a style makes of a text: the nearest that says it, of those that it follows."""
        crossed = raised = None
        for _ in range(FOLLOWED):
            one = (family, name)
            crossed = self.crossed.get(one) if crossed is None else crossed
            raised = self.raised.get(one) if raised is None else raised
            if not name:
                break
            name = self.parents.get(one, "")
        return Crossed if crossed else Marked if raised else None
