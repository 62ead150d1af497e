"""Laws of the product under heavy-tailed label noise: claims against independent oracles, refusals, simulated parts."""

import math
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from models.deep_linear.claims.balance.imbalance_scale import imbalance_exponent
from models.deep_linear.claims.label_noise.blow_up import blow_up_time
from models.deep_linear.claims.label_noise.density import label_noise_density
from models.deep_linear.claims.label_noise.depth_law import product_density
from models.deep_linear.claims.label_noise.mean import label_noise_mean
from models.deep_linear.claims.label_noise.moments import label_noise_edge, label_noise_moment, label_noise_tail
from models.deep_linear.claims.label_noise.random_inputs import random_input_mean
from models.deep_linear.scalars import flow, network, random_inputs, starts, survivors
from theorylab import random
from theorylab.errors import InputError


def draws(stream, lanes=3):
    return random.Draw(random.lane_key(0, stream, jnp.arange(lanes, dtype=jnp.uint32)), 4)


def heavy(alpha, rate, eta=0.001):
    """Inputs at which the noise has the rate S = `rate`."""
    return {"v": 1.0, "eta": eta, "B": 1, "gamma": (rate / eta ** (alpha - 1)) ** (1 / alpha), "alpha": alpha}


@pytest.mark.parametrize(("alpha", "rate", "k"), [(1.5, 0.6, 0.2610), (1.2, 0.5, 0.3286), (1.8, 0.3, 0.4187)])
def test_the_left_edge_is_below_one_half(alpha, rate, k):
    assert label_noise_edge.predict(**heavy(alpha, rate)) == pytest.approx(k, abs=1e-4)
    for gauss in (rate, 0.02):  # the Gamma shape; 0.02 has poles on the way to it
        assert label_noise_edge.predict(**heavy(2.0, gauss)) == pytest.approx(0.5 / gauss - 0.5, rel=1e-9)


def test_moments_at_alpha_two_are_those_of_the_gamma_law():
    law = stats.gamma(0.5 / 0.3 - 0.5, scale=0.6)
    moment = lambda n: math.exp(math.lgamma(law.args[0] + n) - math.lgamma(law.args[0])) * 0.6**n
    for z in (-0.3, 0.1, 0.5, 0.9):
        expected = moment(z + 1) / moment(z)
        assert label_noise_moment.predict(z=z, **heavy(2.0, 0.3)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("alpha", "q"), [(1.5, 0.2), (1.5, -0.4), (1.8, 1.2), (1.2, 0.6)])
def test_the_power_of_a_kick_by_its_generator(alpha, q):
    """kappa(q) c^alpha = PV int (|1+y|^q - 1) nu(dy), nu(dy) = a Gamma(a) sin(pi a/2)/pi c^a |y|^(-1-a) dy."""
    inputs = heavy(alpha, 0.3)
    kappa = 2 * (q / 2) * (label_noise_moment.predict(z=q / 2, **inputs) - 1) / 0.3
    pair = lambda y: (1 + y) ** q + abs(1 - y) ** q - 2
    parts = [integrate.quad(lambda y: pair(y) * y ** (-1 - alpha), *ends, limit=400)[0] for ends in ((1e-4, 1), (1, 2))]
    parts.append(integrate.quad(lambda s: pair(1 / s) * s ** (alpha - 1), 0, 0.5, limit=400)[0])
    parts.append(q * (q - 1) * 1e-4 ** (2 - alpha) / (2 - alpha))
    weight = alpha * math.gamma(alpha) * math.sin(math.pi * alpha / 2) / math.pi
    assert kappa == pytest.approx(weight * sum(parts), rel=2e-4)


