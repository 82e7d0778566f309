"""How a run ends in a real process: whatever goes wrong is one line and exit code 2, and no crash passes for a verdict."""

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from functools import partial
from pathlib import Path

import pytest

from policy_engine.solving.solvers import missing

CHILDREN = Path("/proc/self/task") / str(os.getpid()) / "children"
POLICY = (sys.executable, "-m", "policy_engine")
CASE = ("check", "award.grant", "--lang", "en", "--set", "recipient=individual", "--set", "amount=3000")

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
SCRIPT = "from {} import {}; main()".format(*PROJECT["scripts"]["policy"].split(":"))


def run(*args, stdin=b"", **kwargs):
    return subprocess.run([*POLICY, *map(str, args)], input=stdin, capture_output=True, check=False, **kwargs)


@pytest.mark.parametrize("text", ['{"amount": 3500,\n', '{"amount":', '{"\n\n', "\n"])
def test_facts_that_end_too_soon(text):
    ran = run("check", "award.grant", "--facts", "-", "--lang", "en", stdin=text.encode())
    assert b"Traceback" not in ran.stderr
    assert ran.returncode == (3 if text == "\n" else 2)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("nothing",), b"No such command 'nothing'"),
        (("check", "--wrong"), b"No such option"),
        (("check",), b"Missing argument"),
    ],
)
def test_a_command_line_that_cannot_be_used_is_told_with_its_usage(args, message):
    ran = run(*args)
    assert ran.returncode == 2
    assert message in ran.stderr
    assert ran.stderr.startswith(b"Usage: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("args", [("list",), CASE, ("show", "fund.investment")])
def test_a_full_disk_under_standard_output(args):
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run([*POLICY, *args], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr.count(b"\n"), b"No space left" in ran.stderr) == (2, 1, True)


MODULE = """format: rulespec/v1
module: {summary: Fare.}
rules:
- {name: fare, kind: derived, dtype: Money, period: Month, versions: [{effective_from: '2020-01-01', formula: 'km * 2'}]}
- {name: km, kind: derived, dtype: Decimal, period: Month, versions: [{effective_from: '2020-01-01', formula: 'trips * 3'}]}
"""


@pytest.mark.parametrize("command", [
    ("import", "table", "rates.csv", "city.rates", "-o", "new/city/rules"),
    ("import", "rulespec", "modules", "-o", "new/city/rules"),
    ("new", "city.grant", "--source", "gazette.txt", "--document", "某政发〔2025〕1号", "--rules", "tree/rules"),
])  # fmt: skip
@pytest.mark.parametrize("most", [0, 300])
def test_a_full_disk_leaves_no_file_and_no_folder(tmp_path, command, most):
    """No file may grow over `most` bytes: neither the first of several, nor a later one."""
    resource = pytest.importorskip("resource")
    (tmp_path / "rates.csv").write_text("place,fee\n" + "".join(f"p{i},{i}\n" for i in range(90)), encoding="utf-8")
    (tmp_path / "modules" / "us").mkdir(parents=True)
    for name, length in (("a", 1), ("b", 200)):
        (tmp_path / "modules" / "us" / f"{name}.yaml").write_text(
            MODULE.replace("Fare", "Fare" * length), encoding="utf-8"
        )
    gazette = "某政发〔2025〕1号\n关于奖励的办法\n第一条 奖金不得超过1000元。\n"
    (tmp_path / "gazette.txt").write_text(gazette, encoding="utf-8")
    (tmp_path / "tree" / "rules").mkdir(parents=True)
    there = sorted(tmp_path.rglob("*"))
    full = run(*command, cwd=tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    assert (full.returncode, full.stderr.count(b"File too large")) == (2, 1), full
    assert sorted(tmp_path.rglob("*")) == there
    assert run(*command, cwd=tmp_path).returncode == 0
    assert len(sorted(tmp_path.rglob("*"))) > len(there) + 2


def test_a_reader_who_has_read_enough_is_no_verdict():
    command = f"{sys.executable} -m policy_engine list | head -1; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert ran.stdout.split()[-1] in (b"141", b"0")  # 0: all was written before the reader left
    assert ran.stderr == b""


@pytest.mark.parametrize(
    ("error", "lang", "said"),
    [
        ("KeyError('x')", "en", "failed: KeyError: 'x'\n"),
        ("KeyError('x')", "zh", "运行失败：KeyError: 'x'\n"),
        ("MemoryError", "en", "not enough memory: let other programs end, or split the file\n"),
        ("MemoryError", "zh", "内存不足：请关闭其他程序，或拆分文件后再试\n"),
    ],
)
def test_any_exception_is_one_line(error, lang, said):
    broken = f"import policy_engine.explaining.decision as d\ndef f(*a, **k): raise {error}\nd.decide = f\n"
    typed = [*CASE[:3], lang, *CASE[4:]]
    code = broken + f"import sys\nsys.argv = ['policy', *{typed!r}]\nfrom policy_engine.doors.main import main\nmain()"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr.decode()) == (2, b"", said)


def test_a_run_that_is_stopped_leaves_no_half_file(tmp_path):
    rows = "recipient,amount,activity,approved_by_region\n" + "individual,1,commendation,yes\n" * 200_000
    (tmp_path / "in.csv").write_text(rows, encoding="utf-8")
    run_ = subprocess.Popen(
        [*POLICY, "batch", "award.grant", "in.csv", "-o", "out.csv"], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    while not list(tmp_path.glob(".out.csv.*")):
        time.sleep(0.05)
        assert run_.poll() is None
    run_.send_signal(signal.SIGTERM)
    assert run_.wait(120) == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_signal_that_an_engine_made_another_exception_of_is_told_all_the_same():
    code = f"""
import os, signal, sys
import policy_engine.explaining.decision as d
def stopped(*given, **more):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except SystemExit:
        raise KeyboardInterrupt from None
d.decide = stopped
sys.argv = ["policy", *{CASE!r}]
from policy_engine.doors.main import main
main()
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("begun", [SCRIPT, "import runpy; runpy.run_module('policy_engine', run_name='__main__')"])
@pytest.mark.parametrize("room", ["policy_engine.doors.main", "policy_engine.basics.errors", "typer", "policy_engine.explaining.decision"])  # fmt: skip
def test_a_start_that_is_interrupted_ends_in_silence(room, begun):
    code = f"""
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Stopped:
    def find_spec(name, *given):
        if name == "{room}":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stopped)
sys.argv = ["policy", *{CASE!r}]
{begun}
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"")


