"""A log verified on several cores: one goes through the tree, all decide again."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from policy_engine.records.again import DecidedAgain
from policy_engine.records.log import Log
from policy_engine.records.note import Checkpoint, Verifier
from policy_engine.records.verify import Fault, Verified, part_again, verify

ALONE: Final = 20_000
"""A log of fewer entries is verified by one process."""


def verify_again(
    folder: Path,
    version: str,
    trusted: Verifier | None = None,
    kept: Sequence[Checkpoint] = (),
    jobs: int | None = None,
) -> Verified:
    """Check a log and decide each entry again, on so many cores, all if not said. Raises PolicyError as `verify`."""
    log = Log(folder)
    jobs = jobs or (1 if log.checkpoint().size < ALONE else os.cpu_count() or 1)
    if jobs == 1:
        return _here(log, version, trusted, kept, 1)
    with ProcessPoolExecutor(jobs - 1, multiprocessing.get_context("spawn")) as others:
        asked = [others.submit(_part, folder, version, part, jobs) for part in range(1, jobs)]
        found = _here(log, version, trusted, kept, jobs)
        for count, faults in (one.result() for one in asked):
            found.again += count
            found.faults += faults
    found.faults.sort(key=lambda fault: -1 if fault.at is None else fault.at)
    return found


def _here(log: Log, version: str, trusted: Verifier | None, kept: Sequence[Checkpoint], jobs: int) -> Verified:
    with DecidedAgain(log.folder / "rules", version) as again:
        return verify(log, trusted, kept, again, jobs)


def _part(folder: Path, version: str, part: int, jobs: int) -> tuple[int, list[Fault]]:
    with DecidedAgain(folder / "rules", version) as again:
        return part_again(Log(folder), again, part, jobs)
