"""Where does label noise, Gaussian or stable, hold the product of two factors, and how does it scale with eta and B?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.scalars.network import flow_average, labels, thrown
from models.deep_linear.scalars.survivors import mean_of_survivors, scale_of_shift, survivors_miss
from theorylab import Ensemble, Protocol, Test, main, noise, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    gamma: float
    noise: str
    alpha: float = vary(2.0, 1.8, 1.5, 1.3)
    eta: float = vary(0.001, 0.004)
    B: int = vary(1, 4)
    shift: float = 0.3  # of the mean, at the largest eta and B = 1: sets gamma for each alpha
    v: float = 1.0
    tilt: float = 0.05
    burn: float = 6.0
    horizon: float = 18.0
    reach: float = 2.0  # eta*abs(product - v) from where gradient descent does not return


def cells(s):
    """Each alpha at each eta; larger batches and differenced labels at the largest.

    Half of eta is taken where the survivors' own mean is off by more than half the margin of a tenth of the shift.
    """
    for alpha in s.alpha:
        top = max(s.eta)
        law = "gaussian" if alpha == 2 else "stable"
        common = {"alpha": alpha, "gamma": scale_of_shift(s.shift, alpha, top), "noise": f"label {law}"}
        yield from ({**common, "eta": eta, "B": 1} for eta in sorted({fine(alpha, eta, s.v) for eta in s.eta}))
        some = [B for B in s.B if B != 1 and alpha in (2.0, 1.5)]
        yield from ({**common, "eta": fine(alpha, top, s.v), "B": B} for B in some)
        if alpha == 2:
            name = "label differenced"
            yield {**common, "eta": top, "B": 1, "gamma": common["gamma"] / noise.gain(name), "noise": name}


def fine(alpha, eta, v):
    return eta if survivors_miss(alpha, eta, v) < 0.05 else fine(alpha, eta / 2, v)


simulate = Ensemble[Settings](
    model.noisy,
    batch=labels,
    observe={"mean": observe.mean(flow_average), "lost": observe.first(thrown)},
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, snapshots=1000),
)


def inputs(c: Settings):
    """The law counts a label with its own scale, not with that of its innovations."""
    return {"v": c.v, "eta": c.eta, "B": c.B, "gamma": c.gamma * noise.gain(c.noise, c.alpha), "alpha": c.alpha}


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        # the law is the survivors'
        Test("deep_linear.label_noise_mean", mean_of_survivors, inputs=inputs, diverged=1.0),
    ],
    replicates=16384,
    chunk=1024,
    tiers={"standard": {"eta": vary(0.0005, 0.001, 0.002, 0.004), "B": vary(1, 2, 4, 16), "replicates": 65536}},
)

if __name__ == "__main__":
    main(__file__)
