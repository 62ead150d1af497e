"""The law of the product of two factors under stable label noise: its density and both tails, against Gamma laws."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_label_noise_density",)
CONTROL = "same rate"
X = "product $X/v$"


def series(claim: Any, c: Any, data: Any, kind: str) -> Series:
    """One law: the density of ln x, the share below or the share above."""
    shares, marks = data["under"].values[data["lost"].values < 0], np.array(c.marks)
    own = {"v": c.v, "eta": c.eta, "B": c.B, "gamma": c.gamma, "alpha": c.alpha}

    def seen(share: Any, at: np.ndarray) -> Any:
        return {"density": np.diff(share) / np.diff(np.log(at)), "left": share, "right": 1 - share}[kind]

    def drawn(f: Any, where: np.ndarray) -> tuple:
        middle = np.sqrt(where[1:] * where[:-1]) if kind == "density" else where
        return middle / c.v, seen(f(X=where, **own), where)

    measured, fine = seen(shares, marks), np.geomspace(marks[0], marks[-1], 90)
    x = np.sqrt(marks[1:] * marks[:-1]) if kind == "density" else marks
    kept = {"density": x > 0, "left": x < c.v, "right": x > c.v / 2}[kind] & (measured.mean(0) > 0)
    fine = {"density": fine, "left": fine[fine < c.v], "right": fine[fine > c.v / 2]}[kind]
    wrong = {}
    if c.alpha < 2:
        wrong[CONTROL] = drawn(lambda **i: claim.predict_control(CONTROL, **i), fine)
    error = measured.std(0) / len(measured) ** 0.5
    name = f"$\\alpha$ = {c.alpha:g}, S = {c.rate:g}" + (f", B = {c.B}" if c.B > 1 else "")
    return Series(name, x[kept] / c.v, measured.mean(0)[kept], error[kept], drawn(claim.predict, fine), wrong)


def draw(evidence: Any) -> Any:
    rows, cells = evidence.rows(needs[0]), evidence.cells(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.label_noise_density"), []
    for kind, label in (("density", "density of ln x"), ("left", "P(x < X)"), ("right", "P(x > X)")):
        found = [series(claim, c, data, kind) for c, data in cells]
        title, log = ("law", "x") if kind == "density" else (f"{kind} tail", "xy")
        panels.append(Panel(title, X, label, found, words(rows), (CONTROL,), log, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
