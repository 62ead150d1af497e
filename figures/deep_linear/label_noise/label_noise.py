"""The mean product of two factors under label noise, against learning rate and batch: Ito's kicks, not Marcus's."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_label_noise",)
NAMES = {"eta": "learning rate $\\eta$", "B": "batch size $B$"}


def series(claim: Any, rows: list, x: str, grid: np.ndarray, name: str, controls: tuple) -> Series:
    """Cells along `x`, and the claim and its controls on the grid."""
    own = rows[0].inputs
    at = lambda f: (grid, [f(**{**own, x: g}) for g in grid.tolist()])
    wrong = {control: at(lambda control=control, **i: claim.predict_control(control, **i)) for control in controls}
    points = ([r.inputs[x] for r in rows], [r.measured for r in rows], [r.standard_error for r in rows])
    return Series(name, *points, at(claim.predict), wrong)


def chosen(rows: list, **wanted: Any) -> list:
    """The rows with these inputs or cell settings."""
    return [r for r in rows if all({**r.cell, **r.inputs}[k] == v for k, v in wanted.items())]


def order(kind: tuple[str, float]) -> tuple[int, float]:
    """One order of the laws in all panels, those with larger batches first: one colour for each."""
    noise, alpha = kind
    return ["label gaussian", "label stable", "label differenced"].index(noise) + 3 * (alpha not in (1.5, 2.0)), -alpha


def survival(cells: list) -> Panel:
    """Share of networks that label noise throws out of reach before the horizon."""
    several = []
    for noise, alpha in sorted({(c.noise, c.alpha) for c, _ in cells}, key=order):
        own = [(c, data["lost"].values >= 0) for c, data in cells if (c.noise, c.alpha, c.B) == (noise, alpha, 1)]
        share, error = ([f(lost) for _, lost in own] for f in (np.mean, lambda x: np.std(x) / len(x) ** 0.5))
        several.append(Series(f"{noise}, $\\alpha$ = {alpha:g}", [c.eta for c, _ in own], share, error))
    horizon = f"share lost before t = {cells[0][0].horizon:g}"
    return Panel("survival", NAMES["eta"], horizon, several, "", (), "x", strip=False)


def draw(evidence: Any) -> Any:
    rows = evidence.rows(needs[0])
    claim, top = evidence.lab.claim("deep_linear.label_noise_mean"), max(r.inputs["eta"] for r in rows)
    eta = np.geomspace(min(r.inputs["eta"] for r in rows) / 1.3, top * 1.3, 40)
    batch = np.arange(1, 1 + max(r.inputs["B"] for r in rows))
    drawn = []
    for x, grid, where, controls in (
        ("eta", eta, {"B": 1}, ("marcus", "gaussian")),
        ("B", batch, {"eta": top}, ("marcus", "no averaging")),
    ):
        groups = {(r.cell["noise"], r.inputs["alpha"]) for r in chosen(rows, **where)}
        several = []
        for noise, alpha in sorted(groups, key=order):
            mine = chosen(rows, noise=noise, alpha=alpha, **where)
            if len(mine) > 1 or noise == "label differenced" or (x == "eta" and alpha < 2):
                several.append(series(claim, mine, x, grid, f"{noise}, $\\alpha$ = {alpha:g}", controls))
        title = "one label a step" if x == "eta" else f"batches, $\\eta$ = {top:g}"
        drawn.append(
            Panel(title, NAMES[x], "mean product", several, words(chosen(rows, **where)), controls, "x", strip=False)
        )
    drawn.append(survival(evidence.cells(needs[0])))
    return prediction_against_measurement(drawn, evidence.stored(needs[0]).id)
