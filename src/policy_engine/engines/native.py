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

from policy_engine.engines import frames
from policy_engine.engines.frames import TEXT
from policy_engine.engines.truth import case, is_null, same

Own = Literal["", "values", "lists"]
"""How an engine reads text in a way of its own: each value once, or words by their place in a list."""
NOT_OWN: Final = ""
VALUES: Final = "values"
LISTS: Final = "lists"
MANY: Final = 100
SHORT: Final = 18
"""So many digits are a whole number of 64 bits."""
SPLIT: Final = SHORT // 2
"""So many places may be split off: of two factors of 18 digits DuckDB makes a product of 18, which holds what is behind the point twice."""


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


class Spelt(Worded):
    """The word of a code, as one of a type that has no others."""


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


class WithoutPoint(ops.Unary):  # type: ignore[misc]
    """A decimal counted in its last place, as `plain` has it."""

    plain: ops.Value
    places: int

    @property
    def dtype(self) -> Any:
        """The type of the count."""
        return self.plain.dtype


def without_point(found: Any, plain: Any, places: int) -> Any:
    """A decimal counted in its last place, as `plain` has it: DuckDB takes long to shift a point to the left."""
    if places > SPLIT:
        return plain
    _known_to_sql()
    return WithoutPoint(found.op(), plain.op(), places).to_expr()


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
    known_to_polars()
    column = ibis.table({TEXT: "string"}, name=TEXT)[TEXT]
    return ByValue(found.op(), _Hidden(made(column).op())).to_expr()


def worded(code: Any, words: Mapping[int, str], own: Own) -> Any:
    """The word of a code, the last one for any other; `own`: by the engine's own way."""
    if own == VALUES and not isinstance(code.op(), ops.Literal):
        known_to_polars()
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


def spelt_few(table: Any) -> tuple[Any, tuple[str, ...]]:
    """The table with what it shows in few words as codes of a type of these words, which Polars writes in a quarter of the time; these columns."""
    known_to_polars()
    top = table.op()
    shown = dict(top.values) if isinstance(top, ops.Project) else {}
    while shown and isinstance(top.parent, ops.Project) and all(isinstance(op, ops.Field) for op in shown.values()):
        top, shown = top.parent, {name: top.parent.values[op.name] for name, op in shown.items()}
    few = {name: found for name, op in shown.items() if (found := _spelt(op)) is not None}
    return (ops.Project(top.parent, shown | few).to_expr() if few else table), tuple(few)


def _spelt(op: Any) -> Spelt | None:
    """A word of few as its code; None where that is not seen at once."""
    if isinstance(op, Worded):
        return Spelt(
            op.arg, tuple(frames.at_places({at: word for at, word in enumerate(op.words) if word is not None}))
        )
    words = {end.value for end in ends} - {None} if (ends := _ends(op)) and op.dtype.is_string() else set()
    if not 0 < len(words) <= MANY:
        return None
    places = {word: at for at, word in enumerate(sorted(words))}
    return Spelt(_coded(op, places), tuple(places))


def _ends(op: Any) -> list[Any]:
    """The literals that cases come to; none where they come to something else too."""
    if not isinstance(op, ops.SearchedCase):
        return [op] if isinstance(op, ops.Literal) else []
    parts = [_ends(part) for part in (*op.results, op.default)]
    return [end for part in parts for end in part] if all(parts) else []


def _coded(op: Any, places: Mapping[str, int]) -> Any:
    if isinstance(op, ops.SearchedCase):
        return ops.SearchedCase(
            op.cases, tuple(_coded(part, places) for part in op.results), _coded(op.default, places)
        )
    return ops.Literal(None if op.value is None else places[op.value], dt.int8)


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
def known_to_polars() -> None:
    """Tell Polars of the expressions there are here, before any is made for it."""
    import polars as pl
    from ibis.backends.polars.compiler import translate

    def _by_value(op: ByValue, **given: Any) -> Any:
        return frames.read(translate(op.arg, **given), translate(op.made.op, **given))

    def _worded(op: Worded, **given: Any) -> Any:
        words = pl.Series(op.words, dtype=pl.String)
        return translate(op.arg, **given).map_batches(words.gather, return_dtype=pl.String, is_elementwise=True)

    def _spelt(op: Spelt, **given: Any) -> Any:
        return frames.spelt(translate(op.arg, **given), op.words)

    translate.register(ByValue)(_by_value)
    translate.register(Worded)(_worded)
    translate.register(Spelt)(_spelt)
    translate.register(WithoutPoint)(lambda op, **given: translate(op.plain, **given))


