"""Does the Hessian of a trained deep linear network have the predicted eigenvalues, after training under any noise?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.matrices.minima import curvatures, misfit
from models.deep_linear.matrices.network import teacher
from theorylab import Ensemble, Protocol, Test, main, measure, noise, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str = vary("none", "gaussian", "stable", "differenced gaussian")
    depth: int = vary(2, 3, 4)
    noisy: tuple[int, ...] = (3,)  # depths that are also trained under the noises
    s: tuple[float, ...] = (2.0, 0.9)
    u0: float = 0.3
    eta: float = 0.03
    noise_steps: int = 400  # steps with noise; the rest brings the network to a minimum
    steps: int = 1200
    sigma: float = 0.005
    alpha: float = 1.5
    gamma: float = 0.001
    inputs: int = 4
    hidden: int = 4
    outputs: int = 3


def cells(settings):
    """All depths without noise, some under each noise."""
    pairs = [(kind, depth) for kind in settings.noise for depth in settings.depth]
    kept = [(kind, depth) for kind, depth in pairs if kind == "none" or depth in settings.noisy]
    return [{"noise": kind, "depth": depth} for kind, depth in kept]


def quieted(c: Settings):
    """The named noise, switched off after `noise_steps`."""
    base = noise.named(c)
    return base and noise.annealed(base, lambda k: (k < c.noise_steps) * 1.0)


def spectrum(data, c: Settings):
    """Eigenvalues of the median network (the only one, without noise), as many as are predicted to be there."""
    kept = data["curvatures"].values[:, : len(c.s) * (c.inputs + c.outputs - len(c.s))]
    found = measure.mean(kept, deterministic=True) if c.noise == "none" else measure.quantile(kept, 0.5)
    far = float(data["misfit"].values.max())
    return found.gated(*([f"not at a minimum: misfit {far:.1e}"] if far > 1e-4 else []))


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.taught,
        data=teacher,
        noise=quieted,
        observe={"curvatures": observe.final(curvatures), "misfit": observe.final(misfit)},
        dtype="float64",
        every=lambda c: c.steps,
    ),
    cells=cells,
    tests=[
        Test(
            "deep_linear.hessian_spectrum",
            spectrum,
            inputs=lambda c: {
                "depth": c.depth,
                "singular_values": np.array(c.s),
                "d_out": c.outputs,
                "d_in": c.inputs,
            },
        )
    ],
    replicates=512,
    chunk=64,
    tiers={"standard": {"depth": vary(2, 3, 4, 5), "noisy": (2, 3, 4), "replicates": 2048}},
)

if __name__ == "__main__":
    main(__file__)
