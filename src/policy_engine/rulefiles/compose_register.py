"""The register of a rule file: what an entry has, and the inputs worked out from entries."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from policy_engine.basics.errors import NO_WORDS, Text, did_you_mean
from policy_engine.basics.places import Path_
from policy_engine.basics.values import COUNT, DATE, FLAG, Type, parse_unit
from policy_engine.language import ir, syntax
from policy_engine.rulebook.rule import Input, Register, Total
from policy_engine.rulefiles import shape as model
from policy_engine.rulefiles.reader import Reader
from policy_engine.rulefiles.shape_register import RegisterTable, RegisterTotal

_DAYS = Type("number", parse_unit("day"), integer=True)
_MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


def register(reader: Reader, entry: RegisterTable, inputs: Mapping[str, Input]) -> Register:
    """The register; its expressions see what an entry has: its own columns and the inputs that are no totals."""
    outside = reader.env
    wanted = {name: kind for name, kind in outside.items() if name in inputs}
    reader.env = {name: kind for name, kind in outside.items() if name in inputs and name not in entry.totals}
    for name, column in entry.columns.items():
        reader.declare(name, reader.type_of(column, ("register", "columns", name)), ("register", "columns", name))
    columns = {
        name: reader.input(name, column, ("register", "columns", name)) for name, column in entry.columns.items()
    }
    if reader.env.get(entry.date, FLAG) != DATE:
        reader.report(("register", "date"), "register", f"`{entry.date}` is not a date that entries have",
                    f"`{entry.date}` 不是登记事项的日期列", did_you_mean(entry.date, reader.env))  # fmt: skip
    for name in (n for n in entry.totals if n in inputs and inputs[n].grows):
        reader.report(("inputs", name, "grows"), "register", f"`{name}` is a total of the register, which grows by itself",
                    f"`{name}` 是登记表汇总数，本身即可累计增加，不另写 grows")  # fmt: skip
    reader.check_assumed(("register", "columns"), columns, reader.env)
    known = {name: column for name, column in {**inputs, **columns}.items() if name in reader.env}
    totals = {name: _total(reader, name, total, wanted, known) for name, total in entry.totals.items()}
    each = _of_entries(reader, entry.each, ("register", "each"))
    reader.env = outside
    whom, label = (entry.by.name, model.words(entry.by.label, entry.by.name)) if entry.by else (None, NO_WORDS)
    also = tuple(entry.by.aliases) if entry.by else ()
    return Register(
        date=entry.date, by=whom, by_label=label, by_aliases=also, each=each, columns=columns, totals=totals
    )


def _of_entries(reader: Reader, text: str | None, path: Path_) -> ir.Node:
    """Which entries are meant. A register cites nothing, so it holds no number: that belongs in a provision."""
    node = reader.expression(text, FLAG, path) if text else ir.TRUE
    if any(isinstance(part, ir.Number) for part in ir.walk(node)):
        reader.report(path, "register", "a number in a register stands in no phrase: put it in a provision",
                    "登记表中的数字没有条文依据：请写入条款")  # fmt: skip
    return node


def _total(
    reader: Reader, name: str, entry: RegisterTotal, inputs: Mapping[str, Type], columns: Mapping[str, Input]
) -> Total:
    path: Path_ = ("register", "totals", name)
    kind: Literal["count", "days", "sum"] = "count" if entry.count else "days" if entry.days else "sum"
    where = _of_entries(reader, entry.count or entry.days or entry.where, (*path, "where" if entry.sum else kind))
    target, summed = inputs.get(name), columns.get(entry.sum or "")
    if name not in inputs:
        of = summed.type_name if summed else "money" if entry.sum else "count"
        told = f"inputs: {{{name}: {{type: {of}}}}}"
        reader.report((*path, ""), "register", f"`{name}` is not an input", f"`{name}` 不是输入项",
                    Text(f"a total is an input, so that it may be given without entries: {told}",
                         f"合计是输入项，没有台账时也可直接给出：{told}"))  # fmt: skip
    elif summed is not None and summed.type == target and not _never_negative(summed):
        reader.report((*path, "sum"), "register", f"`{entry.sum}` is a column that may be negative: what is added up never is",
                    f"列 `{entry.sum}` 可能为负，不能累加", Text("write at_least: 0, or above: 0, at the column", "请在该列写 at_least: 0 或 above: 0"))  # fmt: skip
    elif entry.sum is not None and (summed is None or summed.type != target):
        reader.report((*path, "sum"), "register", f"`{entry.sum}` is no column of {target}",
                    f"`{entry.sum}` 不是类型为 {target} 的列", did_you_mean(entry.sum, columns))  # fmt: skip
    elif entry.sum is None and target != COUNT and not (kind == "days" and target == _DAYS):
        reader.report((*path, kind), "register", f"`{name}` is {target}, not a count", f"`{name}` 是 {target}，不是计数")  # fmt: skip
    return Total(
        name=name,
        kind=kind,
        where=where,
        summed=entry.sum,
        per=_MONTHS.get(entry.per) or _months(entry.per),
        of_all=entry.of == "all",
        earlier=entry.per == "earlier in year",
        later=entry.per == "later",
        last=_window(entry.per),
    )


def _never_negative(entry: Input) -> bool:
    return any(b.relation in (">", ">=") and isinstance(b.value, Fraction) and b.value >= 0 for b in entry.bounds)


def _months(per: str) -> int | None:
    """The calendar months of a period such as `2 months`; None where entries are added up one by one."""
    return None if per.startswith(("running", "earlier", "later", "last")) else int(per.removesuffix(" months"))


def _window(per: str) -> ir.Number | None:
    """The time up to an entry that `last 12 months` names."""
    found = syntax.parse(per.removeprefix("last ")) if per.startswith("last ") else None
    return found if isinstance(found, ir.Number) else None
