"""Expressions laid down as columns in layers: what is used more than once is worked out once, wherever it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import ibis
from ibis.expr import operations as ops

from policy_engine.engines.capabilities import of_table

ENDLESS: Final = 2**63 - 1


class Stages:
    """Columns over a source table; each is known by a stub until all are laid down, layer upon layer."""

    def __init__(self, source: Any) -> None:
        self.source = source
        self._depth = dict.fromkeys(source.columns, 0)
        self._layers: list[dict[str, Any]] = []
        self._stubs: dict[Any, Any] = {}
        self._melts = not of_table(source).keeps_layers

    def given(self, name: str) -> Any:
        """A column of the source."""
        return _stub(name, self.source[name].type())

    def let(self, expr: Any) -> Any:
        """A column that holds the expression; the same one for the same expression. Literals and columns stay as they are."""
        op = expr.op()
        if isinstance(op, ops.Literal | ops.Field):
            return expr
        if op not in self._stubs:
            depth = 1 + max((self._depth[name] for name in _used(expr)), default=0)
            name = f"_{len(self._stubs)}"
            while len(self._layers) < depth:
                self._layers.append({})
            self._layers[depth - 1][name] = expr
            self._depth[name] = depth
            self._stubs[op] = _stub(name, expr.type())
        return self._stubs[op]

    def table(self, shown: Mapping[str, Any], keep: Iterable[str] = ()) -> Any:
        """The table of the columns to show, after those of the source to keep.

        A layer carries only what is shown or what those above it need: engines take no more than so many columns.
        """
        own = {name: self.given(name) for name in keep}
        needed = {name for expr in (*own.values(), *shown.values()) for name in _used(expr)}
        wanted = []
        for layer in reversed(self._layers):
            wanted.append(frozenset(needed))
            needed |= {used for name, expr in layer.items() if name in needed for used in _used(expr)}
        used = [name for name in self.source.columns if name in needed]
        table = self.source.select(used or self.source.columns[0])  # a table has a column
        for layer, above in zip(self._layers, reversed(wanted), strict=True):
            made = {name: _bound(expr, table) for name, expr in layer.items() if name in above}
            if made:
                table = self._apart(table.select(**{n: table[n] for n in table.columns if n in above}, **made))
        return table.select(**{name: _bound(expr, table) for name, expr in (own | dict(shown)).items()})

    def _apart(self, layer: Any) -> Any:
        """A layer that stays one: PostgreSQL would write its columns out wherever they are used, and again above that."""
        return layer.limit(ENDLESS) if self._melts else layer


def _stub(name: str, type: Any) -> Any:
    return ibis.table({name: type}, name=name)[name]


def _used(expr: Any) -> list[str]:
    return [field.name for field in expr.op().find(ops.Field)]


def _bound(expr: Any, table: Any) -> Any:
    """The expression over a table that has the columns it knows by stubs."""
    op = expr.op()
    return op.replace({field: ops.Field(table, field.name) for field in op.find(ops.Field)}).to_expr()
