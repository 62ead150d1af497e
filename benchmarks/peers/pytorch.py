"""PyTorch on the processor: batched (`bmm`, gradients by hand, the fastest form) and one network after another."""

from __future__ import annotations

from benchmarks import workloads as w

try:
    import torch
except ImportError:
    torch = None


def textbook_stable(shape, alpha):
    """Chambers, Mallows, Stuck (1976)."""
    angle = (torch.rand(shape) - 0.5) * torch.pi
    weight = torch.empty(shape).exponential_()
    return (
        torch.sin(alpha * angle)
        / torch.cos(angle) ** (1 / alpha)
        * (torch.cos((1 - alpha) * angle) / weight) ** ((1 - alpha) / alpha)
    )


def _draw(shape, kind):
    if kind != "stable":
        return torch.randn(shape)
    return textbook_stable(shape, w.ALPHA).clip(-w.CLIP, w.CLIP).nan_to_num()


def _network(workload):
    target, R = torch.tensor(w.TARGET), workload.replicates

    def run(seed):
        torch.manual_seed(seed)
        p = [0.3 * torch.randn(R, 8, 8) for _ in range(3)]
        previous = [torch.zeros(R, 8, 8) for _ in range(3)]
        for _ in range(workload.steps):
            inner = p[1] @ p[0]
            error = p[2] @ inner - target
            back = p[2].mT @ error
            grads = [p[1].mT @ back, back @ p[0].mT, error @ inner.mT]
            for i in range(3):
                fresh = _draw((R, 8, 8), workload.noise)
                xi = fresh - previous[i] if workload.noise == "differenced" else fresh
                previous[i] = fresh
                p[i] = p[i] - w.ETA * grads[i] + w.SCALE * xi
        error = p[2] @ p[1] @ p[0] - target
        return w.mean_of((0.5 * (error**2).sum((1, 2))).numpy(), workload.units)

    return run


def _loop(workload):
    target, replicates = torch.tensor(w.TARGET), 8

    def run(seed):
        torch.manual_seed(seed)
        losses = []
        for _ in range(replicates):
            net = torch.nn.Sequential(*(torch.nn.Linear(8, 8, bias=False) for _ in range(3)))
            with torch.no_grad():
                for p in net.parameters():
                    p.copy_(0.3 * torch.randn(8, 8))
            optimiser = torch.optim.SGD(net.parameters(), lr=w.ETA)
            for _ in range(workload.steps):
                optimiser.zero_grad()
                loss = 0.5 * ((net(torch.eye(8)) - target.mT) ** 2).sum()
                loss.backward()
                optimiser.step()
                with torch.no_grad():
                    for p in net.parameters():
                        p.add_(w.SCALE * _draw((8, 8), workload.noise))
            losses.append(float(0.5 * ((net(torch.eye(8)) - target.mT) ** 2).sum().detach()))
        return w.mean_of(losses, replicates * workload.steps)

    return run


def _paths(workload):
    scale = 0.07 if workload.noise == "gaussian" else 0.3 * w.DT ** (1 / w.ALPHA)

    def run(seed):
        torch.manual_seed(seed)
        x = torch.full((workload.replicates,), -1.0)
        passed = torch.zeros(workload.replicates, dtype=torch.bool)
        for _ in range(workload.steps):
            zeta = (
                torch.randn(x.shape) if workload.noise == "gaussian" else textbook_stable(x.shape, w.ALPHA).nan_to_num()
            )
            x = (x + (x - x**3) * w.DT + scale * zeta).clip(-w.BARRIER, w.BARRIER)
            passed |= x > 0
        return w.mean_of(passed.numpy(), workload.units)

    return run


def contestants(workload: w.Workload) -> dict[str, w.Contestant]:
    """Empty where PyTorch is not installed."""
    if torch is None:
        return {}
    torch.set_num_threads(1)
    if workload.kind == "W2":
        return {"torch_batched": _paths(workload)}
    return {
        "torch_batched": _network(workload),
        **({"torch_loop": _loop(workload)} if workload.noise == "gaussian" else {}),
    }
