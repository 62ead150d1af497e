"""Grokking of a linear student: losses and accuracies along training, for three ratios d/N."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

needs = ("linear_estimator_losses",)
TRAIN, TEST = "tab:blue", "tab:red"


def _curve(cells: list, ratio: float, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, means and standard errors of a curve, each stretch of time from the run with the smallest steps."""
    rows, reached = [], 0.0
    for c, data in sorted((pair for pair in cells if pair[0].ratio == ratio), key=lambda pair: pair[0].s):
        values = data[name].values
        times = c.s * np.arange(1, values.shape[1] + 1) / values.shape[1]
        late = times > reached
        errors = values.std(axis=0, ddof=1) / len(values) ** 0.5
        rows.append(np.stack([times, values.mean(axis=0), errors])[:, late])
        reached = c.s
    return tuple(np.concatenate(rows, axis=1))


def draw(evidence: Any) -> Figure | None:
    """Losses above, accuracies below; points are trained networks, lines the claims, dashes a rejected control."""
    cells = evidence.cells(needs[0])
    claims = {
        name: evidence.lab.claim(f"linear_estimator.{name}") for name in ("train_loss", "test_loss", "test_accuracy")
    }
    rows, stored = evidence.rows(needs[0]), evidence.stored(needs[0])
    ratios = sorted({c.ratio for c, _ in cells})
    s = np.geomspace(0.1, max(c.s for c, _ in cells), 40)
    figure = Figure(figsize=(3.4 * len(ratios) + 0.6, 6.2), layout="constrained")
    axes = figure.subplots(2, len(ratios), sharex=True, sharey="row", squeeze=False)
    for column, ratio in zip(axes.T, ratios, strict=True):
        threshold = cells[0][0].threshold
        inputs = {"ratio": ratio, "s": s}
        for name, colour in (("train_loss", TRAIN), ("test_loss", TEST)):
            column[0].plot(
                s, claims[name].predict(**inputs), color=colour, lw=1.2, label=f"{name.replace('_', ' ')}: claim"
            )
            _points(column[0], _curve(cells, ratio, name), colour)
        slow = claims["test_loss"].predict_control("rate 2 eta", **inputs)
        column[0].plot(s, slow, "--", color=TEST, lw=1, alpha=0.7, label="control: rate 2 eta")
        inputs["threshold"] = threshold
        column[1].plot(s, claims["test_accuracy"].predict(**inputs), color=TEST, lw=1.2, label="test accuracy: claim")
        control = claims["test_accuracy"].predict_control("train loss", **inputs)
        column[1].plot(s, control, "--", color=TEST, lw=1, alpha=0.7, label="control: from the train loss")
        _points(column[1], _curve(cells, ratio, "test_accuracy"), TEST)
        _points(column[1], _curve(cells, ratio, "train_accuracy"), TRAIN, label="train accuracy, measured")
        words = sorted({r.outcome for r in rows if abs(r.inputs["ratio"] - ratio) < 1e-9})
        column[0].set_title(f"d/N = {ratio:g}: {', '.join(words)}", fontsize=10)
        column[0].set(xscale="log", yscale="log", ylim=(1e-4, 1.5))
        column[1].set(xlabel="s = 4 eta steps", xlim=(0.1, None), ylim=(0, 1.05))
    axes[0, 0].set_ylabel("loss")
    axes[1, 0].set_ylabel(f"accuracy, |error| < sqrt({cells[0][0].threshold:g})")
    axes[0, 0].legend(fontsize=7, frameon=False)
    axes[1, 0].legend(fontsize=7, frameon=False)
    figure.suptitle(f"A linear student groks without noise   (record {stored.id}, points: networks)", fontsize=9)
    return figure


def _points(axis: Any, curve: Any, colour: str, label: str | None = None) -> None:
    axis.errorbar(*curve[:2], yerr=2 * curve[2], fmt=".", ms=3.5, lw=0.8, color=colour, label=label)
