"""The tables of a rule file: values by date, by key, by bracket. Each column is a formula of the decision, written out.

So every reading of a rule has tables without knowing of them. `column at KEY` and `marginal(column of x)` are written out
where they stand; what they cite is that of the table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, islice, pairwise, product
from typing import Any, Final

from policy_engine.basics.errors import Text, did_you_mean
from policy_engine.basics.places import Path_
from policy_engine.basics.values import Known, Type, members
from policy_engine.language import ir, typecheck
from policy_engine.rulebook.rule import Citation, CitedPart, Provision
from policy_engine.rulefiles import forms
from policy_engine.rulefiles import shape as model
from policy_engine.rulefiles import shape_tables as tables
from policy_engine.rulefiles.compose_rows import helper
from policy_engine.rulefiles.reader import Reader, unit_word

MAX_SIZE: Final = 20_000
"""How many parts an expression may have once what it looks up is written out."""
LACKING: Final = 12
"""How many of the rows that are not there are told."""
TODAY: Final = ir.Name("as_of")
UNSETTLED: Final = "unsettled"
Keys = tuple[ir.Node, ...]


@dataclass(frozen=True)
class _Line:
    """A row: its keys, its values by column, what it cites, where it stands."""

    keys: tuple[Known, ...]
    cells: tuple[ir.Node, ...]
    cites: tuple[Citation, ...]
    path: Path_


@dataclass(frozen=True)
class _Version:
    """The rows that hold from a day on; how a key is compared with those of a row; the values of all others."""

    since: dt.date | None
    op: ir.CompareOp
    lines: tuple[_Line, ...]
    rest: tuple[ir.Node, ...]
    rest_cites: tuple[Citation, ...] = ()


class Tables:
    """The tables of a file, in their order; a table may look something up in those before it."""

    def __init__(self, reader: Reader, entries: Mapping[str, tables.Table], document: str) -> None:
        self.tables = [_Table(reader, name, entry, document) for name, entry in entries.items()]
        self.of_column = {column: table for table in self.tables for column in table.types}
        self.used = reader.source.data.get("uses")
        self.borrowed: dict[Citation, None] = {}
        self.derived: dict[Known, Text] = {}
        self.of_rows: dict[str, Type] = {}
        """Names that are seen in the rows of a list alone."""
        self.open: frozenset[str] = frozenset()
        """Names that may be another than any listed."""

    def provisions(self) -> tuple[Provision, ...]:
        """Each column as a formula of the decision."""
        return tuple(p for table in self.tables for p in table.provisions(self.of_rows, self.open))

    def written_out(self, node: ir.Node) -> ir.Node:
        """An expression with what it looks up written out; what that cites goes to `borrowed`, `derived`. Raises TypeProblem."""
        found = self._written_out(node)
        if found is not node and sum(1 for _ in ir.walk(found)) > MAX_SIZE:
            raise typecheck.TypeProblem(
                Text(
                    f"with its tables written out it has more than {MAX_SIZE} parts",
                    f"展开各表后超过 {MAX_SIZE} 个部分",
                ),
                node.span,
            )
        return found

    def _written_out(self, node: ir.Node) -> ir.Node:
        parts = ir.children(node)
        inner = tuple(map(self._written_out, parts))
        if any(new is not old for new, old in zip(inner, parts, strict=True)):
            node = ir.with_children(node, inner)
        match node:
            case ir.Call(function="at", args=(ir.Name() as head, *keys)):
                return self._looked_up(node, head, tuple(keys))
            case ir.Call(function="marginal", args=(ir.Name() as head,)):
                return self._looked_up(node, head, None)
            case ir.Call(function="marginal", args=(ir.Arith(op="of", left=ir.Name() as head, right=key),)):
                return self._looked_up(node, head, (key,))
            case ir.Call(function="marginal"):
                raise typecheck.TypeProblem(
                    Text("marginal takes a column of a table", "marginal 应用于表的一列"), node.span,
                    Text("write marginal(rate of income)", "请写 marginal(rate of income)"),
                )  # fmt: skip
            case ir.Name(name=name) if name in self.of_column and self.of_column[name].of_rows:
                return self._looked_up(node, node, None)
            case _:
                return node

    def _looked_up(self, node: ir.Node, head: ir.Name, keys: Keys | None) -> ir.Node:
        table = self.of_column.get(head.name)
        if table is None:
            raise typecheck.TypeProblem(
                Text(f"`{head.name}` is not a column of a table", f"`{head.name}` 不是表的列"), head.span,
                forms.of_no_column(head.name, self.of_column, self.used),
            )  # fmt: skip
        self.borrowed |= dict.fromkeys(table.cites)
        self.derived |= table.derived
        if table.broken:
            return head
        marginal = isinstance(node, ir.Call) and node.function == "marginal"
        write = table.marginal if marginal else table.looked_up
        found = write(head.name, table.keys if keys is None else keys, node.span)
        return _placed(found, node.span)


class _Table:
    """One table. `by`: its keys as they are written; `keys`, `kinds`: what they mean."""

    def __init__(self, reader: Reader, name: str, entry: tables.Table, document: str) -> None:
        self.reader, self.entry, self.document, self.path = reader, entry, document, ("tables", name)
        self.columns = entry.columns(name)
        self.types: dict[str, Type] = {}
        for key, column in self.columns.items():
            at: Path_ = (*self.path, "gives", key) if entry.gives else self.path
            self.types[key] = reader.type_of(column, at)
            reader.declare(key, self.types[key], at)
        self.title = model.words(entry.title, name)
        self.by = [entry.by] if isinstance(entry.by, str) else entry.by
        self.own_cites = reader.cites(entry.cite, document)
        self.keys: Keys = ()
        self.kinds: tuple[Type, ...] = ()
        self.versions: tuple[_Version, ...] = ()
        self.derived = reader.derived(entry.derived, self.path)
        self.of_rows = self.open = False
        self.broken = True

    @property
    def cites(self) -> tuple[Citation, ...]:
        """Everything the table cites."""
        of_rows = (line.cites for version in self.versions for line in version.lines)
        of_rest = (version.rest_cites for version in self.versions)
        return tuple(dict.fromkeys(chain(self.own_cites, *of_rows, *of_rest)))

    def provisions(self, of_rows: Mapping[str, Type], open_: frozenset[str]) -> Iterator[Provision]:
        """Its columns, once everything in it is read; one by a column of a list is looked up in the rows of that."""
        before, outside = len(self.reader.problems), self.reader.env
        self.reader.env = {**of_rows, **outside}
        keys = [self.reader.typed(text, (*self.path, "by")) for text in self.by]
        self.reader.env = outside
        if any(kind.kind == "set" for kind, _ in keys):
            self.report((*self.path, "by"), "a set has several values, a key has one", "集合可有多个值，键只能有一个值")
        if len(self.reader.problems) > before:
            return
        self.kinds, self.keys = tuple(kind for kind, _ in keys), tuple(node for _, node in keys)
        self.open = not open_.isdisjoint(name for node in self.keys for name in ir.names(node))
        self.versions = tuple(self._versions())
        self.broken = len(self.reader.problems) > before
        self.of_rows = any(name not in outside for node in self.keys for name in ir.names(node))
        if self.of_rows:
            return
        for i, (name, column) in enumerate(self.columns.items()):
            value = self.value(i, self.keys, TODAY)
            self.reader.cited(value, self.cites, self.path)
            yield helper(
                name, model.words(column.title or self.entry.title, name), value, self.types[name], column.type,
                cites=self.own_cites or self.cites[:1], case_cites=self.cites, parts=tuple(self._parts(i)),
                place=self.reader.source.place(self.path), note=model.said(self.entry.note),
                options=self.reader.labels(column), derived=self.derived, unit_word=unit_word(column.unit),
            )  # fmt: skip

    # --- reading ---------------------------------------------------------------------------------------------------

    def report(self, path: Path_, en: str, zh: str, help: Text | None = None) -> None:
        self.reader.report(path, "table", en, zh, help)

    def _versions(self) -> Iterator[_Version]:
        if not self.entry.versions:
            yield self._version(None, self.entry, self.path)
        for raw, body in self.entry.versions.items():
            path: Path_ = (*self.path, "from", raw)
            given = body if isinstance(body, tables.TableBody) else tables.TableBody.model_construct(cells=body)
            yield self._version(self.reader.date(raw, (*path, "")) or dt.date.min, given, path)

    def _version(self, since: dt.date | None, body: tables.TableBody, path: Path_) -> _Version:
        cites = self.reader.cites(body.cite, self.document) if since else ()
        op: ir.CompareOp = "<=" if body.steps == "up_to" else "<" if body.steps == "below" else "=="
        before = len(self.reader.problems)
        found = [self._line(*row, cites) for row in self._rows(body, path)]
        lines = tuple(line for line in found if line)
        reason = Text(f"{self.title.en}: the table has no row for this", f"{self.title.zh}：表中没有对应的一行")
        rest: tuple[ir.Node, ...] = (ir.Unsettled(reason),) * len(self.columns)
        rest_cites: tuple[Citation, ...] = ()
        if body.otherwise is not None:
            other = self._line([], body.otherwise, (*path, "otherwise"), cites)
            rest = rest if other is None or body.otherwise == UNSETTLED else other.cells
            rest_cites = other.cites if other else ()
        if body.file:  # it is cited as a whole
            cells = [c.value for line in lines for c in line.cells if isinstance(c, ir.Number | ir.Const)]
            keys = [key for line in lines for key in line.keys]
            self.derived |= dict.fromkeys([*keys, *cells], Text(f"stands in {body.file}", f"见 {body.file}"))
        if len(self.reader.problems) == before:
            (self._check_keys if op == "==" else self._check_steps)(lines, body, path)
        return _Version(since, op, lines, rest, rest_cites)

    def _rows(self, body: tables.TableBody, path: Path_) -> Iterator[tuple[list[str], tables.RowOf, Path_]]:
        """Each row: its keys, what is written of it, where it stands."""
        crossed = [isinstance(tables.cells_of(row), dict) for row in body.by_key.values()]
        if (body.steps or body.by_key) and len(self.by) != 1 + any(crossed):
            self.report(path, f"these are rows of {1 + any(crossed)} key(s), `by` has {len(self.by)}", f"此为 {1 + any(crossed)} 个键的各行，`by` 却有 {len(self.by)} 个",
                        Text("of one key: by: kind, is: {boat: 10}; of two: is: {boat: {deck: 10, cabin: 20}}; of several: rows: [[boat, deck, 10]]",
                             "一个键写作 by: kind, is: {boat: 10}；两个键写作 is: {boat: {deck: 10, cabin: 20}}；多个键写作 rows: [[boat, deck, 10]]"))  # fmt: skip
        elif any(crossed):
            yield from self._crossed(body, path)
        elif body.rows:
            order = [*([body.steps] if body.steps else self.by), *self.columns]
            lists = [row.cells if isinstance(row, tables.GridRow) else row for row in body.rows]
            head = lists[0] if body.file else order
            if sorted(head) != sorted(order):
                self.report(
                    (*path, "rows", 0), f"the columns should be {', '.join(order)}", f"各列应为 {'、'.join(order)}"
                )
                return
            for i, cells in enumerate(lists):
                if len(cells) != len(head):
                    self.report((*path, "rows", i), f"the row has {len(cells)} cells, not {len(head)}",
                                f"该行有 {len(cells)} 格，应为 {len(head)} 格")  # fmt: skip
                elif i or not body.file:
                    told = [cells[head.index(name)] for name in order]
                    yield told[: len(self.by)], tables.cited(told[len(self.by) :], body.rows[i]), (*path, "rows", i)
        elif body.by_key:
            for key, row in body.by_key.items():
                yield [key], row, (*path, body.steps or "is", key)
        elif self.by or not isinstance(body.cells, str | list):
            self.report(
                path,
                "rows are missing: `is`, `up_to`, `below`, `rows` or `file`",
                "缺少各行：`is`、`up_to`、`below`、`rows` 或 `file`",
            )
        else:
            yield [], body.cells, (*path, "is")

    def _crossed(self, body: tables.TableBody, path: Path_) -> Iterator[tuple[list[str], tables.RowOf, Path_]]:
        """The rows of two keys: for each of the first those of the second."""
        for key, row in body.by_key.items():
            cells, at = tables.cells_of(row), (*path, body.steps or "is", key)
            if not isinstance(cells, dict) or body.steps:
                self.report(at, "each key has values of its own for a second one, or none has", "各键须均按第二个键分列，或均不分列")  # fmt: skip
                continue
            inner: Path_ = (*at, "is") if isinstance(row, tables.TableRow) else at
            for second, told in cells.items():
                yield [key, second], tables.cited(told, row), (*inner, second)

    def _line(self, raw: list[str], row: tables.RowOf, path: Path_, cites: tuple[Citation, ...]) -> _Line | None:
        cited = isinstance(row, tables.TableRow)
        own = self.reader.cites(row.cite, self.document) if isinstance(row, tables.TableRow) else ()
        told = row.cells if isinstance(row, tables.TableRow) else row
        if isinstance(told, dict):
            self.report(path, "one value stands here for every other key", "此处为其他各键共用的一个值")
            return None
        alone = len(self.columns) if told == UNSETTLED else 1
        cells = [told] * alone if isinstance(told, str) else told
        if len(cells) != len(self.columns):
            self.report(
                path,
                f"the row has {len(cells)} values, not {len(self.columns)}",
                f"该行有 {len(cells)} 个值，应为 {len(self.columns)} 个",
            )
            return None
        at = (*path, "is") if cited else path
        keys = tuple(self.reader.value(key, kind, (*path, "")) for key, kind in zip(raw, self.kinds, strict=False))
        values = tuple(self._cell(text, name, at) for text, name in zip(cells, self.columns, strict=True))
        if any(key is None for key in keys):
            return None
        return _Line(keys, values, own + cites, path)  # type: ignore[arg-type]

    def _cell(self, text: str, name: str, path: Path_) -> ir.Node:
        if text == UNSETTLED:
            return ir.Unsettled(Text(f"{self.title.en}: the text gives no value", f"{self.title.zh}：文本未作规定"))
        share = self.columns[name].type == "share"
        value = self.reader.value(text, self.types[name], path, share)
        if isinstance(value, frozenset):  # in the order of the text
            return ir.ListOf(tuple(dict.fromkeys(members(text, self.types[name]))))
        return ir.Unsettled(self.title) if value is None else _literal(value, self.types[name], share)

    # --- mistakes --------------------------------------------------------------------------------------------------

    def _check_steps(self, lines: Sequence[_Line], body: tables.TableBody, path: Path_) -> None:
        if len(self.kinds) == 1 and self.kinds[0].kind not in ("number", "date"):
            self.report(path, "steps are of a number or a date", "分档的键应为数或日期")
            return
        for one, other in pairwise(lines):
            if not one.keys < other.keys:
                self.report(
                    other.path,
                    "the steps rise: this one is not above the one before",
                    "各档界限应递增：此档不高于前一档",
                )

    def _check_keys(self, lines: Sequence[_Line], body: tables.TableBody, path: Path_) -> None:
        seen: set[tuple[Known, ...]] = set()
        for line in lines:
            if line.keys in seen:
                self.report(line.path, f"the key {_shown(line.keys)} stands twice", f"键 {_shown(line.keys)} 重复")
            seen.add(line.keys)
        told = [self._options(k) for k in range(len(self.kinds))]
        every = [options or tuple(dict.fromkeys(keys[k] for keys in seen)) for k, options in enumerate(told)]
        if lines and len(seen) == len(lines) and body.otherwise is None and any(told):
            lacking = [_shown(keys) for keys in islice((keys for keys in product(*every) if keys not in seen), LACKING)]
            if lacking:
                self.report(path, f"there is no row for {'; '.join(lacking)}", f"缺少 {'；'.join(lacking)} 的一行",
                            Text("add it, or `otherwise: …` (`unsettled` where the text gives none)",
                                 "请补充，或写 `otherwise: …`（条文没有规定的写 `unsettled`）"))  # fmt: skip

    # --- writing out -----------------------------------------------------------------------------------------------

    def value(self, i: int, keys: Keys, day: ir.Node, of: Callable[..., ir.Node] | None = None) -> ir.Node:
        """A column for keys and a day."""
        write = of or self._of
        if not self.entry.versions:
            return write(self.versions[0], i, keys)
        latest = sorted(self.versions, key=lambda v: v.since or dt.date.min, reverse=True)
        first = latest[-1].since
        none = Text(f"{self.title.en}: no value before {first}", f"{self.title.zh}：{first} 之前没有数值")
        return ir.Cases(tuple((_since(v, day), write(v, i, keys)) for v in latest), ir.Unsettled(none))

    def _of(self, version: _Version, i: int, keys: Keys) -> ir.Node:
        rows = [(line.keys, line.cells[i]) for line in version.lines]
        return self._cases(version, rows, 0, keys, version.rest[i])

    def _cases(self, version: _Version, rows: Sequence[Any], k: int, keys: Keys, rest: ir.Node) -> ir.Node:
        """Cases of the first key, in each those of the next."""
        if k == len(keys) or not rows:
            return rows[0][1] if rows else rest
        groups: dict[Known, list[Any]] = {}
        for row in rows:
            groups.setdefault(row[0][k], []).append(row)
        if isinstance(key := keys[k], ir.Const) and isinstance(key.value, str):
            return self._cases(version, groups.get(key.value, []), k + 1, keys, rest)
        branches = tuple((self._meets(version, k, key, keys), self._cases(version, some, k + 1, keys, rest))
                         for key, some in groups.items())  # fmt: skip
        if version.op == "==" and not self.open and groups.keys() >= set(self._options(k)) != set():
            return ir.Cases(branches[:-1], branches[-1][1]) if len(branches) > 1 else branches[-1][1]
        return ir.Cases(branches, rest)

    def _options(self, k: int) -> tuple[Known, ...]:
        """What a key can be, where that is listed."""
        return (True, False) if self.kinds[k].kind == "flag" else self.kinds[k].options

    def _meets(self, version: _Version, k: int, key: Known, keys: Keys) -> ir.Node:
        if isinstance(key, bool):
            return keys[k] if key else ir.Not(keys[k])
        return ir.Compare(version.op, keys[k], _literal(key, self.kinds[k]))

    def looked_up(self, name: str, args: Keys, span: ir.Span) -> ir.Node:
        """A column at other keys, or on another day, or both: the day last. Raises TypeProblem."""
        i, wanted, dated = list(self.columns).index(name), len(self.keys), bool(self.entry.versions)
        for arg, kind in zip(args, self.kinds, strict=False):
            if not isinstance(arg, ir.Const) or not isinstance(arg.value, str) or kind.kind == "code":
                continue
            if kind.kind != "choice":
                message = Text(f"expected {kind}, found a text", f"应为 {kind}，却是文本")
                raise typecheck.TypeProblem(message, arg.span)
            if arg.value not in kind.options:
                text = Text(f"`{arg.value}` is not an option", f"`{arg.value}` 不是选项")
                raise typecheck.TypeProblem(text, arg.span, did_you_mean(arg.value, kind.options))
        if dated and len(args) == wanted + 1:
            return self.value(i, args[:-1], args[-1])
        if wanted and len(args) == wanted:
            found = self.value(i, args, TODAY)
            if isinstance(found, ir.Unsettled):
                raise typecheck.TypeProblem(found.reason, span)
            return found
        takes = ", ".join([*self.by, *["a date"] * dated])
        raise typecheck.TypeProblem(Text(f"`{name} at …` takes {takes or 'nothing'}; found {len(args)} value(s)",
                                         f"`{name} at …` 应给出 {takes or '（无）'}，却有 {len(args)} 个值"), span)  # fmt: skip

    def marginal(self, name: str, keys: Keys, span: ir.Span) -> ir.Node:
        """Each part of a number by the rate of its own bracket. Raises TypeProblem."""
        if any(v.op == "==" for v in self.versions) or len(keys) != 1 or self.types[name].kind != "number":
            advice = Text(
                "marginal takes a column of a table with `up_to` or `below`",
                "marginal 应用于有 `up_to` 或 `below` 的表",
            )
            raise typecheck.TypeProblem(Text(f"`{name}` is not by bracket", f"`{name}` 不是分档的数值"), span, advice)
        return self.value(list(self.columns).index(name), keys, TODAY, self._marginal)

    def _marginal(self, version: _Version, i: int, keys: Keys) -> ir.Node:
        (x,), rest = keys, version.rest[i]
        if not version.lines:
            return rest
        rates = [line.cells[i] for line in version.lines]
        ends: list[ir.Node] = [ir.Call("min", (x, _literal(line.keys[0], self.kinds[0]))) for line in version.lines]
        if not (open_ := isinstance(rest, ir.Unsettled)):
            rates, ends = [*rates, rest], [*ends, x]
        parts = [*ends[:1], *(ir.Arith("-", high, low) for low, high in pairwise(ends))]
        each = [ir.Arith("*", rate, part) for rate, part in zip(rates, parts, strict=True)]
        total = _summed(
            [one for one in each if getattr(one.left, "value", 1)] or each[:1]
        )  # what is taken by 0 adds nothing
        last = self._meets(version, 0, version.lines[-1].keys[0], keys)
        return ir.Cases(((last, total),), rest) if open_ else total

    def _parts(self, i: int) -> Iterator[CitedPart]:
        """Each literal with what its row cites."""
        for version in self.versions:
            for line in version.lines:
                place = self.reader.source.place(line.path)
                keys = [self._meets(version, k, key, self.keys) for k, key in enumerate(line.keys)]
                dates = [_since(version, TODAY)] if version.since else []
                for node in (*dates, *keys, line.cells[i]):
                    yield CitedPart(node, line.cites + self.own_cites, place)
            yield CitedPart(version.rest[i], version.rest_cites + self.own_cites, self.reader.source.place(self.path))


def _since(version: _Version, day: ir.Node) -> ir.Node:
    return ir.Compare(">=", day, ir.Const(version.since or dt.date.min))


def _literal(value: Known, kind: Type, share: bool = False) -> ir.Node:
    if isinstance(value, Fraction):
        return ir.Number(value, kind.unit, percent=share)
    return ir.ListOf(tuple(sorted(value))) if isinstance(value, frozenset) else ir.Const(value)


def _summed(parts: Sequence[ir.Node]) -> ir.Node:
    """A sum as flat as can be: a hundred brackets are seven deep."""
    half = len(parts) // 2
    return ir.Arith("+", _summed(parts[:half]), _summed(parts[half:])) if half else parts[0]


def _placed(node: ir.Node, span: ir.Span) -> ir.Node:
    """What is written out stands where it was asked for."""
    return replace(ir.with_children(node, tuple(_placed(part, span) for part in ir.children(node))), span=span)


def _shown(keys: Sequence[Known]) -> str:
    return ", ".join(str(key).lower() if isinstance(key, bool) else str(key) for key in keys)
