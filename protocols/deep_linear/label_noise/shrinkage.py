"""By how much does label noise shrink the singular values of a two-layer network, and does its shape matter?"""

from dataclasses import dataclass

import optax

from models.deep_linear.matrices.network import teacher
from models.deep_linear.matrices.noisy_labels import equilibrium, loss, samples, shifts
from theorylab import Ensemble, Protocol, Test, main, measure, noise
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    shape: tuple = ((4, 4), (8, 2))  # inputs, outputs
    eta: tuple = (0.002, 0.004)
    sigma: float = 2.0  # of one label
    hidden: int = 4
    s: tuple = (1.2, 0.9, 0.7, 0.5)  # of which a shape holds the first ones
    burn: float = 4.0
    horizon: float = 24.0
    every: int = 5
    replicates: int = 16384
    chunk: int = 512


def cells(s):
    """Each shape under Gaussian labels at each learning rate; the last one under differenced labels at the largest."""
    for inputs, outputs in s.shape:
        common = {"inputs": inputs, "outputs": outputs, "s": s.s[: min(inputs, outputs)]}
        yield from ({**common, "eta": eta, "noise": "label gaussian"} for eta in s.eta)
        if (inputs, outputs) == s.shape[-1]:
            name = "label differenced"
            yield {**common, "eta": max(s.eta), "noise": name, "sigma": s.sigma / noise.gain(name)}


simulate = Ensemble(
    loss=loss,
    data=teacher,
    init=equilibrium,
    batch=samples,
    rule=lambda c: optax.sgd(c.eta),
    observe={"shift": observe.mean(shifts)},
    burn=lambda c: round(c.burn / c.eta),
    every=lambda c: c.every,
    records=lambda c: round((c.horizon - c.burn) / c.eta / c.every),
)

protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=simulate,
    cells=lambda s: list(cells(s)),
    tests=[
        Test(
            "deep_linear.shrinkage",
            lambda data, c: measure.mean(data["shift"]),
            inputs=lambda c: {
                "eta": [c.eta] * len(c.s),
                "sigma": c.sigma * noise.gain(c.noise),
                "d_in": c.inputs,
                "d_out": c.outputs,
            },
        )
    ],
    tiers={"standard": {"shape": ((4, 4), (8, 2), (2, 8), (3, 6)), "eta": (0.001, 0.002, 0.004), "chunk": 2048}},
)

if __name__ == "__main__":
    main(__file__)
