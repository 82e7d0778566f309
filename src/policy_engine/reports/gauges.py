"""Gauges as inline SVG. No word goes into them, so that no text of a case can become markup: words stand beside them."""

from __future__ import annotations

from typing import Final

from policy_engine.reports.leaf import Gauge

WIDTH: Final = 1000
HEIGHT: Final = 80
TICK: Final = 8
INK: Final = {"ground": "#d0d0d0", "zone": "#b9dcc0", "good": "#2b7a3d", "bad": "#b3261e", "bound": "#1c1c1c"}
"""Colours where no style sheet reaches: readers of mail and printers."""


def drawn(gauge: Gauge) -> str:
    """A bar with its bound; of an indicator a bullet: a thin bar on the stretch that would do."""
    import svg

    def box(kind: str, x: int, width: int, y: int = 0, height: int = HEIGHT) -> svg.Element:
        return svg.Rect(x=x, y=y, width=width, height=height, fill=INK[kind], class_=[kind])

    value, bound = gauge.width(gauge.value, WIDTH), gauge.width(gauge.bound, WIDTH)
    start, end = {"below": (0, bound), "above": (bound, WIDTH), "at": (bound, bound)}[gauge.zone]
    inset = HEIGHT // 4 if gauge.bullet else 0
    parts = [box("ground", 0, WIDTH)]
    parts += [box("zone", start, end - start)] if gauge.bullet and end > start else []
    parts.append(box("good" if gauge.holds else "bad", 0, value, inset, HEIGHT - 2 * inset))
    parts.append(box("bound", max(bound - TICK // 2, 0), TICK))
    shape = svg.ViewBoxSpec(0, 0, WIDTH, HEIGHT)
    hidden = {"aria-hidden": "true", "focusable": "false"}
    return str(
        svg.SVG(
            viewBox=shape,
            preserveAspectRatio=svg.PreserveAspectRatio("none"),
            class_=["bar"],
            elements=parts,
            extra=hidden,
        )
    )
