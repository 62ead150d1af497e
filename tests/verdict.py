"""A verdict for tests, with what a test does not care about filled in."""

from typing import Any

import numpy as np

from theorylab.lab.rows import Judged, JudgedControl


def judged(controls: dict[str, str] | None = None, **values: Any) -> Judged:
    """A `Judged`; `controls` maps names to outcomes, numbers become arrays."""
    usual = {
        "protocol": "bowl_variance", "claim": "bowl.variance", "cell": {"noise": "gaussian", "tier": "smoke"},
        "inputs": {}, "outcome": "agrees", "expected": "agrees", "predicted": 1.0, "measured": 1.0,
        "standard_error": 0.01, "n": 4096, "margin": 0.02, "record": "bowl_variance-smoke-0-1f3a9c2b", "tier": "smoke",
    }  # fmt: skip
    values = usual | values
    shape = np.shape(values["measured"])
    numbers = {
        name: np.broadcast_to(np.asarray(values[name], float), shape)
        for name in ("predicted", "measured", "standard_error", "margin")
    }
    twins = tuple(JudgedControl(name, outcome, np.zeros(shape)) for name, outcome in (controls or {}).items())
    return Judged(**(values | numbers | {"controls": twins}))  # type: ignore[arg-type]
