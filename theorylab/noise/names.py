"""Noises by name, as the cells of a protocol and the verdicts call them: "gaussian", "differenced stable", ..."""

from __future__ import annotations

from typing import Any

from theorylab.errors import unknown

LAWS, COLOURS = ("gaussian", "stable"), ("differenced", "ar1", "fractional")


def named(c: Any, shape: str = "independent") -> Any:
    """The noise that `c.noise` names, with the cell's numbers: sigma, or alpha and gamma; rho; H. None for "none".

    `shape` is that of a stable law: "isotropic" has one law along every direction, as a Gaussian has.

    Raises:
        InputError: a word that is no law (last) or colour (before it), with the nearest one.
    """
    from theorylab import noise

    if c.noise == "none":
        return None
    *colours, law = c.noise.split()
    if law not in LAWS:
        raise unknown("noise", law, (*LAWS, "none"))
    process = noise.gaussian(c.sigma) if law == "gaussian" else noise.stable(c.alpha, c.gamma, shape=shape)
    for colour in reversed(colours):
        match colour:
            case "differenced":
                process = noise.differenced(process)
            case "ar1":
                process = noise.ar1(process, c.rho)
            case "fractional":
                process = noise.fractional(process, c.H)
            case _:
                raise unknown("colour of noise", colour, COLOURS)
    return process