def test_the_mean_is_the_limit_of_the_moments_and_zero_is_refused():
    inputs = heavy(1.5, 0.4)
    near = label_noise_moment.predict(z=1e-7, **inputs)
    assert near == pytest.approx(label_noise_mean.predict(**inputs), rel=1e-6)
    with pytest.raises(InputError, match=r"z=0\.0 breaks: z is not 0"):
        label_noise_moment.predict(z=0.0, **inputs)
    with pytest.raises(InputError, match=r"z=0\.8"):
        label_noise_moment.predict(z=0.8, **inputs)
    for claim in (label_noise_edge, label_noise_tail):
        with pytest.raises(InputError, match=r"v=1\.0, eta=0\.001, B=1"):
            claim.predict(**heavy(1.5, 2.0))  # beyond collapse there is no law
    top, z = label_noise_tail.predict(**inputs), 0.75 - 1e-6
    assert label_noise_moment.predict(z=z, **inputs) * (0.75 - z) == pytest.approx(top * 1.75, rel=1e-4)


@pytest.mark.parametrize("x0", [0.02, 0.9, 40.0])
def test_averages_along_the_flow(x0):
    c = SimpleNamespace(v=1.3, eta=0.01, alpha=1.5, z=(-0.2, 0.3), far=(2.0, 30.0), near=(0.1, 1.0), dtype="float64")
    c.marks = (0.0203, 0.895, 1.5, 30.0)
    with jax.enable_x64(True):
        params = {"u": jnp.array([x0]), "w": jnp.array([1.0])}
        powers, half, above, below = (f(params, c) for f in (flow.powers, flow.half_index, flow.above, flow.below))
        under = flow.under(params, c)
    time = np.linspace(0, c.eta, 4001)
    path = 1 / (1 / c.v + (1 / x0 - 1 / c.v) * np.exp(-2 * c.v * time))
    slope = np.gradient(path, time, edge_order=2)
    np.testing.assert_allclose(slope, 2 * path * (c.v - path), rtol=1e-4, atol=1e-9)
    mean = lambda f: integrate.simpson(f, x=time) / c.eta
    for i, z in enumerate(c.z):
        np.testing.assert_allclose(powers[:, i, 0], [mean(path**z), mean(path ** (z + 1))], rtol=2e-3)
    assert float(half[0]) == pytest.approx(mean(path**0.75), rel=2e-3)
    np.testing.assert_allclose(above[:, 0], [(path > far).mean() for far in c.far], atol=1e-3)
    np.testing.assert_array_equal(below[:, 0], [x0 < 0.1, x0 < 1.0])
    np.testing.assert_allclose(under[:, 0], [(path < mark).mean() for mark in c.marks], atol=1e-3)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.97])
def test_the_whole_law_at_alpha_two_is_the_gamma_law(rate):
    places = [1e-4, 0.1, 0.5, 1.0, 3.0, 30.0]
    found = label_noise_density.predict(X=places, **heavy(2.0, rate))
    np.testing.assert_allclose(found, stats.gamma(0.5 / rate - 0.5, scale=2 * rate).cdf(places), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("alpha", "rate"), [(1.8, 0.1), (1.5, 0.4), (1.2, 0.6)])
def test_the_whole_law_has_the_moments_and_the_edges_of_its_own_claims(alpha, rate):
    inputs = heavy(alpha, rate)
    share = lambda place: label_noise_density.predict(X=math.exp(place), **inputs)
    edge = label_noise_edge.predict(**inputs)

    def moment(z):  # integral of -z X^(z-1) P(x < X), or of z X^(z-1) P(x > X), in ln X; powers beyond
        sides = lambda place: abs(z) * math.exp(z * place) * (share(place) if z < 0 else 1 - share(place))
        ends = sides(-40) / (edge + z if z < 0 else z) + sides(12) / (-z if z < 0 else 1 + alpha / 2 - z)
        return ends + sum(integrate.quad(sides, *part, limit=200)[0] for part in ((-40, -4), (-4, 0), (0, 4), (4, 12)))

    for z in (-0.15, -0.1):
        expected = label_noise_moment.predict(z=z, **inputs)
        assert moment(z + 1) / moment(z) == pytest.approx(expected, rel=1e-5)
    log = label_noise_density.numeric.parts["log_moment"](z=-0.1, c=0.2, **inputs)
    assert moment(-0.1) == pytest.approx(math.exp(log), rel=1e-6)
    far = math.log(300)
    assert math.log(share(-20) / share(-21)) == pytest.approx(edge, abs=1e-4)
    half = moment(alpha / 2)
    constant = label_noise_tail.predict(**inputs) * half
    assert 1 - share(far) == pytest.approx(constant * 300 ** (-1 - alpha / 2), rel=0.02)


