"""What operands an operator takes: the checks that the rows of operators share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from policy_engine.basics.errors import Text
from policy_engine.basics.values import DATE, Type, Unit, Value
from policy_engine.language import instead

Operands = tuple[Type, ...]


A_FIGURE: Final = Text("a figure has its unit behind it: 600元, 5 t", "数字须带单位：600元、5 t")


class Mismatch(Exception):
    """Operands an operator does not take: why, and the position of the one at fault if it is one."""

    def __init__(self, en: str, zh: str, operand: int | None = None, help: Text | None = None) -> None:
        self.message, self.operand, self.help = Text(en, zh), operand, help
        super().__init__(en)


@dataclass(frozen=True)
class Operator:
    """One row: how it is written, its types, its function, an example with the value it has."""

    symbol: str
    types: Callable[[Operands], Type]
    apply: Callable[..., Value]
    example: tuple[str, str]


def need(kind: str, types: Operands) -> None:
    """The operands are of a kind. Raises Mismatch."""
    words = {
        "number": ("a number", "数"), "date": ("a date", "日期"), "flag": ("a flag", "是或否"), "set": ("a set", "集合"),
        "code": ("a code", "代码"),
    }  # fmt: skip
    for i, found in enumerate(types):
        if found.kind != kind:
            raise Mismatch(f"expected {words[kind][0]}, found {found}", f"应为{words[kind][1]}，却是 {found}", i)


def common_unit(left: Type, right: Type) -> Unit | None:
    """The unit two numbers share; a bare literal takes the other's. Raises Mismatch."""
    if left.unit is None or left.unit == right.unit:
        return right.unit
    if right.unit is None:
        return left.unit
    figure = not (left.unit and right.unit) and (left.integer or right.integer)
    advice = instead.of_units(left.unit, right.unit) or (A_FIGURE if figure else None)
    raise Mismatch(f"{left} and {right} do not go together", f"{left} 与 {right} 不能相加减或比较", None, advice)


def known_options(left: Type, right: Type) -> None:
    """Both sides name options that the other can have. Raises Mismatch."""
    for i, (one, other) in enumerate(((left, right), (right, left))):
        foreign = [option for option in one.options if option not in other.options]
        if len(one.options) == 1 and foreign:
            accepted = ", ".join(other.options)
            raise Mismatch(
                f"`{foreign[0]}` is not an option",
                f"`{foreign[0]}` 不是选项",
                i,
                Text(f"options: {accepted}", f"选项：{accepted}"),
            )


def numbers_alike(types: Operands) -> Type:
    """Numbers of one unit, at least one. Raises Mismatch."""
    need("number", types)
    if not types:
        raise Mismatch("needs at least one number", "至少要有一个数")
    total = types[0]
    for found in types[1:]:
        total = Type("number", common_unit(total, found), total.integer and found.integer)
    return total


def alike(types: Operands) -> Type:
    """Dates, or numbers of one unit. Raises Mismatch."""
    if types and all(found.kind == "date" for found in types):
        return DATE
    return numbers_alike(types)


def one_number(types: Operands) -> Type:
    """One number. Raises Mismatch."""
    arity(types, 1)
    return numbers_alike(types)


def arity(types: Operands, count: int) -> None:
    """So many operands. Raises Mismatch."""
    if len(types) != count:
        raise Mismatch(f"takes {count} argument(s), found {len(types)}", f"应有 {count} 个参数，却有 {len(types)} 个")


def known_members(left: Type, right: Type) -> None:
    """Two sets have some option in common; a listed option neither knows is a slip. Raises Mismatch."""
    small, large = sorted((left, right), key=lambda t: len(t.options))
    foreign = [option for option in small.options if option not in large.options]
    if foreign:
        accepted = ", ".join(large.options)
        raise Mismatch(
            f"`{foreign[0]}` is not an option",
            f"`{foreign[0]}` 不是选项",
            None,
            Text(f"options: {accepted}", f"选项：{accepted}"),
        )
