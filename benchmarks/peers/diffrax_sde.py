"""diffrax: W2 by Euler steps of a vmapped `diffeqsolve` on its fastest Brownian path, `UnsafeBrownianPath`."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import workloads as w

try:
    import diffrax
except ImportError:
    diffrax = None


def _paths(workload):
    paths, kick = workload.replicates // 8, workload.kick / w.DT**0.5

    @jax.jit
    def go(key):
        def path(key):
            brownian = diffrax.UnsafeBrownianPath((), key)
            terms = diffrax.MultiTerm(
                diffrax.ODETerm(lambda t, x, _: x - x**3), diffrax.ControlTerm(lambda t, x, _: kick, brownian)
            )
            found = diffrax.diffeqsolve(
                terms, diffrax.Euler(), 0.0, workload.steps * w.DT, w.DT, jnp.float32(-1), max_steps=workload.steps + 1,
                saveat=diffrax.SaveAt(t1=True), adjoint=diffrax.DirectAdjoint(),
                event=diffrax.Event(lambda t, x, *_, **__: x > 0),
            )  # fmt: skip
            return found.result == diffrax.RESULTS.event_occurred

        return jax.vmap(path)(jax.random.split(key, paths))

    return lambda seed: w.mean_of(np.asarray(go(jax.random.key(seed))), paths * workload.steps)


def contestants(workload: w.Workload) -> dict[str, w.Contestant]:
    """Empty where diffrax is not installed, and where it has no such noise."""
    if diffrax is None or workload.name != "W2 gaussian":
        return {}
    return {"diffrax": _paths(workload)}
