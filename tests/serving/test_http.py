"""Over HTTP the answers are those of the command line, numbers exact; strangers and their input are bounded. `make serving` asks more."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.proving.cases import find_case_files, load_cases

pytest.importorskip("starlette", reason="answers over HTTP need `pip install '.[web]'`")
pytest.importorskip("uvicorn", reason="answers over HTTP need `pip install '.[web]'`")

ROOT = Path(__file__).parents[2]
FUND = {"kind": "subfund", "fund_total": "15亿元", "amount": "2.4亿元"}
CHECK = "/v1/decisions/fund.investment/check"


def problem(found, status):
    assert found[:2] == (status, "application/problem+json"), found
    told = json.loads(found[2])
    assert told["status"] == status
    return told


def test_scenarios_are_answered_as_on_the_command_line(server, tmp_path, request):
    cases = [
        c
        for f in find_case_files([ROOT / "scenarios"])
        for c in load_cases(f)
        if c.entries is None and not (c.expect and c.expect.refused)
    ]
    for case in cases[:: max(len(cases) * 3 // request.config.getoption("--asked"), 1)]:
        facts, day = json.loads(json.dumps(case.facts, default=str)), str(case.as_of or "2025-03-01")
        (tmp_path / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        readings = [part for name, option in case.readings.items() for part in ("--reading", f"{name}={option}")]
        command = [
            "check",
            case.decision,
            "--facts",
            str(tmp_path / "facts.json"),
            "--as-of",
            day,
            "--format",
            "json",
            *readings,
        ]
        printed = CliRunner().invoke(app, command, env={"POLICY_LANG": "en"}).stdout
        found = server.ask(
            f"/v1/decisions/{case.decision}/check", {"facts": facts, "as_of": day, "readings": dict(case.readings)}
        )
        assert found == (200, "application/json", printed), case.name


def test_numbers_are_exact_both_ways(server):
    """Digits of a JSON number are read as they are written, never through a binary float."""
    body = b'{"facts": {"kind": "subfund", "fund_total": 1500000000, "amount": 225000000.010000000000000000001}, "as_of": "2025-03-01"}'
    _, _, text = server.ask(CHECK, body)
    assert json.loads(text)["facts"]["amount"] == "225000000.010000000000000000001"
    assert json.loads(text)["outcome"] == "non_compliant"


def test_what_can_be_asked(server):
    day = {"facts": FUND, "as_of": "2025-03-01"}
    asked = json.loads(server.ask("/v1/decisions/fund.investment/ask", day)[2])
    assert asked["next_question"]["name"] == asked["answer"]["missing"][0]
    assert json.loads(server.ask("/v1/decisions/fund.investment/mend", day)[2])["to_mend"][0]["remedies"]
    assert "fund_total" in json.loads(server.ask("/v1/decisions/fund.investment/schema")[2])["properties"]
    assert json.loads(server.ask("/v1/decisions/fund.investment")[2])["provisions"]
    assert len(json.loads(server.ask("/v1/decisions")[2])["decisions"]) > 50
    assert json.loads(server.ask("/v1/schemas/answer")[2])["properties"]
    assert json.loads(server.ask("/v1/version")[2])["format"] == 1
    assert "/v1/decisions/{decision}/many" in json.loads(server.ask("/openapi.json")[2])["paths"]


def test_a_register_is_answered_as_on_the_command_line(server, tmp_path):
    case = next(
        c
        for c in load_cases(ROOT / "scenarios" / "party-group" / "year.yaml")
        if c.entries and not (c.expect and c.expect.refused)
    )
    entries = json.loads(json.dumps(list(case.entries), default=str))
    first, last = str(case.first_day or "2025-01-01"), str(case.as_of or "2025-12-31")
    (tmp_path / "in.jsonl").write_text(
        "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in entries), encoding="utf-8"
    )
    out = tmp_path / "out.jsonl"
    command = [
        "register",
        case.decision,
        str(tmp_path / "in.jsonl"),
        "--from",
        first,
        "--to",
        last,
        "--as-of",
        last,
        "-o",
        str(out),
    ]
    CliRunner().invoke(app, command, env={"POLICY_LANG": "en"})
    found = json.loads(
        server.ask(
            f"/v1/decisions/{case.decision}/register", {"entries": entries, "from": first, "to": last, "as_of": last}
        )[2]
    )
    assert found["findings"] == [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_what_is_given_for_a_whole_register_and_judged_nowhere_is_told(server):
    asked = {
        "entries": [{"held_on": "2025-02-10", "member": "", "what": "study"}],
        "from": "2025-01-01",
        "to": "2025-12-31",
    }
    for facts, told in (({"speakers": 2}, 1), ({}, 0)):
        found = json.loads(server.ask("/v1/decisions/government.study/register", {**asked, "facts": facts})[2])
        assert found["findings"]
        assert ["重点交流发言的党组成员数" in one["zh"] for one in found["told"]] == [True] * told


def test_many_cases_are_answered_line_by_line(server):
    lines = [{"facts": {**FUND, "amount": amount}, "as_of": "2025-03-01"} for amount in ("1", "much", "3亿元")]
    body = b"\n".join([*(json.dumps(line).encode() for line in lines), b"{", b""])
    status, kind, text = server.ask("/v1/decisions/fund.investment/many", body)
    told = [json.loads(line) for line in text.splitlines()]
    assert (status, kind) == (200, "application/jsonl")
    assert [one.get("outcome", one.get("status")) for one in told] == ["undetermined", 422, "non_compliant", 400]


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        (CHECK, {"facts": {"amount": "much"}}, 422, "amount"),
        (CHECK, {"facts": {"amont": 1}}, 422, "amont"),
        (CHECK, {"as_of": "soon"}, 422, "as_of"),
        (CHECK, {"facts": 1}, 422, "facts"),
        (CHECK, {"fact": {}}, 422, "fact"),
        (CHECK, [], 422, "body"),
        (CHECK, {"readings": {"direct_cap": "x"}}, 422, "readings"),
        (CHECK, {"readings": {"direct_cap": None}}, 422, "readings"),
        (CHECK, {"readings": {"direct_cap": ["each"]}}, 422, "readings"),
        (CHECK, {"entries": []}, 422, "entries"),
        (CHECK, {"from": "2025-01-01"}, 422, "from"),
        (CHECK, b'{"facts": {"amount":' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}}", 400, "body"),
        (CHECK, b"{", 400, "body:1:2"),
        (CHECK, b"\xff", 400, None),
        (CHECK, b'{"facts": {}, "facts": {}}', 400, "body"),
        (CHECK, b"[" * 100_000, 400, "body"),
        (CHECK, b'"' + b"x" * (1 << 20) + b'"', 413, None),
        ("/v1/decisions/fund.nothing/check", {}, 404, None),
        ("/v1/decisions/..%2f..%2fetc/check", {}, 404, None),
        ("/v1/decisions/award.grant/register", {"entries": [], "from": "2025-01-01"}, 422, "entries"),
        ("/v1/decisions/award.grant/register", {"entries": [{"amount": 1}]}, 422, "from"),
        ("/v1/nothing", None, 404, None),
        (CHECK, None, 405, None),
    ],
)  # fmt: skip
def test_problems_name_the_field(path, body, status, field, server):
    told = problem(server.ask(path, body), status)
    assert told.get("errors", [{}])[0].get("field") == field, told


def test_a_page_elsewhere_may_not_ask(server):
    """Its name may lead to this machine, but the browser says whose page it is."""
    problem(server.ask("/v1/decisions", Host="evil.example"), 421)
    problem(server.ask(CHECK, {}, Origin="https://evil.example"), 421)


@pytest.mark.parametrize(("lang", "told"), [("en", "cannot listen on 127.0.0.1, port"), ("zh", "端口监听：")])
def test_a_port_that_is_taken_is_refused_in_one_line(lang, told):
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        options = ["--port", str(taken.getsockname()[1]), "--lang", lang]
        command = [sys.executable, "-m", "policy_engine", "serve", *options]
        refused = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n"), told in refused.stderr) == (2, "", 1, True)


def test_elsewhere_a_token_is_needed_and_no_fact_is_logged(tmp_path, started):
    command = [sys.executable, "-m", "policy_engine", "serve", "--host", "0.0.0.0"]
    refused = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}
    )
    assert (refused.returncode, "--token-file" in refused.stderr) == (2, True)
    token = tmp_path / "token"
    token.write_text("s3cret-and-long-enough\n")
    server = started("--token-file", str(token), host="0.0.0.0")
    try:
        problem(server.ask("/v1/decisions"), 401)
        problem(server.ask("/v1/decisions", Authorization="Bearer other"), 401)
        bearer = {"Authorization": "Bearer s3cret-and-long-enough"}
        assert server.ask("/v1/version", **bearer)[0] == 200
        server.ask(CHECK, {"facts": {"Tashi-Delek": "Drolma"}}, **bearer)
        server.ask("/v1/decisions/Drolma.x/check", b"Drolma", **bearer)
    finally:
        server.stop()
    assert "Drolma" not in server.log.read_text()


def test_a_decision_that_takes_too_long_is_stopped_and_the_next_is_answered():
    import asyncio

    from policy_engine.serving.workers import Workers

    async def ask():
        workers = Workers(None, count=1, seconds=120, waiting=2)
        workers.start()
        try:
            assert not (await workers.ask("list", {})).failed
            os.kill(workers._all[0]._process.pid, signal.SIGSTOP)
            workers._seconds = 1
            slow = await workers.ask("check", {"decision": "fund.investment"})
            workers._seconds = 120
            asked = [workers.ask("check", {"decision": "fund.investment"}) for _ in range(8)]
            return slow, await asyncio.gather(*asked)
        finally:
            workers.stop()

    slow, others = asyncio.run(ask())
    assert slow.failed == "slow"
    assert [reply.failed for reply in others].count("busy") > 0
    assert sum("undetermined" in reply.text for reply in others) >= 3


def test_schemathesis_finds_no_answer_off_the_schema(server, request):
    """Stateful, too; longer with `--asked`."""
    pytest.importorskip("schemathesis", reason="the interface is tried by schemathesis: make serving")
    examples = max(request.config.getoption("--asked") // 40, 1)
    command = [
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"http://127.0.0.1:{server.port}/openapi.json",
        "--max-examples",
        str(examples),
    ]
    command += [
        "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--seed",
        "1",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=server.log.parent)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-1000:]
    assert "Stateful" in ran.stdout
    assert "API Links" in ran.stdout  # from the list to a decision, from a case to what would mend it


@pytest.mark.parametrize("rows", [100_000, 10])
def test_a_sheet_ends_with_its_server(started, rows):
    """Also with one that is killed, whether it is being decided or was: no process goes on, and its folder goes."""
    server = started()
    sheet = b"\r\n".join([b"recipient,amount", *[b"individual,3000"] * rows])
    head = b'--b\r\nContent-Disposition: form-data; name="sheet"; filename="a.csv"\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    assert server.ask("/en/sheets/award.grant", head + sheet + b"\r\n--b--\r\n", **kind)[0] == 200
    assert list(server.folder.glob("policy-serve-*/*/table.csv"))
    if rows == 10:
        wait_for(lambda: list(server.folder.glob("policy-serve-*/*/done.json")))
    server.process.kill()
    wait_for(lambda: not any(server.folder.iterdir()))


def test_a_folder_goes_though_somebody_still_writes_there(tmp_path):
    """A program is killed while what it began goes on for a while."""
    writer = """
