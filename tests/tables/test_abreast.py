"""Rows decided by several processes: the same bytes, counts and words as by one, whatever becomes of those processes."""

import datetime as dt
import multiprocessing.process
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.tables import abreast, batch, files, handed
from policy_engine.tables.batch import decide_table
from policy_engine.tables.columns import Job
from policy_engine.tables.copies import Copy

POLICY = (sys.executable, "-m", "policy_engine")
HEAD = "姓名,表彰对象,每人奖金,活动类别,项目经自治区党委、政府批准\n"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a process is copied")


@pytest.fixture
def begun(monkeypatch):
    """Processes as they were begun; of short tables, too."""
    found = []
    share = abreast.Abreast._share

    def note(*given):
        found.append(share(*given))
        return found[-1]

    for sink in (files.CsvSink, files.JsonlSink, handed.Workbook):
        monkeypatch.setattr(sink, "portion", 40)
    monkeypatch.setattr(abreast.Abreast, "_share", note)
    return found


def rows(count, seed=1):
    draw = random.Random(seed)
    for number in range(count):
        amount = draw.choice(["3000", "3000.01", "若干", "", "0.3万元", str(draw.randrange(600000) / 100), "=1+1"])
        activity = draw.choice(["评比达标表彰", "评比达标表彰", "年度考核", "其他"])
        yield f'张{number}"\r,个人,{amount},{activity},{draw.choice(["是", "否", ""])}\n'.replace(
            '"\r', draw.choice(["", "，男", "-1"])
        )


def decided(table, out, processes, only=(), lang="zh"):
    """What is written, counted and told of a table, with how far it said to be."""
    told, ticks = [], []
    rule = policy_engine.load().rule("award.grant")
    job = Job(rule=rule, as_of=dt.date(2025, 3, 1), lang=lang, tell=told.append, only=frozenset(only))

    def reject(row):
        told.append((row.row, list(row.cells), row.reasons(lang), row.columns))

    try:
        tally = decide_table(job, table, out, reject, ticks.append, processes=processes)
    except PolicyError as error:
        return out.exists(), str(error), told
    assert ticks == sorted(ticks)
    assert ticks[-1] == tally.rows
    if out.suffix == ".xlsx":
        with zipfile.ZipFile(out) as book:
            return (
                [(n, book.read(n)) for n in book.namelist() if n != "docProps/core.xml"],
                tally,
                told,
            )  # it has the time
    return out.read_bytes(), tally, told


@pytest.mark.parametrize("kind", [".csv", ".jsonl", ".xlsx"])
@pytest.mark.parametrize("processes", [2, 5])
@pytest.mark.parametrize("only", [(), ("status",)])
def test_it_is_said_as_by_one_process(tmp_path, begun, kind, processes, only):
    table = tmp_path / "t.csv"
    table.write_text(HEAD + "".join(rows(400)) + "合计,,123456,,\n" + "".join(rows(50, seed=2)), encoding="utf-8")
    alone = decided(table, tmp_path / f"one{kind}", 1, only)
    assert not begun
    assert decided(table, tmp_path / f"many{kind}", processes, only) == alone
    assert len(begun) == 11
    assert not Copy.others, "what is over leaves no pipe open"
    assert all(one.copy.process for one in begun)
    assert len([line for line in alone[2] if isinstance(line, tuple)]) > 20
    assert isinstance(alone[2][-1], str), "what was left out is told behind the rows that are refused"


def test_what_stands_before_an_error_is_told_before_it(tmp_path, begun):
    """A quote that is never closed is told at its end."""
    table = tmp_path / "t.csv"
    table.write_text(HEAD + "".join(rows(300)) + '张三,个人,"3000\n' + "".join(rows(9)), encoding="utf-8")
    alone = decided(table, tmp_path / "one.csv", 1)
    assert alone[0] is False
    assert len(alone[2]) > 10
    assert decided(table, tmp_path / "many.csv", 3) == alone
    assert not list(tmp_path.glob(".*"))


def test_what_a_process_does_not_tell_is_decided_here(tmp_path, begun, monkeypatch):
    table = tmp_path / "t.csv"
    table.write_text(HEAD + "".join(rows(400)), encoding="utf-8")
    alone = decided(table, tmp_path / "one.csv", 1)
    there = abreast.Abreast._there

    def dies(self, rows, *pipes):
        if rows[0][0] % 3 == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        there(self, rows, *pipes)

    monkeypatch.setattr(abreast.Abreast, "_there", dies)
    assert decided(table, tmp_path / "many.csv", 2) == alone
    assert {one.copy.process.exitcode for one in begun} >= {-signal.SIGKILL}


def test_what_was_begun_passes_ctrl_c_over(tmp_path, begun, monkeypatch, capfd):
    """All of a terminal are told of it; whoever began them ends them."""
    table, own = tmp_path / "t.csv", os.getpid()
    table.write_text(HEAD + "".join(rows(200)), encoding="utf-8")
    alone = decided(table, tmp_path / "one.csv", 1)
    decide = batch.EachRow.decide

    def interrupted(self, *row):
        if os.getpid() != own:
            os.kill(os.getpid(), signal.SIGINT)
        decide(self, *row)

    monkeypatch.setattr(batch.EachRow, "decide", interrupted)
    assert decided(table, tmp_path / "many.csv", 2) == alone
    assert capfd.readouterr().err == ""


