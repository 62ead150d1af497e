r"""Thousands of small networks in one compiled program.

.. math:: \theta^{(r)}_{k+1} = \theta^{(r)}_k + U\bigl(\nabla L(\theta^{(r)}_k) + \xi^{(r)}_k\bigr),
          \qquad r = 0, \dots, R-1

Replicates r are lanes: every array ends in the replicate axis, a block of lanes stays in the processor's cache for the
whole run, and noise is drawn inside the loop from the address (seed, stream, replicate, step, element). A replicate
is therefore the same, bit for bit, whatever the chunk, the block, the number of devices or of replicates around it.
With `layout="batched"` the same program is written for one network and mapped over replicates: for models whose
matrices fill the processor, and for rules that reduce over all parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theorylab.train.chunk import run
from theorylab.train.spec import C, Spec


@dataclass(frozen=True, eq=False)
class Ensemble(Spec[C]):
    """What is trained, under which noise, by which rule, and what is read off.

    Every function receives `c`, the cell's settings as attributes (floats are traced, integers and strings static).

    Args:
        model: a `Model`, whose loss, start and layout are taken where no others are given.
        loss: `loss(params, c)` or, with `batch` or `stream`, `loss(params, c, batch)`: one value per lane.
        init: `init(draw, c)`: parameters, arrays (..., lanes).
        rule: `rule(c)`: an optax transformation; by default `optax.sgd(c.eta)`.
        noise: `noise(c)`: a `theorylab.noise` process, or None for none; by default the one that the cell names, and
            none where a batch or a stream is the noise.
        units: where the noise is added: to the "gradient" (before the rule) or to the "parameter" (after it).
        observe: name -> `theorylab.observe` observer.
        burn, every, snapshots: steps before the first snapshot and between two, and their number; the first two may be
            functions of the cell and are traced, so that cells share one program.
        clock: a `Clock` in place of the three: burn-in, end and spacing in time t = k eta.
        data: `data(draw, c)`: what a replicate keeps for life (its data set); found at `c.data`.
        batch: `batch(draw, c)`: drawn afresh at each step.
        stream: `stream(c)`: a stateful stream such as `noise.minibatch`, its values passed as the batch.
        layout: "lanes", or "batched" (functions see one network, without lane axis).
        dtype: precision of everything, where the cell has no setting `dtype`.
        products: precision of matrix products (not of `lanes.matmul`) where an NVIDIA GPU has a choice: "tf32" rounds
            both factors to 11 bits, a relative error of up to 2^-10 in each term of a product instead of 2^-24.
        block: lanes kept in cache together; never changes the numbers. Chosen from the size of the state by default.

    >>> from types import SimpleNamespace
    >>> import optax
    >>> from theorylab import noise, observe
    >>> ensemble = Ensemble(
    ...     loss=lambda p, c: 0.5 * p["theta"] ** 2,
    ...     init=lambda draw, c: {"theta": 0.0 * draw.normal(())},
    ...     noise=noise.named,
    ...     rule=lambda c: optax.sgd(c.eta),
    ...     observe={"square": observe.mean(lambda p, c: p["theta"] ** 2)},
    ...     burn=100,
    ... )
    >>> cell = SimpleNamespace(eta=0.5, noise="gaussian", sigma=0.5)
    >>> ensemble(cell, seed=0, start=0, count=4096)["square"].shape
    (4096,)
    """

    def __call__(self, c: C, seed: int, start: int, count: int) -> dict[str, np.ndarray]:
        """Replicates `start .. start+count-1` of cell `c`: name -> array, replicate axis first.

        `diverged` holds for each replicate the last step before which its state was seen finite, or -1.
        """
        return run(self, c, seed, start, count)
