"""Do heavy tails favour degenerate minima? Shares of ends by learning coefficient, under each noise at matched dose.

Doses are matched by quartiles, which every law has: of one step's noise ("step"), or of the fluctuation that it keeps
up along a direction of the curvature h ("fluctuation"), which is about the loss that the networks are seen at.
"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.matrices.zero_teacher import (
    degenerate,
    equal_fluctuation,
    gradient_noise,
    labels,
    loss,
    scale,
)
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.lab.protocol import changed
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str
    matched: str
    gamma: float
    twin_dose: float
    width: int = vary(2, 3, 6)  # of the networks without noise
    alpha: float = vary(1.5)  # of the stable noises
    dose: float = 1.0  # upper quartile of one step's gradient noise
    eta: float = 0.01
    steps: int = 1600
    label_dose: float = 4.0  # and of the label noise, with its own learning rate and steps: it works faster
    label_eta: float = 0.005
    label_steps: int = 480
    h: float = 2.0
    dtype: str = "float32"


def cells(s):
    """Without noise at each width; with noise at width 2, at the same quartile of a step, and of the fluctuation."""
    for width in s.width:
        yield {"width": width, "noise": "none", "matched": "step", "alpha": 2.0, "gamma": 0.0, "twin_dose": 0.0}
    labelled = {"eta": s.label_eta, "steps": s.label_steps}
    for law, dose, more in (
        ("gaussian", s.dose, {}),
        ("stable", s.dose, {}),
        ("differenced gaussian", s.dose, {}),
        ("label gaussian", s.label_dose, labelled),
        ("label stable", s.label_dose, labelled),
        ("label differenced", s.label_dose, labelled),
    ):
        for alpha in s.alpha if "stable" in law else (2.0,):
            doses = {"step": dose}
            if law in ("stable", "differenced gaussian"):
                doses["fluctuation"] = equal_fluctuation(law, alpha, dose, s.eta, s.h)
            for matched, own in doses.items():
                row = {"width": 2, "noise": law, "matched": matched, "alpha": alpha, "gamma": scale(law, alpha, own)}
                yield row | more | {"twin_dose": dose}


ensemble = Ensemble[Settings](
    model.zero,
    batch=labels,
    noise=gradient_noise,
    observe={
        "degenerate": observe.trace(degenerate),
        "loss": observe.final(lambda params, c: loss(params, c, 0.0)),
    },
    every=lambda c: c.steps // 8,
    snapshots=8,
)


def simulate(c: Settings, seed, start, count):
    """The networks of a cell; under stable noise also the same networks under Gaussian noise of the same dose."""
    found = ensemble(c, seed, start, count)
    if "stable" in c.noise:
        law = c.noise.replace("stable", "gaussian")
        twin = {"noise": law, "alpha": 2.0, "gamma": scale(law, 2.0, c.twin_dose)}
        found["twin"] = ensemble(changed(c, **twin), seed, start, count)["degenerate"]
    return found


def share(data, c: Settings):
    """The share among the networks that the noise has not thrown out."""
    return measure.proportion(data["degenerate"].values[:, -1])


def excess(data, c: Settings):
    """The share less that of the twins under Gaussian noise."""
    return measure.mean(data["degenerate"].values[:, -1].astype(float) - data["twin"].values[:, -1])


indifferent = lambda c: c.noise in ("gaussian", "label stable")
protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test("deep_linear.degenerate_share", share, when=lambda c: not (indifferent(c) or "stable" in c.noise)),
        Test("deep_linear.indifferent_noise", share, when=indifferent, diverged=1.0),
        Test("deep_linear.tail_blind_share", excess, when=lambda c: "stable" in c.noise, diverged=1.0),
    ],
    replicates=16384,
    chunk=4096,
    tiers={"standard": {"alpha": vary(1.5, 1.3), "steps": 3200, "label_steps": 960, "replicates": 65536}},
)

if __name__ == "__main__":
    main(__file__)
