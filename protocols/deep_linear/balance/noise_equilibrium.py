"""Does label noise balance two layers, or does it favour the one with the more inputs?"""

from dataclasses import dataclass

import optax

from models.deep_linear.matrices import labels
from models.deep_linear.matrices.network import generic, teacher
from theorylab import Ensemble, Protocol, Test, main, measure
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    shape: tuple = ((8, 2), (2, 6), (3, 3))  # inputs, outputs
    noise: tuple = ("label gaussian", "label differenced")
    hidden: int = 2
    depth: int = 2
    s: tuple = ((2.0, 1.5),)
    spread: float = 0.7
    eta: float = 0.004
    sigma: float = 2.4
    B: int = 1
    burn: float = 40.0
    horizon: float = 60.0
    replicates: int = 1024
    chunk: int = 64


def cells(settings):
    """Every shape under Gaussian noise, the first one under all noises."""
    for inputs, outputs in settings.shape:
        for noise in settings.noise if (inputs, outputs) == settings.shape[0] else settings.noise[:1]:
            yield {"inputs": inputs, "outputs": outputs, "noise": noise, "s": settings.s[0]}


def squares(layer):
    """Time average of the squared norm of a layer."""
    return observe.mean(lambda params, c: (params[layer] ** 2).sum((0, 1)))


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=Ensemble(
        loss=labels.loss,
        data=teacher,
        init=generic,
        batch=labels.batch,
        rule=lambda c: optax.sgd(c.eta),
        observe={layer: squares(layer) for layer in ("W1", "W2")},
        burn=lambda c: round(c.burn / c.eta),
        records=200,
        every=lambda c: round((c.horizon - c.burn) / c.eta / 200),
    ),
    cells=lambda s: list(cells(s)),
    tests=[
        Test(
            "deep_linear.noise_equilibrium",
            lambda data, c: measure.mean(data["W1"].values / data["W2"].values),
            inputs=lambda c: {"d_in": c.inputs, "d_out": c.outputs},
        )
    ],
    tiers={"standard": {"eta": 0.002, "sigma": 3.4, "shape": ((8, 2), (2, 8), (6, 3), (3, 3))}},
)

if __name__ == "__main__":
    main(__file__)
