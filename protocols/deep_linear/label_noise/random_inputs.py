"""Where does heavy-tailed label noise hold the product of two factors when the inputs are random too?"""

from dataclasses import dataclass
from typing import Literal

from models.deep_linear import model
from models.deep_linear.scalars.network import flow_average, thrown
from models.deep_linear.scalars.random_inputs import examples
from models.deep_linear.scalars.starts import uneven
from models.deep_linear.scalars.survivors import mean_of_survivors, scale_of_shift, survivors_miss
from theorylab import Ensemble, Protocol, Test, main, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    gamma: float
    noise: str
    alpha: float = vary(2.0, 1.8, 1.5)
    eta: float = vary(0.001, 0.002)
    B: int = vary(1, 2)
    shift: float = 0.3  # of the mean for input 1, at the largest eta and B = 1: sets gamma for each alpha
    v: float = 1.0
    tilt: float = 0.05
    inputs: Literal["ones", "gaussian"] = "gaussian"
    burn: float = 8.0  # three times 4 shift/(v - shift)^2, the longest memory of the law at alpha = 2
    horizon: float = 20.0
    reach: float = 50.0  # of eta*abs(product - v): beyond about 2.4 a product grows on average, some return


def cells(s):
    """Each alpha at the largest eta that serves, one input a step; at alpha = 1.5 also smaller eta, and larger batches.

    An eta serves where the survivors' own mean is off by less than half the margin of a twentieth of the shift, as
    `survivors_miss` has it for input 1: random inputs add a thirtieth (alpha = 1.4) to a quarter (1.8) of it.
    """
    for alpha in s.alpha:
        noise = "label gaussian" if alpha == 2 else "label stable"
        common = {"alpha": alpha, "gamma": scale_of_shift(s.shift, alpha, max(s.eta)), "noise": noise}
        serving = sorted(eta for eta in s.eta if survivors_miss(alpha, eta, s.v) < 0.025)
        yield from ({**common, "eta": eta, "B": 1} for eta in (serving if alpha == 1.5 else serving[-1:]))
        yield from ({**common, "eta": max(serving), "B": B} for B in s.B if B != 1 and alpha == 1.5)


simulate = Ensemble[Settings](
    model.on_random_inputs,
    init=uneven,
    batch=examples,
    observe={"mean": observe.mean(flow_average), "lost": observe.first(thrown)},
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, snapshots=1000),
)


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test(
            "deep_linear.random_input_mean",
            mean_of_survivors,
            inputs=lambda c: {"v": c.v, "eta": c.eta, "B": c.B, "gamma": c.gamma, "alpha": c.alpha},
            diverged=1.0,  # the law is the survivors'
        )
    ],
    replicates=65536,
    chunk=1024,
    tiers={"standard": {"alpha": vary(2.0, 1.8, 1.5, 1.4), "eta": vary(0.0005, 0.001), "B": vary(1, 2, 4)}},
)

if __name__ == "__main__":
    main(__file__)
