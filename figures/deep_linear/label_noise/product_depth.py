"""The product of two or more factors under noisy labels of random inputs: deeper networks fall further behind."""

from typing import Any

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_product_depth",)
NAMES = ("mean", "10% quantile", "median", "90% quantile")
CONTROLS = ("no Ito term", "stratonovich")


def draw(evidence: Any) -> Any:
    """One panel for each temperature."""
    rows, claim = evidence.rows(needs[0]), evidence.lab.claim("deep_linear.product_density")
    panels = []
    for heat in sorted({r.cell["heat"] for r in rows}):
        own = sorted((r for r in rows if r.cell["heat"] == heat), key=lambda r: r.inputs["depth"])
        depth = list(range(own[0].inputs["depth"], own[-1].inputs["depth"] + 1))
        at = lambda f, i, own=own, depth=depth: (
            [str(d) for d in depth],
            [list(f(**{**own[0].inputs, "depth": d}).values())[i] for d in depth],
        )
        series = []
        for i, name in enumerate(NAMES):
            x = [str(r.inputs["depth"]) for r in own]
            value, error = (part[:, i] for part in measured(own))
            wrong = {k: at(lambda k=k, **inputs: claim.predict_control(k, **inputs), i) for k in CONTROLS}
            series.append(Series(name, x, value, error, at(claim.predict, i), wrong))
        title = f"temperature $\\eta\\sigma^2/(Bv)$ = {heat:g}"
        panels.append(Panel(title, "depth", "product", series, words(own), CONTROLS, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
