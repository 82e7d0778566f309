"""What can be said before a period is over.

Totals can only grow, so that reaching a minimum is final, and so is passing a maximum; nothing else is settled yet.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from policy_engine import ir
from policy_engine.errors import Text
from policy_engine.rule import Provision, Rule

NOT_OVER: Final = ir.Unsettled(Text("entries may still be added to this period", "该期间尚可能增加登记事项"))
_MIRRORED: Final[dict[ir.CompareOp, ir.CompareOp]] = {
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
    "==": "==",
    "!=": "!=",
}


def unfinished(rule: Rule, totals: Collection[str]) -> Rule:
    """The same rule for a period in which some totals may still grow."""
    growing = frozenset(totals)
    if not growing:
        return rule
    return replace(
        rule, provisions=tuple(_provision(p, growing) for p in rule.provisions),
        facts_must=tuple(_opened(must, growing) for must in rule.facts_must),
    )  # fmt: skip


def _provision(p: Provision, growing: frozenset[str]) -> Provision:
    def opened(node: ir.Node | None) -> ir.Node | None:
        return None if node is None else _opened(node, growing)

    unless = tuple(replace(e, when=_opened(e.when, growing), value=opened(e.value)) for e in p.unless)
    return replace(p, when=_opened(p.when, growing), unless=unless, require=opened(p.require), value=opened(p.value))


def _opened(node: ir.Node, growing: frozenset[str]) -> ir.Node:
    """The node, known only where no later entry can change it."""
    if not growing.intersection(ir.names(node)):
        return node
    if isinstance(node, ir.Compare):
        return _comparison(node, growing)
    if isinstance(node, ir.Name):
        return NOT_OVER
    return ir.with_children(node, tuple(_opened(part, growing) for part in ir.children(node)))


def _comparison(node: ir.Compare, growing: frozenset[str]) -> ir.Node:
    left, right = node.left, node.right
    if growing.intersection(ir.names(right)):
        if growing.intersection(ir.names(left)):
            return NOT_OVER
        return _comparison(replace(node, op=_MIRRORED[node.op], left=right, right=left), growing)
    if isinstance(left, ir.Cases):
        return _by_case(node, left, growing)
    if not _rising(left, growing):
        return NOT_OVER
    match node.op:
        case ">=" | ">":
            return ir.Logic("or", node, NOT_OVER, span=node.span)
        case "<=" | "<":
            return ir.Logic("and", node, NOT_OVER, span=node.span)
        case "==":
            return ir.Logic("and", replace(node, op="<="), NOT_OVER, span=node.span)
        case _:
            return ir.Logic("or", replace(node, op=">"), NOT_OVER, span=node.span)


def _by_case(node: ir.Compare, left: ir.Cases, growing: frozenset[str]) -> ir.Node:
    branches = tuple((c, replace(node, left=value)) for c, value in left.branches)
    return _opened(replace(left, branches=branches, otherwise=replace(node, left=left.otherwise)), growing)


def _rising(node: ir.Node, growing: frozenset[str]) -> bool:
    """Whether a value can only grow with the totals."""
    match node:
        case ir.Name():
            return True
        case ir.Arith(op="+", left=a, right=b):
            return _rising(a, growing) and _rising(b, growing)
        case ir.Call(function="min" | "max", args=args):
            return all(_rising(arg, growing) for arg in args)
        case _:
            return not growing.intersection(ir.names(node))
