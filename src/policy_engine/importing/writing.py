"""Formulas of RuleSpec as expressions of a rule file; what is too long for one stands in helper formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from policy_engine.importing.formulas import Expr, Unsaid
from policy_engine.importing.kinds import FIGURE, FLAG, ISO, NUMBER, TEXT, Kinds, option

LONG: Final = 1500
DEEP: Final = 40
MANY: Final = 30
LONGEST_CELL: Final = 200
IF, OR, AND, NOT, CMP, SUM, PRODUCT, UNARY, ATOM = range(9)
Text_ = tuple[str, int, int]
"""How an expression is written, how tightly it binds, how deep it is."""


class Writer:
    """Writes the formulas of one decision.

    `names` are the names of rules and inputs by key; `cell` names the formula that looks a cell up; `helper` makes a formula
    of a part, given its value and kind, and returns its name; `total` names a total over a list.
    """

    def __init__(
        self, kinds: Kinds, names: dict[str, str], cell: Callable[[str, str], str],
        helper: Callable[[dict[str, Any], str], str], total: Callable[[Expr], str],
    ) -> None:  # fmt: skip
        self.kinds, self.names, self.cell, self.helper, self.total = kinds, names, cell, helper, total

    def value(self, e: Expr) -> dict[str, Any]:
        """An expression as the value of a formula: `is`, or `cases` of which the first that holds counts. Raises Unsaid."""
        try:
            if e.op == "if":
                plain = self._if(e) if len(e.parts) == 3 else ("", 0, DEEP)
                return {"is": plain[0]} if plain[2] < 8 and len(plain[0]) < 100 else self._cases(e)
            return {"is": self.part(e, IF)}
        except RecursionError:
            raise Unsaid("a formula that is too deep") from None

    def _cases(self, e: Expr) -> dict[str, Any]:
        pairs = zip(e.parts[0::2], e.parts[1::2], strict=False)
        cases = [{"when": self.part(when, IF), "is": self.part(value, IF)} for when, value in pairs]
        if len(e.parts) % 2:
            cases.append({"otherwise": self.part(e.parts[-1], IF)})
        return {"match": "first", "cases": cases} if len(e.parts) > 3 else {"cases": cases}

    def part(self, e: Expr, binds: int) -> str:
        """An expression as part of another that binds as tightly."""
        return self._part(e, binds)[0]

    def _part(self, e: Expr, binds: int) -> Text_:
        if e.op == "if" and len(e.parts) != 3:
            return self.helper(self._cases(e), self._kind(e)), ATOM, 1
        text, bound, depth = self._write(e)
        if len(text) > LONG or depth > DEEP or text.count("not ") > MANY or text.count("if ") > MANY:
            return self.helper({"is": text}, self._kind(e)), ATOM, 1
        return (text, bound, depth) if bound >= binds else (f"({text})", ATOM, depth + 1)

    def _kind(self, e: Expr) -> str:
        return self.kinds.infer(e)

    def _write(self, e: Expr) -> Text_:
        match e.op:
            case "number" | "flag":
                return e.text, ATOM, 1
            case "text":
                return _quoted(e.text), ATOM, 1
            case "name":
                return self.names[e.text], ATOM, 1
            case "cell":
                return self.cell(e.text, self.part(e.parts[0], IF)), ATOM, 1
            case "and" | "or":
                return self._chain(e.op, [self._part(p, AND + 1 if e.op == "and" else AND) for p in e.parts])
            case "not":
                text, _, depth = self._part(e.parts[0], NOT + 1)
                return f"not {text}", NOT, depth + 1
            case "neg":
                text, _, depth = self._part(e.parts[0], ATOM)
                return f"-{text}", UNARY, depth + 1
            case "cmp":
                return self._compare(e)
            case "arith":
                binds = SUM if e.text in "+-" else PRODUCT
                (a, _, m), (b, _, n) = self._part(e.parts[0], binds), self._part(e.parts[1], binds + 1)
                return f"{a} {e.text} {b}", binds, max(m, n) + 1
            case "if":
                return self._if(e)
            case "total":
                return self.total(e), ATOM, 1
            case _:
                return self._call(e)

    def _if(self, e: Expr) -> Text_:
        (c, _, k), (a, _, m), (b, _, n) = (self._part(p, OR) for p in e.parts)
        return f"if {c} then {a} else {b}", IF, max(k, m, n) + 1

    def _chain(self, word: str, parts: list[Text_]) -> Text_:
        """Many conditions; more than go into one expression stand in helpers."""
        binds = AND if word == "and" else OR
        while len(parts) > MANY or sum(len(t) + 5 for t, _, _ in parts) > LONG:
            groups = list[list[Text_]]()
            for one in parts:
                full = not groups or len(groups[-1]) >= MANY
                if full or sum(len(t) + 5 for t, _, _ in groups[-1]) + len(one[0]) > LONG:
                    groups.append([])
                groups[-1].append(one)
            fewer = len(groups) < len(parts)  # else no two go together: each stands apart unless it is a name
            as_they_are = [len(g) == 1 and (fewer or g[0][0].isidentifier()) for g in groups]
            if all(as_they_are):
                break
            parts = [g[0] if kept else (self.helper({"is": f" {word} ".join(t for t, _, _ in g)}, FLAG), ATOM, 1)
                     for g, kept in zip(groups, as_they_are, strict=True)]  # fmt: skip
        return f" {word} ".join(t for t, _, _ in parts), binds, max(d for _, _, d in parts) + len(parts)

    def _compare(self, e: Expr) -> Text_:
        left, right = e.parts
        if self.kinds.of(self.kinds.infer(left)) == FLAG:
            return self._same(left, right, e.text)
        (a, _, m), (b, _, n) = self._part(left, SUM), self._part(right, SUM)
        return f"{a} {e.text} {b}", CMP, max(m, n) + 1

    def _same(self, left: Expr, right: Expr, symbol: str) -> Text_:
        """Two conditions that hold both or neither."""
        if symbol not in ("==", "!="):
            raise Unsaid("an order of conditions", symbol)
        for one, other in ((left, right), (right, left)):
            if one.op == "flag":
                wanted = (one.text == "true") == (symbol == "==")
                return self._write(other if wanted else Expr("not", (other,)))
        both = Expr("and", (left, right))
        neither = Expr("and", (Expr("not", (left,)), Expr("not", (right,))))
        same = Expr("or", (both, neither))
        return self._write(same if symbol == "==" else Expr("not", (same,)))

    def _call(self, e: Expr) -> Text_:
        if e.text in ("days_between", "date_add_days"):
            (a, _, m), (b, _, n) = self._part(e.parts[0], SUM), self._part(e.parts[1], PRODUCT)
            text = f"({b} - {a}) / 1 day" if e.text == "days_between" else f"{a} + {b} * 1 day"
            return text, PRODUCT if e.text == "days_between" else SUM, max(m, n) + 3
        found = [self._part(p, IF) for p in e.parts]
        return f"{e.text}({', '.join(t for t, _, _ in found)})", ATOM, max((d for _, _, d in found), default=0) + 1


def _quoted(text: str) -> str:
    if ISO.fullmatch(text):
        return text
    text = option(text)
    mark = '"' if '"' not in text else "'"
    if mark in text or "\n" in text:
        raise Unsaid("a text that is no option", repr(text))
    return mark + text + mark


def literal(text: str, kind: str) -> str:
    """A value that stands in a cell, as an expression writes it."""
    return _quoted(text) if kind == TEXT else text.lower() if kind == FLAG else text


def cell(text: str, kind: str) -> str | None:
    """A value as a table of a rule file writes it; None where it has another form than others of its kind."""
    said = option(text) if kind == TEXT else text.lower() if kind == FLAG else text
    if kind == NUMBER:
        return text if FIGURE.fullmatch(text) else None
    return said if len(said) <= LONGEST_CELL and said != "unsettled" else None
