"""A plan as Polars runs it: layer upon layer of its own expressions, which can be written down and read again without ibis.

Text is read once for each value there is: Polars works out every branch of a case for every row.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

TEXT: Final = "text"
FEW: Final = 2
"""A text is looked up where each value stands for at least so many rows."""
CODE: Final = (b"PLPYUDF", b"PLPYFN", b"cloudpickle")
"""What stands in an expression written down that is Python code."""

Named = tuple[str, Any]


@dataclass(frozen=True)
class Layer:
    """Columns over those of the layer below: what is read from text `(name, column, what is made of a text)`, single values, all that is shown."""

    looked: tuple[tuple[str, str, Any], ...]
    single: tuple[Named, ...]
    shown: tuple[Named, ...]


def by_value(made: Any) -> Callable[[Any], Any]:
    """A function of texts that works out an expression over the column `text` once for each of them."""

    def looked_up(texts: Any) -> Any:
        values = texts.unique()
        if len(values) * FEW >= len(texts):  # none at all among them
            return texts.to_frame(TEXT).select(made)[:, 0].rename(texts.name)
        found = values.to_frame(TEXT).select(made)[:, 0]
        return texts.replace_strict(values, found, return_dtype=found.dtype)

    return looked_up


def read(column: Any, made: Any) -> Any:
    """What is made of the texts of a column."""
    import polars as pl

    kind = pl.LazyFrame(schema={TEXT: pl.String}).select(made).collect_schema().dtypes()[0]
    return column.map_batches(by_value(made), return_dtype=kind, is_elementwise=True)


def spells() -> bool:
    """Whether this Polars can write codes as the words they stand for."""
    import inspect

    import polars as pl

    written = inspect.signature(pl.LazyFrame.sink_parquet).parameters
    return hasattr(pl.col(TEXT).cat, "to") and "metadata" in written and hasattr(pl, "read_parquet_metadata")


def spelt(code: Any, words: Sequence[str]) -> Any:
    """Codes as a type of the words at their places."""
    import polars as pl

    return code.cast(pl.UInt32).cat.to(pl.Enum(words))


def applied(frame: Any, layers: Sequence[Layer]) -> Any:
    """The layers over a frame."""
    import polars as pl

    for layer in layers:
        looked = [read(pl.col(column), made).alias(name) for name, column, made in layer.looked]
        frame = frame.with_columns(looked) if looked else frame
        if layer.single:  # as columns: a frame of single values alone has one row
            frame = frame.with_columns([made.alias(name) for name, made in layer.single])
        frame = frame.select([made.alias(name) for name, made in layer.shown])
    return frame


@dataclass(frozen=True)
class Frame:
    """Layers over a frame; `few`: columns of a type of few words, which a file has as any other text."""

    base: Any
    layers: Sequence[Layer]
    few: tuple[str, ...]

    def save(self, target: str) -> None:
        """Rows to a Parquet file."""
        _sink(applied(self.base, self.layers), target, self.few)


def _sink(frame: Any, target: str, few: Collection[str]) -> None:
    import polars as pl

    if not few:
        frame.sink_parquet(target)
        return
    schema = {name: pl.String if name in few else kind for name, kind in frame.collect_schema().items()}
    plain = io.BytesIO()
    pl.DataFrame(schema=schema).write_parquet(plain)
    plain.seek(0)
    frame.sink_parquet(target, metadata=dict(pl.read_parquet_metadata(plain)))


class FrameFile:
    """A Parquet file as a frame."""

    def __init__(self, path: Path) -> None:
        import polars as pl

        self.version = str(pl.__version__)
        self.frame = pl.scan_parquet(path, glob=False)
        schema = self.frame.collect_schema()
        self.headers, self.kinds = tuple(schema), repr(schema)

    def save(self, kept: tuple[Written, tuple[str, ...]], target: str) -> None:
        """Every row with its findings."""
        Frame(self.frame, read_again(kept[0]), kept[1]).save(target)

    def save_told(self, kept: tuple[Written, tuple[str, ...]], target: str, wrong: str) -> None:
        """Every row with its findings, or with what is wrong with its facts and no findings."""
        import polars as pl

        found = applied(self.frame, read_again(kept[0]))
        own = [name for name in found.collect_schema() if name not in (*self.headers, wrong)]
        told = found.with_columns(pl.when(pl.col(wrong).is_null()).then(pl.col(name)).alias(name) for name in own)
        _sink(told, target, kept[1])

    def counts(self, target: str, *columns: str) -> list[tuple[Any, ...]]:
        """How many rows of what was written have each values of some columns: these, then the number."""
        import polars as pl

        return list(pl.scan_parquet(target, glob=False).group_by(*columns).len().collect().rows())


Written = tuple[
    tuple[tuple[tuple[str, str, bytes], ...], tuple[tuple[str, bytes], ...], tuple[tuple[str, bytes], ...]], ...
]
"""Layers written down: each expression as bytes."""


def written(layers: Sequence[Layer]) -> Written | None:
    """The layers as they can be kept; None where Python code would be kept with them."""
    from polars.exceptions import ComputeError

    def down(named: Sequence[Named]) -> tuple[tuple[str, bytes], ...]:
        return tuple((name, made.meta.serialize()) for name, made in named)

    try:
        found = tuple(
            (tuple((name, column, made.meta.serialize()) for name, column, made in layer.looked), down(layer.single), down(layer.shown))
            for layer in layers
        )  # fmt: skip
    except ComputeError:  # code is written down with a library that need not be there
        return None
    every = [one[-1] for parts in found for part in parts for one in part]
    return None if any(mark in one for one in every for mark in CODE) else found


def read_again(kept: Written) -> list[Layer]:
    """The layers that were written down. Raises ValueError for what has Python code in it."""
    import polars as pl

    def up(one: bytes) -> Any:
        if any(mark in one for mark in CODE):
            raise ValueError("code in an expression")
        return pl.Expr.deserialize(io.BytesIO(one))

    return [
        Layer(
            tuple((name, column, up(made)) for name, column, made in looked),
            tuple((name, up(made)) for name, made in single),
            tuple((name, up(made)) for name, made in shown),
        )
        for looked, single, shown in kept
    ]


def at_places(words: Mapping[int, str]) -> list[str]:
    """Words by their codes, a place each; a code that never is has its figure."""
    return [words.get(at, str(at)) for at in range(max(words) + 1)]
