"""Fluctuations of a two-layer network about its minimum against curvature: tails and colour break equipartition."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_equipartition",)


def modes(claim: Any, rows: list, title: str, controls: tuple) -> Panel:
    """Scales per eta*gamma against curvature, one line for each noise."""
    series = []
    for row in rows:
        own = row.inputs
        s, unit = np.array(own["singular_values"]), own["eta"] * own["gamma"]
        curvature = np.add.outer(s, s).ravel()
        order = np.argsort(curvature)
        grid = np.geomspace(curvature.min(), curvature.max(), 25)
        at = lambda f, own=own, unit=unit, grid=grid: (
            grid, [f(**{**own, "singular_values": np.array([g / 2])})[0, 0] / unit for g in grid]
        )  # fmt: skip
        value, error = (part.ravel()[order] / unit for part in (row.measured, row.standard_error))
        wrong = {n: at(lambda n=n, **i: claim.predict_control(n, **i)) for n in controls}
        name = f"{row.cell['noise']}, $\\alpha$ = {own['alpha']:g}"
        series.append(Series(name, curvature[order], value, error, at(claim.predict), wrong))
    label = "scale of the product's mode / $\\eta\\gamma$ [param]"
    return Panel(title, "curvature $s_i + s_j$ [param$^2$]", label, series, words(rows), controls, "xy", strip=False)


def slopes(claim: Any, rows: list) -> Panel:
    """Slopes of those lines against the stability index."""
    series = []
    for colour in ("white", "differenced"):
        mine = sorted((r for r in rows if r.inputs["colour"] == colour), key=lambda r: r.inputs["alpha"])
        alphas = [r.inputs["alpha"] for r in mine]
        grid = np.linspace(min(alphas), 2, 30) if colour == "white" else np.linspace(1.5, 2, 9)
        at = lambda f, colour=colour, grid=grid: (grid, [f(alpha=float(a), colour=colour) for a in grid])
        wrong = {n: at(lambda n=n, **i: claim.predict_control(n, **i)) for n in ("equipartition", "weight space")}
        value, error = measured(mine)
        series.append(Series(f"{colour} noise", alphas, value, error, at(claim.predict), wrong))
    names = ("equipartition", "weight space")
    label = "slope of ln(scale) in ln($s_i + s_j$)"
    return Panel("slopes", "stability index $\\alpha$", label, series, words(rows), names, strip=False)


def draw(evidence: Any) -> Any:
    rows, lab = evidence.rows(needs[0]), evidence.lab
    claim, finest = lab.claim("deep_linear.equipartition"), min(r.cell["eta"] for r in rows)
    scales = [r for r in rows if r.claim == claim.id and r.cell["eta"] == finest]
    of = lambda colour: [r for r in scales if r.inputs["colour"] == colour]
    steep = [r for r in rows if r.claim == "deep_linear.equipartition_slope"]
    panels = [
        modes(claim, of("white"), "white noise", ("gaussian response",)),
        modes(claim, of("differenced"), "differenced noise", ("gaussian response",)),
        slopes(lab.claim("deep_linear.equipartition_slope"), steep),
    ]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, height=3.0)
