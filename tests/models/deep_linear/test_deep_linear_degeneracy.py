"""Learning coefficients of deep linear networks: published formulas, orbits of quivers, chains of ranks, samplers."""

import itertools
import math
from fractions import Fraction
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from models.deep_linear.claims.minima.degeneracy import learning_coefficient, tempered_loss
from models.deep_linear.matrices import posterior
from theorylab.errors import InputError


def predicted(widths, rank):
    found = learning_coefficient.predict(widths=list(widths), rank=rank)
    return found["lambda"], found["multiplicity"]


def reduced_rank_regression(M, H, N, r):
    """Aoyagi and Watanabe's four cases, M inputs, H hidden units and N outputs."""
    if N + r > M + H:
        return Fraction(H * M - H * r + N * r, 2), 1
    if M + r > N + H:
        return Fraction(H * N - H * r + M * r, 2), 1
    if H + r > M + N:
        return Fraction(M * N, 2), 1
    odd = (M + H + N + r) % 2
    return Fraction(-((H + r) ** 2) - M**2 - N**2 + 2 * (H + r) * (M + N) + 2 * M * N + odd, 8), 1 + odd


def any_depth(widths, r):
    """Aoyagi's theorem: the layers that take part are found by trying all numbers of them."""
    D = sorted(h - r for h in widths)
    for count in range(2, len(D) + 1):
        inside, outside, ell = D[:count], D[count:], count - 1
        total = sum(inside)
        if total >= ell * inside[-1] and (not outside or (total < ell * outside[0] and inside[-1] < outside[0])):
            break
    else:
        raise AssertionError(widths)
    a = total - (-(-total // ell) - 1) * ell
    pairs = sum(x * y for x, y in itertools.combinations(inside, 2))
    value = Fraction(-(r**2) + r * (widths[0] + widths[-1]), 2) + Fraction(a * (ell - a), 4 * ell)
    return value - Fraction(ell * (ell - 1), 4) * Fraction(total, ell) ** 2 + Fraction(pairs, 2), a * (ell - a) + 1


def rank_chains(D):
    """(conditions, ranks of the partial products) of all strata of the chains whose product vanishes."""
    chains = itertools.product(*(range(min(D[: layer + 1]) + 1) for layer in range(1, len(D) - 1)))
    for middle in chains:
        ranks = (D[0], *middle, 0)
        if all(x >= y for x, y in itertools.pairwise(ranks)):
            yield sum((k - now) * (d - now) for k, now, d in zip(ranks, ranks[1:], D[1:], strict=False)), ranks


def orbit_codimensions(D):
    """Codimensions of the orbits of matrices with these widths and zero product, from homomorphisms of intervals."""
    n = len(D)
    intervals = [(i, j) for i in range(n) for j in range(i, n) if (i, j) != (0, n - 1)]

    def split(rest, left):
        if not left:
            if not any(rest):
                yield ()
            return
        (i, j), *others = left
        for count in range(min(rest[i : j + 1]) + 1):
            after = [x - count if i <= place <= j else x for place, x in enumerate(rest)]
            if all(any(p <= place <= q for p, q in others) or x == 0 for place, x in enumerate(after)):
                yield from ((count, *more) for more in split(after, others))

    space = sum(x * y for x, y in itertools.pairwise(D)) - sum(x * x for x in D)
    pairs = [[low <= i <= high <= j for low, high in intervals] for i, j in intervals]
    for counts in split(list(D), intervals):
        counts = np.array(counts)
        yield space + int(counts @ np.array(pairs, int) @ counts)


def test_every_network_of_one_hidden_layer_has_both_published_coefficients():
    shapes = [(*s, r) for s in itertools.product(range(1, 7), repeat=3) for r in range(min(s) + 1)]
    assert len(shapes) == 657
    for M, H, N, r in shapes:
        assert predicted((M, H, N), r) == reduced_rank_regression(M, H, N, r) == any_depth((M, H, N), r)


@pytest.mark.parametrize("layers", [2, 4, 5])
def test_deeper_networks_have_the_published_coefficient(layers):
    for widths in itertools.product(range(1, 5), repeat=layers):
        for r in range(min(widths) + 1):
            assert predicted(widths, r) == any_depth(widths, r), (widths, r)


@pytest.mark.parametrize(
    ("widths", "rank", "value", "multiplicity"),
    [
        ((1, 1, 1), 0, 0.5, 2),
        ((1, 1, 1, 1), 0, 0.5, 3),
        ((2, 2, 2), 0, 1.5, 1),
        ((2, 2, 2), 1, 2, 2),
        ((2, 2, 2, 2), 0, 1.5, 3),
        ((3, 3, 3, 3), 0, 3, 1),
        ((3, 2, 3), 1, 3.5, 2),
        ((10, 5, 10), 2, 29, 2),
        ((5, 3, 4, 5), 2, 9, 1),
        ((4, 10, 10, 10, 4), 4, 8, 1),
        ((10, 100, 100, 100, 10), 4, 50, 1),
    ],
)
def test_worked_shapes(widths, rank, value, multiplicity):
    assert predicted(widths, rank) == (value, multiplicity)


@pytest.mark.parametrize("layers", [3, 4, 5])
def test_the_coefficient_is_half_the_least_codimension_of_the_orbits_and_of_the_chains_of_ranks(layers):
    for D in itertools.product(range(1, 4 if layers < 5 else 3), repeat=layers):
        chains = list(rank_chains(D))
        least = min(cost for cost, _ in chains)
        assert least == min(orbit_codimensions(D)) == 2 * predicted(D, 0)[0]


@pytest.mark.parametrize("layers", [3, 4, 5])
def test_the_multiplicity_is_the_longest_chain_of_minimal_strata_not_their_number(layers):
    """Strata of equal cost are ordered by the ranks of their partial products; wide layers add none."""
    numbers = []
    for D in itertools.product(range(1, 5), repeat=layers):
        chains = list(rank_chains(sorted(D)))
        least = min(cost for cost, _ in chains)
        minimal = sorted(ranks for cost, ranks in chains if cost == least)
        longest = {}
        for ranks in minimal:
            below = [longest[o] for o in longest if o != ranks and all(x <= y for x, y in zip(o, ranks, strict=True))]
            longest[ranks] = 1 + max(below, default=0)
        assert max(longest.values()) == predicted(D, 0)[1], D
        numbers.append(len(minimal) != predicted(D, 0)[1])
    assert any(numbers) == (layers == 5)


def test_the_order_of_the_layers_is_no_matter_at_rank_zero():
    for D in [(1, 2, 4, 3), (2, 5, 2, 3, 3)]:
        assert len({predicted(order, 0) for order in itertools.permutations(D)}) == 1


@pytest.mark.parametrize(
    ("widths", "rank", "said"),
    [
        ([3, 2, 3], 3, "rank is at most the narrowest of widths"),
        ([3], 1, "widths are at least two"),
        ([3, 0, 3], 0, "widths are positive whole numbers"),
        ([3, 2.5, 3], 0, "widths are positive whole numbers"),
        ([3, 2, 3], -1, "rank"),
        ([3, 2, 3], 0.5, "rank=0.5 is not an integer"),
        ([[3, 2], [2, 3]], 0, "widths"),
    ],
)
def test_shapes_that_are_none_are_refused_in_one_line(widths, rank, said):
    with pytest.raises(InputError) as refused:
        learning_coefficient.predict(widths=widths, rank=rank)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_controls_differ_from_the_coefficient():
    for name, widths in (("regular model", [2, 2, 2]), ("hessian rank", [2, 2, 2]), ("components", [2] * 5)):
        wrong = learning_coefficient.predict_control(name, widths=widths, rank=0)
        assert wrong != learning_coefficient.predict(widths=widths, rank=0)
    assert learning_coefficient.predict_control("components", widths=[2] * 5, rank=0)["multiplicity"] == math.comb(4, 2)


@pytest.mark.parametrize("shape", [(3, 2), (2, 3), (4, 4), (1, 3)])
def test_rotations_find_the_right_singular_vectors(shape):
    with jax.enable_x64(True):
        matrix = np.random.default_rng(0).normal(size=(*shape, 5)) * np.logspace(0, -6, shape[1])[:, None]
        values, vectors = posterior.right_singular(jnp.asarray(matrix))
        for lane in range(5):
            gram, turn = matrix[..., lane].T @ matrix[..., lane], np.array(vectors[..., lane])
            np.testing.assert_allclose(turn @ turn.T, np.eye(shape[1]), atol=1e-13)
            np.testing.assert_allclose(turn * np.array(values[:, lane]) @ turn.T, gram, atol=1e-13)


def test_a_layer_given_the_others_is_the_gaussian_of_its_quadratic_loss():
    """Mean and covariance against the normal equations of vec(W), and the mean loss against its trace."""
    rng, beta = np.random.default_rng(1), 30.0
    above, below, target = rng.normal(size=(3, 2)), rng.normal(size=(4, 5)), rng.normal(size=(3, 5))
    design = np.kron(above, below.T)  # of the rows of W one after another
    precision = beta * design.T @ design + np.eye(8)
    mean = np.linalg.solve(precision, beta * design.T @ target.ravel())
    covariance = np.linalg.inv(precision)
    with jax.enable_x64(True):
        one, two, three = (jnp.asarray(x)[..., None] for x in (above, below, target))
        layer, loss = posterior.conditional(one, two, three, jnp.float64(beta), (2, 4))
        np.testing.assert_allclose(np.ravel(layer(jnp.zeros((2, 4, 1)))), mean, atol=1e-12)
        columns = [np.ravel(layer(jnp.eye(8)[i].reshape(2, 4, 1))) - mean for i in range(8)]
        np.testing.assert_allclose(np.transpose(columns) @ np.array(columns), covariance, atol=1e-12)
        expected = ((design @ mean - target.ravel()) ** 2).sum() / 2 + np.trace(design.T @ design @ covariance) / 2
        assert float(loss[0]) == pytest.approx(expected, rel=1e-12)


def chains(**changes):
    return SimpleNamespace(
        **{"sampler": "gibbs", "widths": (1, 1, 1), "rank": 0, "burn": 100, "sweeps": 200, "steps": 1000, **changes}
    )


@pytest.mark.parametrize("beta", [30.0, 1e4, 1e10])
def test_exact_chains_have_the_closed_form_of_two_scalar_weights(beta):
    """beta <u^2 w^2>/2 = 1/2 + x - x K_1(x)/K_0(x), x = 1/(4 beta), under a standard normal prior."""
    x = 1 / (4 * beta)
    exact = 0.5 + x - x * special.kve(1, x) / special.kve(0, x)
    found = posterior.sample(chains(), beta, 0.0, 0, 0, 1024)["loss"]
    error = found.std() / 32
    assert abs(found.mean() - exact) < 5 * error < 0.01 * exact


def test_langevin_chains_with_rejection_are_exact_and_without_have_too_much_loss():
    """Against a quadrature over one of two weights, given which the other is Gaussian, for a teacher u w = 1."""
    beta = 50.0
    u = np.linspace(-8, 8, 20001)
    precision = beta * u**2 + 1
    weight = np.exp(beta**2 * u**2 / (2 * precision) - beta / 2 - u**2 / 2) / np.sqrt(precision)
    loss = ((u * beta * u / precision - 1) ** 2 + u**2 / precision) / 2
    exact = beta * (weight @ loss) / weight.sum()
    step = 0.5 / (2 * beta)
    found = {s: posterior.sample(chains(sampler=s, rank=1), beta, step, 0, 0, 1024) for s in ("mala", "sgld")}
    for losses in (found["mala"]["loss"], found["sgld"]["loss"] - step / 8 * found["sgld"]["force"]):
        assert abs(losses.mean() - exact) < max(5 * losses.std() / 32, 0.01 * exact)
    excess = found["sgld"]["loss"] - exact
    assert excess.mean() > 10 * excess.std() / 32
    assert 0.7 < found["mala"]["moved"].mean() < 1


def test_the_tempered_loss_is_refused_where_it_has_no_logarithm():
    with pytest.raises(InputError, match=r"beta=0\.5 is outside beta > 1"):
        tempered_loss.predict(widths=[1, 1, 1], rank=0, beta=0.5)
