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
        return w.mean_of((0.5 * (error**2).sum((1, 2))).cpu().numpy(), workload.units)

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
    def run(seed):
        torch.manual_seed(seed)
        x = torch.full((workload.replicates,), -1.0)
        passed = torch.zeros(workload.replicates, dtype=torch.bool)
        for _ in range(workload.steps):
            zeta = (
                torch.randn(x.shape) if workload.noise == "gaussian" else textbook_stable(x.shape, w.ALPHA).nan_to_num()
            )
            x = (x + (x - x**3) * w.DT + workload.kick * zeta).clip(-w.BARRIER, w.BARRIER)
            passed |= x > 0
        return w.mean_of(passed.cpu().numpy(), workload.units)

    return run


def _inputs(shape):
    return torch.where(torch.rand(shape) < w.DENSITY, torch.rand(shape), torch.zeros(()))


def _einsum(workload):
    """The style of Anthropic's superposition notebook: an axis of instances, einsum, one optimiser for all."""

    def run(seed):
        torch.manual_seed(seed)
        R = workload.replicates
        weights = torch.nn.Parameter(0.5 * torch.randn(R, w.M, w.N))
        biases = torch.nn.Parameter(torch.zeros(R, w.N))
        adam = workload.rule == "adam"
        optimiser = (torch.optim.Adam if adam else torch.optim.SGD)([weights, biases], lr=0.01 if adam else 0.1)
        for _ in range(workload.steps):
            optimiser.zero_grad(set_to_none=True)
            x = _inputs((w.BATCH, R, w.N))
            hidden = torch.einsum("...if,ihf->...ih", x, weights)
            answer = torch.relu(torch.einsum("...ih,ihf->...if", hidden, weights) + biases)
            ((answer - x) ** 2).sum(-1).mean(0).sum().backward()
            optimiser.step()
        return w.mean_of((weights.detach() ** 2).sum((1, 2)).numpy(), workload.units)

    return run


def _superposition_loop(workload):
    replicates = 8

    def run(seed):
        torch.manual_seed(seed)
        sizes = []
        for _ in range(replicates):
            weights = torch.nn.Parameter(0.5 * torch.randn(w.M, w.N))
            biases = torch.nn.Parameter(torch.zeros(w.N))
            optimiser = torch.optim.Adam([weights, biases], lr=0.01)
            for _ in range(workload.steps):
                optimiser.zero_grad()
                x = _inputs((w.BATCH, w.N))
                ((torch.relu(x @ weights.T @ weights + biases) - x) ** 2).sum(1).mean().backward()
                optimiser.step()
            sizes.append(float((weights.detach() ** 2).sum()))
        return w.mean_of(sizes, replicates * workload.steps)

    return run


def _addition(workload):
    """Gradients by hand, `bmm`."""
    total = torch.arange(w.P)
    wanted = torch.nn.functional.one_hot((total[:, None] + total) % w.P, w.P).float().reshape(1, -1, w.P)
    R, pairs = workload.replicates, w.P**2

    def run(seed):
        torch.manual_seed(seed)
        left, right = (torch.randn(R, w.P, w.HIDDEN) / w.P**0.5 for _ in range(2))
        out = torch.randn(R, w.HIDDEN, w.P) / w.HIDDEN**0.5
        for _ in range(workload.steps):
            inner = (left[:, :, None] + right[:, None]).reshape(R, pairs, w.HIDDEN)
            hidden = inner**2
            error = (torch.bmm(hidden, out) - wanted) * (2 / pairs)
            back = (2 * inner * torch.bmm(error, out.mT)).reshape(R, w.P, w.P, w.HIDDEN)
            out = out - torch.bmm(hidden.mT, error)
            left, right = left - back.sum(2), right - back.sum(1)
        inner = (left[:, :, None] + right[:, None]).reshape(R, pairs, w.HIDDEN)
        return w.mean_of(((torch.bmm(inner**2, out) - wanted) ** 2).sum(2).mean(1).numpy(), workload.units)

    return run


def contestants(workload: w.Workload) -> dict[str, w.Contestant]:
    """Empty where PyTorch is not installed."""
    if torch is None:
        return {}
    torch.set_num_threads(1)
    gaussian = workload.noise == "gaussian"
    makers = {
        "W1": {"torch_batched": _network} | ({"torch_loop": _loop} if gaussian else {}),
        "W2": {"torch_batched": _paths},
        "W3": {"torch_einsum": _einsum} | ({"torch_loop": _superposition_loop} if workload.rule == "adam" else {}),
        "W4": {"torch_batched": _addition},
    }.get(workload.kind, {})
    return {name: make(workload) for name, make in makers.items()}
