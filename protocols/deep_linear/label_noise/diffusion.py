"""Does the noise of SGD move a mode of a deep linear network most before it is learned?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.matrices.network import strengths, teacher
from models.deep_linear.matrices.noisy_labels import samples
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    depth: int = vary(2, 3)
    u0: float = vary(0.2, 0.5, 0.8)
    sigma: float = vary(0.05, 0.5)  # the second at the middle strength
    s: tuple[float, ...] = (1.0, 0.6)
    eta: float = 0.001
    inputs: int = 4
    hidden: int = 4
    outputs: int = 3
    noise: str = "label gaussian"


def cells(s):
    """Every depth and strength at the first label noise, one strength at the others; two modes at once."""
    first, middle = s.sigma[0], s.u0[len(s.u0) // 2]
    pairs = [(sigma, u0) for sigma in s.sigma for u0 in s.u0 if sigma == first or u0 == middle]
    return [{"depth": depth, "u0": u0, "sigma": sigma} for depth in s.depth for sigma, u0 in pairs]


simulate = Ensemble[Settings](
    model.sample,
    data=teacher,
    batch=samples,
    observe={"after": observe.final(strengths)},
)

protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test(
            "deep_linear.mode_diffusion",
            lambda data, c: measure.variance(data["after"].values - c.u0),
            inputs=lambda c: {"depth": c.depth, "eta": c.eta, "s": list(c.s), "x": c.u0, "sigma": c.sigma},
        )
    ],
    replicates=524288,
    chunk=16384,
    tiers={"standard": {"depth": vary(2, 3, 4), "u0": vary(0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0)}},
)

if __name__ == "__main__":
    main(__file__)
