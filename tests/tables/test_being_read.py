"""A workbook made by several processes: the same as by one, told alike what is wrong, and nothing left behind."""

import datetime as dt
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from functools import partial
from pathlib import Path

import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.tables import handed, workbook
from policy_engine.tables.batch import decide_table
from policy_engine.tables.columns import Job

openpyxl = pytest.importorskip("openpyxl", reason="tables need `pip install '.[tables]'`")
POLICY = (sys.executable, "-m", "policy_engine")
CHILDREN = Path("/proc/self/task") / str(os.getpid()) / "children"
HEADS = ["表彰对象", "每人奖金", "活动类别", "项目经自治区党委、政府批准", "备注"]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a process is copied")


@pytest.fixture
def begun(monkeypatch):
    """Sheets that are read by a copy of this process; every one is large enough for that."""
    found = []
    begin = workbook.BeingRead.__init__

    def begin_and_note(self, *given):
        begin(self, *given)
        found.append(self)

    monkeypatch.setattr(workbook, "LARGE", 0)
    monkeypatch.setattr(workbook, "cores", lambda: 2)
    monkeypatch.setattr(handed.Workbook, "portion", 40)
    monkeypatch.setattr(workbook.BeingRead, "__init__", begin_and_note)
    return found


def decide(table, out, processes, reject=lambda row: None, lang="zh"):
    job = Job(rule=policy_engine.load().rule("award.grant"), as_of=dt.date(2025, 3, 1), lang=lang)
    return decide_table(job, table, out, reject, processes=processes)


def sheet(path, count=300, note="备注"):
    book = openpyxl.Workbook()
    own = book.active
    own.append(["登记表"])
    own.merge_cells("A1:E1")
    own.append(HEADS)
    for i in range(count):
        amount = "若干" if i % 50 == 7 else None if i % 40 == 3 else 2990 + i / 10
        own.append(["个人", amount, "评比达标表彰", "是" if i % 3 else "否", f"=1+{i}" if i % 9 == 0 else note])
    own["B3"].comment = openpyxl.comments.Comment("元", "某人")
    own["B200"].comment = openpyxl.comments.Comment("元", "某人")
    own.row_dimensions[5].height = 40
    book.save(path)
    return path


def lines(path, count=300, note="备注"):
    told = "".join(f"个人,{2990 + i / 10 if i % 40 else ''},评比达标表彰,是,{note}\n" for i in range(count))
    path.write_text(",".join(HEADS) + "\n" + told, encoding="utf-8")
    return path


def parts(path):
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist() if name != "docProps/core.xml"}  # which has the time


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_workbook_is_the_same(tmp_path, monkeypatch, begun, lang):
    table = sheet(tmp_path / "in.xlsx")
    tally = decide(table, tmp_path / "by-many.xlsx", 3, lang=lang)
    monkeypatch.setattr(workbook, "cores", lambda: 1)
    assert decide(table, tmp_path / "by-one.xlsx", 1, lang=lang) == tally
    assert parts(tmp_path / "by-many.xlsx") == parts(tmp_path / "by-one.xlsx")
    assert [one.copy.process is not None for one in begun] == [True, False]
    assert not begun[0].copy.process.is_alive()


def test_a_small_sheet_is_read_by_the_process_that_decides(tmp_path, monkeypatch, begun):
    monkeypatch.setattr(workbook, "LARGE", 100_000)
    decide(sheet(tmp_path / "in.xlsx"), tmp_path / "out.xlsx", 2)
    assert begun[0].copy.process is None


def test_a_sheet_whose_reader_dies_is_read_here(tmp_path, monkeypatch, begun):
    table, close = sheet(tmp_path / "in.xlsx"), handed.Workbook.close
    decide(table, tmp_path / "by-many.xlsx", 2)

    def killed(self, tally):
        begun[-1].copy.process.kill()
        close(self, tally)

    monkeypatch.setattr(handed.Workbook, "close", killed)
    monkeypatch.setattr(workbook, "_original", partial(_late, workbook._original, os.getpid()))
    decide(table, tmp_path / "again.xlsx", 2)
    assert parts(tmp_path / "by-many.xlsx") == parts(tmp_path / "again.xlsx")


def _late(read, own, *given):
    if os.getpid() != own:
        time.sleep(120)
    return read(*given)


def test_what_cannot_be_written_is_told_as_by_one(tmp_path, begun):
    table, said = lines(tmp_path / "in.csv", note="备注"), []
    with table.open("a", encoding="utf-8") as file:
        file.write(f"个人,3000,评比达标表彰,是,{'多' * 40_000}\n")
    for processes in (2, 1):
        with pytest.raises(PolicyError, match="32,767") as caught:
            decide(table, tmp_path / "out.xlsx", processes)
        said.append(caught.value.problems)
    assert said[0] == said[1]
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_sheet_that_is_full_is_told_as_by_one(tmp_path, monkeypatch, begun):
    table, said = lines(tmp_path / "in.csv"), []
    monkeypatch.setattr(handed, "ROWS", 200)
    for processes in (2, 1):
        with pytest.raises(PolicyError, match="200 rows") as caught:
            decide(table, tmp_path / "out.xlsx", processes)
        said.append(caught.value.problems)
    assert said[0] == said[1]
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_run_that_is_broken_off_ends_what_it_began(tmp_path, begun):
    def broken_off(row):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decide(sheet(tmp_path / "in.xlsx"), tmp_path / "out.xlsx", 2, broken_off)
    assert not begun[0].copy.process.is_alive()
    assert [path.name for path in tmp_path.iterdir()] == ["in.xlsx"]


@pytest.mark.parametrize("cores", ["0", "0,1"])
def test_a_full_disk_is_told(tmp_path, cores):
    """No file may grow over 200 kB: neither the rows on their way nor the workbook."""
    table = lines(tmp_path / "in.csv", 9000)
    there = set(map(int, cores.split(","))) & os.sched_getaffinity(0)

    def bound():
        os.sched_setaffinity(0, there)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    ran = subprocess.run(
        [*POLICY, "batch", "award.grant", table, "-o", "out.xlsx", "--lang", "en"],
        cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=bound,
    )  # fmt: skip
    assert ran.returncode == 2
    assert "File too large" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def runs(number):
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not CHILDREN.exists(), reason="no /proc")
@pytest.mark.parametrize("stopped_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_process_and_no_rows(tmp_path, stopped_by):
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core")
    table, folder = lines(tmp_path / "in.csv", 200_000), tmp_path / "tmp"
    folder.mkdir()
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests that run in the background hear no Ctrl-C
    with subprocess.Popen(
        [*POLICY, "batch", "award.grant", table, "-o", "out.xlsx"], cwd=tmp_path, stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(folder)}, preexec_fn=heard,  # noqa: PLW1509
    ) as run:  # fmt: skip
        ours = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        while not (children := ours.read_text(encoding="ascii").split()):  # rows are decided
            time.sleep(0.02)
            assert run.poll() is None
        run.send_signal(stopped_by)
        _, said = run.communicate(timeout=120)  # until nobody has its standard error any more
    assert run.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[stopped_by]
    assert b"Traceback" not in said
    until = time.monotonic() + 120
    while any(map(runs, children)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(runs, children))
    if stopped_by != signal.SIGKILL:  # which lets nobody clear away
        assert not any(folder.iterdir())
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "tmp"]
