"""Does label noise balance two layers, or does it favour the one with the more inputs?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.matrices import labels
from models.deep_linear.matrices.network import teacher
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    inputs: int
    outputs: int
    shape: tuple[tuple[int, int], ...] = ((8, 2), (2, 6), (3, 3))  # inputs, outputs
    noise: str = vary("label gaussian", "label differenced")
    hidden: int = 2
    depth: int = 2
    s: tuple[float, ...] = vary((2.0, 1.5))
    spread: float = 0.7
    eta: float = 0.004
    sigma: float = 2.4
    B: int = 1
    burn: float = 40.0
    horizon: float = 60.0


def cells(settings):
    """Every shape under Gaussian noise, the first one under all noises."""
    for inputs, outputs in settings.shape:
        for noise in settings.noise if (inputs, outputs) == settings.shape[0] else settings.noise[:1]:
            for s in settings.s:
                yield {"inputs": inputs, "outputs": outputs, "noise": noise, "s": s}


def squares(layer):
    """Time average of the squared norm of a layer."""
    return observe.mean(lambda params, c: (params[layer] ** 2).sum((0, 1)))


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.batches,
        data=teacher,
        batch=labels.batch,
        observe={layer: squares(layer) for layer in ("W1", "W2")},
        clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, snapshots=200),
    ),
    cells=cells,
    tests=[
        Test(
            "deep_linear.noise_equilibrium",
            lambda data, c: measure.mean(data["W1"].values / data["W2"].values),
            inputs=lambda c: {"d_in": c.inputs, "d_out": c.outputs},
        )
    ],
    replicates=1024,
    chunk=64,
    tiers={"standard": {"eta": 0.002, "sigma": 3.4, "shape": ((8, 2), (2, 8), (6, 3), (3, 3))}},
)

if __name__ == "__main__":
    main(__file__)
