"""What an ensemble is made of: its fields, checked when it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal

import optax

from theorylab import noise, random
from theorylab.errors import InputError
from theorylab.train.clock import C, Clock
from theorylab.train.model import Model
from theorylab.train.observe import Observer

VECTOR = 32  # lanes come in multiples of it: below, compiled square roots round otherwise
PRODUCTS = {"float32": "highest", "tf32": "tensorfloat32"}


def of_model(*_: Any) -> Any:
    """Stands for the function of the ensemble's model."""
    raise InputError("ensemble: needs a model, or loss and init")


def descent(c: Any) -> optax.GradientTransformation:
    """Gradient descent at the cell's learning rate."""
    return optax.sgd(c.eta)


def by_name(c: Any) -> Any:
    """The noise that the cell names; none where it names none."""
    return noise.named(c) if hasattr(c, "noise") else None


@dataclass(frozen=True, eq=False)
class Spec(Generic[C]):
    """The fields of an `Ensemble`, described there."""

    model: Model | None = None
    loss: Callable[..., Any] = of_model
    init: Callable[[random.Draw, C], Any] = of_model
    rule: Callable[[C], optax.GradientTransformation] = descent
    observe: Mapping[str, Observer] = field(default_factory=dict)
    noise: Callable[[C], Any] | None = by_name
    units: Literal["gradient", "parameter"] = "gradient"
    burn: int | Callable[[C], int] = 0
    every: int | Callable[[C], int] = 1
    snapshots: int | Callable[[C], int] = 1
    clock: Clock[C] | None = None
    data: Callable[[random.Draw, C], Any] | None = None
    batch: Callable[[random.Draw, C], Any] | None = None
    stream: Callable[[C], Any] | None = None
    layout: Literal["lanes", "batched"] | None = None  # the model's, or lanes
    dtype: Literal["float32", "float64"] = "float32"
    products: Literal["float32", "tf32"] = "float32"
    block: int | None = None
    programs: dict[Any, Any] = field(default_factory=dict, repr=False)  # compiled, by what is static

    def __post_init__(self) -> None:
        for name, default in (("loss", of_model), ("init", of_model), ("layout", "lanes")):
            if getattr(self, name) in (of_model, None):
                object.__setattr__(self, name, getattr(self.model, name, default))
        if of_model in (self.loss, self.init):
            raise InputError("ensemble: needs a model, or loss and init")
        if self.noise is by_name and (self.batch or self.stream):
            object.__setattr__(self, "noise", None)  # the name is that of the batch's noise
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
