"""Claims of a rule file: typed like any expression; a check is the status it has, named by its id with `_` for `-`.

Where something else has that name, `_check` stands behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from policy_engine.basics.errors import Text, did_you_mean
from policy_engine.basics.places import Path_
from policy_engine.basics.values import FLAG, Type
from policy_engine.deciding.outcome import STATUSES
from policy_engine.language import ir, syntax
from policy_engine.rulebook.claims import Promise, Sense
from policy_engine.rulebook.rule import Input, Provision
from policy_engine.rulefiles import shape as model
from policy_engine.rulefiles.reader import Reader

STATUS: Final = Type("choice", options=STATUSES)
RISING: Final[tuple[Sense, ...]] = ("keeps", "never_falls", "never_rises")


def claimed(
    reader: Reader, entries: Sequence[model.Claimed], inputs: Mapping[str, Input], provisions: Sequence[Provision]
) -> tuple[Promise, ...]:
    """The claims of a rule; mistakes are reported at their places."""
    outside, checks = reader.env, _checks(reader, provisions)
    reader.env = {**dict.fromkeys(checks, STATUS), **outside}
    found = tuple(_claim(reader, i, entry, inputs, checks) for i, entry in enumerate(entries))
    reader.env = outside
    seen: set[str] = set()
    for i, entry in enumerate(entries):
        if entry.id in seen:
            reader.report(
                ("claims", i, "id"), "duplicate", f"the claim `{entry.id}` stands twice", f"断言 `{entry.id}` 重复"
            )
        seen.add(entry.id)
    return found


def _checks(reader: Reader, provisions: Sequence[Provision]) -> dict[str, ir.Node]:
    """What each check is called in an expression; a name that something else has, or that two would have, is nobody's."""
    ids = list(dict.fromkeys(p.id for p in provisions if not p.is_formula and not p.each))
    plain = [one.replace("-", "_") for one in ids]
    taken = [name in reader.env and name != one for name, one in zip(plain, ids, strict=True)]
    called = [f"{name}_check" if other else name for name, other in zip(plain, taken, strict=True)]
    return {
        name: ir.Name(one)
        for name, one in zip(called, ids, strict=True)
        if called.count(name) == 1 and name not in reader.env and name not in syntax.RESERVED
    }


def _claim(
    reader: Reader, i: int, entry: model.Claimed, inputs: Mapping[str, Input], checks: Mapping[str, ir.Node]
) -> Promise:
    at: Path_ = ("claims", i)
    sense: Sense = next((key for key in RISING if getattr(entry, key) is not None), "holds")
    text, wanted = getattr(entry, sense), FLAG if sense in ("holds", "keeps") else None
    kind, then = reader.typed(text, (*at, sense), wanted)
    if wanted is None and kind.kind not in ("number", "date") and then != ir.TRUE:
        reader.report((*at, sense), "type", f"a {kind.kind} has no order; a number or a date is wanted",
                      f"{kind.kind} 没有大小，此处应为数或日期")  # fmt: skip
    if entry.raising is not None:
        _rises(reader, entry.raising, inputs, (*at, "raising"))
    when = reader.expression(entry.when, FLAG, (*at, "when")) if entry.when else ir.TRUE
    return Promise(
        id=entry.id,
        says=model.words(entry.says),
        when=ir.substituted(when, checks),
        then=ir.substituted(then, checks),
        sense=sense,
        raising=entry.raising or "",
        place=reader.source.place((*at, "id")),
    )


def _rises(reader: Reader, name: str, inputs: Mapping[str, Input], path: Path_) -> None:
    """An input that can rise: one with an order, a flag or a set."""
    entry = inputs.get(name)
    if entry is None:
        reader.report(path, "name", f"`{name}` is no input", f"`{name}` 不是输入", did_you_mean(name, inputs))
    elif entry.type.kind not in ("number", "date", "flag", "set"):
        help = Text("a number, a date, a flag or a set", "数、日期、flag 或 set")
        reader.report(
            path, "type", f"`{name}` is a {entry.type.kind}: it does not rise",
            f"`{name}` 是 {entry.type.kind}，没有大小之分", help,
        )  # fmt: skip
