"""Many decisions counted: outcomes, statuses by document and provision; what a run over rows came to, as one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policy_engine.basics.errors import Lang
from policy_engine.deciding.outcome import STATUSES, OutcomeName, Status
from policy_engine.explaining.decision import Decision
from policy_engine.rulebook.rule import Document, Provision
from policy_engine.tables.tally import Tally
from policy_engine.words import OUTCOME, STATUS, aside, colon, many


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


def rows_line(output: str, tally: Tally, lang: Lang) -> str:
    """What a run over cases came to, as one line."""
    zh = lang == "zh"
    counts = ("，" if zh else ", ").join(f"{OUTCOME[n].of(lang)} {k:,}" for n, k in sorted(tally.outcomes.items()))
    rows = f"共 {tally.rows:,} 行" if zh else many(tally.rows, "row")
    bad = f"；拒收 {tally.rejected:,} 行" if zh else f"; {tally.rejected:,} rejected"
    return f"{f'{output}{colon(lang)}' if output else ''}{rows}{aside(counts, lang) if counts else ''}{bad if tally.rejected else ''}"


def entries_line(output: str, tally: Tally, lang: Lang) -> str:
    """What a run over the entries of a register came to, as one line; without `output` it was printed."""
    joint = "，" if lang == "zh" else ", "
    counts = joint.join(f"{STATUS[status].of(lang)} {count:,}" for status, count in sorted(tally.every.items()))
    findings = sum(tally.every.values())
    if lang == "zh":
        entries, told = f"登记 {tally.entries:,} 条", f"，结论 {findings:,} 项（{counts}）"
        more = ("；{} 行在期末之后，未计", "；{} 行属不计入的事项", "；拒收 {} 行")
    else:
        entries, told = many(tally.entries, "entry", "entries"), f", {many(findings, 'finding')} ({counts})"
        more = ("; {} later rows left out", "; {} of kinds that do not count", "; {} rejected")
    left_out = zip(more, (tally.later, tally.ignored, tally.rejected), strict=True)
    rest = "".join(text.format(rows) for text, rows in left_out if rows)
    return f"{f'{output}{colon(lang)}' if output else ''}{entries}{told if counts else ''}{rest}"