def runs(number):
    """Whether a process is there, and not only its number."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(bool(missing()) or not CHILDREN.exists(), reason="no solvers (policy-engine[prove]), or no /proc")
@pytest.mark.parametrize("command", ["prove", "diff"])
def test_a_run_that_is_interrupted_leaves_no_solver_behind(tmp_path, command):
    args = ["award.grant"]
    if command == "diff":
        shutil.copytree("rules", tmp_path / "old")
        changed = tmp_path / "old" / "award" / "grant.yaml"
        changed.write_text(
            changed.read_text(encoding="utf-8").replace("require: amount == 0", "require: amount <= 1"),
            encoding="utf-8",
        )
        args = [str(tmp_path / "old"), "rules", *args]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests that run in the background hear no Ctrl-C
    with subprocess.Popen(
        [*POLICY, command, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heard,  # noqa: PLW1509
    ) as run_:
        ours = Path(f"/proc/{run_.pid}/task/{run_.pid}/children")
        while not (children := ours.read_text(encoding="ascii").split()) and run_.poll() is None:
            time.sleep(0.01)
        run_.send_signal(signal.SIGINT)
        _, said = run_.communicate(timeout=120)
    assert children
    assert run_.returncode == 130
    assert b"Traceback" not in said
    assert not [child for child in children if runs(child)]  # also one that was only just begun


@pytest.mark.skipif(bool(missing()) or sys.platform != "linux", reason="no solvers (policy-engine[prove]), or no prctl")
def test_a_solver_ends_with_the_program_that_asks_it():
    code = """
from policy_engine.solving.solvers import Process
one = Process("cvc5", patience=10_000)
one.tell(["(declare-const x Int)(declare-const y Int)(declare-const z Int)"])
print(one._child.pid, flush=True)
one.ask(["(and (> x 1000) (> y 1000) (> z 1000) (= (+ (* x x x) (* y y y) (* z z z)) (* 51 x y z)))"])
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as asking:
        child = asking.stdout.readline().decode().strip()
        time.sleep(0.5)
        assert asking.poll() is None  # it thinks
        asking.kill()
    until = time.monotonic() + 120
    while runs(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not runs(child)


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_standard_stream_that_was_closed(tmp_path, closed):
    """What can be done is done; what cannot be asked or told is no verdict; no file takes its place."""
    rows = "recipient,amount,activity,approved_by_region\nindividual,x,commendation,yes\n"
    (tmp_path / "in.csv").write_text(rows, encoding="utf-8")

    def shell(*args):
        command = " ".join(("exec", *POLICY, *args, f"{closed}{'<' if closed == 0 else '>'}&-"))
        return subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False)

    checked = shell(*CASE, *("--facts", "-")[: 2 * (closed == 0)], "-o", "json:out.json")
    assert checked.returncode == (2 if closed in (0, 1) else 3)
    assert b"Traceback" not in checked.stderr
    assert (tmp_path / "out.json").exists() == (closed != 0)
    decided = shell("batch", "award.grant", "in.csv", "-o", "out.csv")
    assert decided.returncode == 2  # a row was rejected
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").count("\n") == 1
    assert b"COMPLIANT" not in (tmp_path / "out.csv").read_bytes()


def test_results_go_into_a_pipe_behind_a_name():
    command = f"{sys.executable} -m policy_engine {' '.join(CASE)} -o json:/dev/stdout --format json"
    ran = subprocess.run(["bash", "-c", f"set -o pipefail; {command} | cat"], capture_output=True, check=False)
    assert ran.returncode == 3
    assert ran.stdout.count(b'"outcome"') >= 2
