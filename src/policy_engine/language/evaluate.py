"""The definition: what an expression means for given values. One arm per node; every other reading agrees with this."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial

from policy_engine.basics.errors import Text
from policy_engine.basics.values import ANOTHER, OPEN_LIST, Known, Unknown, Value, merge
from policy_engine.language import between, ir
from policy_engine.language.operators import ARITHMETIC, COMPARISONS, FUNCTIONS, ORDERED

Env = Mapping[str, Value]

NO_CASE = Text("no case applies", "没有适用的情形")
TWO_CASES = Text("more than one case applies", "同时适用多于一种情形")


def evaluate(node: ir.Node, env: Env) -> Value:
    """The value of a typed expression; Unknown says what it waits for. A name not in `env` is a fact not given."""
    match node:
        case ir.Number(value=value):
            return value
        case ir.Const(value=constant):
            return constant
        case ir.ListOf(items=items):
            return frozenset(items)
        case ir.Name(name=name):
            return env.get(name, Unknown((name,)))
        case ir.Unsettled(reason=reason, low=low):
            return Unknown(because=(reason,), low=low)
        case ir.Not(operand=x):
            return _strict(operator.not_, evaluate(x, env))
        case ir.Neg(operand=x):
            return _strict(operator.neg, evaluate(x, env))
        case ir.Logic(op=op, left=a, right=b):
            return _logic(op == "and", evaluate(a, env), b, env)
        case ir.Arith(op="*" | "of" as op, left=a, right=b):
            return _product(evaluate(a, env), evaluate(b, env))
        case ir.Arith(op=op, left=a, right=b):
            sides = (evaluate(a, env), evaluate(b, env))
            return between.kept(op, _strict(ARITHMETIC[op].apply, *sides), sides)
        case ir.Compare(op=op, left=a, right=b):
            sides = (evaluate(a, env), evaluate(b, env))
            return between.compared(op, _strict(COMPARISONS[op].apply, *sides), sides)
        case ir.In(item=a, container=b):
            return _strict(_has, evaluate(a, env), evaluate(b, env))
        case ir.Call(function=function, args=(ir.ListOf(items=order), *rest)) if function in ORDERED:
            return _strict(partial(FUNCTIONS[function].apply, order), *(evaluate(arg, env) for arg in rest))
        case ir.Call(function=function, args=args):
            found, apply = tuple(evaluate(arg, env) for arg in args), FUNCTIONS[function].apply
            if node.calendar is not None:
                apply = partial(apply, node.calendar)
            return between.kept(function, _strict(apply, *found), found)
        case ir.Cases():
            return _cases(node, env)
        case _:
            raise TypeError(f"no meaning for {type(node).__name__}")


def _strict(function: object, *args: Value) -> Value:
    """Unknown when an operand is."""
    if any(isinstance(arg, Unknown) for arg in args):
        return merge(args)
    if any(isinstance(arg, frozenset) and ANOTHER in arg for arg in args):
        return _open(function, args)
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


def _logic(conjunction: bool, left: Value, right: ir.Node, env: Env) -> Value:
    """Kleene: `false and x` is false and `true or x` is true, whatever x is."""
    if left is (not conjunction):
        return left
    other = evaluate(right, env)
    if left is conjunction or other is (not conjunction):
        return other
    return merge((left, other))


def _product(left: Value, right: Value) -> Value:
    """Zero times anything is zero."""
    for value in (left, right):
        if isinstance(value, Fraction) and not value:
            return value
    return between.kept("*", _strict(ARITHMETIC["*"].apply, left, right), (left, right))


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


def taken(node: ir.Cases, env: Env) -> tuple[ir.Node, ...]:
    """The condition that holds and its value, of the first branch that does; else what is said otherwise, alone."""
    key = Unknown() if node.keyed is None else evaluate(node.keyed.key, env)
    if not isinstance(key, Unknown):
        return _row(node, key)
    return next((branch for branch in node.branches if evaluate(branch[0], env) is True), (node.otherwise,))
