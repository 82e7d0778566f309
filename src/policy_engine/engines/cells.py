"""Cells as they are meant: text without blanks and in one form, numbers and dates that are one; all else is told apart."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import ibis

from policy_engine.basics.numerals import narrow, widened
from policy_engine.basics.values import BLANK, MAX_CODE, MAX_TEXT, NOTHING
from policy_engine.engines.native import LISTS, NOT_OWN, VALUES, Own, by_value, looked_up
from policy_engine.engines.truth import TRUE, Let, both, case
from policy_engine.rulebook.rule import Input

SEPARATOR: Final = ";"
BITS: Final = 62
_BLANK: Final = "\\s\\t-\\r\x1c-\x1f\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
BLANKS: Final = f"[{_BLANK}]+"
"""White space as Python counts it: that of Chinese text and of word processors, too, which engines do not count."""
_BETWEEN: Final = f"[{_BLANK}]*[,;，；、][,;，；、{_BLANK}]*"


@dataclass(frozen=True)
class Cells:
    """A column as it is meant: NULL where nothing is given, or nothing that can be; whether what is given can be.

    `bits`: of a set, the members of what is written in the plainest way, a bit each; NULL for any other.
    """

    value: Any
    sound: Any = TRUE
    bits: Any = None


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


def meant(let: Let, found: Any, entry: Input, nan: bool, below: int | None = None, own: Own = NOT_OWN) -> Cells:
    """A column of an input as the interpreter reads its cells; `nan`: a decimal may be none on the engine.

    `own`: text is read by the engine's own way.

    `below`: a number of more digits before the point is taken for none.
    """
    kind = entry.type.kind
    if kind == "choice":
        return choice(let, found, entry, own)
    if kind in ("code", "text"):
        return named(let, found, MAX_CODE if kind == "code" else MAX_TEXT, one_line=kind == "code")
    read = members(let, found, entry, own) if kind == "set" else cells(let, found, nan)
    if kind != "number" or below is None or small(found, below) is TRUE:
        return read
    sound = let(both(read.sound, small(found, below)))
    return Cells(let(case((sound, read.value), otherwise=ibis.null(found.type()))), sound)


def called(entry: Input) -> dict[str, list[str]]:
    """The words that stand for each option, beside its own name: labels and aliases, without blanks."""
    words = [word for label in entry.options.values() for word in label] + list(entry.option_aliases)
    found: dict[str, list[str]] = {}
    for word in dict.fromkeys("".join(word.split()) for word in words):
        option = entry.option(word) if word and word not in entry.options else None
        if option is not None and re.fullmatch(r"[\w-]+", option):
            found.setdefault(option, []).append(word)
    for option in entry.options:  # its own name in other letters, where a label says so
        if entry.option(option.upper()) == option and option.upper() != option:
            found.setdefault(option, []).append(option)
    return found


def _ways(words: Sequence[str]) -> str:
    """What matches any of some words in letters of any case and width, with blanks anywhere between."""
    return "|".join(f"{BLANKS[:-1]}*".join(map(_letter, word)) for word in words)


def _letter(one: str) -> str:
    cases = {one, narrow(one)} | {two for two in (one.lower(), one.upper()) if len(two) == 1}
    ways = sorted({*cases, *map(narrow, cases), *(widened(two) for two in map(narrow, cases))})
    return re.escape(one) if len(ways) == 1 else f"(?:{'|'.join(map(re.escape, ways))})"


def cells(let: Let, found: Any, nan: bool) -> Cells:
    """Numbers and dates, NULL where they are none: not a number, infinity, a date beyond the calendar."""
    type_ = found.type()
    if type_.is_date():
        sound = let(found.between(ibis.literal(dt.date.min), ibis.literal(dt.date.max)))
    elif type_.is_timestamp():  # a day, where no time of day is told
        day = let(found.date())
        sound = let(both(day.between(ibis.literal(dt.date.min), ibis.literal(dt.date.max)), day.cast(type_) == found))
        return Cells(let(case((sound, day), otherwise=ibis.null("date"))), sound)
    elif type_.is_decimal() and nan and type_.scale is not None:
        most = Decimal((0, (9,) * (type_.precision or 38), -type_.scale))
        sound = let(found <= ibis.literal(most, type_))  # NaN is above any
    else:
        return Cells(found)
    return Cells(let(case((sound, found), otherwise=ibis.null(type_))), sound)


def choice(let: Let, found: Any, entry: Input, own: Own = NOT_OWN) -> Cells:
    """A text column as one of the options, by its name, a label or an alias; NULL where it is blank."""
    options, words = entry.accepts.options, called(entry)
    if own == LISTS:
        told = {way: option for option, ways in words.items() for way in ways} | {option: option for option in options}
        plain = let(looked_up(found, told))
        value = let(plain.coalesce(_odd(let(_left(found, plain)), options, words)))
        return Cells(value, case((plain.notnull(), TRUE), otherwise=value.isin(options)))
    value = let(by_value(found, lambda text: _option(text, options, words), own))
    return Cells(value, value.isin(options))


def _left(found: Any, plain: Any) -> Any:
    """What is not told yet."""
    return case((plain.notnull(), ibis.null("string")), otherwise=found)


def _option(text: Any, options: Sequence[str], words: Mapping[str, Sequence[str]]) -> Any:
    """The option that a text is; a text that is none without blanks around it."""
    plain = [(text.isin(list(ways)), ibis.literal(option)) for option, ways in words.items()]
    return case((text.isin(options), text), *plain, otherwise=_odd(text, options, words))


def _odd(text: Any, options: Sequence[str], words: Mapping[str, Sequence[str]]) -> Any:
    """The option that a text is which is not written as any of its names is."""
    bare = stripped(text)
    named = [(bare.re_search(f"^({_ways(ways)})$"), ibis.literal(option)) for option, ways in words.items()]
    return case((bare.isin(options), bare), *named, otherwise=bare.nullif(""))


def named(let: Let, found: Any, most: int, one_line: bool) -> Cells:
    """A text column as codes or texts of at most so many characters, without blanks around them; NULL where it is blank."""
    bare = let(found.re_replace(f"^[{BLANK}]+|[{BLANK}]+$", ""))
    value = let(case((bare == "", ibis.null("string")), otherwise=bare))
    short = value.substr(most, 1) == ""
    return Cells(value, both(short, ~value.re_search("[\x01-\x1f\x7f]")) if one_line else short)


def members(let: Let, found: Any, entry: Input, own: Own = NOT_OWN) -> Cells:
    """A text column as a list `a;b`, empty for `none` and 无, in whatever way it is written; NULL where it is blank."""
    options = entry.accepts.options
    if own == LISTS:
        return _members_looked_up(let, found, entry)
    if own == VALUES:
        value = let(by_value(found, lambda text: _list(lambda expr: expr, text, entry), own))
    else:
        value = _list(let, found, entry)
    sound = by_value(value, lambda text: case((text == "", TRUE), otherwise=listed(text, options)), own)
    return Cells(value, sound)


def _members_looked_up(let: Let, found: Any, entry: Input) -> Cells:
    options = entry.accepts.options
    none = _none(entry)
    plain = let(looked_up(found, dict.fromkeys(none, "") | {option: option for option in options}))
    value = let(plain.coalesce(_longer(let, let(_left(found, plain)), entry)))
    sound = case((plain.notnull(), TRUE), (value == "", TRUE), otherwise=listed(value, options))
    bits = looked_up(found, dict.fromkeys(none, 0) | {option: 1 << at for at, option in enumerate(options[:BITS])})
    return Cells(value, sound, let(bits))


def _none(entry: Input) -> list[str]:
    return [word for word in NOTHING if word not in entry.accepts.options]


def _list(let: Let, found: Any, entry: Input) -> Any:
    """The list that a text is. What most rows have, one option or none, is told by that; the rest is looked at closely."""
    options, none = entry.accepts.options, _none(entry)
    one, empty = found.isin(options), found.isin(none)
    rest = let(case((found.isin([*options, *none]), ibis.null("string")), otherwise=found))
    return let(case((one, found), (empty, ibis.literal("")), otherwise=_longer(let, rest, entry)))


def _longer(let: Let, rest: Any, entry: Input) -> Any:
    """The list that a text is which is neither one option nor none."""
    options, none = entry.accepts.options, _none(entry)
    plain = let(listed(rest, options))
    bare = let(case((plain, rest), otherwise=stripped(rest)))
    nothing = bare.lower().isin(none)
    parts = let(bare.re_replace(_BETWEEN, SEPARATOR).re_replace(f"^{SEPARATOR}|{SEPARATOR}$", ""))
    return let(case(
        (rest.isnull(), ibis.null("string")), (plain, bare), (bare == "", ibis.null("string")), (nothing, ibis.literal("")),
        (parts == "", bare), (listed(parts, options), parts), otherwise=_by_name(parts, called(entry)),
    ))  # fmt: skip


def _by_name(parts: Any, words: Mapping[str, Sequence[str]]) -> Any:
    """A list in which each label or alias has become the name of its option."""
    found = ibis.literal(SEPARATOR) + parts.re_replace(SEPARATOR, SEPARATOR * 2) + ibis.literal(SEPARATOR)
    for option, ways in words.items():
        found = found.re_replace(f"{SEPARATOR}({_ways(ways)}){SEPARATOR}", f"{SEPARATOR}{option}{SEPARATOR}")
    return found.re_replace(SEPARATOR * 2, SEPARATOR).re_replace(f"^{SEPARATOR}|{SEPARATOR}$", "")
