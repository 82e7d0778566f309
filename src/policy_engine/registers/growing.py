"""What can be said before a period is over.

Totals can only grow, so that reaching a minimum is final, and so is passing a maximum; nothing else is settled yet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Final

from policy_engine.basics.errors import Text
from policy_engine.language import ir
from policy_engine.language.operators import MIRRORED
from policy_engine.rulebook.rule import Provision, Rule

NOT_OVER: Final = ir.Unsettled(Text("entries may still be added to this period", "该期间尚可能增加登记事项"))


def unfinished(rule: Rule, totals: Collection[str]) -> Rule:
    """The same rule for a period in which some totals may still grow."""
    growing = frozenset(totals)
    return _changed(rule, lambda node: _opened(node, growing)) if growing else rule


def unfinished_where(rule: Rule, flags: Mapping[str, str]) -> Rule:
    """The same rule for many periods: each total may still grow where the flag named for it holds, which is always known."""
    return _changed(rule, lambda node: _opened_where(node, flags))


def _changed(rule: Rule, change: Callable[[ir.Node], ir.Node]) -> Rule:
    provisions = tuple(_provision(p, change) for p in rule.provisions)
    return replace(rule, provisions=provisions, facts_must=tuple(map(change, rule.facts_must)))


def _provision(p: Provision, change: Callable[[ir.Node], ir.Node]) -> Provision:
    def changed(node: ir.Node | None) -> ir.Node | None:
        return None if node is None else change(node)

    unless = tuple(replace(e, when=change(e.when), value=changed(e.value)) for e in p.unless)
    return replace(p, when=change(p.when), unless=unless, require=changed(p.require), value=changed(p.value))


def _opened_where(node: ir.Node, flags: Mapping[str, str]) -> ir.Node:
    """The node, case by case of which totals may still grow; the most of them first, so that the first case that holds is all of them."""
    used = sorted(flags.keys() & set(ir.names(node)))
    if not used:
        return node
    if not isinstance(node, ir.Compare | ir.Name):
        return ir.with_children(node, tuple(_opened_where(part, flags) for part in ir.children(node)))
    several = [some for size in range(len(used), 0, -1) for some in combinations(used, size)]
    branches = tuple(
        (ir.conjunction(tuple(ir.Name(flags[name], span=node.span) for name in some)), _opened(node, frozenset(some)))
        for some in several
    )
    return ir.Cases(branches, node, first=True, span=node.span)


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
        return _comparison(replace(node, op=MIRRORED[node.op], left=right, right=left), growing)
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
