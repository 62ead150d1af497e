"""A model: one loss, said twice. The symbolic one feeds derivations, the JAX one is trained; a test compares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from theorylab.errors import InputError

BATCH, DATA = "batch", "data"


@dataclass(frozen=True)
class Model:
    """A loss in symbols and in JAX.

    Args:
        name: the room it lives in.
        loss: `loss(params, c)` or `loss(params, c, batch)`: one value per lane; params are arrays (..., lanes).
        init: `init(draw, c)`: parameters of all lanes.
        symbolic: returns `(expression, symbols)`: the loss of a small instance, and the symbols that stand in it: for
            each parameter, for each number of `c`, for "batch" and for "data", what a replicate keeps at `c.data`. Each
            is an array of symbols (lists), or a dictionary or a tuple of such.
        example: numbers `c` of the small instance that `symbolic` describes, a batch of whole numbers among them; the
            contract test draws the rest.
        module: the flax module that holds the parameters of one network, where there is one.
        layout: "batched" where functions see one network, without the axis of lanes.
        no_twin: why there is no symbolic loss, in a line.

    Raises:
        InputError: neither `symbolic` nor `no_twin` is given, or both.
    """

    name: str
    loss: Callable[..., Any]
    init: Callable[[Any, Any], Any]
    symbolic: Callable[[], tuple[Any, Mapping[str, Any]]] | None = None
    example: Mapping[str, Any] = field(default_factory=dict)
    module: Any = None
    layout: Literal["lanes", "batched"] = "lanes"
    no_twin: str = ""

    def __post_init__(self) -> None:
        if (self.symbolic is None) == (not self.no_twin):
            raise InputError(f"model {self.name}: needs a symbolic loss, or no_twin: the reason why it has none")
