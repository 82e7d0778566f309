"""Several reasons told as one."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.basics.errors import Text


def together(reasons: Sequence[Text]) -> Text:
    """Several reasons as one: only the last keeps its full stop."""
    if len(reasons) == 1:
        return reasons[0]
    ends = [*(Text(r.en.rstrip("."), r.zh.rstrip("。")) for r in reasons[:-1]), *reasons[-1:]]
    return Text("; ".join(r.en for r in ends), "；".join(r.zh for r in ends))