def test_the_whole_law_by_splitting_into_kicks_and_flow():
    """Seven marks at 5 standard errors: false alarm 4e-6; the splitting's own error is eta v, 1 %."""
    rng, alpha, rate, eta, n = np.random.default_rng(7), 1.5, 0.4, 0.01, 4000
    places = np.array([0.01, 0.1, 0.3, 0.6, 0.9, 1.5, 3.0])
    x, total, steps = np.ones(n), np.zeros((len(places), n)), range(1800)
    for step in steps:
        angle, wait = rng.uniform(-np.pi / 2, np.pi / 2, n), rng.exponential(size=n)
        shape = (np.cos((1 - alpha) * angle) / wait) ** (1 / alpha - 1)
        kick = (rate * eta) ** (1 / alpha) * np.sin(alpha * angle) / np.cos(angle) ** (1 / alpha) * shape
        x = x * (1 + kick) ** 2
        for part in (0.25, 0.75):  # looks along the flow
            if step >= 800:
                total += x / (x + (1 - x) * np.exp(-2 * eta * part)) < places[:, None]
        x = x / (x + (1 - x) * np.exp(-2 * eta))
    shares = total / 2000
    found, error = shares.mean(1), shares.std(1) / n**0.5
    expected = label_noise_density.predict(X=places, **heavy(alpha, rate))
    np.testing.assert_array_less(np.abs(found - expected), 5 * error + 0.01 * expected * (1 - expected))
    wrong = label_noise_density.predict_control("same rate", X=places, **heavy(alpha, rate))
    assert (np.abs(found - wrong) > 10 * error).sum() >= 5


def test_laws_that_are_not_there_or_too_narrow_are_refused():
    with pytest.raises(InputError, match=r"claim deep_linear.label_noise_density: .* is outside"):
        label_noise_density.predict(X=1.0, **heavy(1.5, 2.0))
    with pytest.raises(InputError, match=r"claim deep_linear.label_noise_density: .* is outside"):
        label_noise_density.predict(X=1.0, **heavy(1.5, 0.01))
    with pytest.raises(InputError, match=r"X=1e-30, v=1\.0 is outside|v=1\.0, X=1e-30 is outside"):
        label_noise_density.predict(X=1e-30, **heavy(1.5, 0.3))


@pytest.mark.parametrize("alpha", [1.2, 1.5, 1.8])
def test_the_blow_up_time_is_one_over_the_tail_beyond_the_edge(alpha):
    inputs = {"v": 0.8, "eta": 1e-3, "gamma": 0.5, "alpha": alpha}
    far = math.sqrt(2 / (1e-3 * 0.8)) / (1e-3 * 0.5)
    constant = 2 / math.pi * math.gamma(alpha) * math.sin(math.pi * alpha / 2)
    assert blow_up_time.predict(**inputs) == pytest.approx(far**alpha / constant, rel=1e-12)
    slope = math.log(blow_up_time.predict(**(inputs | {"eta": 2e-3})) / blow_up_time.predict(**inputs)) / math.log(2)
    assert slope == pytest.approx(-1.5 * alpha)
    with pytest.raises(InputError, match=r"1 < alpha < 2"):
        blow_up_time.predict(**(inputs | {"alpha": 2.0}))


