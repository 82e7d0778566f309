"""Many decisions counted: outcomes, and statuses by document and provision; every report format shows these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policy_engine.deciding.outcome import STATUSES, OutcomeName, Status
from policy_engine.explaining.decision import Decision
from policy_engine.rulebook.rule import Document, Provision


@dataclass(frozen=True)
class Row:
    """How often a provision had each status."""

    document: Document
    decision: str
    provision: Provision
    counts: Mapping[Status, int]


@dataclass(frozen=True)
class Summary:
    """Counts over many decisions."""

    outcomes: Mapping[OutcomeName, int]
    rows: tuple[Row, ...]


def summary(decisions: Iterable[Decision]) -> Summary:
    """Outcomes, then provisions in the order of documents and decisions."""
    outcomes: Counter[OutcomeName] = Counter()
    counts: dict[tuple[str, str, str], Counter[Status]] = {}
    known: dict[tuple[str, str, str], tuple[Document, Provision]] = {}
    for found in decisions:
        outcomes[found.outcome] += 1
        for finding in found.findings:
            key = (found.document.number, found.decision, finding.provision)
            counts.setdefault(key, Counter())[finding.status] += 1
            known[key] = (found.document, finding.clause)
    rows = tuple(
        Row(known[key][0], key[1], known[key][1], {s: counts[key][s] for s in STATUSES if counts[key][s]})
        for key in sorted(counts, key=lambda k: (k[0], k[1]))
    )
    return Summary(dict(sorted(outcomes.items())), rows)