def test_a_process_that_is_ended_clears_nothing_away(tmp_path, begun, monkeypatch):
    """It is told to end before it has begun: what the first process would do then is not done by a copy of it."""
    table, own, start = tmp_path / "t.csv", os.getpid(), multiprocessing.process.BaseProcess._bootstrap
    table.write_text(HEAD + "".join(rows(200)), encoding="utf-8")
    alone = decided(table, tmp_path / "one.csv", 1)

    def ended(self, *given, **more):
        os.kill(os.getpid(), signal.SIGTERM)
        return start(self, *given, **more)

    def leave(number, frame):
        (tmp_path / "left").touch()
        raise SystemExit

    monkeypatch.setattr(multiprocessing.process.BaseProcess, "_bootstrap", ended)
    before = signal.signal(signal.SIGTERM, leave)
    try:
        assert decided(table, tmp_path / "many.csv", 2) == alone
    finally:
        signal.signal(signal.SIGTERM, before)
    assert os.getpid() == own
    assert not (tmp_path / "left").exists()
    assert {one.copy.process.exitcode for one in begun} == {-signal.SIGTERM}


def test_beside_other_threads_no_process_is_copied(tmp_path, begun):
    """A copy has no other threads, but the locks they held."""
    table, over = tmp_path / "t.csv", threading.Event()
    table.write_text(HEAD + "".join(rows(200)), encoding="utf-8")
    alone = decided(table, tmp_path / "one.csv", 1)
    beside = threading.Thread(target=over.wait)
    beside.start()
    try:
        assert decided(table, tmp_path / "many.csv", 2) == alone
    finally:
        over.set()
        beside.join()
    assert begun
    assert not any(one.copy.process for one in begun)


def test_where_no_process_is_to_be_had_one_decides(tmp_path, begun, monkeypatch):
    """It is asked for once: each attempt leaves files open."""
    table = tmp_path / "t.csv"
    table.write_text(HEAD + "".join(rows(200)), encoding="utf-8")
    alone, asked = decided(table, tmp_path / "one.csv", 1), []

    def full():
        asked.append(os.getpid())
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    assert decided(table, tmp_path / "many.csv", 2) == alone
    assert not any(one.copy.process for one in begun)
    assert len(begun) > len(asked) == 1


def test_where_no_more_files_can_be_opened_one_decides(tmp_path, begun, monkeypatch):
    table = tmp_path / "t.csv"
    table.write_text(HEAD + "".join(rows(200)), encoding="utf-8")
    alone, pipe = decided(table, tmp_path / "one.csv", 1), os.pipe

    def few():
        if len(begun) > 1:
            raise OSError(24, "Too many open files")
        return pipe()

    monkeypatch.setattr(os, "pipe", few)
    assert decided(table, tmp_path / "many.csv", 3) == alone
    assert [one.copy.process is not None for one in begun] == [True, True, *[False] * (len(begun) - 2)]


@pytest.mark.parametrize("wrong", [MemoryError, BrokenPipeError])
def test_what_goes_wrong_in_a_process_is_not_told_by_it(tmp_path, begun, monkeypatch, capfd, wrong):
    """It has no memory left, or whoever began it was killed."""
    table, own = tmp_path / "t.csv", os.getpid()
    table.write_text(HEAD + "".join(rows(200)), encoding="utf-8")
    alone = decided(table, tmp_path / "one.csv", 1)
    decide = batch.EachRow.decide

    def fails(self, *row):
        if os.getpid() != own:
            raise wrong
        decide(self, *row)

    monkeypatch.setattr(batch.EachRow, "decide", fails)
    assert decided(table, tmp_path / "many.csv", 2) == alone
    assert capfd.readouterr().err == ""


def test_a_stopped_run_leaves_no_process_and_no_file(tmp_path, begun):
    """Whatever ends it, at any moment."""
    table = tmp_path / "t.csv"
    table.write_text(HEAD + "".join(rows(400)), encoding="utf-8")
    rule = policy_engine.load().rule("award.grant")
    job = Job(rule=rule, as_of=dt.date(2025, 3, 1), lang="zh")

    def stop(row):
        if row.row > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decide_table(job, table, tmp_path / "out.csv", stop, processes=4)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    assert begun
    assert not any(one.copy.process.is_alive() for one in begun)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_command_that_is_stopped_leaves_no_process(tmp_path, number):
    """All of a terminal are told of Ctrl-C: only one says that it was stopped."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core")
    table = tmp_path / "t.csv"
    table.write_text(HEAD + "".join(rows(400_000)), encoding="utf-8")
    only = {"PYTHONPATH": str(Path(policy_engine.__file__).parents[1]), "POLICY_CACHE": str(tmp_path / "cache")}
    command = [*POLICY, "batch", "award.grant", str(table), "-o", str(tmp_path / "out.csv")]
    with (tmp_path / "said").open("w") as said:
        running = subprocess.Popen(
            command, stderr=said, env=os.environ | only, start_new_session=True, preexec_fn=heard,  # noqa: PLW1509
        )  # fmt: skip
    wait_for(lambda: len(group(running.pid)) > 1 or running.poll() is not None)
    if number == signal.SIGINT:
        os.killpg(running.pid, number)
    else:
        running.send_signal(number)
    running.wait(60)
    assert running.returncode in (128 + number, -number)
    assert "Traceback" not in (tmp_path / "said").read_text(encoding="utf-8")
    wait_for(lambda: not group(running.pid))
    assert number == signal.SIGKILL or {path.name for path in tmp_path.iterdir()} <= {"t.csv", "cache", "said"}


def heard():
    """What is begun in the background of a shell passes Ctrl-C over."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def group(number):
    """The processes of a session that are not over."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = path.read_text().rpartition(")")[2].split()
        except OSError:  # it is over
            continue
        if told[2] == str(number) and told[0] not in "ZX":
            found.append(path.parent.name)
    return found


def wait_for(true):
    """Within a minute, however much else runs here."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("a minute went by")
