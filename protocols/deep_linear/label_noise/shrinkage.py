"""By how much does label noise shrink the singular values of a two-layer network, and does its shape matter?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.matrices.network import teacher
from models.deep_linear.matrices.noisy_labels import samples, shifts
from theorylab import Ensemble, Protocol, Test, main, measure, noise, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    inputs: int
    outputs: int
    noise: str
    shape: tuple[tuple[int, int], ...] = ((4, 4), (8, 2))  # inputs, outputs
    eta: float = vary(0.002, 0.004)
    sigma: float = 2.0  # of one label
    hidden: int = 4
    s: tuple[float, ...] = (1.2, 0.9, 0.7, 0.5)  # of which a shape holds the first ones
    burn: float = 4.0
    horizon: float = 24.0
    every: int = 5


def cells(s):
    """Each shape under Gaussian labels at each learning rate; the last one under differenced labels at the largest."""
    for inputs, outputs in s.shape:
        common = {"inputs": inputs, "outputs": outputs, "s": s.s[: min(inputs, outputs)]}
        yield from ({**common, "eta": eta, "noise": "label gaussian"} for eta in s.eta)
        if (inputs, outputs) == s.shape[-1]:
            name = "label differenced"
            yield {**common, "eta": max(s.eta), "noise": name, "sigma": s.sigma / noise.gain(name)}


simulate = Ensemble[Settings](
    model.with_linear_twin,
    data=teacher,
    batch=samples,
    observe={"shift": observe.mean(shifts)},
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, every=lambda c: c.every),
)

protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
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
    replicates=16384,
    chunk=512,
    tiers={"standard": {"shape": ((4, 4), (8, 2), (2, 8), (3, 6)), "eta": vary(0.001, 0.002, 0.004), "chunk": 2048}},
)

if __name__ == "__main__":
    main(__file__)
