"""A rule for a case with lists: each row has inputs, formulas and checks of its own, totals are written out over them.

So every reading of a rule has lists without knowing of them. A list that may be longer than told adds to its totals what
can still grow. Its size is the rows times what is said of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import Text, visible
from policy_engine.basics.values import SHOWN, Known
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Provision, Rows, Rule

Sizes = Mapping[str, tuple[int, bool]]
"""Of each list that is given: how many rows, and whether these are all."""
MORE: Final = "more"
"""The last item of a list that is not known to be complete."""
MORE_WORDS: Final = frozenset({MORE, "尚有其他", "其他待查"})
MAX_ROWS: Final = 10_000


def called(rows: str, i: int, name: str) -> str:
    """What a name of a row is called outside it: `child[2].birth`."""
    return f"{rows}[{i}].{name}"


def unfolded(rule: Rule, sizes: Sizes, given: Mapping[str, Known]) -> Rule:
    """The rule written out for lists of so many rows, which go by the texts that are given of them."""
    if not rule.rows:
        return rule
    rule = replace(rule, rows={name: _with_names(rows, sizes, given) for name, rows in rule.rows.items()})
    inputs, provisions, order = dict(rule.inputs), list[Provision](), list[str]()
    for rows in rule.rows.values():
        count, _ = sizes.get(rows.name, (0, True))
        inputs |= {c.name: c for i in range(1, count + 1) for c in _columns(rows, i)}
        inputs |= rows.totals
        if rows.name not in sizes:
            inputs[rows.name] = rows.asked
    for p in rule.provisions:
        provisions += _written(p, rule.rows, sizes) if p.each else [p]
    for rows in rule.rows.values():
        provisions += [
            _copy(p, rows, i) for i in range(1, sizes.get(rows.name, (0, True))[0] + 1) for p in rows.formulas
        ]
    for name in rule.formula_order:
        rows_name = name.partition(".")[0]
        if "." in name:
            local = name.partition(".")[2]
            order += [called(rows_name, i, local) for i in range(1, sizes.get(rows_name, (0, True))[0] + 1)]
        else:
            order.append(name)
    return replace(rule, inputs=inputs, provisions=tuple(provisions), formula_order=tuple(order))


def tabled(rule: Rule) -> Rule:
    """The rule for tables that have no lists: their totals are columns, and what is said of each row stays unknown."""
    if not rule.rows:
        return rule
    provisions = [one for p in rule.provisions if not (p.each and p.is_formula)
                  for one in (_written(p, rule.rows, {}) if p.each else [p])]  # fmt: skip
    known = {p.id for p in provisions}
    order = tuple(name for name in rule.formula_order if name in known)
    return replace(rule, inputs=rule.askable, provisions=tuple(provisions), formula_order=order, rows={})


def _with_names(rows: Rows, sizes: Sizes, given: Mapping[str, Known]) -> Rows:
    """A list whose rows go by the first of their columns that is a text."""
    key = next((key for key, column in rows.columns.items() if column.type.kind == "text"), None)
    if key is None:
        return rows
    told = (given.get(called(rows.name, i, key), "") for i in range(1, sizes.get(rows.name, (0, True))[0] + 1))
    return replace(rows, names=tuple(visible(str(name))[:SHOWN] for name in told))


def _which(rows: Rows, i: int) -> Text:
    """A row by its number, and its name where it has one."""
    name = rows.names[i - 1] if i <= len(rows.names) else ""
    return Text(f"{i} {name}", f"第{i}项 {name}") if name else Text(f"{i}", f"第{i}项")


def _columns(rows: Rows, i: int) -> list[Input]:
    naming = _naming(rows, i)
    return [
        replace(
            column, name=called(rows.name, i, key), label=_numbered(rows, i, column.label), when=naming(column.when)
        )
        for key, column in rows.columns.items()
    ]


def _numbered(rows: Rows, i: int, label: Text) -> Text:
    which = _which(rows, i)
    return Text(f"{rows.label.en} {which.en}: {label.en}", f"{rows.label.zh}（{which.zh}）{label.zh}")


def _naming(rows: Rows, i: int) -> Callable[[ir.Node], ir.Node]:
    """Names of a row as those of the row of a number."""
    local = [*rows.columns, *(p.id.partition(".")[2] for p in rows.formulas)]
    by_name = {f"{rows.name}.{key}": ir.Name(called(rows.name, i, key)) for key in local}
    return lambda node: ir.substituted(node, by_name)


def _copy(p: Provision, rows: Rows, i: int) -> Provision:
    """A formula or check for the row of a number."""
    naming, which = _naming(rows, i), _which(rows, i)
    id_ = called(rows.name, i, p.id.partition(".")[2]) if p.is_formula else f"{p.id}[{i}]"
    return replace(
        p, id=id_, title=Text(f"{p.title.en} ({rows.label.en} {which.en})", f"{p.title.zh}（{rows.label.zh}{which.zh}）"),
        when=naming(p.when), require=p.require and naming(p.require), value=p.value and naming(p.value), due=p.due and naming(p.due),
        unless=tuple(replace(e, when=naming(e.when), value=e.value and naming(e.value)) for e in p.unless),
        each="", origin=p,
    )  # fmt: skip


def _written(p: Provision, lists: Mapping[str, Rows], sizes: Sizes) -> list[Provision]:
    """A total over the rows; a check once for each row."""
    rows = lists[p.each]
    unknown: ir.Node = ir.Name(rows.name)
    if rows.name not in sizes:
        value, require = (unknown, None) if p.is_formula else (None, unknown)
        return [replace(_of_no_row(p, rows), value=value, require=require)]
    count, complete = sizes[rows.name]
    if p.is_formula:
        return [replace(p, value=_total(p, rows, count, complete), each="", origin=p)]
    copies = [_copy(p, rows, i) for i in range(1, count + 1)]
    if not complete:
        title = Text(f"{p.title.en} ({rows.label.en}: others)", f"{p.title.zh}（{rows.label.zh}：其他）")
        copies.append(
            replace(_of_no_row(p, rows), id=f"{p.id}[{MORE}]", title=title, require=None, unsettled=_more(rows))
        )
    return copies or [replace(p, when=ir.Const(False), each="", origin=p)]


def _of_no_row(p: Provision, rows: Rows) -> Provision:
    """A check with what of its conditions speaks of no row, for rows nobody has told of; a total has no conditions."""
    of_row = {f"{rows.name}.{key}" for key in (*rows.columns, *(f.id.partition(".")[2] for f in rows.formulas))}
    when = ir.conjunction(tuple(part for part in ir.conjuncts(p.when) if of_row.isdisjoint(ir.names(part))))
    unless = tuple(e for e in p.unless if of_row.isdisjoint(ir.names(e.when)))
    due = p.due if p.due is not None and of_row.isdisjoint(ir.names(p.due)) else None
    return replace(p, when=when, unless=unless, due=due, each="", origin=p)


def _total(p: Provision, rows: Rows, count: int, complete: bool) -> ir.Node:
    """A total written out; where rows may be missing, with what they may add to it."""
    assert isinstance(p.value, ir.Call)
    kind, (where, item) = p.value.function.removeprefix("rows "), p.value.args
    pairs = [(naming(where), naming(item)) for i in range(1, count + 1) for naming in (_naming(rows, i),)]
    flat = tuple(x for pair in pairs for x in pair)
    more = () if complete else (ir.Unsettled(_more(rows), _least_more(kind, item, rows)),)
    none = ir.Unsettled(Text(f"{rows.label.en}: none", f"{rows.label.zh}：无"))
    match kind:
        case "any":
            return ir.balanced("or", (*(ir.conjunction((a, b)) for a, b in pairs), *more), ir.Const(False))
        case "all":
            found = tuple(b if a == ir.TRUE else ir.Logic("or", ir.Not(a), b) for a, b in pairs)
            return ir.balanced("and", (*found, *more), ir.TRUE)
        case "count" | "sum":
            items = tuple(b for _, b in pairs) if kind == "count" else flat
            total = ir.Call("count" if kind == "count" else "total", items) if items else ir.Number(Fraction(0))
            return ir.Arith("+", total, *more) if more else total
        case _:
            items = (*flat, *more, *more)  # one more that may count, of any size
            return ir.Call("least" if kind == "min" else "greatest", items) if flat else more[0] if more else none


def _more(rows: Rows) -> Text:
    return Text(f"{rows.label.en}: more than those listed", f"{rows.label.zh}：尚有未列出的")


def _least_more(kind: str, item: ir.Node, rows: Rows) -> Fraction | None:
    """What rows that are not listed add at least: nothing to a count, or to a sum of what takes no negative number."""
    columns = {column.name: column for column in rows.columns.values()}
    bounds = columns[item.name].bounds if isinstance(item, ir.Name) and item.name in columns else ()
    never_below = any(b.relation in (">", ">=") and isinstance(b.value, Fraction) and b.value >= 0 for b in bounds)
    return Fraction(0) if kind == "count" or never_below else None
