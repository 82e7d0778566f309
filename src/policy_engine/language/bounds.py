"""A name that is bounded, not known: its value is the least so far, and later facts may still raise it.

An expression stays known only where no later value can change it: reaching a minimum is final, and so is passing a
maximum; a flag that is set stays, and so does a member of a set. Comparisons, sums, differences from it, shifts, `min`,
`max`, rounding, ends of periods, whole years until it and positive factors keep the bound; elsewhere nothing is settled.
It is a rewriting of the tree, so that every evaluator means the same by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, assert_never

from policy_engine.basics.errors import Text
from policy_engine.language import ir
from policy_engine.language.operators import MIRRORED

_RISE_WITH_THE_FIRST: Final = frozenset({
    "add_working_days", "floor", "ceil", "round", "round_even", "year", "end_of_year", "end_of_quarter", "end_of_month",
})  # fmt: skip


@dataclass(frozen=True)
class Open:
    """Names whose values are not final, each with the reason; and those of them that only rise."""

    why: Mapping[str, Text]
    rising: frozenset[str]
    flags: frozenset[str] = frozenset()  # of those that rise: once they hold, they go on to

    def used(self, node: ir.Node) -> list[str]:
        """The open names an expression uses."""
        return [name for name in ir.names(node) if name in self.why]

    def unsettled(self, node: ir.Node) -> ir.Node:
        """Nothing, with the reasons of the open names an expression uses."""
        en, zh = zip(*dict.fromkeys(self.why[name] for name in self.used(node)), strict=True)
        return ir.Unsettled(Text("; ".join(en), "；".join(zh)))


def opened(node: ir.Node, names: Open) -> ir.Node:
    """The node, known only where no later value of the open names can change it.

    A comparison of cases is one in each case; it is known only where it is known which, as it is when all is final.
    """
    if not names.used(node):
        return node
    if isinstance(node, ir.Compare):
        return _comparison(node, names)
    if _stays(node, names):
        return ir.Logic("or", node, names.unsettled(node), span=node.span)
    if isinstance(node, ir.Name):
        return names.unsettled(node)
    return ir.with_children(node, tuple(opened(part, names) for part in ir.children(node)))


def _stays(node: ir.Node, names: Open) -> bool:
    """Whether a condition, once it holds, goes on to."""
    match node:
        case ir.Name(name=name):
            return name in names.flags
        case ir.In(item=a, container=ir.Name(name=name)) | ir.Call(function="all_in", args=(a, ir.Name(name=name))):
            return name in names.rising and not names.used(a)
        case _:
            return False


def _comparison(node: ir.Compare, names: Open) -> ir.Node:
    left, right = node.left, node.right
    if names.used(right):
        if names.used(left):
            return names.unsettled(node)
        return _comparison(replace(node, op=MIRRORED[node.op], left=right, right=left), names)
    if isinstance(left, ir.Cases):
        branches = tuple((c, replace(node, left=value)) for c, value in left.branches)
        each = opened(replace(left, branches=branches, otherwise=replace(node, left=left.otherwise)), names)
        told = ir.conjunction(tuple(ir.Logic("or", c, ir.Not(c)) for c, _ in left.branches))
        return ir.Cases(((opened(told, names), each),), names.unsettled(node), span=node.span)
    still = names.unsettled(node)
    if not rises(left, names):
        return still
    match node.op:
        case ">=" | ">":
            return ir.Logic("or", node, still, span=node.span)
        case "<=" | "<":
            return ir.Logic("and", node, still, span=node.span)
        case "==":
            return ir.Logic("and", replace(node, op="<="), still, span=node.span)
        case "!=":
            return ir.Logic("or", replace(node, op=">"), still, span=node.span)
        case _:
            assert_never(node.op)


def rises(node: ir.Node, names: Open) -> bool:
    """Whether a value can only rise with the open names."""
    match node:
        case _ if not names.used(node):
            return True
        case ir.Name(name=name):
            return name in names.rising
        case ir.Arith(op="+", left=a, right=b):
            return rises(a, names) and rises(b, names)
        case ir.Arith(op="*" | "of", left=ir.Number(value=factor), right=x) | ir.Arith(op="*", left=x, right=ir.Number(value=factor)):  # fmt: skip
            return factor > 0 and rises(x, names)
        case ir.Arith(op="-" | "+days" | "-days" | "+months" | "-months", left=a, right=b):
            return rises(a, names) and not names.used(b)
        case ir.Call(function="min" | "max", args=args):
            return all(rises(arg, names) for arg in args)
        case ir.Call(function=name, args=(a, *others)) if name in _RISE_WITH_THE_FIRST:
            return rises(a, names) and not any(map(names.used, others))
        case ir.Call(function="years" | "months" | "working_days", args=(a, b)):
            return not names.used(a) and rises(b, names)
        case _:
            return False
