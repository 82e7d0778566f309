"""Plans kept from an earlier run: for a decision, a day, readings and a Parquet file of the same columns nothing is made again, nor is ibis asked.

What is kept is a query, or layers of expressions, never code. Whatever is unlike the time before, or goes wrong, is left to `run`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from policy_engine.engines import duck, frames
from policy_engine.rulefiles.cache import keep_plan, plan_kept, plan_key
from policy_engine.rulefiles.rulebook import CONTENT
from policy_engine.tables.columns import columns_of, matched
from policy_engine.tables.tally import Tally
from policy_engine.tables.writing import whole

if TYPE_CHECKING:
    from policy_engine.engines.run import Work
    from policy_engine.tables.columns import Job

OUTCOME: Final = "outcome"
REFUSED: Final = "refused"
FIRST: Final = "duckdb"
_ELSEWHERE: Final = re.compile(r"[a-z][a-z0-9+.-]*://|#")


class FileThere(Protocol):
    """A Parquet file on an engine."""

    version: str
    headers: tuple[str, ...]
    kinds: str

    def save(self, kept: Any, target: str) -> None:
        """Every row with its findings."""

    def save_told(self, kept: Any, target: str, wrong: str) -> None:
        """Every row with its findings, or with what is wrong with its facts and no findings."""

    def counts(self, target: str, *columns: str) -> list[tuple[Any, ...]]:
        """How many rows have each values of some columns."""


OPENED: Final[Mapping[str, Callable[[Path], FileThere]]] = {"duckdb": duck.DuckFile, "polars": frames.FrameFile}


@dataclass(frozen=True)
class KeptAt:
    """Where a plan is kept, and the file it is for."""

    key: str
    engine: str
    session: FileThere


def place_of(job: Job, table: str, engine: str | None, parts: Collection[str], statuses: str) -> KeptAt | None:
    """Where the plan for a file is kept, if it is one that can be. Raises whatever is wrong with the file or its columns."""
    name, content, path = engine or FIRST, job.rule.kept.get(CONTENT), Path(table)
    if name not in OPENED or content is None or not table.endswith(".parquet") or not path.is_file():
        return None
    session = OPENED[name](path)
    columns = columns_of(session.headers, job, table)
    if not all(column.in_its_unit for column in columns):
        return None
    given = [(column.entry.name, column.header) for column in columns if column.entry]
    told = (name, session.version, session.kinds, content, job.as_of.isoformat(), sorted(job.readings.items()), given,
            sorted(parts), statuses, _makers())  # fmt: skip
    return KeptAt(plan_key(repr(told)), name, session)


def _makers() -> str:
    """What tells the versions of the libraries that make plans, without importing them."""
    digest = hashlib.sha256()
    for library in ("ibis", "sqlglot"):
        spec = find_spec(library)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for file in ("__init__.py", "_version.py"):
                path = Path(folder, file)
                digest.update(path.read_bytes() if path.is_file() else b"-")
    return digest.hexdigest()


def run_kept(
    job: Job, table: str, out: str, engine: str | None, parts: Collection[str], statuses: str
) -> tuple[Tally | None, KeptAt | None]:
    """What a file came to by a plan that is kept, None where there is none; and where the plan is to be kept that is made then."""
    if _ELSEWHERE.match(out) or not out.endswith(".parquet"):
        return None, None
    try:
        place = place_of(job, table, engine, parts, statuses)
        plan = plan_kept(place.key) if place else None
        if place is None or plan is None:
            return None, place
        tally = _written(place.session, plan, Path(out))
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except (
        BaseException
    ) as error:  # a panic of Polars is no Exception; what is wrong is told by what makes the plan anew
        duck.raise_stopped(error)
        return None, None
    job.tell(matched(columns_of(place.session.headers, job, table), job))
    return tally, place


def _written(session: FileThere, plan: Any, path: Path) -> Tally:
    with whole(path) as draft:
        session.save(plan, str(draft))
        found = session.counts(str(draft), REFUSED, OUTCOME)
        reasons: Counter[str] = Counter()
        outcomes: Counter[Any] = Counter()
        for reason, outcome, rows in found:
            (outcomes if reason is None else reasons)[outcome if reason is None else reason] += rows
        if reasons:  # seldom: then once more, without the findings of those rows
            session.save_told(plan, str(draft), REFUSED)
    bad = sum(reasons.values())
    return Tally(rows=sum(outcomes.values()) + bad, rejected=bad, reasons=dict(reasons), outcomes=outcomes)


def keep(place: KeptAt | None, work: Work) -> None:
    """Keep the plan of a file that was decided."""
    if place is None or work.plan.left:
        return
    found = written(work.engine.made(work.all_rows), work.engine.backend)
    if found is not None:
        keep_plan(place.key, found)


def written(made: Any, backend: Any) -> Any:
    """What is written to a file as plain values; None where that cannot be kept."""
    if isinstance(made, duck.Select):
        names = re.findall(r'"(ibis_read_parquet_\w+)"', made.text)
        return (made.text.replace(f'"{names[0]}"', duck.SOURCE), made.columns) if len(set(names)) == 1 else None
    layers = frames.written(made.layers)
    return None if layers is None else (layers, made.few)