def test_the_tail_constant_is_that_of_the_stable_law():
    for alpha in (1.2, 1.5, 1.8):
        draws = np.sort(np.abs(np.asarray(random.Draw(wide()).stable(alpha))))
        constant = 2 / math.pi * math.gamma(alpha) * math.sin(math.pi * alpha / 2)
        far, events = 30.0, int((draws > 30.0).sum())
        assert events / len(draws) == pytest.approx(constant * far**-alpha, rel=0.02 + 5 / math.sqrt(events))


def wide():
    return random.lane_key(5, random.NOISE, jnp.arange(1_000_000, dtype=jnp.uint32))


def test_without_label_noise_the_law_is_the_target():
    widths = []
    for sigma in (0.3, 0.1, 0.03):
        law = product_density.predict(depth=2, v=1.0, eta=0.01, B=1, sigma=sigma, spread=2.0)
        widths.append((law["90%"] - law["10%"]) / sigma)
        assert law["mean"] == pytest.approx(1.0, abs=0.02 * sigma)
    np.testing.assert_allclose(widths, widths[0], rtol=5e-3)


def test_quadrature_holds_next_to_collapse():
    heat = 1.99
    law = product_density.predict(depth=2, v=1.0, eta=0.01, B=1, sigma=math.sqrt(heat / 0.01), spread=0.0)
    exact = stats.gamma(1 / heat - 0.5, scale=heat)
    assert law["mean"] == pytest.approx(exact.mean(), rel=1e-4)
    assert law["90%"] == pytest.approx(exact.ppf(0.9), rel=1e-3, abs=1e-12)


@pytest.mark.parametrize("alpha", [2.0, 1.7, 1.3])
def test_faint_kicks_of_a_heavy_tail_gather_to_the_same_imbalance(alpha):
    """c^2 (sum of squares of n = c^-alpha kicks, about its middle): the spread's power of c, from scipy's draws.

    Quartiles of 2,000 sums: the power has a standard error of at most 0.02; 0.1 is beyond 1e-6.
    """
    sizes, c = [], np.array([0.1, 0.03, 0.01])
    for scale in c:
        law = stats.norm(scale=2**0.5) if alpha == 2 else stats.levy_stable(alpha, 0)
        kicks = (law.rvs((2000, round(scale**-alpha)), random_state=3) ** 2).sum(1)
        sizes.append(scale**2 * np.subtract(*np.quantile(kicks, [0.75, 0.25])))
    power = np.polyfit(np.log(c), np.log(sizes), 1)[0]
    assert abs(power - imbalance_exponent.predict(alpha=alpha)) < 0.1


@pytest.mark.parametrize("eta", [0.01, 0.002])
def test_gaussian_labels_of_random_inputs_shift_the_mean_as_the_whole_law_says(eta):
    """E d ln x = 0 of the diffusion: E x = v - T sigma^2/2 - T E (x - v)^2; the last, of order eta v, is left out."""
    from models.deep_linear.claims.label_noise.depth_equation import density

    inputs = {"v": 1.0, "eta": eta, "B": 2, "sigma": math.sqrt(0.4 / eta)}
    place, weight = density(product_density.numeric, depth=2, spread=2.0, **inputs)
    square = integrate.simpson(weight * (np.exp(place) - 1) ** 2, x=place)
    own = {"v": 1.0, "eta": eta, "B": 2, "gamma": inputs["sigma"] / math.sqrt(2), "alpha": 2.0}
    found = random_input_mean.predict(**own)
    whole = product_density.predict(depth=2, spread=2.0, **inputs)["mean"]
    assert found - eta / 2 * square == pytest.approx(whole, abs=1e-6)
    assert found == pytest.approx(label_noise_mean.predict(**own), rel=1e-14)


