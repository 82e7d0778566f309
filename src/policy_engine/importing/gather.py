"""What a decision takes in: the rules of a module, those they use from other modules, the inputs that are left."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from policy_engine.importing.formulas import Expr, Unsaid, parse, walk
from policy_engine.importing.rulespec import Library, Module, SpecCase, SpecRule, Version

INPUT = "#input."
PERIOD = frozenset({"period_start", "period_end"})
TOTALS = frozenset({"len", "sum", "count_where", "sum_where"})
Written = tuple[Version, Expr | None]


@dataclass(kw_only=True)
class Gathered:
    """Rules by `module#name`, each version with its formula in which names are such keys; what cannot be said of them.

    `index` says of tables that are asked for themselves what they are indexed by.
    """

    module: Module
    rules: dict[str, SpecRule] = field(default_factory=dict)
    written: dict[str, list[Written]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Unsaid] = field(default_factory=dict)
    index: dict[str, Expr] = field(default_factory=dict)

    def refuse(self, key: str, reason: Unsaid) -> None:
        """Leave a rule out, and whatever uses it."""
        waiting = [(key, reason)]
        while waiting:
            found, why = waiting.pop()
            if found in self.refused or found not in self.rules:
                continue
            self.refused[found] = why
            because = Unsaid("uses a rule that cannot be said", f"{found}: {why.reason}")
            waiting += [(user, because) for user in self.rules if found in self.uses(user)]

    def uses(self, key: str) -> set[str]:
        """The rules and inputs that a rule names."""
        trees = [e for _, e in self.written[key] if e] + [e for k, e in self.index.items() if k == key]
        return {n.text for e in trees for n in walk(e) if n.op in ("name", "cell")}

    def kept(self) -> Iterator[tuple[str, SpecRule, list[Written]]]:
        """The rules that can be said."""
        for key, rule in self.rules.items():
            if key not in self.refused:
                yield key, rule, self.written[key]


def gather(
    library: Library, module: Module, roots: Iterable[str], asked: Collection[str], given: Collection[str] = ()
) -> Gathered:
    """Rules, as `module#name`, with all they use; those that are asked for among them are worked out even if they are tables.

    What a table that is asked for is indexed by is an input where that is `given`, whatever else is called so.
    """
    found = Gathered(module=module)
    _take(library, found, [*roots, *asked], set(asked))
    for key in found.index:
        fact = f"{key.partition('#')[0]}{INPUT}{found.rules[key].indexed_by}"
        if fact in given:
            found.index[key] = Expr("name", (), fact)
            found.inputs[fact] = ""
    for target, value in library.settings(module):
        if target in found.rules:
            _take(library, found, [value])
            always = Version(start=None, end=None, formula=None, values=None)
            found.written[target] = [(always, Expr("name", (), value))]
            found.refused.pop(target, None)
    return found


def _take(library: Library, found: Gathered, waiting: list[str], asked: Collection[str] = ()) -> None:
    """Add rules with all they use."""
    problems = dict[str, Unsaid]()
    while waiting:
        key = waiting.pop(0)
        home, _, name = key.partition("#")
        owner = library.module(home)
        if key in found.rules or owner is None or name not in owner.rules:
            continue
        rule = owner.rules[name]
        found.rules[key], found.written[key] = rule, []
        try:
            if not rule.versions:
                raise Unsaid("a rule without versions", name)
            for version in rule.versions:
                tree = None if version.formula is None else _resolved(library, owner, parse(version.formula), found)
                found.written[key].append((version, tree))
        except Unsaid as reason:
            problems[key] = reason
        if key in asked and rule.indexed_by:
            found.index[key] = _resolved(library, owner, Expr("name", (), rule.indexed_by), found)
        waiting += [used for used in sorted(found.uses(key)) if INPUT not in used]
    for key, problem in problems.items():
        found.refuse(key, problem)


def _resolved(library: Library, owner: Module, tree: Expr, found: Gathered) -> Expr:
    """A formula in which each name says whose it is."""
    if tree.op == "call" and tree.text in TOTALS and tree.parts:
        return _total(library, owner, tree, found)
    if tree.op == "field":
        raise Unsaid("a field of a thing", tree.text)
    parts = tuple(_resolved(library, owner, part, found) for part in tree.parts)
    if tree.op not in ("name", "cell"):
        return replace(tree, parts=parts)
    target = library.found(owner, tree.text)
    if target:
        return replace(tree, parts=parts, text="#".join(target))
    if tree.op == "cell":
        raise Unsaid("a cell of a table that is not there", tree.text)
    home = "" if tree.text in PERIOD else owner.imports.get(tree.text, (owner.id, ""))[0]
    key = f"{home}{INPUT}{tree.text}"
    found.inputs[key] = owner.inputs.get(tree.text, "date" if not home else "")
    return replace(tree, text=key)


def linked(library: Library, found: Gathered, cases: Iterable[SpecCase]) -> None:
    """A name that a module leaves to others is the rule of that name in the module that uses it, unless a case gives it.

    If that has none, it is the rule of that name in what the module imports.
    """
    given = {key for case in cases for key in case.given} | {k for case in cases for row in case.rows() for k in row}
    waiting = list(found.inputs)
    while waiting:
        key = waiting.pop()
        name = key.partition(INPUT)[2]
        if key in given or key not in found.inputs or not (rule := library.anywhere(found.module, name)):
            continue
        before = set(found.inputs)
        _take(library, found, [rule])
        waiting += found.inputs.keys() - before
        if key in reached(found, rule):
            continue
        del found.inputs[key]
        for versions in found.written.values():
            versions[:] = [(v, e and _renamed(e, key, rule)) for v, e in versions]


def reached(found: Gathered, key: str) -> set[str]:
    """All that a rule rests on."""
    rests, waiting = set[str](), [key]
    while waiting:
        used = found.uses(waiting.pop()) - rests
        rests |= used
        waiting += [u for u in used if u in found.written]
    return rests


def _renamed(tree: Expr, old: str, new: str) -> Expr:
    parts = tuple(_renamed(part, old, new) for part in tree.parts)
    return replace(tree, parts=parts, text=new if tree.op == "name" and tree.text == old else tree.text)


def _total(library: Library, owner: Module, tree: Expr, found: Gathered) -> Expr:
    """A total over the rows of a list: the condition of a row that counts, and what is added up if it is a sum."""
    over, *parts = tree.parts
    condition, value = Expr("flag", (), "true"), None
    if over.op == "field":
        value, over = Expr("name", (), over.text), over.parts[0]
    elif tree.text == "sum_where" and len(parts) == 2:
        value, condition = parts
    elif tree.text == "count_where" and len(parts) == 1:
        condition = parts[0]
    if over.op != "name" or (tree.text == "sum") != (value is not None and len(tree.parts) == 1):
        raise Unsaid("a total that is not known", tree.text)
    name, kept = _relation(library, owner, over.text)
    found_parts = [_resolved(library, owner, p, found) for p in (condition, value) if p is not None]
    if kept is not None:
        own = _resolved(library, kept[0], parse(kept[1]), found)
        found_parts[0] = own if condition.op == "flag" else Expr("and", (own, found_parts[0]))
    return Expr("total", tuple(found_parts), f"{'count' if value is None else 'sum'}@{name}")


def _relation(library: Library, owner: Module, name: str) -> tuple[str, tuple[Module, str] | None]:
    """The list that a relation is, and which of its rows if not all, as a formula of a module."""
    home = library.module(owner.imports[name][0]) if name in owner.imports else owner
    wholes = [m for id_ in owner.whole if (m := library.module(id_)) and name in m.relations]
    entry = next((m.relations[name] for m in (home, *wholes) if m and name in m.relations), {})
    derived = entry.get("derived_relation")
    if not derived:
        return name, None
    source = str(derived.get("source_relation")).rpartition(".")[2]
    formulas = [str(v.get("formula")) for v in entry.get("versions") or []]
    if len(formulas) != 1:
        raise Unsaid("a list of rows chosen by date", name)
    always = formulas[0].lower() == "true"
    return source, None if always else (
        (wholes[0] if wholes and home is owner and name not in owner.relations else home or owner),
        formulas[0],
    )


def merged(found: Gathered, cases: Iterable[SpecCase]) -> dict[str, str]:
    """For each input the one it is told by: those of one name are one, unless a case gives them different values."""
    apart = set[str]()
    for case in cases:
        given = dict[str, str]()
        for key, value in case.given.items():
            name = key.partition(INPUT)[2]
            if isinstance(value, str) and given.setdefault(name, value) != value:
                apart.add(name)
    first = dict[str, str]()
    for key in sorted(found.inputs, key=lambda k: (not k.startswith(found.module.id + "#"), k)):
        name = key.partition(INPUT)[2]
        first.setdefault(key if name in apart else name, key)
    return {k: first[k if (n := k.partition(INPUT)[2]) in apart else n] for k in found.inputs}


def snake(text: str) -> str:
    """A text as a name of a rule file."""
    name = re.sub(r"\W+", "_", text).strip("_").lower()
    return name if name and not name[0].isdigit() else f"n_{name}"
