"""What an ensemble is made of: its fields, checked when it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import optax

from theorylab import random
from theorylab.errors import InputError
from theorylab.train.observe import Observer

VECTOR = 32  # lanes come in multiples of it: below, compiled square roots round otherwise
PRODUCTS = {"float32": "highest", "tf32": "tensorfloat32"}


@dataclass(frozen=True, eq=False)
class Spec:
    """The fields of an `Ensemble`, described there."""

    loss: Callable[..., Any]
    init: Callable[[random.Draw, Any], Any]
    rule: Callable[[Any], optax.GradientTransformation]
    observe: Mapping[str, Observer]
    noise: Callable[[Any], Any] | None = None
    units: Literal["gradient", "parameter"] = "gradient"
    burn: int | Callable[[Any], int] = 0
    every: int | Callable[[Any], int] = 1
    records: int | Callable[[Any], int] = 1
    data: Callable[[random.Draw, Any], Any] | None = None
    batch: Callable[[random.Draw, Any], Any] | None = None
    stream: Callable[[Any], Any] | None = None
    layout: Literal["lanes", "batched"] = "lanes"
    dtype: Literal["float32", "float64"] = "float32"
    products: Literal["float32", "tf32"] = "float32"
    block: int | None = None
    programs: dict[Any, Any] = field(default_factory=dict, repr=False)  # compiled, by what is static

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("units", self.units, ("gradient", "parameter")),
            ("layout", self.layout, ("lanes", "batched")),
            ("dtype", self.dtype, ("float32", "float64")),
            ("products", self.products, tuple(PRODUCTS)),
        ):
            if value not in allowed:
                raise InputError(f"ensemble: {name}={value!r} is not one of {', '.join(allowed)}")
        if self.block is not None and (self.block < VECTOR or self.block % VECTOR):
            raise InputError(f"ensemble: block={self.block} is not a multiple of {VECTOR}")

    def steps(self, c: Any) -> int:
        """Steps of one replicate in cell `c`."""
        burn, every, records = (whole(v, c) for v in (self.burn, self.every, self.records))
        return burn + every * records


def whole(value: Any, c: Any) -> int:
    """A number of steps, given as such or as a function of the cell."""
    number: Any = value(c) if callable(value) else value
    if not number >= 0 or number % 1 != 0:  # also NaN and infinity
        raise InputError(f"ensemble: a number of steps is {number!r}, not a whole number >= 0")
    return int(number)
