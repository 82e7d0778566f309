"""Whoever tampers with a log is found, and what was done is named; `--positions 1000` at a thousand places each (`make attacks`)."""

from random import Random

import pytest
from tampering import ATTACKS, Victim

from policy_engine.records.log import Log
from policy_engine.records.verify import CODES, verify

pytest.importorskip("cryptography", reason="the log needs `pip install '.[record]'`")


@pytest.fixture(scope="module")
def victim(tmp_path_factory):
    return Victim(tmp_path_factory.mktemp("office") / "log")


@pytest.mark.parametrize("found", ATTACKS)
def test_what_was_done_is_found_and_named(found, victim, request):
    alone = {"key-swapped": {"key-swapped", "rewritten"}}  # which may change an entry, too
    for position in range(request.config.getoption("--positions")):
        random = Random(f"{found} {position}")
        at = ATTACKS[found](victim, random)
        try:
            faults = verify(Log(victim.folder), victim.trusted, [victim.kept]).faults
        finally:
            victim.restore()
        assert found in {fault.code for fault in faults}, (position, at, faults[:3])
        assert {fault.code for fault in faults} <= alone.get(found, {found}), (position, at, faults[:3])
        if at is not None:
            assert at in {fault.at for fault in faults}, (position, at, faults[:3])
    assert not verify(Log(victim.folder), victim.trusted, [victim.kept]).faults


def test_every_attack_has_its_words():
    assert set(ATTACKS) <= set(CODES)


def test_a_key_swapped_is_found_by_a_checkpoint_alone(victim):
    """Where the verifier kept no key."""
    ATTACKS["key-swapped"](victim, Random(1))
    try:
        assert "key-swapped" in {fault.code for fault in verify(Log(victim.folder), None, [victim.kept]).faults}
    finally:
        victim.restore()


def test_hashes_that_were_changed_are_told_from_entries(victim):
    path = victim.folder / "tile" / "0" / "001"
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    try:
        found = verify(Log(victim.folder), victim.trusted, [victim.kept]).faults
        assert [(fault.code, fault.at) for fault in found] == [("hashes", 256)]
    finally:
        victim.restore()
