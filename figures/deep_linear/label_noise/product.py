"""The product of two factors under Gaussian label noise: its law across temperature, up to the point of collapse."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_product",)
CONTROLS = ("stratonovich", "no Ito term")
HEAT = "temperature $\\eta\\sigma^2/(Bv)$"


def densities(claim: Any, cells: list) -> Panel:
    """Density of ln x: histograms of the ends, and differences of the predicted shares."""
    edges = np.linspace(-6, 2.2, 28)
    middle, series = (edges[1:] + edges[:-1]) / 2, []
    for c, data in cells:
        if c.B > 1:
            continue
        last = np.log(np.abs(data["last"].values) / c.v)
        share = np.histogram(last, edges)[0] / len(last)
        value, error = (f / np.diff(edges) for f in (share, np.sqrt(share / len(last))))
        fine = np.linspace(edges[0], edges[-1], 120)
        names = {"v": c.v, "eta": c.eta, "B": c.B, "sigma": c.sigma}
        below = [claim.numeric(y=float(c.v * np.exp(place)), **names) for place in fine]
        line = (np.exp((fine[1:] + fine[:-1]) / 2), np.diff(below) / np.diff(fine))
        kept = share > 0
        series.append(Series(f"temperature {c.heat:g}", np.exp(middle[kept]), value[kept], error[kept], line))
    return Panel("law", "product x/v", "density of ln x", series, log="x", strip=False)


def moment(claim: Any, rows: list, name: str, v: float) -> Panel:
    """Mean or variance against temperature: the mean falls to the origin, in a line."""
    component = ("mean", "variance").index(name)
    grid = np.linspace(0.02, 1.98, 60)

    def at(f: Any) -> tuple:
        own = {k: rows[0].inputs[k] for k in ("eta", "B")}
        value = lambda heat: f(v=v, sigma=(heat * v * own["B"] / own["eta"]) ** 0.5, **own)[name]
        return grid, [value(heat) for heat in grid.tolist()]

    wrong = {k: at(lambda k=k, **i: claim.predict_control(k, **i)) for k in CONTROLS}
    series = []
    for B in sorted({r.inputs["B"] for r in rows}):
        own = [r for r in rows if r.inputs["B"] == B]
        heat = [r.inputs["eta"] * r.inputs["sigma"] ** 2 / (B * v) for r in own]
        value, error = (part[:, component] for part in measured(own))
        series.append(Series(f"batches of {B}", heat, value, error, at(claim.predict), wrong))
    return Panel(f"{name}: collapse at 2", HEAT, f"{name} of the product", series, words(rows), CONTROLS, strip=False)


def draw(evidence: Any) -> Any:
    cells, rows = evidence.cells(needs[0]), evidence.rows(needs[0])
    law, quantile = (evidence.lab.claim(f"deep_linear.product_{k}") for k in ("law", "quantile"))
    mine = [r for r in rows if r.claim == law.id]
    panels = [densities(quantile, cells), *(moment(law, mine, k, cells[0][0].v) for k in ("mean", "variance"))]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