@pytest.mark.parametrize("alpha", [1.5, 1.8])
def test_the_mean_logarithm_of_a_kick_by_a_random_input(alpha):
    """scipy's draws at 5 standard errors: false alarm 6e-7 each. The claim is the first order in c^alpha.

    The second is -Gamma(2 alpha) cos(pi alpha)/2 c^(2 alpha) E|r|^(2 alpha), the third below 0.2 % here.
    """
    rng, c, n = np.random.default_rng(11), 0.05, 2_000_000
    r = rng.standard_normal(n)
    kicks = c * r * np.asarray(stats.levy_stable.rvs(alpha, 0, size=n, random_state=rng))
    logs = np.log(np.abs(1 - kicks**2)) / 2  # of both signs of a kick
    second = -math.gamma(2 * alpha) * math.cos(math.pi * alpha) / 2 * np.mean(np.abs(c * r) ** (2 * alpha))
    inputs = {"v": 1.0, "eta": c, "B": 1, "gamma": 1.0, "alpha": alpha}
    first, error = c * (random_input_mean.predict(**inputs) - 1), logs.std() / n**0.5
    assert abs(logs.mean() - first - second) < 5 * error
    for control in ("fixed input", "power of the mean"):
        wrong = c * (random_input_mean.predict_control(control, **inputs) - 1)
        assert abs(logs.mean() - wrong - second) > 5 * error


def test_one_step_of_balanced_factors_on_random_inputs():
    with jax.enable_x64(True):
        c = SimpleNamespace(v=0.7, eta=0.03, gamma=2.0, alpha=1.5, B=3, tilt=0.0, reach=2.0)
        c.noise, c.inputs = "label stable", "gaussian"
        params, (r, y) = starts.uneven(draws(random.INIT), c), random_inputs.examples(draws(random.BATCH), c)
        params = {k: 1.3 * w for k, w in params.items()}
        x = network.product(params, c)
        slope = jax.grad(lambda p: random_inputs.loss(p, c, (r, y)).sum())(params)
        after = network.product({k: params[k] - c.eta * slope[k] for k in params}, c)
        drift, kick = (r**2).mean(0) * (x - c.v), (r * (y - c.v * r)).mean(0)
        np.testing.assert_allclose(after, x * (1 - c.eta * drift + c.eta * kick) ** 2, rtol=1e-12)
        far = {"u": jnp.array([1.0, 70.0, -70.0, math.nan]), "w": jnp.ones(4)}
        np.testing.assert_array_equal(network.thrown(far, c), [False, True, True, True])


@pytest.mark.parametrize("alpha", [1.4, 1.8])
def test_survivors_of_random_inputs_miss_as_much_as_those_of_input_1(alpha):
    """A product thrown to h/eta goes h -> h (1 - h r^2)^2: what is lost, less what the returning ones lack.

    Orbits from each of 1,000 sizes of kick: a standard error of half a percent, the ratio is 1.03 and 1.23.
    """
    rng, eta, reach = np.random.default_rng(3), 0.001, 50.0
    edges = np.geomspace(eta, 1e9, 1001)
    start, weight = np.sqrt(edges[1:] * edges[:-1]), -np.diff((edges / eta) ** (-alpha / 2))
    h = np.repeat(start[:, None], 400, axis=1)
    lacking, inside = np.zeros_like(h), h < reach
    for _ in range(60):
        factor = 1 - h[inside] * rng.standard_normal(inside.sum()) ** 2
        lacking[inside] += np.log1p(2 * h[inside]) / 2 + np.log(np.abs(factor))
        h[inside] *= factor**2
        inside = h < reach
    lacking -= 1.25 * h  # the rest of an orbit, by whose steps h falls by 2 h^2 and `lacking` by 5/2 h^2
    missed = np.where(inside, -lacking, np.log(start / eta)[:, None] / 2).mean(1)
    share = 2 / math.pi * abs(math.tan(math.pi * alpha / 2)) * (weight * missed).sum()
    assert 1.0 < share / survivors.survivors_miss(alpha, eta, 1.0) < 1.3
