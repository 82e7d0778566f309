"""A stranger's program agrees: aics-tlog accepts our log, receipts and proofs, and ours its (`make stranger`)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tampering import Victim

from policy_engine.records.log import Log
from policy_engine.records.note import read_checkpoint, read_verifier
from policy_engine.records.proof import read_receipt, receipt
from policy_engine.records.tiles import Tiles
from policy_engine.records.tree import Edge, consistent, included, leaf_hash

pytest.importorskip("cryptography", reason="the log needs `pip install '.[record]'`")
PYTHON = os.environ.get("STRANGER", sys.executable)


@pytest.fixture(scope="module")
def stranger():
    """Asks the stranger something; skipped where it is not there."""
    there = subprocess.run([PYTHON, "-c", "import aics_tlog"], capture_output=True, check=False).returncode == 0
    if not there:
        pytest.skip("aics-tlog is not installed, which needs Python 3.12: make stranger")

    def ask(what, folder, told):
        program = Path(__file__).with_name("stranger.py")
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        ran = subprocess.run(
            [PYTHON, program, what, folder],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            check=False,
            env=clean,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return ask


def test_the_stranger_accepts_our_log_and_our_proofs(stranger, tmp_path):
    victim = Victim(tmp_path / "log")
    log, tiles = Log(victim.folder), Log(victim.folder).tiles()
    receipts = []
    for n in (0, 1, 255, 256, 511, 512, 600, 699):
        path = tmp_path / f"{n}.tlog-proof"
        path.write_text(receipt(log, n).text())
        assert read_receipt(path).wrong(victim.trusted) is None
        receipts.append(str(path))
    grown = [
        [old, one.root.hex(), [h.hex() for h in tiles.consistency(old)]]
        for old, one in victim.old.items()
        if old < victim.size
    ]
    told = stranger("read", victim.folder, {"receipts": receipts, "consistency": grown})
    assert told == {"size": 700, "receipts": 8, "consistency": len(grown)}


@pytest.mark.parametrize("size", [1, 256, 1000])
def test_we_accept_the_log_and_the_proofs_of_the_stranger(size, stranger, tmp_path):
    told = stranger("write", tmp_path, size)
    key = read_verifier((tmp_path / "vkey").read_text(), "vkey")
    head = read_checkpoint((tmp_path / "checkpoint").read_text(), "checkpoint")
    tiles = Tiles(tmp_path, size)
    assert key.signed(head)
    assert Edge(size, tiles.edge()).root() == head.root
    for n, proof in told["inclusion"]:
        way = [bytes.fromhex(one) for one in proof]
        assert included(leaf_hash(tiles.entry(n)), n, size, way, head.root)
        assert way == tiles.inclusion(n)
    for old, proof in told["consistency"]:
        way = [bytes.fromhex(one) for one in proof]
        assert way == tiles.consistency(old)
        assert consistent((old, tiles.root(0, old)), (size, head.root), way)
