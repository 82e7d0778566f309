"""A rule for a case in which some names are bounded, not known: dates that are not yet, totals that can still grow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from typing import Final

from policy_engine.basics.errors import Text
from policy_engine.language import ir
from policy_engine.language.bounds import Open, opened, rises
from policy_engine.rulebook.rule import Provision, Rule

NOT_OVER: Final = Text("entries may still be added to this period", "该期间尚可能增加登记事项")
TODAY: Final = "today "
"""What the day up to which things are known is called in expressions; no author can write it."""
Change = Callable[[ir.Node], ir.Node]


def why_open(rule: Rule, name: str) -> Text:
    """Why the value of a name is not final."""
    if rule.register is not None and name in rule.register.totals:
        return NOT_OVER
    (en, zh), date = rule.inputs[name].label, rule.inputs[name].type.kind == "date"
    return Text(f"{en}: not yet", f"{zh}：尚未发生") if date else Text(f"{en}: may still grow", f"{zh}：尚可能增加")


def bounded(rule: Rule, names: Collection[str] | Mapping[str, Text], not_yet: Collection[str] = ()) -> Rule:
    """The same rule for a case in which the values of some names (perhaps with why) are only their least; of those, `not_yet` are dates to come."""
    if not names:
        return rule
    why = names if isinstance(names, Mapping) else {name: why_open(rule, name) for name in rule.inputs if name in names}
    return replace(_changed(rule, *_changes(rule, Open(why, frozenset(names)))), not_yet=frozenset(not_yet))


def bounded_where(rule: Rule, flags: Mapping[str, str]) -> Rule:
    """The same rule for many cases: each value is only the least where the flag named for it holds, which is always known."""
    changes = cache(lambda *some: _changes(rule, Open(dict.fromkeys(some, NOT_OVER), frozenset(some))))
    first, judged = (partial(_opened_where, flags=flags, least=lambda *some, i=i: changes(*some)[i]) for i in (0, 1))
    return _changed(rule, first, judged)


def _changes(rule: Rule, open_: Open) -> tuple[Change, Change]:
    """What becomes of an expression, and of a requirement once it is due: totals are final then."""
    inlined = _rising_formulas(rule, open_)
    final = Open({n: why for n, why in open_.why.items() if not rule.inputs[n].grows}, open_.rising)
    return partial(_with, names=open_, inlined=inlined), partial(_with, names=final, inlined=inlined)


def _with(node: ir.Node, names: Open, inlined: Mapping[str, ir.Node]) -> ir.Node:
    return opened(ir.substituted(node, inlined), names)


def _rising_formulas(rule: Rule, names: Open) -> dict[str, ir.Node]:
    """Formulas that always apply and only rise: written out where they are used, they keep the bound."""
    found: dict[str, ir.Node] = {}
    versions = {id: [p for p in rule.provisions if p.id == id] for id in rule.formula_order if id in rule.ids}
    for id, (first, *others) in versions.items():
        value = ir.substituted(first.value or ir.TRUE, found)
        alone = not others and first.applies == ir.TRUE and first.valid_from is first.valid_until is None
        if alone and names.used(value) and not isinstance(value, ir.Cases) and rises(value, names):
            found[id] = value
    return found


def _changed(rule: Rule, change: Change, judged: Change | None = None) -> Rule:
    provisions = tuple(_provision(p, change, judged or change) for p in rule.provisions)
    inputs = {n: e if e.when == ir.TRUE else replace(e, when=change(e.when)) for n, e in rule.inputs.items()}
    return replace(rule, inputs=inputs, provisions=provisions, facts_must=tuple(map(change, rule.facts_must)))


def _provision(p: Provision, change: Change, judged: Change) -> Provision:
    def changed(node: ir.Node | None) -> ir.Node | None:
        return None if node is None else change(node)

    require = p.require and (change if p.due is None else judged)(p.require)
    unless = tuple(replace(e, when=change(e.when), value=changed(e.value)) for e in p.unless)
    return replace(
        p,
        when=change(p.when),
        unless=unless,
        require=require,
        value=changed(p.value),
        due=None if p.due is None else _due(p.due, change),
    )


def _due(node: ir.Node, change: Change) -> ir.Node:
    """When something is due; where that is not final but surely after today, its least."""
    found = change(node)
    if found == node:
        return found
    return ir.Cases(((change(ir.Compare(">", node, ir.Name(TODAY))), node),), found)


def _opened_where(node: ir.Node, flags: Mapping[str, str], least: Callable[..., Change]) -> ir.Node:
    """The node, case by case of which names are open; the most of them first, so that the first case that holds is all of them."""
    alone = {name: changed for name in flags if (changed := least(name)(node)) != node}
    used = {n: flag for n, flag in flags.items() if n in alone or any(n in ir.names(one) for one in alone.values())}
    if not used:
        return node
    if not isinstance(node, ir.Compare | ir.Name):
        return ir.with_children(node, tuple(_opened_where(part, used, least) for part in ir.children(node)))
    several = [some for size in range(len(used), 0, -1) for some in combinations(used, size)]
    branches = tuple(
        (ir.conjunction(tuple(ir.Name(used[name], span=node.span) for name in some)), least(*some)(node))
        for some in several
    )
    return ir.Cases(branches, node, first=True, span=node.span)
