"""Which expressions exist: a closed set of frozen nodes, each with its place in the text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal, NamedTuple

from policy_engine.basics.errors import Text
from policy_engine.basics.values import Known, Unit
from policy_engine.language.calendars import Calendar

Span = tuple[int, int]
Force = Literal["binding", "ordinary", "target", "option"]
CompareOp = Literal["==", "!=", "<", "<=", ">", ">="]
ArithOp = Literal["+", "-", "*", "/", "of", "^", "+days", "-days", "+months", "-months", "days between"]


@dataclass(frozen=True)
class Node:
    """An expression; `span` is the half-open range of characters it was written in."""

    span: Span = field(default=(0, 0), compare=False, kw_only=True)

    @cached_property
    def named(self) -> tuple[str, ...]:
        """Every name it uses, once, in the order of its first use."""
        return tuple(dict.fromkeys(part.name for part in walk(self) if isinstance(part, Name)))


@dataclass(frozen=True)
class Number(Node):
    """A numeric literal. `unit` None: bare, takes the unit of what it meets; a percentage is pure."""

    value: Fraction
    unit: Unit | None = None
    percent: bool = False


@dataclass(frozen=True)
class Const(Node):
    """A literal date, flag or choice."""

    value: dt.date | bool | str


@dataclass(frozen=True)
class ListOf(Node):
    """A list of choices."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Name(Node):
    """An input, a reading, a formula or `as_of`."""

    name: str


@dataclass(frozen=True)
class Not(Node):
    """Logical negation."""

    operand: Node


@dataclass(frozen=True)
class Neg(Node):
    """Arithmetic negation."""

    operand: Node


@dataclass(frozen=True)
class Arith(Node):
    """A sum, difference, product, quotient; `of` is a product whose left side is pure."""

    op: ArithOp
    left: Node
    right: Node


@dataclass(frozen=True)
class Compare(Node):
    """One comparison; a chain is a conjunction of these."""

    op: CompareOp
    left: Node
    right: Node


@dataclass(frozen=True)
class Logic(Node):
    """Conjunction or disjunction."""

    op: Literal["and", "or"]
    left: Node
    right: Node


@dataclass(frozen=True)
class In(Node):
    """Membership of a choice in a list or set."""

    item: Node
    container: Node


@dataclass(frozen=True)
class Call(Node):
    """A function of the fixed list applied to arguments."""

    function: str
    args: tuple[Node, ...]
    calendar: Calendar | None = field(default=None, compare=False, repr=False)  # of those that ask for working days


@dataclass(frozen=True)
class Unsettled(Node):
    """A value the text or the facts do not give, with the reason; `low`: what it is at least."""

    reason: Text
    low: Fraction | None = None


@dataclass(frozen=True)
class Cases(Node):
    """Values under conditions: the first that holds, or the only one that may hold."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node
    first: bool = True

    @cached_property
    def keyed(self) -> Keyed | None:
        """Its branches by key, where there are many and the condition of each says one value of the same."""
        keys = list[Node]()
        rows = dict[Known, Branch]()
        for branch in self.branches:
            match branch[0]:
                case Compare(op="==", left=key, right=Const(value=value) | Number(value=value)) if value not in rows:
                    keys, rows[value] = keys or [key], branch
                    if key != keys[0]:
                        return None
                case _:
                    return None
        values = tuple(dict.fromkeys((*(value for _, value in self.branches), self.otherwise)))
        return Keyed(keys[0], rows, values) if len(rows) >= MANY else None


Branch = tuple[Node, Node]
MANY: Final = 8
"""From how many branches on the one for a key is looked up."""


class Keyed(NamedTuple):
    """Branches by the value of a key; the different expressions one of which is the value, whatever the key is."""

    key: Node
    rows: Mapping[Known, Branch]
    values: tuple[Node, ...]


TRUE: Final[Node] = Const(True)
CALENDARED: Final = frozenset({"is_working_day", "working_days", "add_working_days"})
"""Functions that ask a calendar."""


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order they are written."""
    match node:
        case Not(operand=x) | Neg(operand=x):
            return (x,)
        case Arith(left=a, right=b) | Compare(left=a, right=b) | Logic(left=a, right=b):
            return (a, b)
        case In(item=a, container=b):
            return (a, b)
        case Call(args=args):
            return args
        case Cases(branches=branches, otherwise=last):
            return (*(part for branch in branches for part in branch), last)
        case _:
            return ()


def with_children(node: Node, parts: tuple[Node, ...]) -> Node:
    """The same node with other direct parts, in the order of `children`."""
    match node:
        case Not() | Neg():
            return replace(node, operand=parts[0])
        case Arith() | Compare() | Logic():
            return replace(node, left=parts[0], right=parts[1])
        case In():
            return replace(node, item=parts[0], container=parts[1])
        case Call():
            return replace(node, args=parts)
        case Cases():
            pairs = tuple((parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2))
            return replace(node, branches=pairs, otherwise=parts[-1])
        case _:
            return node


def substituted(node: Node, by_name: Mapping[str, Node]) -> Node:
    """The node with some names replaced by what they stand for."""
    if isinstance(node, Name):
        return by_name.get(node.name, node)
    if by_name.keys().isdisjoint(names(node)):
        return node
    return with_children(node, tuple(substituted(part, by_name) for part in children(node)))


def dated_by(node: Node, calendar: Calendar | None) -> Node:
    """The node, its calls asking a calendar which days are worked."""
    found = with_children(node, tuple(dated_by(part, calendar) for part in children(node)))
    return replace(found, calendar=calendar) if isinstance(found, Call) and found.function in CALENDARED else found


def walk(node: Node) -> Iterator[Node]:
    """The node and all its parts, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Node) -> tuple[str, ...]:
    """Every name the expression uses, once, in the order of its first use."""
    return node.named


def conjuncts(node: Node) -> tuple[Node, ...]:
    """The parts that must all hold for the node to hold."""
    if isinstance(node, Logic) and node.op == "and":
        return conjuncts(node.left) + conjuncts(node.right)
    return (node,)


def conjunction(nodes: tuple[Node, ...]) -> Node:
    """All of the nodes, in their order; true when there are none."""
    return balanced("and", nodes, TRUE)


def balanced(op: Literal["and", "or"], nodes: tuple[Node, ...], none: Node) -> Node:
    """The nodes joined in their order, a thousand of them ten deep."""
    if len(nodes) < 2:
        return nodes[0] if nodes else none
    half = (len(nodes) + 1) // 2
    left, right = balanced(op, nodes[:half], none), balanced(op, nodes[half:], none)
    return Logic(op, left, right, span=(left.span[0], right.span[1]))
