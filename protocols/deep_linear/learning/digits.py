"""Does a two-layer linear network learn the modes of real images, the whitened digits, when the theory says?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.matrices import digits, two_rates
from theorylab import Ensemble, Protocol, Test, main, noise, vary


@dataclass(frozen=True)
class Settings:
    noise: str = vary("none", "minibatch with")
    depth: int = 2
    inputs: int = 12
    hidden: int = 10
    outputs: int = 10
    modes: int = 9
    u0: float = 0.004
    eta: float = 0.2
    horizon: float = 24.0
    looks: int = 24
    n: int = 1797
    B: int = 32
    dtype: str = "float32"


common = {"data": digits.teacher, "rule": two_rates.halving, "observe": two_rates.curves,
          "clock": two_rates.clock}  # fmt: skip
descent = Ensemble[Settings](model.all_digits_twice, **common)
sgd = Ensemble[Settings](model.some_digits_twice, stream=lambda c: noise.minibatch(c.n, c.B, "with"), **common)


def simulate(c: Settings, seed, start, count):
    """Gradient descent on all images, or batches of them."""
    return (descent if c.noise == "none" else sgd)(c, seed, start, count)


def singular_values(c: Settings):
    return digits.modes(c.inputs, c.modes)[1]


def half_times(data, c: Settings):
    return two_rates.middle(two_rates.half_times_by_look(data, c, singular_values(c)), c)


JUDGED = slice(3, None, 4)  # looks at which the curves are judged
protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[
        Test(
            "deep_linear.mode_strength",
            lambda data, c: two_rates.middle(two_rates.strength(data, c)[:, JUDGED], c),
            inputs=lambda c: {"depth": 2, "s": singular_values(c), "u0": c.u0, "t": two_rates.times(c)[JUDGED, None]},
        ),
        Test(
            "deep_linear.learning_time",
            half_times,
            inputs=lambda c: {"depth": 2, "s": singular_values(c), "u0": c.u0, "u": singular_values(c) / 2},
        ),
    ],
    replicates=1024,
    chunk=64,
    tiers={"standard": {"replicates": 4096}, "full": {"inputs": 24, "replicates": 4096}},
)

if __name__ == "__main__":
    main(__file__)
