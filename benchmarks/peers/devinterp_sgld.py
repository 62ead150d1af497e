"""devinterp 1: `sample` with its SGLD, one chain after another, as published."""

from __future__ import annotations

import logging
import warnings

from benchmarks import workloads as w

try:
    import torch
    from devinterp.optim.sgld import SGLD
    from devinterp.slt.llc import LLCEstimator
    from devinterp.slt.sampler import sample
except ImportError:
    torch = None


def _chains(workload):
    inputs, weights, biases, at_centre = w.centre()
    chains = 4

    class Autoencoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.W, self.b = torch.nn.Parameter(torch.tensor(weights)), torch.nn.Parameter(torch.tensor(biases))

        def forward(self, x):
            return torch.relu(x @ self.W.T @ self.W + self.b)

    data = torch.utils.data.TensorDataset(torch.tensor(inputs), torch.tensor(inputs))
    loader = torch.utils.data.DataLoader(data, batch_size=w.SUBSET, shuffle=True)

    def evaluate(model, batch):
        x, wanted = batch
        return ((model(x) - wanted) ** 2).sum(1).mean(), {}

    def run(seed):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        torch.manual_seed(seed)
        told = LLCEstimator(chains, workload.steps, torch.tensor(at_centre), nbeta=w.BETA)
        sample(
            Autoencoder(), loader, [told], evaluate, SGLD, {"lr": w.STEP, "localization": w.LOCAL, "nbeta": w.BETA},
            num_draws=workload.steps, num_chains=chains, init_loss=at_centre, verbose=False,
            seed=[1000 * seed + i for i in range(chains)],
        )  # fmt: skip
        losses = told.losses.numpy().mean(1)
        return w.mean_of(w.BETA * (losses - at_centre), chains * workload.steps)

    return run


def contestants(workload: w.Workload) -> dict[str, w.Contestant]:
    """Empty where devinterp is not installed."""
    return {"devinterp": _chains(workload)} if torch is not None and workload.kind == "SGLD" else {}
