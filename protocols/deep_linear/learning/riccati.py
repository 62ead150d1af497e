"""Does a matrix Riccati equation give the product of two layers of any shapes, from the rich to the lazy start?"""

from dataclasses import dataclass

from models.deep_linear.matrices import starts, two_rates
from models.deep_linear.matrices.network import product
from theorylab import Protocol, Test, main, vary


@dataclass(frozen=True)
class Settings:
    inputs: int
    hidden: int
    outputs: int
    balance: float
    start: str
    shape: tuple[tuple[int, int, int], ...] = ((4, 3, 5), (3, 5, 2), (5, 3, 2))  # inputs, hidden, outputs
    balances: tuple[tuple[float, ...], ...] = ((0.0, 0.5, 2.0, 8.0), (0.0,), (-1.0,))  # lambda, for each shape
    noise: str = vary("none", "gaussian", "stable", "differenced gaussian")
    s: tuple[float, ...] = (2.0, 1.2, 0.6)
    noisy: float = 0.5  # imbalance of the starts under noise and of the one off balance
    size: float = 0.15
    far: float = 0.6  # size of the start off balance
    eta: float = 0.005
    horizon: float = 4.0
    looks: int = 8
    sigma: float = 0.1
    alpha: float = 1.5
    gamma: float = 0.01


def cells(settings):
    """Every shape with its imbalances; one imbalance of the first shape under each noise; one start off balance."""
    base = {"noise": "none", "start": "balanced"}
    for (inputs, hidden, outputs), several in zip(settings.shape, settings.balances, strict=True):
        s = settings.s[: min(inputs, hidden, outputs)]
        size = {"inputs": inputs, "hidden": hidden, "outputs": outputs, "s": s}
        for balance in several:
            starts.possible(inputs, hidden, outputs, balance)
            yield base | size | {"balance": balance}
        if (inputs, hidden, outputs) == settings.shape[0]:
            yield from (base | size | {"balance": settings.noisy, "noise": n} for n in settings.noise if n != "none")
            yield base | size | {"balance": settings.noisy, "start": "generic", "size": settings.far}


def inputs(c: Settings):
    """The start, the target and the times of the looks that are judged."""
    first, second = (starts.generic if c.start == "generic" else starts.pair)(c)
    return {"W1": first, "W2": second, "S": starts.target(c), "t": two_rates.times(c)[1::2].tolist()}


def middle(data, c: Settings):
    return two_rates.middle(two_rates.strength(data, c)[:, 1::2], c)


protocol = Protocol(
    Settings,
    simulate=two_rates.ensemble(starts.start, starts.teacher, two_rates.traced(lambda params, c: product(params))),
    cells=cells,
    tests=[
        Test("deep_linear.riccati", middle, inputs=inputs, when=lambda c: c.start == "balanced"),
        Test("deep_linear.riccati_generic", middle, inputs=inputs, when=lambda c: c.start == "generic"),
    ],
    replicates=2048,
    chunk=64,
    tiers={
        "standard": {
            "shape": ((4, 3, 5), (3, 5, 2), (5, 3, 2), (3, 2, 6), (6, 5, 5)),
            "balances": ((0.0, 0.1, 0.5, 2.0, 8.0), (0.0,), (-1.0, -4.0), (0.2,), (0.0, -0.5)),
        }
    },
)

if __name__ == "__main__":
    main(__file__)
