"""The formats of C2SP as they are specified: trees, tiles, notes, checkpoints, proofs; and the canonical JSON of entries."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.basics.errors import PolicyError
from policy_engine.records.canonical import canonical
from policy_engine.records.note import Checkpoint, Signature, read_checkpoint, read_verifier
from policy_engine.records.openings import commitment, sealed
from policy_engine.records.tiles import Tiles, bundle, tile_path, unbundled
from policy_engine.records.tree import EMPTY, Edge, consistent, fold, included, leaf_hash, node_hash

LEAVES = [leaf_hash(str(n).encode()) for n in range(1400)]


def mth(leaves):
    """The root as RFC 6962, 2.1 defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(mth(leaves[:k]), mth(leaves[k:]))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 255, 256, 257, 511, 512, 777, 1400])
def test_the_edge_has_the_root_that_the_standard_defines(size):
    edge = Edge()
    for leaf in LEAVES[:size]:
        edge.add(leaf)
    assert edge.root() == mth(LEAVES[:size])
    assert size == 0 or fold(LEAVES[:size]) == mth(LEAVES[:size])


def laid_out(folder, size):
    edge = Edge()
    full = [tile for leaf in LEAVES[:size] for tile in edge.add(leaf)]
    for level, index, hashes in [*full, *edge.partial()]:
        path = folder / tile_path(level, index, len(hashes))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(hashes))
    return Tiles(folder, size), edge


@pytest.mark.parametrize("size", [1, 5, 256, 300, 1400])
def test_proofs_from_tiles_show_what_they_say_and_nothing_else(size, tmp_path):
    tiles, edge = laid_out(tmp_path, size)
    root, draw = edge.root(), random.Random(size)
    assert Edge(size, tiles.edge()).root() == root
    for n in {0, size - 1, *(draw.randrange(size) for _ in range(20))}:
        proof = tiles.inclusion(n)
        assert included(LEAVES[n], n, size, proof, root)
        assert not included(LEAVES[(n + 1) % 1400], n, size, proof, root)
        assert not included(LEAVES[n], n + 1, size, proof, root)
        assert not proof or not included(LEAVES[n], n, size, proof[:-1], root)
    for old in {1, size, *(draw.randrange(1, size + 1) for _ in range(20))}:
        proof = tiles.consistency(old)
        assert consistent((old, mth(LEAVES[:old])), (size, root), proof)
        assert not consistent((old, mth(LEAVES[1 : old + 1])), (size, root), proof)


def test_tiles_lie_where_the_standard_says():
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 5, 12) == "tile/entries/005.p/12"
    assert [Tiles(None, 70_000).width(level, n) for level, n in ((0, 273), (1, 1), (2, 0))] == [112, 17, 1]
    entries = [b"", b"x" * 300, b"y"]
    assert list(unbundled(bundle(entries))) == entries


def test_the_note_of_the_standard_is_verified():
    """The example of c2sp.org/signed-note."""
    pytest.importorskip("cryptography", reason="the log needs `pip install '.[record]'`")
    key = read_verifier("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "vkey")
    raw = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    signed = base64.b64decode(raw)
    note = Checkpoint(
        "", 0, b"", "This is an example message.\n", (Signature("example.com/foo", signed[:4], signed[4:]),)
    )
    assert key.signed(note) is True
    other = Checkpoint("", 0, b"", "This is another message.\n", note.signatures)
    assert key.signed(other) is False
    assert key.signed(Checkpoint("", 0, b"", note.text, ())) is None


@pytest.mark.parametrize("spoilt", ["", "a\n01\n", "+", "— ", "a\n1\nAAAA\n\n— a AAAA\n"])
def test_what_is_no_checkpoint_is_refused(spoilt):
    with pytest.raises(PolicyError, match="no signed checkpoint"):
        read_checkpoint(spoilt, "file")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(values)
def test_canonical_json_is_that_of_rfc_8785(value):
    rfc8785 = pytest.importorskip("rfc8785", reason="compared with the package rfc8785 where it is installed")
    wide = isinstance(value, int) and abs(value) >= 2**53
    assert wide or b"9007199254740992" in canonical(value) or canonical(value) == rfc8785.dumps(value)


def test_names_are_in_the_order_of_utf_16_and_floats_are_refused():
    assert canonical({"\U0001f600": 1, "\ufb33": 2, "\u20ac": 3, "a": 4}) == '{"a":4,"€":3,"😀":1,"\ufb33":2}'.encode()
    assert canonical(['\x0f\n"\\/\x7f']) == b'["\\u000f\\n\\"\\\\/\x7f"]'
    for bad in (0.5, 2**60, [1.0], {"a": {"b": 1e300}}):
        with pytest.raises(ValueError, match=r"binary float|more than"):
            canonical(bad)


def test_what_is_sealed_shows_nothing_of_it_and_is_salted():
    entry = {"facts": {"name": "Tashi"}, "answer": {"outcome": "compliant"}, "n": 4, "decision": "a.b"}
    (one, opening), (two, _) = sealed(entry), sealed(entry)
    assert set(one) == {"decision", "n", "sealed"}
    assert one["sealed"] != two["sealed"]
    assert commitment(opening) == one["sealed"]
    assert b"Tashi" not in canonical(one)
