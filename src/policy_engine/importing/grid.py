"""Decision tables: cells with tests and results, as formulas of a rule file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from policy_engine.basics.values import DATE as DAY
from policy_engine.basics.values import BadValue, read
from policy_engine.importing.formulas import Unsaid
from policy_engine.importing.gather import snake
from policy_engine.importing.kinds import DATE, FLAG, ISO, NUMBER, TEXT
from policy_engine.language.syntax import RESERVED

ANY: Final = frozenset({"", "-"})
_FIGURE: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)%?")
_DATE: Final = re.compile(r'(?:date\(\s*|@)"([0-9]{4}-[0-9]{2}-[0-9]{2})"(?:\s*\))?')
_RANGE: Final = re.compile(r"([\[\](])\s*(.+?)\s*\.\.\s*(.+?)\s*([\[\])])")
_COMPARED: Final = re.compile(r"(<=|>=|<|>|=|!=)\s*(.+)")
_BOUNDS: Final = {"<": "below", "<=": "at_most", ">": "above", ">=": "at_least"}
CODE: Final = "code"
_DAY: Final = re.compile(r"[0-9]{4}[/.年][0-9]{1,2}[/.月][0-9]{1,2}日?")
COLLECT: Final = {"SUM": "total", "MIN": "least", "MAX": "greatest", "COUNT": "count"}


@dataclass
class GridColumn:
    """A column: its name in the rule file, what it is called, its kind, what a text may be."""

    name: str
    label: str
    kind: str = ""
    options: dict[str, None] = field(default_factory=dict)
    bounds: dict[str, str] = field(default_factory=dict)

    def hold(self, said: str) -> None:
        """What its values are held to: texts, or a range. Raises Unsaid."""
        told = texts(said)
        self.options |= dict.fromkeys(told)
        if said and len(told) < len(list(split(said))):
            if between := _RANGE.fullmatch(said):
                low, high = (
                    ("at_least" if between[1] == "[" else "above"),
                    ("at_most" if between[4] == "]" else "below"),
                )
                self.bounds |= {low: endpoint(between[2], self, {}), high: endpoint(between[3], self, {})}
            elif (one := _COMPARED.fullmatch(said)) and one[1] in _BOUNDS:
                self.bounds[_BOUNDS[one[1]]] = endpoint(one[2], self, {})
            else:
                raise Unsaid("values that an input is held to", said)

    def typed(self) -> dict[str, Any]:
        """Its type as a rule file says it."""
        kind = self.kind or NUMBER
        return {"type": kind, "of": list(self.options)} if kind == TEXT else {"type": kind, **self.bounds}

    def learn(self, kind: str, text: str) -> None:
        """A value of it was seen. Raises Unsaid where it is of another kind."""
        if self.kind == CODE and kind == TEXT:
            return
        if kind and self.kind and kind != self.kind:
            raise Unsaid("values of different kinds in one column", f"{self.label}: {text}")
        self.kind = self.kind or kind
        if kind == TEXT:
            self.options[text] = None


@dataclass(kw_only=True)
class Grid:
    """A table: what is asked, what results, its rows as texts of cells; `policy` is U, A, P, F or C with an aggregator."""

    title: str
    inputs: list[GridColumn]
    outputs: list[GridColumn]
    rows: list[tuple[list[str], list[str]]]
    policy: str = "U"
    collect: str = ""
    priorities: list[list[str]] = field(default_factory=list)
    defaults: list[str] = field(default_factory=list)


def formulas(grid: Grid, names: dict[str, GridColumn]) -> list[dict[str, Any]]:
    """The results of a table as provisions; `names` are what cells may name. Raises Unsaid."""
    rows = [(number, tests, results) for number, (tests, results) in enumerate(grid.rows, 1)]
    if grid.policy == "P":
        if any(r not in p for row in rows for p, r in zip(grid.priorities, row[2], strict=True)):
            raise Unsaid("results whose priorities are not given", grid.title)
        rows.sort(key=lambda row: [p.index(r) for p, r in zip(grid.priorities, row[2], strict=True)])
    elif grid.policy not in ("U", "A", "F", "C") or (grid.policy == "C" and grid.collect not in COLLECT):
        raise Unsaid("a hit policy that gives a list", f"{grid.policy} {grid.collect}".strip())
    whens = [_conditions(grid, tests, names) for _, tests, _ in rows]
    cites = [{"at": f"{grid.title} {number}", "phrase": " | ".join(tests + results)} for number, tests, results in rows]
    return [_formula(grid, i, rows, whens, cites, names) for i in range(len(grid.outputs))]


def _formula(
    grid: Grid, i: int, rows: list[tuple[int, list[str], list[str]]], whens: list[str], cites: list[dict[str, Any]],
    names: dict[str, GridColumn],
) -> dict[str, Any]:  # fmt: skip
    output = grid.outputs[i]
    values = [endpoint(results[i], output, names) for _, _, results in rows]
    head: dict[str, Any] = {"id": output.name, "title": output.label}
    if grid.policy == "C":
        if len(grid.outputs) > 1 or any(grid.defaults):
            raise Unsaid("a total of several results, or with a default", grid.title)
        if grid.collect != "COUNT" and output.kind not in ("", NUMBER):
            raise Unsaid("a total of what is no number", output.label)
        function = COLLECT[grid.collect]
        pairs = whens if grid.collect == "COUNT" else [x for pair in zip(whens, values, strict=True) for x in pair]
        kind = {"type": "count"} if grid.collect == "COUNT" else output.typed()
        return {**head, "cite": cites, "value": {**kind, "is": f"{function}({', '.join(pairs)})"}}
    cases: list[dict[str, Any]] = [
        {"when": w, "is": v, "cite": c} for w, v, c in zip(whens, values, cites, strict=True)
    ]
    if grid.defaults and grid.defaults[i]:
        default = endpoint(grid.defaults[i], output, names)
        cases.append({"otherwise": default, "cite": {"at": grid.title, "phrase": grid.defaults[i]}})
    first = {"match": "first"} if grid.policy in "PF" else {}
    return {**head, "value": {**output.typed(), **first, "cases": cases}}


def _conditions(grid: Grid, tests: list[str], names: dict[str, GridColumn]) -> str:
    found = [condition(column, test, names) for column, test in zip(grid.inputs, tests, strict=True)]
    return " and ".join(f for f in found if f) or "true"


def condition(column: GridColumn, test: str, names: dict[str, GridColumn]) -> str:
    """The tests of a cell, one of which holds, as a condition; empty where anything goes. Raises Unsaid."""
    test = test.strip()
    if test in ANY:
        return ""
    if negated := re.fullmatch(r"not\s*\((.*)\)", test):
        if negated[1].strip() in ANY:
            raise Unsaid("a test that never holds", test)
        return f"not ({condition(column, negated[1], names)})"
    found = [_test(column, part, names) for part in split(test)]
    return found[0] if len(found) == 1 else f"({' or '.join(found)})"


def _test(column: GridColumn, test: str, names: dict[str, GridColumn]) -> str:
    between, compared = _RANGE.fullmatch(test), _COMPARED.fullmatch(test)
    if between:
        low, high = (endpoint(between[i], column, names) for i in (2, 3))
        after, before = "<=" if between[1] == "[" else "<", "<=" if between[4] == "]" else "<"
        said = f"{low} {after} {column.name} {before} {high}"
    elif compared:
        symbol = "==" if compared[1] == "=" else compared[1]
        said = f"{column.name} {symbol} {endpoint(compared[2], column, names)}"
    if column.kind in (TEXT, FLAG) and (between or (compared and compared[1] in _BOUNDS)):
        raise Unsaid("an order of texts or conditions", test)
    if between or compared:
        return said
    value = endpoint(test, column, names)
    if column.kind == FLAG and value in ("true", "false"):
        return column.name if value == "true" else f"not {column.name}"
    return f"{column.name} == {value}"


def endpoint(text: str, column: GridColumn, names: dict[str, GridColumn]) -> str:
    """A literal or a name in a cell as an expression. Raises Unsaid."""
    text = text.strip()
    if _FIGURE.fullmatch(text):
        column.learn(NUMBER, text)
        return re.sub(r"^(-?)\.", r"\g<1>0.", text)
    if text in ("true", "false"):
        column.learn(FLAG, text)
        return text
    if date := _DATE.fullmatch(text) or (ISO.fullmatch(text) and re.fullmatch("(.*)", text)):
        column.learn(DATE, date[1])
        return date[1]
    if quoted := re.fullmatch(r'"([^"\n]+)"', text):
        column.learn(TEXT, quoted[1])
        return text
    if text in names:
        column.learn(names[text].kind, text)
        return names[text].name
    raise Unsaid("a cell that is more than a literal or a name", text)


def split(text: str) -> Iterator[str]:
    """The parts of a list with commas, those in quotes and brackets left alone."""
    part, depth, quoted = "", 0, False
    for character in text:
        quoted ^= character == '"'
        depth += 0 if quoted else (character == "(") - (character == ")")
        if character == "," and not quoted and depth <= 0:
            yield part.strip()
            part = ""
        else:
            part += character
    yield part.strip()


def texts(said: str) -> list[str]:
    """The texts of a list of values."""
    return [part[1:-1] for part in split(said) if len(part) > 2 and part[0] == part[-1] == '"']


def columns(labels: Iterable[str], others: Iterable[str] = ()) -> list[GridColumn]:
    """Columns by what they are called, each with a name of its own that no other has."""
    found, taken = list[GridColumn](), {*RESERVED, "as_of", *others}
    for label in labels:
        name = snake(label)
        while name in taken:
            name += "_x"
        taken.add(name)
        found.append(GridColumn(name, label))
    return found


def lookup(title: str, header: list[str], rows: list[list[str]]) -> dict[str, Any]:
    """A table that is looked up, its last column the result, as the inputs and provisions of a rule file. Raises Unsaid."""
    *keys, value = columns(header)
    if not keys or not rows:
        raise Unsaid("a table needs a key and a result", title)
    for k, key in enumerate(keys):
        told = [row[k].strip() for row in rows if row[k].strip() not in ANY]
        if any(re.fullmatch("0[0-9]+", cell) for cell in told) and all(map(str.isdecimal, told)):
            key.kind = CODE  # with its leading zeros
    cells = [
        [
            f'"{text.strip()}"' if _is_code(key, text) else _as_test(text)
            for key, text in zip((*keys, value), row, strict=True)
        ]
        for row in rows
    ]
    seen = dict[tuple[str, ...], str]()
    for *tests, result in cells:
        if seen.setdefault(tuple(tests), result) != result:
            raise Unsaid("a key that stands twice with different results", ", ".join(tests))
    grid = Grid(title=title, inputs=keys, outputs=[value], rows=[(row[:-1], row[-1:]) for row in cells])
    found = formulas(grid, {})
    return {"inputs": {k.name: {**k.typed(), "label": k.label} for k in keys}, "provisions": found}


def _is_code(column: GridColumn, text: str) -> bool:
    """Whether a cell is a code of its column."""
    return column.kind == CODE and text.strip() not in ANY


def _as_test(text: str) -> str:
    """A cell of a sheet: a test as in a decision table, or a text without its quotes; a date however it is written."""
    plain = text.strip()
    if _DAY.fullmatch(plain):
        try:
            return str(read(plain, DAY))
        except BadValue:
            return f'"{plain}"'
    if len(parts := list(split(plain))) > 1 and all(map(_FIGURE.fullmatch, parts)):
        return plain
    written = plain in ANY or any(form.fullmatch(plain) for form in (_FIGURE, _RANGE, _COMPARED, ISO))
    return plain if written or plain in ("true", "false") else f'"{plain}"'
