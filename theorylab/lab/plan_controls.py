"""Which controls a plan could tell apart from its claims, before anything is run."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from theorylab import terminal
from theorylab.errors import InputError
from theorylab.judge import verdict
from theorylab.lab.folder import Lab
from theorylab.lab.judging import CellTest, cell_tests
from theorylab.lab.protocol import Protocol, label
from theorylab.lab.rows import Row


def plan_rows(lab: Lab, protocol: Protocol, cells: Sequence[SimpleNamespace], tier: str) -> list[Row]:
    """For each cell and claim: prediction, margin, and each control's distance in margins."""
    rows = []
    for c in cells:
        for cell in cell_tests(lab, protocol, c):
            far = {k: float(np.max(np.abs(v - cell.predicted) / cell.margin)) for k, v in cell.controls.items()}
            rows.append(
                {
                    "claim": cell.claim.id,
                    "cell": label(c, cells, tier),
                    "predicted": cell.value,
                    "margin": cell.margin,
                    "controls": {k: f"{v:.1f} margins" for k, v in far.items()},
                }
            )
    return rows


def close_controls(lab: Lab, protocol: Protocol, cells: Sequence[SimpleNamespace]) -> list[tuple[str, str]]:
    """(claim, control) of the controls nearer than twice the margin in every cell: nothing could tell them apart."""
    found: dict[str, list[CellTest]] = {}
    for c in cells:
        for cell in cell_tests(lab, protocol, c):
            found.setdefault(cell.claim.id, []).append(cell)
    close = []
    for claim, group in found.items():
        names = dict.fromkeys(k for cell in group for k in cell.controls)
        values = {k: [cell.controls.get(k) for cell in group] for k in names}
        near = verdict.too_close(values, [cell.predicted for cell in group], [cell.margin for cell in group])
        close += [(claim, name) for name in near]
    return close


def refuse_close_controls(
    lab: Lab, name: str, protocol: Protocol, cells: Sequence[SimpleNamespace], changed: bool = False
) -> None:
    """Refuse a plan in which a control could not be told apart.

    A protocol as it stands must not hold one: InputError. Where the user's own settings brought it about, the control
    is refused, in a line, and the run goes on without its testimony.
    """
    for claim, control in close_controls(lab, protocol, cells):
        said = f"protocol {name}: control {control!r} of claim {claim} is nearer than twice the margin in every cell"
        if not changed:
            raise InputError(f"{said} and could not be told apart; change the cells or the margin")
        terminal.warn(f"{said} and is refused: it says nothing here")
