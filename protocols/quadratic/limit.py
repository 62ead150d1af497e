"""Is the stochastic differential equation right about SGD's variance as the learning rate goes to zero?"""

from dataclasses import dataclass

from models.quadratic.model import relaxed, scalar, spaced
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, vary
from theorylab.lab.protocol import changed
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    eta: float = vary(0.2, 0.3)  # the largest of three: eta, eta/2, eta/4
    lam: float = 1.0
    sigma: float = 0.5
    noise: str = "gaussian"
    dtype: str = "float32"


sgd = Ensemble[Settings](
    scalar,
    observe={"square": observe.mean(lambda p, c: p["theta"] ** 2)},
    burn=relaxed,
    every=spaced,
    snapshots=128,
)


def simulate(c: Settings, seed, start, count):
    """Variance per unit of learning rate at eta, eta/2 and eta/4, each with its own noise."""
    steps = {"coarse": (c.eta, 0), "middle": (c.eta / 2, 1), "fine": (c.eta / 4, 2)}
    cells = {k: (changed(c, eta=eta), (seed + j * 2**62) % 2**64) for k, (eta, j) in steps.items()}
    return {k: sgd(cell, own, start, count)["square"] / cell.eta for k, (cell, own) in cells.items()}


def extrapolated(data, c: Settings):
    """Richardson's limit, refused where the measured order of the error is not 1 within a quarter."""
    low, high = measure.order(data["coarse"], data["middle"], data["fine"]).interval(1e-3)
    gate = () if low < 1.25 and high > 0.75 else (f"the error's order is between {low:.2f} and {high:.2f}, not 1",)
    return measure.richardson(c.eta * data["middle"], c.eta * data["fine"], 1).gated(gate)


protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[Test("quadratic.sde_variance", extrapolated)],
    pictures=[
        Picture("quadratic.sde_variance", x="eta", title="limit at learning rate zero", y_label="extrapolated variance")
    ],
    replicates=131072,
    chunk=8192,
    tiers={"full": {"eta": vary(0.1, 0.2, 0.3)}},
)

if __name__ == "__main__":
    main(__file__)
