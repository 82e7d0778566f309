"""The definition: what an expression means for given values. One arm per node; every other reading agrees with this."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, Final

from policy_engine.basics.errors import Text
from policy_engine.basics.values import ANOTHER, OPEN_LIST, Known, Unknown, Value, merge
from policy_engine.language import between, ir
from policy_engine.language.operators import ARITHMETIC, COMPARISONS, FUNCTIONS, ORDERED

Env = Mapping[str, Value]

NO_CASE = Text("no case applies", "没有适用的情形")
TWO_CASES = Text("more than one case applies", "同时适用多于一种情形")


def evaluate(node: ir.Node, env: Env) -> Value:
    """The value of a typed expression; Unknown says what it waits for. A name not in `env` is a fact not given."""
    return MEANINGS.get(type(node), _no_meaning)(node, env)


def _no_meaning(node: ir.Node, env: Env) -> Value:
    raise TypeError(f"no meaning for {type(node).__name__}")


def _name(node: ir.Name, env: Env) -> Value:
    try:
        return env[node.name]
    except KeyError:
        return Unknown((node.name,))


def _logic(node: ir.Logic, env: Env) -> Value:
    """Kleene: `false and x` is false and `true or x` is true, whatever x is."""
    conjunction, left = node.op == "and", evaluate(node.left, env)
    if left is (not conjunction):
        return left
    other = evaluate(node.right, env)
    if left is conjunction or other is (not conjunction):
        return other
    return merge((left, other))


def _arith(node: ir.Arith, env: Env) -> Value:
    op, left, right = node.op, evaluate(node.left, env), evaluate(node.right, env)
    if op in ("*", "of"):  # zero times anything is zero
        for value in (left, right):
            if isinstance(value, Fraction) and not value:
                return value
        op = "*"
    found = _strict(ARITHMETIC[op].apply, left, right)
    return between.kept(op, found, (left, right)) if isinstance(found, Unknown) else found


def _compare(node: ir.Compare, env: Env) -> Value:
    left, right = evaluate(node.left, env), evaluate(node.right, env)
    found = _strict(COMPARISONS[node.op].apply, left, right)
    return between.compared(node.op, found, (left, right)) if isinstance(found, Unknown) else found


def _call(node: ir.Call, env: Env) -> Value:
    function, args = node.function, node.args
    apply = FUNCTIONS[function].apply
    if function in ORDERED and isinstance(args[0], ir.ListOf):
        return _strict(partial(apply, args[0].items), *(evaluate(arg, env) for arg in args[1:]))
    found = between.counted(function, tuple(evaluate(arg, env) for arg in args))
    if node.calendar is not None:
        apply = partial(apply, node.calendar)
    return between.kept(function, _strict(apply, *found), found)


def _strict(function: object, *args: Value) -> Value:
    """Unknown when an operand is."""
    for arg in args:
        kind = type(arg)
        if kind is Unknown:
            return merge(args)
        if kind is frozenset and ANOTHER in arg:  # type: ignore[operator]
            return merge(args) if any(isinstance(other, Unknown) for other in args) else _open(function, args)
    return function(*args)  # type: ignore[operator, no-any-return]


def _has(item: Value, container: Value) -> Value:
    return item in container  # type: ignore[operator]


def _open(function: object, args: tuple[Value, ...]) -> Value:
    """With members that are not listed: settled only where those listed decide, whatever the others are."""
    found = function(*(a - {ANOTHER} if isinstance(a, frozenset) else a for a in args))  # type: ignore[operator]
    opened = [isinstance(arg, frozenset) and ANOTHER in arg for arg in args]
    if function in (_has, FUNCTIONS["any_in"].apply) and found is True:
        return True
    if function is FUNCTIONS["all_in"].apply and (found is False or not opened[0]):
        return bool(found)  # a listed member lies outside, and no other stands in for it; or those listed cover all
    return Unknown(because=(OPEN_LIST,))


def _cases(node: ir.Cases, env: Env) -> Value:
    """The value all cases that may still apply agree on; else unknown, waiting for what decides between them."""
    if node.keyed is not None:
        key = evaluate(node.keyed.key, env)
        if not isinstance(key, Unknown):
            return _agreed((), [evaluate(_row(node, key)[-1], env)])
        if key.low is None and key.high is None:
            return _agreed((key,), [evaluate(value, env) for value in node.keyed.values])
    conditions: list[Value] = []
    possible: list[ir.Node] = []
    for condition, branch in node.branches:
        holds = evaluate(condition, env)
        if holds is False:
            continue
        conditions.append(holds)
        possible.append(branch)
        if holds is True and node.first:
            break
    if not any(holds is True for holds in conditions):
        possible.append(node.otherwise)
    return _agreed(conditions, [evaluate(branch, env) for branch in possible])


def _agreed(conditions: Sequence[Value], values: list[Value]) -> Value:
    """What values under conditions that may hold come to."""
    if not any(isinstance(value, Unknown) for value in values) and all(value == values[0] for value in values):
        return values[0]
    waits = merge(conditions)
    if waits == Unknown() and len(values) > 1:
        return merge(values) | Unknown(because=(TWO_CASES,))
    if waits != Unknown():
        values = [v for v in values if v != Unknown(because=(NO_CASE,))]
    return waits | merge(values)


def _row(node: ir.Cases, key: Known) -> tuple[ir.Node, ...]:
    return (node.otherwise,) if node.keyed is None else node.keyed.rows.get(key) or (node.otherwise,)


def taken(node: ir.Cases, value: Callable[[ir.Node], Value]) -> tuple[ir.Node, ...]:
    """The condition that holds and its value, of the first branch that does; else what is said otherwise, alone.

    `value`: what expressions come to.
    """
    if node.keyed is not None and not isinstance(key := value(node.keyed.key), Unknown):
        return _row(node, key)
    for branch in node.branches:
        if value(branch[0]) is True:
            return branch
    return (node.otherwise,)


MEANINGS: Final[Mapping[type[ir.Node], Callable[[Any, Env], Value]]] = {
    ir.Number: lambda node, env: node.value,
    ir.Const: lambda node, env: node.value,
    ir.ListOf: lambda node, env: frozenset(node.items),
    ir.Name: _name,
    ir.Unsettled: lambda node, env: Unknown(because=(node.reason,), low=node.low),
    ir.Not: lambda node, env: _strict(operator.not_, evaluate(node.operand, env)),
    ir.Neg: lambda node, env: _strict(operator.neg, evaluate(node.operand, env)),
    ir.Logic: _logic,
    ir.Arith: _arith,
    ir.Compare: _compare,
    ir.In: lambda node, env: _strict(_has, evaluate(node.item, env), evaluate(node.container, env)),
    ir.Call: _call,
    ir.Cases: _cases,
}
"""What each kind of expression means."""
