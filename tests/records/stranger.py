"""An independent program beside ours: `python stranger.py read LOG VKEY …` checks our log, `… write LOG` writes one of its own.

It runs under a Python that has `aics-tlog` (3.12 or later), without this package: `make stranger`.
"""

# ruff: noqa: T201 - it answers on standard output

import base64
import json
import sys
from pathlib import Path


def read(folder, proofs):
    """Everything we wrote, by its own means."""
    import aics_tlog as its

    key = its.parse_vkey((folder / "vkey").read_text().strip())
    note = its.parse_note((folder / "checkpoint").read_bytes())
    found = its.verify_checkpoint(note, key)
    assert found.log_ok, found
    head = its.parse_checkpoint(note.text)
    reader = its.FileSystemTileReader(folder)
    its.audit_tiles(reader, head.size, head.root)
    for path in proofs["receipts"]:
        proof, _, signed = Path(path).read_text().partition("\n\n")
        _, extra, index, *hashes = proof.split("\n")
        entry = json.loads(base64.b64decode(extra.split()[1]))["entry"].encode()
        its.verify_checkpoint(its.parse_note(signed.encode()), key)
        way = [base64.b64decode(line) for line in hashes]
        own = its.inclusion_proof_from_tiles(reader, int(index.split()[1]), head.size)
        assert own == way
        assert its.verify_inclusion(its.leaf_hash(entry), int(index.split()[1]), head.size, way, head.root)
    for old, root, way in proofs["consistency"]:
        hashes = [bytes.fromhex(one) for one in way]
        assert its.verify_consistency(old, head.size, bytes.fromhex(root), head.root, hashes)
        assert hashes == its.consistency_proof_from_tiles(reader, old, head.size)
    return {"size": head.size, "receipts": len(proofs["receipts"]), "consistency": len(proofs["consistency"])}


def write(folder, size):
    """A log of its own making, with proofs."""
    import aics_tlog as its
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    key = its.vkey_from_ed25519("stranger.example/log", private.public_key())
    store = its.DirectoryTileStore(folder, fsync=False)
    writer = its.IncrementalTileWriter(store)
    for start in range(0, size, 100):
        done = writer.append([json.dumps({"n": n}).encode() for n in range(start, min(start + 100, size))])
    head = its.Checkpoint("stranger.example/log", done.size, done.root)
    store.write_checkpoint(its.sign_checkpoint(head, private, key.name).to_bytes())
    (folder / "vkey").write_text(its.format_vkey(key) + "\n")
    return {
        "inclusion": [
            [n, [h.hex() for h in its.inclusion_proof_from_tiles(store, n, size)]] for n in range(0, size, 37)
        ],
        "consistency": [
            [n, [h.hex() for h in its.consistency_proof_from_tiles(store, n, size)]] for n in range(1, size, 61)
        ],
    }


if __name__ == "__main__":
    told = json.load(sys.stdin)
    print(json.dumps(read(Path(sys.argv[2]), told) if sys.argv[1] == "read" else write(Path(sys.argv[2]), told)))