import pathlib, sys, time
until, number = time.time() + 5, 0
while time.time() < until or number < 3000:
    pathlib.Path(sys.argv[1], str(number := number + 1)).touch()
"""
    program = f"""
import subprocess, sys, time
from policy_engine.serving.folder import Folder
folder = Folder("f").path
subprocess.Popen([sys.executable, "-c", {writer!r}, str(folder)], stderr=subprocess.DEVNULL)
while len(list(folder.iterdir())) < 2000:
    time.sleep(0.01)
print(folder, flush=True)
time.sleep(60)
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=env) as running:
        assert Path(running.stdout.readline().strip()).parent == tmp_path
        running.kill()
    wait_for(lambda: not any(tmp_path.iterdir()))


def wait_for(true):
    """Within two minutes, however much else runs here."""
    until = time.monotonic() + 120
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no terminals that are closed")
def test_a_terminal_that_is_closed_ends_a_server(started):
    server = started()
    server.process.send_signal(signal.SIGHUP)
    assert server.process.wait(120) == 128 + signal.SIGTERM
    assert "Traceback" not in server.log.read_text()
    assert list(server.folder.iterdir()) == []


@pytest.mark.parametrize(
    "path", [CHECK, "/v1/decisions/fund.investment/many", "/en/sheets/award.grant", "/en/rules/award.grant"]
)
def test_whoever_leaves_before_all_is_sent_is_no_mistake_of_this_program(server, path):
    kind = "multipart/form-data; boundary=b" if "sheets" in path else "application/x-www-form-urlencoded"
    before = server.log.read_text()
    with socket.create_connection(("127.0.0.1", server.port)) as leaving:
        leaving.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: 9999\r\n\r\n--b".encode()
        )
        time.sleep(0.5)
    time.sleep(0.5)
    assert server.ask("/v1/health")[0] == 200
    assert server.log.read_text() == before
