"""Expressions laid down as columns in layers: what is used more than once is worked out once, wherever it is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import ibis
from ibis.expr import operations as ops

from policy_engine.engines.capabilities import ENDLESS, of_table
from policy_engine.engines.native import VALUES, known_to_polars

DEEPEST = 12
"""So deep a column may be that is written where it is used."""


class Stages:
    """Columns over a source table; each is known by a stub until all are laid down, layer upon layer."""

    def __init__(self, source: Any) -> None:
        self.source = source
        self._made: dict[str, Any] = {}
        self._stubs: dict[Any, Any] = {}
        self._names: dict[Any, frozenset[str]] = {}
        self._implied: dict[tuple[Any, Any], bool] = {}
        self._sole: set[str] = set()
        can = of_table(source)
        self._melts, self._widest = not can.keeps_layers, can.widest
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
            name = f"_{len(self._stubs)}"
            self._made[name] = op
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
        if isinstance(op, ops.Field) and op.name in self._made:
            return self._implies(self._made[op.name], other)
        if isinstance(op, ops.And | ops.Or):
            return (any if isinstance(op, ops.And) else all)(self._implies(part, other) for part in op.args)
        return False

    def table(self, shown: Mapping[str, Any], keep: Iterable[str] = ()) -> Any:
        """The table of the columns to show, after those of the source to keep.

        A layer carries only what is shown or what those above it need: engines take no more than so many columns.
        """
        last = {name: expr.op() for name, expr in {**{name: self.given(name) for name in keep}, **shown}.items()}
        if self._melts:
            self._settle_sole(last.values())
        layers = list(self._layered(Counter(name for op in last.values() for name in self._used(op))))
        used = [name for name in self.source.columns if name in layers[0]]
        table = self.source.select(used or self.source.columns[0])  # a table has a column
        for below, above in pairwise(layers):
            made = {name: op for name, op in self._made.items() if name in above and name not in below}
            kept = {name: ops.Field(table.op(), name) for name in table.columns if name in above}
            table = self._apart(self._over(table, kept, made))
        return self._over(table, {}, last)

    def _settle_sole(self, shown: Collection[Any]) -> None:
        """The columns written where they are used: those that stand in one place alone, unless that nests too deep.

        Layers that stay ones have to carry each column that a later one needs: half of the columns of a plan stand in one place.
        """
        self._names, self._sole = {}, set()
        places, deep = Counter[str](), dict[Any, int]()
        for op in shown:
            places.update(_places(op))
        for name in reversed(self._made):  # what uses a column is made after it
            if places[name]:
                places.update(_places(self._made[name]))
        for name, op in self._made.items():
            if places[name] == 1 and self._depth(op, deep) <= DEEPEST:
                self._sole.add(name)

    def _depth(self, op: Any, known: dict[Any, int]) -> int:
        if op not in known:
            parts = [self._made[op.name]] if isinstance(op, ops.Field) and op.name in self._sole else _parts(op.args)
            known[op] = 1 + max((self._depth(part, known) for part in parts), default=0)
        return known[op]

    def _layered(self, uses: Counter[str]) -> Iterator[frozenset[str]]:
        """The columns of the source that are needed, then those of each layer: what can be made by then, the first first, while there is room.

        `uses`: how many of what is shown use each column. A column stays until all that use it are made.
        """
        for name in reversed(self._made):  # what uses a column is made after it
            if uses[name]:
                uses.update(self._used(self._made[name]))
        held = {name for name in self.source.columns if uses[name]}
        todo = [name for name in self._made if uses[name]]
        yield frozenset(held)
        while todo:
            there, left = frozenset(held), list[str]()
            for name in todo:
                used = self._used(self._made[name])
                ends = {one for one in used if uses[one] == 1}
                room = len(held) - len(ends) < self._widest or held == there
                if not (room and used <= there):
                    left.append(name)
                    continue
                uses.subtract(used)
                held -= ends
                held.add(name)
            yield frozenset(held)
            todo = left

    def _over(self, table: Any, kept: Mapping[str, Any], made: Mapping[str, Any]) -> Any:
        """The columns of a table that are kept, and those made of them: as `select` makes it, which looks at every column anew."""
        source, known = table.op(), dict[Any, Any]()
        return ops.Project(
            source, {**kept, **{name: self._bound(op, source, known) for name, op in made.items()}}
        ).to_expr()

    def _bound(self, op: Any, source: Any, known: dict[Any, Any]) -> Any:
        """An expression over a table that has the columns it knows by stubs."""
        if op not in known:
            if isinstance(op, ops.Field) and op.name in self._sole:
                known[op] = self._bound(self._made[op.name], source, known)
            elif isinstance(op, ops.Field):
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
            column = isinstance(op, ops.Field)
            parts = (self._made[op.name],) if column and op.name in self._sole else _parts(op.args)
            own = {op.name} if column and op.name not in self._sole else ()
            self._names[op] = frozenset(own).union(*map(self._used, parts))
        return self._names[op]

    def _apart(self, layer: Any) -> Any:
        """A layer that stays one: PostgreSQL would write its columns out wherever they are used, and again above that."""
        return layer.limit(ENDLESS) if self._melts else layer


def _stub(name: str, type: Any) -> Any:
    return ibis.table({name: type}, name=name)[name]


def _places(op: Any) -> Iterator[str]:
    """The columns an expression has, as often as they stand in it."""
    if isinstance(op, ops.Field):
        yield op.name
    else:
        for part in _parts(op.args):
            yield from _places(part)


def _parts(args: Iterable[Any]) -> Iterator[Any]:
    """The expressions among some arguments."""
    for arg in args:
        if isinstance(arg, tuple):
            yield from _parts(arg)
        elif isinstance(arg, ops.Value):
            yield arg
