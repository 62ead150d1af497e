"""A model: one loss, said twice. The symbolic one feeds derivations, the JAX one is trained; a test compares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Model:
    """A loss in symbols and in JAX.

    Args:
        name: the room it lives in.
        loss: `loss(params, c)`: one value per lane; params are arrays (..., lanes).
        init: `init(draw, c)`: parameters of all lanes.
        symbolic: returns `(expression, symbols)`: the loss of a small instance and, for each parameter and each number
            of `c`, the array of sympy symbols that stands for it; None where no finite expression exists.
        example: numbers `c` of the small instance that `symbolic` describes; the contract test draws the rest.
        module: the flax module that holds the parameters of one network, where there is one.
    """

    name: str
    loss: Callable[..., Any]
    init: Callable[[Any, Any], Any]
    symbolic: Callable[[], tuple[Any, Mapping[str, Any]]] | None = None
    example: Mapping[str, Any] = field(default_factory=dict)
    module: Any = None
