"""Expressions laid down as columns in layers: what is used more than once is worked out once, wherever it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import ibis
from ibis.expr import operations as ops

from policy_engine.engines.capabilities import of_table
from policy_engine.engines.native import VALUES, known_to_polars

ENDLESS: Final = 2**63 - 1


class Stages:
    """Columns over a source table; each is known by a stub until all are laid down, layer upon layer."""

    def __init__(self, source: Any) -> None:
        self.source = source
        self._depth = dict.fromkeys(source.columns, 0)
        self._layers: list[dict[str, Any]] = []
        self._stubs: dict[Any, Any] = {}
        self._names: dict[Any, frozenset[str]] = {}
        self._implied: dict[tuple[Any, Any], bool] = {}
        can = of_table(source)
        self._melts = not can.keeps_layers
        if can.own_ways == VALUES:
            known_to_polars()

    def given(self, name: str) -> Any:
        """A column of the source."""
        return _stub(name, self.source[name].type())

    def let(self, expr: Any) -> Any:
        """A column that holds the expression; the same one for the same expression. Literals and columns stay as they are."""
        op = expr.op()
        if isinstance(op, ops.Literal | ops.Field):
            return expr
        if op not in self._stubs:
            depth = 1 + max((self._depth[name] for name in self._used(op)), default=0)
            name = f"_{len(self._stubs)}"
            while len(self._layers) < depth:
                self._layers.append({})
            self._layers[depth - 1][name] = expr
            self._depth[name] = depth
            self._stubs[op] = _stub(name, expr.type())
        return self._stubs[op]

    def implies(self, flag: Any, other: Any) -> bool:
        """Whether a flag is seen to hold only where another does: as one of several that must hold, by columns that stand for such."""
        return self._implies(flag.op(), other.op())

    def _implies(self, op: Any, other: Any) -> bool:
        if (op, other) not in self._implied:
            self._implied[op, other] = op == other or self._holds_with(op, other)
        return self._implied[op, other]

    def _holds_with(self, op: Any, other: Any) -> bool:
        if isinstance(op, ops.Field) and (depth := self._depth[op.name]):
            return self._implies(self._layers[depth - 1][op.name].op(), other)
        if isinstance(op, ops.And | ops.Or):
            return (any if isinstance(op, ops.And) else all)(self._implies(part, other) for part in op.args)
        return False

    def table(self, shown: Mapping[str, Any], keep: Iterable[str] = ()) -> Any:
        """The table of the columns to show, after those of the source to keep.

        A layer carries only what is shown or what those above it need: engines take no more than so many columns.
        """
        last = {name: expr.op() for name, expr in {**{name: self.given(name) for name in keep}, **shown}.items()}
        needed = {name for op in last.values() for name in self._used(op)}
        wanted = []
        for layer in reversed(self._layers):
            wanted.append(frozenset(needed))
            needed |= {used for name, expr in layer.items() if name in needed for used in self._used(expr.op())}
        used = [name for name in self.source.columns if name in needed]
        table = self.source.select(used or self.source.columns[0])  # a table has a column
        for layer, above in zip(self._layers, reversed(wanted), strict=True):
            made = {name: expr.op() for name, expr in layer.items() if name in above}
            if made:
                kept = {name: ops.Field(table.op(), name) for name in table.columns if name in above}
                table = self._apart(self._over(table, kept, made))
        return self._over(table, {}, last)

    def _over(self, table: Any, kept: Mapping[str, Any], made: Mapping[str, Any]) -> Any:
        """The columns of a table that are kept, and those made of them: as `select` makes it, which looks at every column anew."""
        source, known = table.op(), dict[Any, Any]()
        return ops.Project(
            source, {**kept, **{name: self._bound(op, source, known) for name, op in made.items()}}
        ).to_expr()

    def _bound(self, op: Any, source: Any, known: dict[Any, Any]) -> Any:
        """An expression over a table that has the columns it knows by stubs."""
        if op not in known:
            if isinstance(op, ops.Field):
                known[op] = ops.Field(source, op.name)
            elif not self._used(op):
                known[op] = op
            else:
                given = zip(op.argnames, op.args, strict=True)
                known[op] = op.__recreate__({name: self._bound_part(part, source, known) for name, part in given})
        return known[op]

    def _bound_part(self, part: Any, source: Any, known: dict[Any, Any]) -> Any:
        if isinstance(part, tuple):
            return tuple(self._bound_part(one, source, known) for one in part)
        return self._bound(part, source, known) if isinstance(part, ops.Value) else part

    def _used(self, op: Any) -> frozenset[str]:
        """The names of the columns that an expression knows by stubs."""
        if op not in self._names:
            found = (
                (op.name,) if isinstance(op, ops.Field) else (n for part in _parts(op.args) for n in self._used(part))
            )
            self._names[op] = frozenset(found)
        return self._names[op]

    def _apart(self, layer: Any) -> Any:
        """A layer that stays one: PostgreSQL would write its columns out wherever they are used, and again above that."""
        return layer.limit(ENDLESS) if self._melts else layer


def _stub(name: str, type: Any) -> Any:
    return ibis.table({name: type}, name=name)[name]


def _parts(args: Iterable[Any]) -> Iterator[Any]:
    """The expressions among some arguments."""
    for arg in args:
        if isinstance(arg, tuple):
            yield from _parts(arg)
        elif isinstance(arg, ops.Value):
            yield arg
