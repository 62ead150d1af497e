"""What an ensemble is made of: its fields, checked when it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal

import optax

from theorylab import random
from theorylab.errors import InputError
from theorylab.train.clock import C, Clock
from theorylab.train.observe import Observer

VECTOR = 32  # lanes come in multiples of it: below, compiled square roots round otherwise
PRODUCTS = {"float32": "highest", "tf32": "tensorfloat32"}


@dataclass(frozen=True, eq=False)
class Spec(Generic[C]):
    """The fields of an `Ensemble`, described there."""

    loss: Callable[..., Any]
    init: Callable[[random.Draw, C], Any]
    rule: Callable[[C], optax.GradientTransformation]
    observe: Mapping[str, Observer]
    noise: Callable[[C], Any] | None = None
    units: Literal["gradient", "parameter"] = "gradient"
    burn: int | Callable[[C], int] = 0
    every: int | Callable[[C], int] = 1
    snapshots: int | Callable[[C], int] = 1
    clock: Clock[C] | None = None
    data: Callable[[random.Draw, C], Any] | None = None
    batch: Callable[[random.Draw, C], Any] | None = None
    stream: Callable[[C], Any] | None = None
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

    def steps(self, c: C) -> int:
        """Steps of one replicate in cell `c`."""
        burn, every, snapshots = self.lengths(c)
        return burn + every * snapshots

    def lengths(self, c: C) -> tuple[int, int, int]:
        """Steps before the first snapshot's spacing, steps between snapshots, number of snapshots in cell `c`."""
        if self.clock is not None:
            return self.clock.lengths(c)
        return whole(self.burn, c), whole(self.every, c), whole(self.snapshots, c)


def whole(value: Any, c: Any) -> int:
    """A number of steps, given as such or as a function of the cell."""
    number: Any = value(c) if callable(value) else value
    if not number >= 0 or number % 1 != 0:  # also NaN and infinity
        raise InputError(f"ensemble: a number of steps is {number!r}, not a whole number >= 0")
    return int(number)
