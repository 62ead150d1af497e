"""A picture that a protocol states: the predictions of one claim as lines, what was measured as points.

Plain data: whoever draws it (`theorylab figures`) reads it, and no code that draws is imported by a protocol.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Picture:
    """One panel of a protocol's figure, prediction against measurement.

    Args:
        claim: id of the claim; its `predict` and `predict_control` draw the lines.
        x: the setting along the horizontal axis.
        split: the setting or settings that make the series.
        where: settings held fixed, by name.
        controls: names of the controls drawn; by default all that the verdicts name.
        component: which component of a prediction that is an array or a dictionary.
        title, x_label, y_label: by default the claim's id, the input's meaning with its unit, and the quantity's name.
        log: the logarithmic axes: "", "x", "y" or "xy".
        strip: whether measured/predicted stands below.
        points: of a line's grid.
    """

    claim: str
    x: str
    split: str | Sequence[str] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    controls: Sequence[str] | None = None
    component: int = 0
    title: str | None = None
    x_label: str | None = None
    y_label: str | None = None
    log: str = ""
    strip: bool = True
    points: int = 80
