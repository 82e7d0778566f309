"""Cells as they are meant: text without blanks and in one form, numbers and dates that are one; all else is told apart."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import ibis

from policy_engine.basics.values import NOTHING, Kind
from policy_engine.engines.truth import TRUE, Let, both, case

SEPARATOR: Final = ";"
BLANKS: Final = "[\\s\u00a0\u3000]+"
"""White space, the wide one of Chinese text too, which engines do not count."""
_BETWEEN: Final = "[\\s\u00a0\u3000]*[,;，；、][,;，；、\\s\u00a0\u3000]*"


@dataclass(frozen=True)
class Cells:
    """A column as it is meant: NULL where nothing is given, or nothing that can be; whether what is given can be."""

    value: Any
    sound: Any = TRUE


def stripped(text: Any) -> Any:
    """Text without blanks around it."""
    return text.re_replace(f"^{BLANKS}|{BLANKS}$", "")


def written(text: Any, options: Sequence[str]) -> Any:
    """A list `a;b` as a cell, where one without members has a word of its own."""
    word = next((word for word in NOTHING if word not in options), "")
    return case((text == "", ibis.literal(word)), otherwise=text)


def listed(text: Any, options: Sequence[str]) -> Any:
    """Whether a text is a list `a;b` of some of the options."""
    one = "|".join(map(re.escape, options))
    padded = ibis.literal(SEPARATOR) + text + ibis.literal(SEPARATOR)  # Java's $ would let a line end follow the last
    return padded.re_search(f"^{SEPARATOR}(({one}){SEPARATOR})+$")


def small(found: Any, below: int) -> Any:
    """Whether a number has at most so many digits before the point; TRUE where its type has no more."""
    type_ = found.type()
    digits = 19 if type_.is_integer() else (type_.precision or 38) - (type_.scale or 0)
    if digits <= below:
        return TRUE
    most = (
        ibis.literal(Decimal(10**below - 1), f"decimal({below}, 0)")
        if below > 18
        else ibis.literal(10**below - 1, "int64")
    )
    return found.between(-most, most)


def meant(let: Let, found: Any, kind: Kind, options: Sequence[str], nan: bool, below: int | None = None) -> Cells:
    """A column of a kind as the interpreter reads its cells; `nan`: a decimal may be none on the engine.

    `below`: a number of more digits before the point is taken for none.
    """
    if kind == "choice":
        return choice(let, found, options)
    read = members(let, found, options) if kind == "set" else cells(let, found, nan)
    if kind != "number" or below is None or small(found, below) is TRUE:
        return read
    sound = let(both(read.sound, small(found, below)))
    return Cells(let(case((sound, read.value), otherwise=ibis.null(found.type()))), sound)


def cells(let: Let, found: Any, nan: bool) -> Cells:
    """Numbers and dates, NULL where they are none: not a number, infinity, a date beyond the calendar."""
    type_ = found.type()
    if type_.is_date():
        sound = let(found.between(ibis.literal(dt.date.min), ibis.literal(dt.date.max)))
    elif type_.is_decimal() and nan and type_.scale is not None:
        most = Decimal((0, (9,) * (type_.precision or 38), -type_.scale))
        sound = let(found <= ibis.literal(most, type_))  # NaN is above any
    else:
        return Cells(found)
    return Cells(let(case((sound, found), otherwise=ibis.null(type_))), sound)


def choice(let: Let, found: Any, options: Sequence[str]) -> Cells:
    """A text column as one of the options; NULL where it is blank."""
    plain = let(found.isin(options))
    bare = let(case((plain, found), otherwise=stripped(found)))
    value = let(case((bare == "", ibis.null("string")), otherwise=bare))
    return Cells(value, value.isin(options))


def members(let: Let, found: Any, options: Sequence[str]) -> Cells:
    """A text column as a list `a;b`, empty for `none` and 无, in whatever way it is written; NULL where it is blank."""
    plain = let(listed(found, options))
    bare = let(case((plain, found), otherwise=stripped(found)))
    nothing = bare.lower().isin([word for word in NOTHING if word not in options])
    parts = let(bare.re_replace(_BETWEEN, SEPARATOR).re_replace(f"^{SEPARATOR}|{SEPARATOR}$", ""))
    value = let(case(
        (plain, bare), (bare == "", ibis.null("string")), (nothing, ibis.literal("")),
        (parts == "", bare), otherwise=parts,
    ))  # fmt: skip
    return Cells(value, case((value == "", TRUE), otherwise=listed(value, options)))
