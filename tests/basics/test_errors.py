"""What is told with a mistake."""

import pytest

from policy_engine.basics.errors import did_you_mean


@pytest.mark.parametrize(
    ("word", "known", "told"),
    [
        ("党组会议", ["党组会议：从议题到纪要", "任职试用期"], "是否想写 `党组会议：从议题到纪要`？可用："),
        ("notice", ["topic", "notice_of_the_meeting_in_writing"], "是否想写 `notice_of_the_meeting_in_writing`？"),
        (
            "议题",
            ["x", "甲单位提出的议题", "乙单位提出的议题"],
            "可用：x；甲单位提出的议题；乙单位提出的议题",
        ),  # two that are alike: neither
        (
            "议题",
            [*(f"{n}" * 60 for n in range(9)), "甲单位提出的议题", "乙单位提出的议题"],
            "可用：甲单位提出的议题；乙单位提出的议题；000",
        ),
        ("a", ["alpha"], "可用：alpha"),  # one letter is part of too much
        ("", ["alpha"], "可用：alpha"),
        ("x" * 10_000, ["alpha"], "可用：alpha"),
    ],
)
def test_what_a_word_is_part_of_is_near(word, known, told):
    assert did_you_mean(word, known).zh.startswith(told)
