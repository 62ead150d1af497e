"""`theorylab new PATH`: a fresh lab with one worked example, a claim of 20 lines and a protocol of 30."""

from __future__ import annotations

from pathlib import Path

from theorylab.errors import InputError

FILES = {
    "models/__init__.py": '"""One room per model."""\n',
    "protocols/__init__.py": '"""One question per file."""\n',
    "figures/__init__.py": '"""One figure per file."""\n',
    "models/bowl/__init__.py": '"""A quadratic bowl."""\n',
    "models/bowl/claims/__init__.py": '"""Claims about the bowl."""\n',
    "models/bowl/claims/variance.py": '''"""How far SGD spreads around the minimum of a bowl."""

import sympy as sp

from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import differentiate, expect, gaussian, solve
from theorylab.theory.symbols import eta, lam, sigma

theta, zeta, V = sp.symbols("theta zeta V", real=True)


def derive():
    """One step must leave the second moment unchanged."""
    slope = yield differentiate("the gradient of the loss", lam * theta**2 / 2, theta)
    moment = yield expect(
        "the second moment after one step, over the noise and over theta with second moment V",
        (theta - eta * (slope + zeta)) ** 2,
        {zeta: gaussian(sigma), theta: gaussian(sp.sqrt(V))},
    )
    yield solve("stationarity", sp.Eq(V, moment), V)


variance = Claim(
    id="bowl.variance",
    statement="White Gaussian gradient noise keeps SGD on a bowl at this variance, at any learning rate.",
    inputs=(eta, lam, sigma),
    domain=eta * lam < 2,
    derivation=derive,
    exactness=exact(),
    source="one-step second moment",
    noises=("gaussian",),
    controls=(Control("sde", eta * sigma**2 / (2 * lam), "the value of the stochastic differential equation"),),
)
''',
    "protocols/bowl/variance.py": '''"""How far does SGD spread around the minimum of a bowl?"""

from dataclasses import dataclass

import optax

from theorylab import Ensemble, Protocol, Test, main, measure, noise, observe, vary


@dataclass(frozen=True)
class Settings:
    eta: float = vary(0.2, 1.0)  # one cell each
    lam: float = 1.0
    sigma: float = 0.5
    noise: str = "gaussian"


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        loss=lambda p, c: 0.5 * c.lam * p["theta"] ** 2,
        init=lambda draw, c: {"theta": 0.0 * draw.normal(())},
        noise=noise.named,
        rule=lambda c: optax.sgd(c.eta),
        observe={"square": observe.mean(lambda p, c: p["theta"] ** 2)},
        burn=100,
        every=2,
        snapshots=64,
    ),
    tests=[Test("bowl.variance", lambda data, c: measure.mean(data["square"]))],
    replicates=32768,
    chunk=4096,
    tiers={"full": {"eta": vary(0.05, 0.2, 1.0, 1.5)}},
)

if __name__ == "__main__":
    main(__file__)
''',
    "figures/bowl/variance.py": '''"""Variance against learning rate: prediction, data, rejected control."""

from theorylab.drawing import picture

needs = ("bowl_variance",)


def draw(evidence):
    """A pure function of records."""
    return picture(evidence, needs[0], {"claim": "bowl.variance", "x": "eta"})
''',
    ".gitignore": "records/\nreport/\nfigures/out/\n__pycache__/\n",
}


def create(path: Path) -> None:
    """Write the files; refuses a folder that holds anything."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"new {path}: the folder exists and is not empty")
    try:
        for name, text in FILES.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    except OSError as error:
        raise InputError(f"new {path}: {error.strerror}") from error
