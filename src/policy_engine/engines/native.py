"""Expressions that an engine may have a way of its own for: text read once for each value there is, words for codes and codes for words.

Where it has none they are what they mean, written out. Polars works out every branch of a CASE for every row, so that what
reads text in a dozen ways is asked only about the values that differ, and words are looked up by number. DuckDB finds a text in
a list once for each entry of its dictionary, but asks `IN` of every row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

import ibis
from ibis.expr import datatypes as dt
from ibis.expr import operations as ops

from policy_engine.engines.truth import case, is_null, same

Own = Literal["", "values", "lists"]
"""How an engine reads text in a way of its own: each value once, or words by their place in a list."""
NOT_OWN: Final = ""
VALUES: Final = "values"
LISTS: Final = "lists"
TEXT: Final = "text"
MANY: Final = 100
FEW: Final = 2
"""A text is looked up where each value stands for at least so many rows."""


@dataclass(frozen=True)
class _Hidden:
    """An expression that is no part of the tree it stands in: its columns are not those of the table."""

    op: ops.Node


class ByValue(ops.Unary):  # type: ignore[misc]
    """What is made of a text alone, worked out once for each value."""

    made: Any

    @property
    def dtype(self) -> Any:
        """The type of what is made."""
        return self.made.op.dtype


class Worded(ops.Unary):  # type: ignore[misc]
    """The word of a code; there is one for each, or none."""

    words: Any
    dtype = dt.string


class LookedUp(ops.Unary):  # type: ignore[misc]
    """What stands in a list at the place where a text stands in another, NULL where it does not."""

    texts: Any
    said: Any
    kind: Any

    @property
    def dtype(self) -> Any:
        """The type of what is said."""
        return self.kind


class Among(ops.Unary):  # type: ignore[misc]
    """A word, of a type that has no others."""

    words: Any
    dtype = dt.string


def looked_up(found: Any, table: Mapping[str, str | int]) -> Any:
    """What stands for a text in a table, NULL where it is not there; for an engine that finds words in lists."""
    kind = dt.string if isinstance(next(iter(table.values())), str) else dt.int64
    if is_null(found):
        return ibis.null(kind)
    _known_to_duckdb()
    return LookedUp(found.op(), tuple(table), tuple(table.values()), kind).to_expr()


def by_value(found: Any, made: Callable[[Any], Any], own: Own) -> Any:
    """What is made of a text; `own`: by the engine's own way."""
    if own != VALUES or is_null(found):
        return made(found)
    _known_to_polars()
    column = ibis.table({TEXT: "string"}, name=TEXT)[TEXT]
    return ByValue(found.op(), _Hidden(made(column).op())).to_expr()


def worded(code: Any, words: Mapping[int, str], own: Own) -> Any:
    """The word of a code, the last one for any other; `own`: by the engine's own way."""
    if own == VALUES and not isinstance(code.op(), ops.Literal):
        _known_to_polars()
        return Worded(code.op(), tuple(words.get(at) for at in range(max(words) + 1))).to_expr()
    *firsts, last = ((at, ibis.literal(word)) for at, word in words.items())
    return case(*((same(code, ibis.literal(at, "int8")), word) for at, word in firsts), otherwise=last[1])


def told_words(table: Any) -> list[str]:
    """The words that stand in a table for codes, a line each, as an engine's own plan does not show them."""
    found = {op.words for op in table.op().find(Worded)}
    lines = (", ".join(f"{at} {word}" for at, word in enumerate(words) if word is not None) for words in found)
    return [f"words: {line}" for line in sorted(lines)]


def few_words(table: Any) -> dict[str, tuple[str, ...]]:
    """The words a text column may hold, where they are all written in what it is made of; empty for any other column."""
    values = table.op().values
    return {name: tuple(sorted(_words(op) or ())) for name, op in values.items() if op.dtype.is_string()}


