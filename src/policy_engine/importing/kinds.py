"""What kind of value each name has: from what is declared, from how it is used, from what is given for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from policy_engine.importing.formulas import Expr, Unsaid

NUMBER, FLAG, DATE, TEXT = "number", "flag", "date", "choice"
ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
FIGURE: Final = re.compile(r"-?\d+(\.\d+)?")
DECLARED: Final = {
    "Money": NUMBER, "Rate": NUMBER, "Count": NUMBER, "Integer": NUMBER, "Decimal": NUMBER, "Number": NUMBER, "Float": NUMBER,
    "Judgment": FLAG, "Boolean": FLAG, "Bool": FLAG, "Text": TEXT, "String": TEXT, "Date": DATE, "date": DATE,
}  # fmt: skip
BLANK: Final = "blank"
_FUNCTIONS: Final = frozenset({"max", "min", "floor", "ceil", "abs", "round"})


def option(text: str) -> str:
    """A text as an option: an empty one has a name."""
    return text.strip() or BLANK


class Kinds:
    """Names that have one kind, joined as formulas join them; texts keep what they may be. Raises Unsaid where two differ."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._options: dict[str, dict[str, None]] = {}
        self._fresh = 0

    def root(self, name: str) -> str:
        """The name all that are joined with it are known by."""
        while (up := self._parent.get(name, name)) != name:
            name = up
        return name

    def of(self, name: str) -> str:
        """The kind of a name; a number where nothing says another."""
        root = self.root(name)
        if root in (NUMBER, FLAG, DATE, TEXT):
            return root
        if root.startswith(TEXT):
            return TEXT
        options = self._options.get(root)
        return NUMBER if not options else DATE if all(map(ISO.fullmatch, options)) else TEXT

    def known(self, name: str) -> bool:
        """Whether anything says what kind it is."""
        root = self.root(name)
        return root in (NUMBER, FLAG, DATE) or root.startswith(TEXT) or bool(self._options.get(root))

    def options(self, name: str) -> list[str]:
        """What a text may be."""
        return list(self._options.get(self.root(name), ()))

    def join(self, a: str, b: str) -> str:
        """Two names are of one kind. Raises Unsaid."""
        a, b = self.root(a), self.root(b)
        if a == b:
            return a
        keep, lose = (a, b) if self._rank(a) >= self._rank(b) else (b, a)
        options = {**self._options.get(keep, {}), **self._options.get(lose, {})}
        both = self._rank(keep) == self._rank(lose) == 2 or (self._rank(keep) == 2 and lose.startswith(TEXT))
        if both or (options and keep in (NUMBER, FLAG)) or (keep == DATE and not all(map(ISO.fullmatch, options))):
            raise Unsaid("values of different kinds meet", f"{keep} and {next(iter(options), lose)}")
        self._parent[lose] = keep
        self._options[keep] = options
        return keep

    @staticmethod
    def _rank(root: str) -> int:
        return 2 if root in (NUMBER, FLAG, DATE) else 1 if root.startswith(TEXT) else 0

    def declare(self, name: str, dtype: str) -> None:
        """The kind that is declared of a name; an unknown one is a text."""
        kind = DECLARED.get(dtype) if dtype else None
        if kind is None and dtype.startswith("Enum"):
            kind = TEXT
        if kind is not None:
            self.join(name, self.text() if kind == TEXT else kind)

    def text(self, written: str | None = None) -> str:
        """A new text, declared as one, or of which one thing is known that it may be."""
        self._fresh += 1
        name = f"{TEXT} {self._fresh}" if written is None else f"literal {self._fresh}"
        if written is not None:
            self._options[name] = {option(written): None}
        return name

    def given(self, name: str, values: Iterable[str]) -> None:
        """What cases give for a name: its kind where nothing else says it, and what a text may be."""
        values = list(values)
        if not self.known(name) and values:
            if all(v in ("true", "false") for v in values):
                self.join(name, FLAG)
            elif all(map(FIGURE.fullmatch, values)):
                self.join(name, NUMBER)
        if self.of(name) == TEXT or (not self.known(name) and values):
            self._options.setdefault(self.root(name), {}).update(dict.fromkeys(map(option, values)))

    def takes(self, name: str, value: str) -> bool:
        """Whether a value is of the kind of a name."""
        kind = self.of(name)
        if kind == FLAG:
            return value in ("true", "false")
        return bool({NUMBER: FIGURE, DATE: ISO}[kind].fullmatch(value)) if kind != TEXT else True

    def infer(self, e: Expr) -> str:
        """The kind of an expression as a name of it. Raises Unsaid."""
        match e.op:
            case "number" | "flag":
                return e.op
            case "text":
                return self.text(e.text)
            case "name":
                return e.text
            case "cell":
                self.join(f"{e.text}[]", self.infer(e.parts[0]))
                return e.text
            case "and" | "or" | "not":
                for part in e.parts:
                    self.join(self.infer(part), FLAG)
                return FLAG
            case "cmp":
                self.join(self.infer(e.parts[0]), self.infer(e.parts[1]))
                return FLAG
            case "if":
                return self._branches(e)
            case "total":
                for part, kind in zip(e.parts, (FLAG, NUMBER), strict=False):
                    self.join(self.infer(part), kind)
                return NUMBER
            case "call" if e.text not in _FUNCTIONS:
                return self._of_dates(e)
            case _:
                for part in e.parts:
                    self.join(self.infer(part), NUMBER)
                return NUMBER

    def _branches(self, e: Expr) -> str:
        conditions, values = e.parts[0:-1:2], [*e.parts[1::2], *(e.parts[-1:] if len(e.parts) % 2 else ())]
        for condition in conditions:
            self.join(self.infer(condition), FLAG)
        kind = self.infer(values[0])
        for value in values[1:]:
            kind = self.join(kind, self.infer(value))
        return kind

    def _of_dates(self, e: Expr) -> str:
        takes = {"days_between": (DATE, DATE, NUMBER), "date_add_days": (DATE, NUMBER, DATE)}.get(e.text)
        if takes is None or len(e.parts) != 2:
            raise Unsaid("a function that is not known", e.text)
        for part, kind in zip(e.parts, takes, strict=False):
            self.join(self.infer(part), kind)
        return takes[2]
