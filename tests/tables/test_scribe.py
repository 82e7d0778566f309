"""A workbook that a second process writes: the same as by one, told alike what is wrong, and nothing left behind."""

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
from policy_engine.tables import scribe
from policy_engine.tables.batch import decide_table
from policy_engine.tables.columns import Job

openpyxl = pytest.importorskip("openpyxl", reason="tables need `pip install '.[tables]'`")
POLICY = (sys.executable, "-m", "policy_engine")
CHILDREN = Path("/proc/self/task") / str(os.getpid()) / "children"
HEADS = ["表彰对象", "每人奖金", "活动类别", "项目经自治区党委、政府批准", "备注"]
in_proc = pytest.mark.skipif(not CHILDREN.exists(), reason="no /proc")


@pytest.fixture
def begun(monkeypatch):
    """Scribes, each as it was begun; every table is large enough for one."""
    found = []
    begin = scribe.Scribe.__init__

    def begin_and_note(self, *given):
        begin(self, *given)
        found.append(self)

    monkeypatch.setattr(scribe, "LARGE", 0)
    monkeypatch.setattr(scribe, "cores", lambda: 2)
    monkeypatch.setattr(scribe.Scribe, "__init__", begin_and_note)
    return found


def decide(table, out, lang="zh"):
    job = Job(rule=policy_engine.load().rule("award.grant"), as_of=dt.date(2025, 3, 1), lang=lang)
    return decide_table(job, table, out, lambda row: None)


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
    book.save(path)
    return path


def lines(path, count=300, note="备注"):
    told = "".join(f"个人,{2990 + i / 10 if i % 40 else ''},评比达标表彰,是,{note}\n" for i in range(count))
    path.write_text(",".join(HEADS) + "\n" + told, encoding="utf-8")
    return path


def parts(path):
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist() if name != "docProps/core.xml"}  # which has the time


@pytest.mark.parametrize("made", [sheet, lines])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_workbook_is_the_same(tmp_path, monkeypatch, begun, made, lang):
    table = made(tmp_path / f"in{'.xlsx' if made is sheet else '.csv'}")
    tally = decide(table, tmp_path / "by-two.xlsx", lang)
    monkeypatch.setattr(scribe, "cores", lambda: 1)
    assert decide(table, tmp_path / "by-one.xlsx", lang) == tally
    assert len(begun) == 1
    assert parts(tmp_path / "by-two.xlsx") == parts(tmp_path / "by-one.xlsx")
    assert begun[0].child.poll() is not None


def test_a_small_table_is_written_by_the_process_that_reads_it(tmp_path, monkeypatch, begun):
    monkeypatch.setattr(scribe, "LARGE", 100_000)
    decide(lines(tmp_path / "in.csv"), tmp_path / "out.xlsx")
    assert not begun
    assert (tmp_path / "out.xlsx").exists()


@pytest.mark.parametrize("program", ["/bin/sh", "", None])
def test_within_another_program_one_process_writes(tmp_path, monkeypatch, begun, program):
    monkeypatch.setattr(sys, "executable", program)
    decide(lines(tmp_path / "in.csv"), tmp_path / "out.xlsx")
    assert not begun
    assert (tmp_path / "out.xlsx").exists()


def test_where_no_process_is_to_be_had_one_writes(tmp_path, monkeypatch, begun):
    def no_more(*given, **more):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(scribe.subprocess, "Popen", no_more)
    decide(lines(tmp_path / "in.csv"), tmp_path / "out.xlsx")
    assert not begun
    assert (tmp_path / "out.xlsx").exists()


def test_what_the_scribe_refuses_is_told_as_by_one(tmp_path, monkeypatch, begun):
    table = lines(tmp_path / "in.csv", note="多" * 40_000)
    said = []
    for cores in (2, 1):
        monkeypatch.setattr(scribe, "cores", lambda cores=cores: cores)
        with pytest.raises(PolicyError, match="32,767") as caught:
            decide(table, tmp_path / "out.xlsx")
        said.append(caught.value.problems)
    assert said[0] == said[1]
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
    assert len(begun) == 1


@pytest.mark.parametrize("count", [5, 3000])
def test_a_scribe_that_dies_is_told_and_leaves_no_half_file(tmp_path, begun, monkeypatch, count):
    hand_over = scribe.Scribe._hand_over

    def kill(self):
        self.child.kill()
        hand_over(self)

    monkeypatch.setattr(scribe.Scribe, "_hand_over", kill)
    with pytest.raises(PolicyError, match=r"process that wrote the workbook ended \(-9\)"):
        decide(lines(tmp_path / "in.csv", count), tmp_path / "out.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_run_that_is_broken_off_ends_its_scribe(tmp_path, begun):
    def broken_off(row):
        raise KeyboardInterrupt

    job = Job(rule=policy_engine.load().rule("award.grant"), as_of=dt.date(2025, 3, 1), lang="zh")
    with pytest.raises(KeyboardInterrupt):
        decide_table(job, sheet(tmp_path / "in.xlsx"), tmp_path / "out.xlsx", broken_off)
    assert begun[0].child.returncode is not None
    assert [path.name for path in tmp_path.iterdir()] == ["in.xlsx"]


@in_proc
@pytest.mark.parametrize("cores", ["0", "0,1"])
def test_a_full_disk_is_told(tmp_path, cores):
    """No file may grow over 200 kB: neither the rows on their way nor the workbook."""
    table = lines(tmp_path / "in.csv", 3000)
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


@in_proc
@pytest.mark.parametrize("stopped_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_scribe_and_no_rows(tmp_path, stopped_by):
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
        while not any(folder.glob("*/*")):  # rows are written
            time.sleep(0.02)
            assert run.poll() is None
        children = ours.read_text(encoding="ascii").split()
        run.send_signal(stopped_by)
        _, said = run.communicate(timeout=120)  # until nobody has its standard error any more
    assert run.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[stopped_by]
    assert b"Traceback" not in said
    assert len(children) == 1
    until = time.monotonic() + 120
    while any(map(runs, children)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(runs, children))
    assert not any(folder.iterdir())
    if stopped_by != signal.SIGKILL:  # which lets nobody clear away
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "tmp"]