def among_few(table: Any, few: Mapping[str, tuple[str, ...]]) -> Any:
    """The table with the cases that columns of few words are as cases of a type of these words: what each says is made no text before."""
    made = {}
    for name, words in few.items():
        op = table.op().values[name]
        while isinstance(op, ops.Field) and isinstance(op.rel, ops.Project):
            op = op.rel.values[op.name]
        if isinstance(op, ops.SearchedCase):
            made[op] = words

    def replaced(op: Any, given: Any) -> Any:  # with what it is made of, parts of which may be replaced too
        found = op.__recreate__(given) if given else op
        return _among(found, made[op]) if op in made else found

    return table.op().replace(replaced).to_expr() if made else table


def _among(op: Any, words: tuple[str, ...]) -> Any:
    if isinstance(op, ops.SearchedCase):
        results = tuple(_among(part, words) for part in op.results)
        return ops.SearchedCase(op.cases, results, _among(op.default, words))
    _known_to_duckdb()
    return Among(op, words)


def _words(op: Any) -> set[str] | None:
    """The words an expression may come to; None where that is not known, or they are many."""
    if isinstance(op, ops.Literal):
        return set() if op.value is None else {op.value}
    if isinstance(op, ops.Field):
        return _words(op.rel.values[op.name]) if isinstance(op.rel, ops.Project) else None
    if not isinstance(op, ops.SearchedCase | ops.IfElse):
        return None
    found: set[str] = set()
    for part in (*op.results, op.default) if isinstance(op, ops.SearchedCase) else (op.true_expr, op.false_null_expr):
        words = _words(part)
        if words is None or len(found | words) > MANY:
            return None
        found |= words
    return found


@cache
def _known_to_polars() -> None:
    import polars as pl
    from ibis.backends.polars.compiler import translate
    from ibis.formats.polars import PolarsType

    def _by_value(op: ByValue, **given: Any) -> Any:
        made, kind = translate(op.made.op, **given), PolarsType.from_ibis(op.dtype)

        def looked_up(texts: Any) -> Any:
            values = texts.unique()
            if len(values) * FEW >= len(texts):  # none at all among them
                return texts.to_frame(TEXT).select(made)[:, 0].rename(texts.name)
            found = values.to_frame(TEXT).select(made)[:, 0]
            return texts.replace_strict(values, found, return_dtype=kind)

        return translate(op.arg, **given).map_batches(looked_up, return_dtype=kind, is_elementwise=True)

    def _worded(op: Worded, **given: Any) -> Any:
        words = pl.Series(op.words, dtype=pl.String)
        return translate(op.arg, **given).map_batches(words.gather, return_dtype=pl.String, is_elementwise=True)

    translate.register(ByValue)(_by_value)
    translate.register(Worded)(_worded)


@cache
def _known_to_duckdb() -> None:
    from ibis.backends.sql.compilers import DuckDBCompiler
    from sqlglot import expressions as sge

    def looked_up(self: Any, op: LookedUp, *, arg: Any, **_: Any) -> Any:
        texts, said = (sge.Array(expressions=[sge.convert(one) for one in ones]) for ones in (op.texts, op.said))
        return self.cast(self.f.list_extract(said, self.f.list_position(texts, arg)), op.kind)

    def among(self: Any, op: Among, *, arg: Any, **_: Any) -> Any:
        kind = sge.DataType(this=sge.DataType.Type.ENUM, expressions=[sge.convert(word) for word in op.words])
        return sge.Cast(this=arg, to=kind)

    DuckDBCompiler.visit_LookedUp, DuckDBCompiler.visit_Among = looked_up, among


def bits(flags: Sequence[Any]) -> Any:
    """Flags as a whole number, a bit each."""
    total = ibis.literal(0, "int64")
    for at, flag in enumerate(flags):
        total = total + case((flag, ibis.literal(1 << at, "int64")), otherwise=ibis.literal(0, "int64"))
    return total
