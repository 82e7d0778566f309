"""`policy serve` under load: so many clients that each ask for a decision, wait for it, and ask again after a pause.

    python benchmarks/load.py --clients 50 --seconds 60 --pause 0.25 --record

Told: answers, errors, how long they took, and the memory of the server with its processes, every tenth of the time. Ends with 1 where one answer
was an error or another than `policy check` gives, where 95 of 100 took longer than --most, or where memory grew by more than a twentieth over
the second half.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from policy_engine.book import load
from policy_engine.records.log import begin
from policy_engine.reports.data import dump
from policy_engine.serving.answers import Answers

ROOT = Path(__file__).parents[1]
PATH = "/v1/decisions/fund.investment/check"


def cases():
    """Fund investments with amounts that differ, each with the answer that it should have."""
    answers = Answers(load())
    for n in range(200):
        facts = {"kind": "subfund", "fund_total": "15亿元", "amount": f"{n + 1}.{n:02}万元"}
        asked = {"facts": facts, "as_of": "2025-03-01"}
        yield asked, dump(answers.decided_alone({**asked, "decision": "fund.investment"})).encode()


def started(folder, workers, record):
    """A server at a free port, and the port."""
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "policy_engine", "serve", "--port", str(port), "--workers", str(workers)]
    if record:
        begin(folder / "log", "city.example/load", folder / "log.key")
        command += ["--record", str(folder / "log")]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL), port


def memory(pid):
    """What a process and its children have in memory, in MiB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = Path(f"/proc/{pid}/smaps_rollup").read_text().split()
    return int(own[own.index("Pss:") + 1]) // 1024 + sum(map(memory, children))


def worked(pid):
    """Seconds of processor time of a process, and of its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    seconds = (int(own[11]) + int(own[12])) / os.sysconf("SC_CLK_TCK")
    return seconds, sum(sum(worked(child)) for child in children)


async def asked(reader, writer, body):
    """Status and body of an answer, over a connection that stays."""
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    size = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(size)


async def client(port, told, until, pause, took, wrong):
    choose = random.Random(port)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(choose.random() * pause)
    while time.monotonic() < until:
        body, answer = told[choose.randrange(len(told))]
        begun = time.monotonic()
        found = await asked(reader, writer, body)
        took.append(time.monotonic() - begun)
        if found != (200, answer):
            wrong.append(found[0])
        await asyncio.sleep(pause)
    writer.close()


async def load_it(args, process, port):
    told = [(json.dumps(one, ensure_ascii=False).encode(), answer) for one, answer in cases()]
    for _ in range(600):
        with contextlib.suppress(OSError):
            first = await asyncio.open_connection("127.0.0.1", port)
            break
        await asyncio.sleep(0.1)
    for body, _ in told[:20]:  # every process has read the rules
        await asked(*first, body)
    took, wrong, sizes, until = [], [], [], time.monotonic() + args.seconds
    before = worked(process.pid)
    clients = [asyncio.create_task(client(port, told, until, args.pause, took, wrong)) for _ in range(args.clients)]
    while time.monotonic() < until:
        await asyncio.sleep(args.seconds / 10)
        sizes.append(memory(process.pid))
    await asyncio.gather(*clients)
    return took, wrong, sizes, [now - then for now, then in zip(worked(process.pid), before, strict=True)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument(
        "--pause", type=float, default=0.25, help="seconds between an answer and the next question of a client"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--most", type=float, default=50, help="milliseconds in which 95 of 100 are answered")
    parser.add_argument("--record", action="store_true", help="record each answer in a log")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, port = started(Path(folder), args.workers, args.record)
        try:
            took, wrong, sizes, (front, others) = asyncio.run(load_it(args, process, port))
        finally:
            process.terminate()
            process.wait(30)
    parts = statistics.quantiles(took, n=100)
    print(f"{args.clients} clients, {args.seconds:g} s, a pause of {args.pause:g} s, {args.workers} processes, "
          f"{'recorded' if args.record else 'not recorded'}; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # fmt: skip
    print(
        f"answers: {len(took):,}, {len(took) / args.seconds:,.0f} a second; errors: {len(wrong)} {sorted(set(wrong))}"
    )
    print(f"answered in: median {parts[49] * 1000:.1f} ms, 95 of 100 {parts[94] * 1000:.1f} ms, "
          f"99 of 100 {parts[98] * 1000:.1f} ms, at most {max(took) * 1000:.0f} ms")  # fmt: skip
    print(f"processor time of an answer: {front / len(took) * 1000:.1f} ms where connections are, "
          f"{others / len(took) * 1000:.1f} ms where it is decided")  # fmt: skip
    print(f"memory of all processes: {' '.join(map(str, sizes))} MiB")
    grown = sizes[-1] > sizes[len(sizes) // 2] * 1.05
    return int(bool(wrong) or parts[94] * 1000 > args.most or grown)


if __name__ == "__main__":
    sys.exit(main())
