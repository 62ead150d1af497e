"""Learning coefficients and multiplicities from exact chains, against theory, and the excess of Langevin chains."""

from typing import Any

import numpy as np

from theorylab.drawing import COLOURS, PAGE, measured, style, words
from theorylab.drawing.style import GREY, MARGIN

needs = ("deep_linear_learning_coefficient",)
CLAIMS = {"coefficient": "learning_coefficient", "loss": "tempered_loss", "unrejected": "unrejected_langevin"}


def named(row: Any) -> str:
    """The shape of a network and the rank of its truth: 3-2-3, r = 1."""
    return "-".join(str(int(w)) for w in row.inputs["widths"]) + f", r = {row.inputs['rank']}"


def identity(axes: Any, rows: list, component: int, title: str, name: str, controls: dict[str, Any], log: bool) -> None:
    """Estimates of one component over its exact value, with the controls on the same abscissa."""
    exact = np.array([np.ravel(r.predicted)[component] for r in rows])
    value, error = (part[:, component] for part in measured(rows))
    ends = np.array([exact.min() / 1.25, exact.max() * 1.25]) if log else np.array([0.5, exact.max() + 0.6])
    axes.plot(ends, ends, color="black", lw=1, label="exact")
    axes.errorbar(exact, value, 3 * error, fmt="o", color=COLOURS[0], zorder=3, label="exact chains, 3 s.e.")
    for number, (control, wrong) in enumerate(controls.items()):
        lies = np.array([np.ravel([*wrong(r).values()])[component] for r in rows], float)
        axes.plot(exact, lies, "x+"[number], color=COLOURS[1], mew=1.1, label=f"control: {control}")
    if log:
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda x, _: f"{x:g}")
            axis.set_minor_formatter(lambda x, _: "")
        ticks = [t for t in (0.5, 1, 2, 5, 10) if ends[0] <= t <= 1.5 * ends[1]]
        axes.set_xticks(ticks)
        axes.set_yticks(ticks)
        axes.set_xlim(ends[0], 1.4 * ends[1])
    axes.set_xlabel(f"exact {name}")
    axes.set_ylabel(f"estimated {name}")
    axes.set_title(title)


def excess(axes: Any, rows: list) -> None:
    """beta <L> of Langevin chains over their step, raw and less the force's part."""
    own = [r for r in rows if r.cell["sampler"] != "gibbs" and named(r) == named(rows[-1])]
    exact = own[0].predicted
    axes.axhspan(*(exact + np.array([-1, 1]) * own[0].margin), color=MARGIN, lw=0)
    axes.axhline(exact, color="black", lw=1, label="exact, with the margin")
    kinds = {
        "no rejection, as it is": (CLAIMS["unrejected"], "sgld", "s", COLOURS[1]),
        "less $\\epsilon/8\\,|\\nabla U|^2$": (CLAIMS["loss"], "sgld", "D", COLOURS[2]),
        "Metropolis's rejection": (CLAIMS["loss"], "mala", "o", COLOURS[0]),
    }
    for label, (claim, sampler, marker, colour) in kinds.items():
        found = [r for r in own if r.claim.endswith(claim) and r.cell["sampler"] == sampler]
        x = [r.cell["step"] for r in found]
        y, e = measured(found)
        axes.errorbar(
            x,
            y,
            3 * e,
            fmt=marker,
            ms=3.2,
            mfc="white" if sampler == "mala" else colour,
            color=colour,
            label=label,
        )
    axes.set_xlim(0, 1.15 * max(r.cell["step"] for r in own))
    axes.set_xlabel("step $\\epsilon$ x largest curvature")
    axes.set_ylabel(r"$\beta\,\langle L\rangle$")
    axes.set_title(f"Langevin chains, {named(own[0])}")


def draw(evidence: Any) -> Any:
    from matplotlib.figure import Figure

    rows = evidence.rows(needs[0])
    claim = evidence.lab.claim("deep_linear.learning_coefficient")
    mine = [r for r in rows if r.claim == claim.id]
    wrong = {c.name: lambda r, name=c.name: claim.predict_control(name, **r.inputs) for c in claim.controls}
    with style():
        picture = Figure(figsize=(PAGE, 3.2), layout="constrained")
        left, middle, right = picture.subplots(1, 3)
        of_lambda = {"regular model": wrong["regular model"]}
        of_m = {"components": wrong["components"]}
        identity(left, mine, 0, "learning coefficient", r"$\lambda$", of_lambda, log=True)
        identity(middle, mine, 1, "multiplicity", "$m$", of_m, log=False)
        excess(right, [r for r in rows if r.claim != claim.id])
        for axes in (left, middle, right):
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1.09), borderaxespad=0, fontsize=6)
        for value in {float(np.ravel(r.predicted)[0]) for r in mine}:
            here = "\n".join(named(r) for r in mine if np.ravel(r.predicted)[0] == value)
            left.annotate(here, (value, value), (4, -4), textcoords="offset points", fontsize=4.5, va="top")
        said = "; ".join(f"{name}: {words([r for r in rows if r.claim.endswith(id)])}" for name, id in CLAIMS.items())
        picture.supxlabel(f"{said}; record {evidence.stored(needs[0]).id}", fontsize=5, color=GREY, x=0.99, ha="right")
    return picture