def layered(backend: Any, table: Any) -> tuple[Any, list[frames.Layer]]:
    """A table on Polars as a frame and the layers over it."""
    from ibis.backends import polars as own
    from ibis.backends.polars.compiler import translate
    from ibis.expr.rewrites import replace_parameter

    lowered = own.rewrite_join | replace_parameter | own.bind_unbound_table | own.lower_stringslice
    backend._run_pre_execute_hooks(table)  # noqa: SLF001 - as its own compile does, which makes one frame of it
    op = table.op().replace(lowered, context={"params": {}, "backend": backend})
    layers = []
    while isinstance(op, ops.Project) and not any(isinstance(one, ops.Unnest) for one in op.values.values()):
        layers.append(_layer(op, lambda one: translate(one, ctx=backend._context)))  # noqa: SLF001
        op = op.parent
    return translate(op, ctx=backend._context), layers[::-1]  # noqa: SLF001


def _layer(op: Any, translated: Callable[[Any], Any]) -> frames.Layer:
    """The columns over those of the table below, text that is read once for each value before all others."""
    found = [one for value in op.values.values() for one in value.find(ByValue, filter=ops.Value)]
    read = {one: f"_read{at}" for at, one in enumerate(dict.fromkeys(found)) if isinstance(one.arg, ops.Field)}
    looked = tuple((name, one.arg.name, translated(one.made.op)) for one, name in read.items())
    fields = {one: ops.Field(ops.UnboundTable(name, {name: one.dtype}), name) for one, name in read.items()}
    values = {name: one.replace(fields, filter=ops.Value) for name, one in op.values.items()}
    single = tuple((name, translated(one)) for name, one in values.items() if one.shape.is_scalar())
    alone = dict(single)
    import polars as pl

    shown = tuple((name, pl.col(name) if name in alone else translated(one)) for name, one in values.items())
    return frames.Layer(looked, single, shown)


@cache
def _known_to_sql() -> None:
    from ibis.backends.sql.compilers import DuckDBCompiler
    from ibis.backends.sql.compilers.base import SQLGlotCompiler
    from sqlglot import expressions as sge

    def plain(self: Any, op: WithoutPoint, *, plain: Any, **_: Any) -> Any:
        del self, op
        return plain

    def split(self: Any, op: WithoutPoint, *, arg: Any, **_: Any) -> Any:
        """What is before the point and what is behind it, each as a whole number."""
        kind, places = op.arg.dtype, op.places
        wide = kind.precision > SHORT
        before = dt.Decimal(kind.precision, 0) if wide else dt.int64  # of two of 18 digits DuckDB makes one of 18
        hundred = self.cast(sge.convert(10**places), dt.Decimal(places + 1, 0))
        whole = self.f.anon.trunc(arg)
        rest = self.cast(sge.paren(sge.Sub(this=arg, expression=whole)), dt.Decimal(places + 1, places))
        behind = self.cast(sge.paren(sge.Mul(this=rest, expression=hundred)), dt.int64)
        above = sge.Mul(this=self.cast(whole, before), expression=hundred.copy() if wide else sge.convert(10**places))
        return self.cast(
            sge.paren(sge.Add(this=self.cast(sge.paren(above), op.dtype), expression=self.cast(behind, op.dtype))),
            op.dtype,
        )

    SQLGlotCompiler.visit_WithoutPoint, DuckDBCompiler.visit_WithoutPoint = plain, split


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
