"""What type an expression has; gives each overloaded operator its one meaning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from policy_engine.basics.errors import Text, did_you_mean
from policy_engine.basics.values import CODE, DATE, FLAG, PURE, WORKDAY, BadValue, Type, multiply_units, read
from policy_engine.language import instead, ir
from policy_engine.language.operators import (
    ARITHMETIC,
    COMPARISONS,
    FUNCTIONS,
    MOST_POWER,
    ORDERED,
    STEPPED,
    date_operator,
)
from policy_engine.language.signatures import A_FIGURE, Mismatch, Operands, common_unit

Typed = tuple[Type | None, ir.Node]  # the type of an unsettled value is None: it fits everywhere


class TypeProblem(Exception):
    """An expression that has no meaning: why, and the characters at fault."""

    def __init__(self, message: Text, span: ir.Span, help: Text | None = None) -> None:
        self.message, self.span, self.help = message, span, help
        super().__init__(message.en)


_NO_PLACES: Final = Text("the second argument is a step, not a number of places", "第二个参数为步长，不是小数位数")
_PLACES: Final = Text("two places are round(x, 0.01); a multiple of 2 is 2 * round(x / 2)", "保留两位小数写作 round(x, 0.01)；取 2 的倍数写作 2 * round(x / 2)")  # fmt: skip


_A_CONDITION: Final = Text("a condition is a flag or compares: x > 0", "条件应为是否项或比较：x > 0")
_A_DAY: Final = Text(
    "a day is a date, or counted from one: returned_on + 30 days", "日期写明或自某日起算：returned_on + 30 days"
)


def check(node: ir.Node, wanted: Type, env: Mapping[str, Type]) -> ir.Node:
    """The node with its operators resolved, if it has the wanted type. Raises TypeProblem."""
    found, resolved = infer(node, env)
    if found is not None:
        _must_fit(found, wanted, node.span)
    return resolved


def _must_fit(found: Type, wanted: Type, span: ir.Span) -> None:
    if found.kind != wanted.kind:
        advice = _A_CONDITION if wanted.kind == "flag" else _A_DAY if wanted.kind == "date" else None
        raise TypeProblem(Text(f"expected {wanted}, found {found}", f"应为 {wanted}，却是 {found}"), span, advice)
    if found.kind == "number":
        if found.unit is not None and found.unit != wanted.unit:
            advice = None if found.unit else A_FIGURE
            raise TypeProblem(Text(f"expected {wanted}, found {found}", f"应为 {wanted}，却是 {found}"), span, advice)
        if wanted.integer and not found.integer:
            advice = Text("round it: ceil(…) or floor(…)", "请取整：ceil(…) 或 floor(…)")
            raise TypeProblem(Text("expected a whole number", "应为整数"), span, advice)
    foreign = [option for option in found.options if option not in wanted.options]
    if foreign:
        raise TypeProblem(_no_option(foreign[0]), span, did_you_mean(foreign[0], wanted.options))


def _no_option(option: str) -> Text:
    return Text(f"`{option}` is not an option", f"`{option}` 不是选项")


def infer(node: ir.Node, env: Mapping[str, Type]) -> Typed:
    """The type of an expression, and the expression with its operators resolved. Raises TypeProblem."""
    match node:
        case ir.Number(value=value, unit=unit):
            return Type("number", unit, value.denominator == 1), node
        case ir.Const(value=value):
            return _const_type(value), node
        case ir.ListOf(items=items):
            return Type("set", options=items), node
        case ir.Name(name=name):
            if name not in env:
                options = dict.fromkeys(option for kind in env.values() for option in kind.options)
                told = instead.of_name(name, options) or did_you_mean(name, env)
                raise TypeProblem(Text(f"unknown name `{name}`", f"未知的名称 `{name}`"), node.span, told)
            if env[name].kind == "text":
                raise TypeProblem(Text(f"`{name}` is a text: it is shown, never compared", f"`{name}` 是文本，只供显示，不参与比较"),
                                  node.span, Text("what is compared is `type: code`", "须比较的请用 `type: code`"))  # fmt: skip
            return env[name], node
        case ir.Unsettled():
            return None, node
        case ir.Not(operand=x):
            return FLAG, replace(node, operand=_flag(x, env))
        case ir.Neg(operand=x):
            kind, inner = _operands((x,), env)
            return _apply(node, lambda types: ARITHMETIC["-"].types((types[0], types[0])), kind), replace(
                node, operand=inner[0]
            )
        case ir.Logic(left=a, right=b):
            return FLAG, replace(node, left=_flag(a, env), right=_flag(b, env))
        case ir.Cases():
            return _cases(node, env)
        case _:
            return _operation(node, env)


def _const_type(value: dt.date | bool | str) -> Type:
    if isinstance(value, bool):
        return FLAG
    return DATE if isinstance(value, dt.date) else Type("choice", options=(value,))


def _flag(node: ir.Node, env: Mapping[str, Type]) -> ir.Node:
    return check(node, FLAG, env)


def _operands(parts: tuple[ir.Node, ...], env: Mapping[str, Type]) -> tuple[Operands, tuple[ir.Node, ...]]:
    types: list[Type] = []
    resolved: list[ir.Node] = []
    for part in parts:
        found, inner = infer(part, env)
        if found is None:
            raise TypeProblem(Text("an unsettled value stands alone", "未定值只能单独使用"), part.span)
        types.append(found)
        resolved.append(inner)
    return tuple(types), tuple(resolved)


def _apply(node: ir.Node, row: object, types: Operands) -> Type:
    try:
        return row(types)  # type: ignore[operator, no-any-return]
    except Mismatch as error:
        parts = ir.children(node)
        span = node.span if error.operand is None or error.operand >= len(parts) else parts[error.operand].span
        raise TypeProblem(error.message, span, error.help or _as_in(node, types)) from None


def _as_in(node: ir.Node, types: Operands) -> Text | None:
    """How an operator is written whose operands do not fit."""
    if isinstance(node, ir.Call) and node.function in FUNCTIONS:
        example = FUNCTIONS[node.function].example[0]
        return Text(f"as in {example}", f"写法如 {example}")
    if any(isinstance(part, ir.Call) and part.function == "weekday" for part in ir.children(node)):
        return Text("1 is Monday, 7 Sunday", "1 为星期一，7 为星期日")
    kinds = {found.kind for found in types}
    if isinstance(node, ir.Compare) and ir.Const("") in ir.children(node):
        return instead.UNKNOWN
    if not isinstance(node, ir.Compare) or kinds.isdisjoint({"date", "set"}):
        return None
    return instead.of_date(kinds - {"date"}) if "date" in kinds else instead.of_set(kinds)


def _no_function(name: str, env: Mapping[str, Type]) -> Text | None:
    """What is written for a function that is none."""
    if name in env and name not in instead.FUNCTIONS:
        return Text(f"`{name}` is a value, without ( ): {name} at key if it is of a table, {name} * 2",
                    f"`{name}` 是数值，不带括号：查表写作 {name} at 键，相乘写作 {name} * 2")  # fmt: skip
    return instead.FUNCTIONS.get(name) or instead.FUNCTIONS.get(name.lower()) or did_you_mean(name, FUNCTIONS)


def _operation(node: ir.Node, env: Mapping[str, Type]) -> Typed:
    if isinstance(node, ir.Call) and node.function not in FUNCTIONS:
        message = Text(f"unknown function `{node.function}`", f"未知的函数 `{node.function}`")
        raise TypeProblem(message, node.span, _no_function(node.function, env))
    types, parts = _operands(ir.children(node), env)
    types = _as_codes(node, types, parts)
    match node:
        case ir.Arith(op=op):
            if op == "^":
                _literal(parts[1], 1, MOST_POWER)
            if op in ("+", "-") and types[0].kind == "date" and types[1].unit == WORKDAY:
                days = parts[1] if op == "+" else ir.Neg(parts[1], span=parts[1].span)
                return _operation(ir.Call("add_working_days", (parts[0], days), span=node.span), env)
            if op in ("+", "-") and "date" in (types[0].kind, types[1].kind):
                op = _apply(node, lambda ts: date_operator(op, *ts), types)  # type: ignore[assignment]
            return _apply(node, ARITHMETIC[op].types, types), replace(node, op=op, left=parts[0], right=parts[1])
        case ir.Compare(op=op):
            parts = _percent_beside_literal(node, types, parts)
            return _apply(node, COMPARISONS[op].types, types), replace(node, left=parts[0], right=parts[1])
        case ir.In():
            return _membership(node, types), replace(node, item=parts[0], container=parts[1])
        case ir.Call(function=name):
            if name in ORDERED and not isinstance(parts[0], ir.ListOf):
                raise TypeProblem(Text("the order is a list written out", "顺序应为写明的列表"), parts[0].span)
            if name in STEPPED and len(parts) == 2:
                _literal(parts[1], 1, None)
                if name.startswith("round") and isinstance(parts[1], ir.Number) and parts[1].value == 2:
                    raise TypeProblem(_NO_PLACES, parts[1].span, _PLACES)
            if name == "starts_with" and len(parts) == 2 and not isinstance(parts[1], ir.Const):
                raise TypeProblem(Text("the beginning is a text written out", "开头部分应为写明的文本"), parts[1].span,
                                  Text('as in starts_with(job, "01")', '写法如 starts_with(job, "01")'))  # fmt: skip
            return _apply(node, FUNCTIONS[name].types, types), replace(node, args=parts)
        case _:
            raise TypeError(f"no type for {type(node).__name__}")


def _literal(node: ir.Node, least: int, most: int | None) -> None:
    """An exponent or a step is written out, so that what a rule means is linear and translated exactly."""
    if most is None and not (isinstance(node, ir.Number) and node.value > 0):
        raise TypeProblem(Text("the step is a number above 0, written out", "步长应为写明的正数"), node.span)
    if most is not None and not (
        isinstance(node, ir.Number) and node.value.denominator == 1 and least <= node.value <= most
    ):
        raise TypeProblem(Text(f"the exponent is a whole number from {least} to {most}, written out",
                               f"指数应为写明的 {least} 至 {most} 的整数"), node.span)  # fmt: skip


def _percent_beside_literal(node: ir.Compare, types: Operands, parts: tuple[ir.Node, ...]) -> tuple[ir.Node, ...]:
    """A share compared with money is always a slip; the message says what was probably meant."""
    for i, part in enumerate(parts):
        other = types[1 - i]
        if isinstance(part, ir.Number) and part.percent and other.kind == "number" and other.unit:
            advice = Text("say of what: 15% of total", "请写明基数，如 15% of total")
            raise TypeProblem(Text(f"a share is compared with {other}", f"比例与 {other} 不能比较"), node.span, advice)
    return parts


def _as_codes(node: ir.Node, types: Operands, parts: tuple[ir.Node, ...]) -> Operands:
    """The types of operands where a text that is written out beside a code is a code, as it would be read. Raises TypeProblem."""
    begins = isinstance(node, ir.Call) and node.function == "starts_with"
    if not begins and all(found.kind != "code" for found in types):
        return types
    for part in parts:
        items = part.items if isinstance(part, ir.ListOf) else (part.value,) if isinstance(part, ir.Const) else ()
        for item in items:
            try:
                same = not isinstance(item, str) or read(item, CODE) == item
            except BadValue:
                same = False
            if not same:
                raise TypeProblem(Text(f"`{item}` is no code: nothing that is given can be that", f"`{item}` 不是代码，不会有此取值"), part.span)  # fmt: skip
    written = [isinstance(part, ir.Const) and isinstance(part.value, str) for part in parts]
    return tuple(CODE if is_text else found for is_text, found in zip(written, types, strict=True))


def _membership(node: ir.In, types: Operands) -> Type:
    item, container = types
    if item.kind == "code" and isinstance(node.container, ir.ListOf):
        return FLAG
    if item.kind != "choice" or container.kind != "set":
        message = Text("`in` takes a choice and a set or list", "in 左边应为选项，右边应为集合或列表")
        raise TypeProblem(message, node.span, instead.of_set({item.kind, container.kind}))
    foreign = [option for option in item.options if option not in container.options]
    if isinstance(node.item, ir.Const) and foreign:
        raise TypeProblem(_no_option(foreign[0]), node.item.span, did_you_mean(foreign[0], container.options))
    if isinstance(node.container, ir.ListOf):
        strange = [option for option in container.options if option not in item.options]
        if strange:
            raise TypeProblem(_no_option(strange[0]), node.container.span, did_you_mean(strange[0], item.options))
    return FLAG


def _cases(node: ir.Cases, env: Mapping[str, Type]) -> Typed:
    branches = tuple((_flag(condition, env), *infer(value, env)) for condition, value in node.branches)
    last, otherwise = infer(node.otherwise, env)
    total: Type | None = None
    for found, part in [(kind, part) for _, kind, part in branches] + [(last, otherwise)]:
        total = _joined(total, found, part.span)
    return total, replace(node, branches=tuple((c, v) for c, _, v in branches), otherwise=otherwise)


def _joined(left: Type | None, right: Type | None, span: ir.Span) -> Type | None:
    """The type of a value that is one or the other."""
    if left is None or right is None:
        return left or right
    if left.kind != right.kind:
        raise TypeProblem(Text(f"the cases give {left} and {right}", f"各情形的值类型不同：{left} 与 {right}"), span)
    if left.kind in ("choice", "set"):
        return replace(left, options=tuple(dict.fromkeys(left.options + right.options)))
    if left.kind != "number":
        return left
    try:
        return Type("number", common_unit(left, right), left.integer and right.integer)
    except Mismatch as error:
        raise TypeProblem(error.message, span) from None


def per_unit(base: Type, per: Type) -> Type:
    """The type `base per unit`, such as money per square metre."""
    return replace(base, unit=multiply_units(base.unit or PURE, per.unit or PURE, -1), integer=False)
