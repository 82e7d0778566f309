"""A long table told by two processes is what one writes, however it ends."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.doors.rows import job_of
from policy_engine.tables import helped
from policy_engine.tables.batch import decide_table
from policy_engine.tables.columns import Job

BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)
HEADS = "no,recipient,amount,activity,approved_by_region\n"
WORDS = ("individual", "个人"), ("commendation", "annual-assessment"), ("yes", "否", "")


def awards(count, bad=()):
    """So many rows, in each something else; in some an amount that is none."""
    rows = (
        f"{n},{WORDS[0][n % 2]},{'约3万' if n in bad else n * 37 % 9000},{WORDS[1][n % 7 > 3]},{WORDS[2][n % 3]}\n"
        for n in range(1, count + 1)
    )
    return HEADS + "".join(rows)


@pytest.fixture
def small(monkeypatch):
    """A table is long with so few rows."""
    monkeypatch.setattr(helped, "LONG", 100)
    monkeypatch.setattr(helped, "PART", 20)


def decided(path, out, **more):
    """What is written of a table, its bad rows and its counts."""
    bad = []
    job = Job(rule=BOOK.rule("award.grant"), as_of=DAY, lang="zh", **more)
    tally = decide_table(job, path, out, lambda row: bad.append((row.row, row.reasons("zh"))))
    if out.suffix == ".xlsx":
        sheets = openpyxl.load_workbook(out)
        written = {s.title: [[(c.value, c.style_id) for c in row] for row in s.iter_rows()] for s in sheets}
    else:
        written = out.read_bytes()
    return written, bad, (tally.rows, tally.rejected), list(tally.outcomes.items()), list(tally.statuses.items())


def waits_for_the_other(monkeypatch):
    """Let the other process be there before any row is told."""
    begin = helped._Helper.__init__

    def there(self, alike):
        begin(self, alike)
        self.handed[0].result()

    monkeypatch.setattr(helped._Helper, "__init__", there)


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".xlsx"])
def test_two_processes_write_what_one_writes(tmp_path, monkeypatch, small, ending):
    (tmp_path / "in.csv").write_text(awards(900, bad=(7, 450, 777)), encoding="utf-8")
    alone = decided(tmp_path / "in.csv", tmp_path / f"alone{ending}")
    assert [row for row, _ in alone[1]] == [8, 451, 778]
    handed = []
    waits_for_the_other(monkeypatch)
    answer = helped._Helper._answer
    monkeypatch.setattr(helped._Helper, "_answer", lambda *given: handed.append(1) or answer(*given))
    assert decided(tmp_path / "in.csv", tmp_path / f"both{ending}", helped=True) == alone
    assert len(handed) > 1


@pytest.mark.parametrize("when", ["at once", "later"])
def test_all_is_decided_where_the_other_process_is_gone(tmp_path, monkeypatch, small, when):
    (tmp_path / "in.csv").write_text(awards(900, bad=(777,)), encoding="utf-8")
    alone = decided(tmp_path / "in.csv", tmp_path / "alone.csv")
    if when == "later":
        waits_for_the_other(monkeypatch)
    told, parts = helped._Helper.told, []

    def killed(self, part):
        parts.append(part)
        if len(parts) == (1 if when == "at once" else 4):
            (process,) = self.pool._processes.values()
            process.kill()
        return told(self, part)

    monkeypatch.setattr(helped._Helper, "told", killed)
    assert decided(tmp_path / "in.csv", tmp_path / "both.csv", helped=True) == alone


def test_where_no_process_can_be_had_one_decides(tmp_path, monkeypatch, small):
    (tmp_path / "in.csv").write_text(awards(300), encoding="utf-8")
    alone = decided(tmp_path / "in.csv", tmp_path / "alone.csv")

    def none(*given):
        raise OSError("no more processes")

    monkeypatch.setattr(helped, "ProcessPoolExecutor", none)
    assert decided(tmp_path / "in.csv", tmp_path / "both.csv", helped=True) == alone


@pytest.mark.parametrize("long", [100, 1000])
def test_what_cannot_be_read_is_told_after_the_rows_before_it(tmp_path, monkeypatch, small, long):
    rows = 300
    monkeypatch.setattr(helped, "LONG", long)
    (tmp_path / "in.csv").write_text(awards(rows, bad=(5, rows - 1)) + '1,"individual\n', encoding="utf-8")
    for by_two in (False, True):
        bad = []
        job = Job(rule=BOOK.rule("award.grant"), as_of=DAY, lang="en", helped=by_two)
        with pytest.raises(PolicyError, match=f"in.csv:{rows + 2}"):
            decide_table(job, tmp_path / "in.csv", tmp_path / "out.csv", bad.append)
        assert [row.row for row in bad] == [6, rows]
        assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_short_table_is_decided_by_one_process(tmp_path, monkeypatch):
    (tmp_path / "in.csv").write_text(awards(300), encoding="utf-8")
    monkeypatch.setattr(helped, "_Helper", None)
    decided(tmp_path / "in.csv", tmp_path / "out.csv", helped=True)


@pytest.mark.parametrize(("cores", "load", "free"), [(1, 0.0, False), (2, 0.4, True), (2, 1.5, False), (8, 6.0, True)])
def test_two_processes_decide_where_a_core_is_free(monkeypatch, cores, load, free):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 9.0, 9.0))
    job = job_of(BOOK.rule("award.grant"), DAY, "en", None, None, None, "utf-8-sig", None)
    assert job.helped is free


def runs(number):
    """Whether a process is there, and not only its number."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc")
@pytest.mark.parametrize(
    ("signal_", "all_of_them", "after"),
    [
        (signal.SIGINT, True, 0),
        (signal.SIGINT, True, 0.6),
        (signal.SIGINT, False, 0.6),
        (signal.SIGTERM, False, 0),
        (signal.SIGTERM, True, 0.6),
        (signal.SIGKILL, False, 0.6),
    ],
)
def test_a_run_that_is_stopped_leaves_neither_half_a_file_nor_a_process(tmp_path, signal_, all_of_them, after):
    """Ctrl-C goes to both processes, `kill` to one."""
    (tmp_path / "in.csv").write_text(awards(300_000), encoding="utf-8")
    code = "import os; os.cpu_count, os.getloadavg = (lambda: 2), (lambda: (0, 0, 0)); from policy_engine.doors.main import main; main()"
    command = [sys.executable, "-c", code, "batch", "award.grant", "in.csv", "-o", "out.csv"]

    def heard():  # tests that run in the background hear no Ctrl-C
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, preexec_fn=heard) as run:  # noqa: PLW1509
        children = []
        while len(children) < 2:  # the helper, and what keeps count of what processes share
            children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text(encoding="ascii").split()
            assert run.poll() is None
        time.sleep(after)
        (os.killpg if all_of_them else os.kill)(run.pid, signal_)
        _, said = run.communicate(timeout=120)
    assert run.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[signal_]
    assert b"Traceback" not in said
    left = [path.name for path in tmp_path.iterdir()]
    assert left == ["in.csv"] or signal_ == signal.SIGKILL
    for _ in range(1200):
        if not any(map(runs, children)):
            break
        time.sleep(0.05)
    assert not any(map(runs, children))
