"""Beyond the edge of stability: gradient descent on two balanced factors alternates, doubles and becomes chaotic."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from theorylab.drawing import words
from theorylab.drawing.style import COLOURS, GREY, INK, PAGE

needs = ("deep_linear_edge",)


def below(axis: Any, columns: int) -> None:
    """The legend, under the axis."""
    axis.legend(
        fontsize=6, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=columns, handlelength=2.4
    )


def diagram(axis: Any, lab: Any, cells: list, rows: list) -> None:
    """The products that networks come to, at each learning rate, and the predicted cycle and largest product."""
    v, last = cells[0][0].v, 5**0.5 - 1
    for c, data in cells:
        seen = np.unique(data["product"].values[:24, -32:].round(3))
        axis.plot(np.full(len(seen), c.eta * c.v), seen, ".", ms=1.6, color=COLOURS[0], rasterized=True)
    cycle, reach = lab.claim("deep_linear.edge_cycle"), lab.claim("deep_linear.edge_reach")
    inside, beyond = np.linspace(1.0005, last - 1e-6, 80), np.linspace(last + 1e-6, 2, 80)
    for side in (0, 1):
        both = [cycle.predict(eta=a / v, v=v)[side] for a in inside]
        axis.plot(inside, both, color=INK, lw=1.2, label="cycle of two steps" if side else None)
        wrong = [cycle.predict_control("leading order", eta=a / v, v=v)[side] for a in inside]
        axis.plot(inside, wrong, "--", color=GREY, lw=0.9, label="rejected: leading order" if side else None)
    axis.plot(
        beyond, [reach.predict(eta=a / v, v=v) for a in beyond], color=COLOURS[1], lw=1.2, label="largest product"
    )
    axis.plot(
        beyond, [reach.predict_control("cycle of two", eta=a / v, v=v) for a in beyond], ":", color=GREY, lw=0.9,
        label="rejected: cycle of two",
    )  # fmt: skip
    axis.plot([0.97, 2], [v, v], "-.", color=GREY, lw=0.9, label="rejected: minimum")
    axis.set(xlabel="learning rate times target, $\\eta v$", ylabel="product [param$^2$]", ylim=(0, 2.15 * v))
    axis.set_title(f"gradient descent\n{words(rows)}", fontsize=8)
    below(axis, 2)


def shares(axis: Any, claim: Any, rows: list) -> None:
    """The law of the product where the dynamics is the tripling of an angle."""
    eta = rows[0].inputs["eta"]
    grid, x = np.linspace(1e-4, 4 / eta - 1e-4, 200), rows[0].inputs["x"]
    axis.plot(grid, claim.predict(eta=eta, x=grid), color=INK, lw=1.2, label="tripling of an angle")
    for name, dash in (("uniform product", "--"), ("uniform weight", ":")):
        wrong = [claim.predict_control(name, eta=eta, x=g) for g in grid]
        axis.plot(grid, wrong, dash, color=GREY, lw=0.9, label=f"rejected: {name}")
    error = 2 * np.asarray(rows[0].standard_error)
    axis.errorbar(x, rows[0].measured, yerr=error, fmt="o", ms=3.5, mfc="white", color=COLOURS[0], label="measured")
    axis.set(xlabel="product $x$ [param$^2$]", ylabel="share of steps below $x$", ylim=(0, 1))
    axis.set_title(f"chaos at $\\eta v$ = 2\n{words(rows)}", fontsize=8)
    below(axis, 1)


def multipliers(axis: Any, claim: Any, rows: list) -> None:
    """Autocorrelation on the cycle under Gaussian noise."""
    v = rows[0].inputs["v"]
    edge, grid = [r.inputs["eta"] * v for r in rows], np.linspace(1.0005, 5**0.5 - 1 - 1e-6, 60)
    axis.plot(grid, [claim.predict(eta=a / v, v=v) for a in grid], color=INK, lw=1.2, label="multiplier")
    for name, dash in (("minimum", "--"), ("one side", ":")):
        wrong = [claim.predict_control(name, eta=a / v, v=v) for a in grid]
        axis.plot(grid, wrong, dash, color=GREY, lw=0.9, label=f"rejected: {name}")
    error = [2 * r.standard_error for r in rows]
    value = [r.measured for r in rows]
    axis.errorbar(edge, value, yerr=error, fmt="o", ms=3.5, mfc="white", color=COLOURS[0], label="Gaussian noise")
    axis.set(xlabel="$\\eta v$", ylabel="autocorrelation, lag of two steps", ylim=(-1.1, 2.6))
    axis.set_title(f"small noise on the cycle\n{words(rows)}", fontsize=8)
    below(axis, 1)


def draw(evidence: Any) -> Any:
    cells, rows, lab = evidence.cells(needs[0]), evidence.rows(needs[0]), evidence.lab
    of = lambda *names: [r for r in rows if r.claim.removeprefix("deep_linear.edge_") in names]
    figure = Figure(figsize=(PAGE, 3.2), layout="constrained")
    axes = figure.subplots(1, 3, width_ratios=(1.8, 1, 1))
    bare = [(c, data) for c, data in cells if c.noise == "none"]
    diagram(axes[0], lab, bare, [r for r in of("cycle", "reach") if r.cell["noise"] == "none"])
    multipliers(axes[1], lab.claim("deep_linear.edge_multiplier"), of("multiplier"))
    shares(axes[2], lab.claim("deep_linear.edge_chaos"), of("chaos"))
    figure.supxlabel(f"record {evidence.stored(needs[0]).id}; bars are 2 standard errors", fontsize=5, color=GREY)
    return figure
