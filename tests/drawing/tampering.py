"""A log of decisions, and ten ways to tamper with it: what each does to the files, and what it must be found to be."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from hashlib import sha256

from policy_engine.records.canonical import canonical
from policy_engine.records.log import Log, begin
from policy_engine.records.note import Signer, read_signer
from policy_engine.records.tiles import WIDTH, Tiles, bundle, tile_path
from policy_engine.records.tree import Edge, leaf_hash

SIZE, KEPT = 700, 500
"""Entries of the log, and of the checkpoint that was kept elsewhere."""
TOGETHER = 20
RULES = [canonical({f"rules/{name}.yaml": sha256(name.encode()).hexdigest()}) for name in ("one", "two", "three")]


class Ticking:
    """A clock that goes on by a second whenever it is asked."""

    def __init__(self):
        self.now = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC)

    def __call__(self):
        self.now += dt.timedelta(seconds=1)
        return self.now


def draft(n, rules):
    return {
        "decision": "town.rule",
        "facts": {"amount": str(n)},
        "answer": {"outcome": "compliant"},
        "rules": rules[n % len(rules)],
        "as_of": "2026-01-05",
    }


class Victim:
    """A sound log, appended to a second apart, with what its owner and its verifier keep elsewhere."""

    def __init__(self, folder, size=SIZE, kept=KEPT):
        self.folder, self.size = folder, size
        self.trusted = begin(folder, "city.example/office", folder.with_name("key"))
        self.signer = read_signer(folder.with_name("key"))
        log = Log(folder, Ticking())
        for name in ("one", "two", "three"):
            log.store(name.encode())
        rules = [log.store(one) for one in RULES]
        self.old = {}
        for n in range(0, size, TOGETHER):
            log.append(self.signer, [draft(m, rules) for m in range(n, n + TOGETHER)])
            self.old[n + TOGETHER] = log.checkpoint()
        self.kept = self.old[kept]
        self.entries = [entry for i in range(-(-size // WIDTH)) for entry in log.tiles().entries(i)]
        self.files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def restore(self):
        """The log as it was."""
        for path in [path for path in self.folder.rglob("*") if path.is_file()]:
            if path not in self.files:
                path.unlink()
        for path, data in self.files.items():
            if not path.exists() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)

    # --- what one who tampers does -------------------------------------------------------------------------------------

    def put(self, entries):
        """Other entries in the bundles, and nothing else."""
        shutil.rmtree(self.folder / "tile" / "entries")
        for index in range(-(-len(entries) // WIDTH)):
            part = entries[index * WIDTH : (index + 1) * WIDTH]
            path = self.folder / tile_path("entries", index, len(part))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bundle(part))

    def rewrite(self, entries, signer):
        """The whole log made anew of other entries: bundles, hashes, and a checkpoint signed by a key."""
        shutil.rmtree(self.folder / "tile")
        (self.folder / "tile" / "entries").mkdir(parents=True)
        self.put(entries)
        edge, tiles = Edge(), []
        for entry in entries:
            tiles += edge.add(leaf_hash(entry))
        for level, index, hashes in [*tiles, *edge.partial()]:
            path = self.folder / tile_path(level, index, len(hashes))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(hashes))
        (self.folder / "checkpoint").write_text(signer.checkpoint(edge.size, edge.root()).note)


def other(entry, **fields):
    return canonical({**json.loads(entry), **fields})


def change(log, random):
    """A fact of an entry."""
    at, entries = random.randrange(log.size), list(log.entries)
    entries[at] = other(entries[at], facts={"amount": "-1"})
    log.put(entries)
    return at


def delete(log, random):
    at, entries = random.randrange(log.size - 1), list(log.entries)
    del entries[at]
    log.put(entries)
    return at


def cut(log, random):
    """The tail, and an old checkpoint that was really signed in place of the last; or, bluntly, only the entries."""
    if random.random() < 0.5:
        size = random.choice([size for size in log.old if size < log.kept.size])
        log.rewrite(log.entries[:size], log.signer)
        (log.folder / "checkpoint").write_text(log.old[size].note)
        return size
    at = random.randrange(1, log.size)
    log.put(log.entries[:at])
    return at


def reorder(log, random):
    one, two = sorted(random.sample(range(log.size), 2))
    entries = list(log.entries)
    if random.random() < 0.5:
        entries[one], entries[two] = entries[two], entries[one]
    else:
        entries.insert(two, entries.pop(one))
    log.put(entries)
    return one


def insert(log, random):
    at, entries = random.randrange(log.size + 1), list(log.entries)
    entries.insert(at, other(entries[max(at - 1, 0)], facts={"amount": "-7"}))
    log.put(entries)
    return at


def duplicate(log, random):
    at, entries = random.randrange(log.size + 1), list(log.entries)
    entries.insert(at, random.choice(entries))
    log.put(entries)
    return


def backdate(log, random):
    """An entry dated back; by one who has the key, since the checkpoint that is kept, with all hashes made anew."""
    with_key = random.random() < 0.5
    at, entries = random.randrange(log.kept.size if with_key else 1, log.size), list(log.entries)
    entries[at] = other(entries[at], time="2026-01-02T09:00:00Z")
    if with_key:
        log.rewrite(entries, log.signer)
    else:
        log.put(entries)
    return at


def recompute(log, random):
    """An entry changed and the whole log made anew, with the right key or without it."""
    at, entries = random.randrange(log.kept.size), list(log.entries)
    entries[at] = other(entries[at], facts={"amount": "-1"})
    checkpoint = (log.folder / "checkpoint").read_text()
    log.rewrite(entries, log.signer)
    if random.random() < 0.5:
        (log.folder / "checkpoint").write_text(checkpoint)  # without the key: it stays as it was signed
    return


def swap_rules(log, random):
    """Other rules under the hash that entries name; or what they consist of."""
    names = sorted(path for path in (log.folder / "rules").iterdir())
    one, two = random.sample(names, 2)
    data = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(data)
    return


def swap_key(log, random):
    """The whole log signed by another key of the same name, with that key put into it."""
    signer, entries = Signer(log.trusted.name), list(log.entries)
    if random.random() < 0.5:
        at = random.randrange(log.size)
        entries[at] = other(entries[at], facts={"amount": "-1"})
        log.rewrite(entries, signer)
    else:
        log.rewrite(entries, signer)
    if random.random() < 0.8:
        (log.folder / "vkey").write_text(f"{signer.verifier}\n")
    return


ATTACKS = {
    "changed": change, "deleted": delete, "cut": cut, "reordered": reorder, "inserted": insert, "duplicated": duplicate,
    "backdated": backdate, "rewritten": recompute, "rules-swapped": swap_rules, "key-swapped": swap_key,
}  # fmt: skip
"""By what it must be found to be."""


def tiles(log):
    return Tiles(log.folder, log.size)
