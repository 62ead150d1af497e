"""Noises by name, as the cells of a protocol and the verdicts call them: "gaussian", "differenced stable", ..."""

from __future__ import annotations

from typing import Any

from theorylab.errors import InputError, unknown
from theorylab.noise import long_memory
from theorylab.noise.colour import AR1, Differenced
from theorylab.noise.labels import Labels
from theorylab.noise.law import Gaussian, Stable
from theorylab.noise.minibatch import SCHEMES
from theorylab.noise.process import Noise
from theorylab.noise.shape import called

LAWS, COLOURS = ("gaussian", "stable"), ("differenced", "ar1", "fractional")
LABELS = ("label gaussian", "label stable", "label differenced", "label differenced stable")
NAMES = (
    "none",
    *LAWS,
    *(f"{colour} {law}" for colour in COLOURS for law in LAWS),
    *(f"minibatch {scheme}" for scheme in SCHEMES),
    *LABELS,
)


def named(c: Any, shape: str = "independent") -> Any:
    """The noise that `c.noise` names, with the cell's numbers; None for "none".

    The scale is that of the innovations, under every colour: alpha and gamma of a stable law, sigma of a Gaussian one
    or, in a cell without sigma, gamma of the stable law that it is at alpha = 2 (sigma = sqrt(2) gamma); an ar1 noise
    has rho, a fractional one H. `shape` is that of a stable law: "isotropic" has one law along every direction, as a
    Gaussian has. Names that begin with "label" are errors of labels, which a batch draws (`Labels`), Gaussian where no
    law is said: "label gaussian", "label stable", "label differenced", "label differenced stable".

    Raises:
        InputError: a word that is no law (last) or colour (before it), with the nearest one; a number that is missing.

    >>> from types import SimpleNamespace
    >>> named(SimpleNamespace(noise="differenced stable", alpha=1.5, gamma=0.1))
    differenced(stable(alpha=1.5, gamma=0.1))
    """
    if c.noise == "none":
        return None
    if c.noise.split()[:1] == ["label"]:
        if c.noise not in LABELS:
            raise unknown("noise", c.noise, LABELS)
        return Labels(_law(c, "stable" if c.noise.endswith("stable") else "gaussian"), "differenced" in c.noise)
    *colours, law = c.noise.split() or [""]
    if law not in LAWS:
        raise unknown("noise", law, (*LAWS, "none"))
    process = Noise(_law(c, law), called(shape if law == "stable" else "independent"))
    for colour in reversed(colours):
        match colour:
            case "differenced":
                process = process.then(Differenced())
            case "ar1":
                process = process.then(AR1(_number(c, "rho")))
            case "fractional":
                process = process.then(long_memory.fractional(_number(c, "H"), process.stability_index))
            case _:
                raise unknown("colour of noise", colour, COLOURS)
    return process


def label_noise(c: Any) -> Labels:
    """The noise of labels that `c.noise` names, for a batch to draw: see `named`.

    Raises:
        InputError: as `named`, and for a noise that is not one of labels.

    >>> from types import SimpleNamespace
    >>> label_noise(SimpleNamespace(noise="label stable", alpha=1.5, gamma=0.1)).name
    'label stable'
    """
    process = named(c)
    if process is None:
        return Labels(None)
    if not isinstance(process, Labels):
        raise InputError(f"noise: noise={c.noise!r} is not a noise of labels; known: none, {', '.join(LABELS)}")
    return process


def gain(name: str, alpha: float = 2.0) -> float:
    r"""The scale of one number of the noise called `name` over that of its innovations.

    .. math:: \|\psi\|_\alpha = \bigl(\textstyle\sum_j |\psi_j|^\alpha\bigr)^{1/\alpha}

    1 for white noise, 2^(1/alpha) for differenced; alpha counts under stable laws alone.

    Raises:
        InputError: a colour whose response has numbers of its own, or a name that is none.

    >>> print(f"{gain('differenced gaussian'):.4f}")
    1.4142
    """
    if name not in NAMES:
        raise unknown("noise", name, NAMES)
    if "ar1" in name or "fractional" in name:
        raise InputError(f"noise.gain: noise={name!r} is neither white nor differenced")
    return 2 ** (1 / (alpha if "stable" in name else 2.0)) if "differenced" in name else 1.0


def _law(c: Any, law: str) -> Gaussian | Stable:
    if law == "stable":
        return Stable(_number(c, "alpha"), _number(c, "gamma"))
    if hasattr(c, "sigma") or not hasattr(c, "gamma"):
        return Gaussian(_number(c, "sigma"))
    return Gaussian(2**0.5 * c.gamma)


def _number(c: Any, name: str) -> Any:
    if not hasattr(c, name):
        raise InputError(f"noise: noise={c.noise!r} needs {name}, which the cell does not have")
    return getattr(c, name)
