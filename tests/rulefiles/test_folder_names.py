"""What a tree has as a decision by its path is what it lists."""

from __future__ import annotations

import pytest

from policy_engine.rulefiles.folder import decision_names, is_decision

ASKED = [
    "a.one",
    "a.b.two",
    "exclusions.three",
    "a.folder",
    "linked.one",
    "a.gone",
    "a.none",
    "a",
    "A.one",
    "a..one",
    "../a.one",
]


@pytest.mark.parametrize("decision", ASKED)
def test_a_decision_is_known_by_its_path_as_it_is_listed(tmp_path, decision):
    root = tmp_path / "rules"
    for file in (
        "a/one.yaml",
        "a/b/two.yaml",
        "exclusions/three.yaml",
        "a/folder.yaml/x",
        "other/one.yaml",
        "top.yaml",
    ):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("", encoding="utf-8")
    (root / "a" / "gone.yaml").symlink_to(tmp_path / "nothing")
    (root / "linked").symlink_to(root / "other", target_is_directory=True)
    assert is_decision(root, decision) == (decision in decision_names(root))
