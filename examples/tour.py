"""How far does SGD spread around a minimum? Derive, predict, run, challenge, and use a noise in your own loop.

marimo edit examples/tour.py        as a notebook
python examples/tour.py             as a script
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="A tour of theorylab")


@app.cell
def _():
    import tempfile

    import jax
    import jax.numpy as jnp
    import marimo as mo
    import optax
    import sympy as sp

    import theorylab
    from theorylab import measure, noise
    from theorylab.theory import Claim, Control, exact
    from theorylab.theory.derivation import differentiate, expect, gaussian, solve
    from theorylab.theory.symbols import eta, lam, sigma

    return (
        Claim,
        Control,
        differentiate,
        eta,
        exact,
        expect,
        gaussian,
        jax,
        jnp,
        lam,
        measure,
        mo,
        noise,
        optax,
        sigma,
        solve,
        sp,
        tempfile,
        theorylab,
    )


@app.cell
def _(mo):
    mo.md(r"""
    # How far does SGD spread around a minimum?

    SGD on the bowl $L = \tfrac12 \lambda \theta^2$ with white gradient noise of standard deviation $\sigma$,
    $\theta' = \theta - \eta\,(\lambda \theta + \zeta)$. **Derive**: one step must leave the second moment as it is.
    Each step of the derivation is computed by sympy and verified at random points of the domain.
    """)
    return


@app.cell
def _(Claim, Control, differentiate, eta, exact, expect, gaussian, lam, sigma, solve, sp):
    def derive():
        theta, zeta = sp.symbols("theta zeta", real=True)
        V = sp.Symbol("V", positive=True)
        slope = yield differentiate("the gradient of the loss", lam * theta**2 / 2, theta)
        laws = {zeta: gaussian(sigma), theta: gaussian(sp.sqrt(V))}
        moment = yield expect("the second moment after one step", (theta - eta * (slope + zeta)) ** 2, laws)
        yield solve("stationarity", sp.Eq(V, moment), V)

    sde = eta * sigma**2 / (2 * lam)
    mine = Claim(
        id="tour.variance",
        statement="White Gaussian gradient noise keeps SGD on a bowl at this variance, at any learning rate.",
        inputs=(eta, lam, sigma),
        domain=eta * lam < 2,
        derivation=derive,
        exactness=exact(),
        source="one-step second moment",
        noises=("gaussian",),
        controls=(Control("sde", sde, "the value of the stochastic differential equation"),),
    )
    verified = all(step.ok for step in mine.check())
    mine
    return mine, sde, verified


@app.cell
def _(mine, mo):
    predicted = mine.predict(eta=0.5, lam=1.0, sigma=0.5)
    mo.md(f"**Predict**: at eta = 0.5, lam = 1, sigma = 0.5 the variance is {predicted:.6f}.")
    return (predicted,)


@app.cell
def _(mo):
    mo.md("""
    **Run**: thousands of small networks are trained until a calibrated test can decide about the lab's own claims. A
    protocol's settings are arguments; a list is varied, one cell for each value.
    """)
    return


@app.cell
def _(tempfile, theorylab):
    records = tempfile.TemporaryDirectory()  # kept for as long as this notebook lives
    verdicts = theorylab.run("quadratic_variance", eta=[0.1, 0.5], records=records.name)
    verdicts
    return records, verdicts


@app.cell
def _(mo):
    mo.md("""
    **Challenge**: a formula of yours is judged on the same records, by the same test. The derived one agrees; that of
    the stochastic differential equation is right for small learning rates only, and is told so.
    """)
    return


@app.cell
def _(mine, records, theorylab):
    agrees = theorylab.challenge("quadratic.variance", mine.formula, records=records.name)
    agrees
    return (agrees,)


@app.cell
def _(records, sde, theorylab):
    disagrees = theorylab.challenge("quadratic.variance", sde, records=records.name)
    disagrees
    return (disagrees,)


@app.cell
def _(mo):
    mo.md("""
    **Use a noise in your own loop**: each is an optax transformation, added to the gradient where it stands in the
    chain. Here 4,096 parameters are as many independent walkers. Anti-correlated noise, the difference of two
    innovations, leaves 2 eta lam times the variance: less than white noise below eta lam = 1/2, more beyond.
    """)
    return


@app.cell
def _(jax, jnp, measure, noise, optax):
    def spread(kind, rate=0.1, steps=400):
        """Second moment of 4,096 walkers after so many steps."""
        optimizer = optax.chain(kind, optax.sgd(rate))

        def step(carry, _):
            params, state = carry
            gradient = jax.grad(lambda p: 0.5 * (p**2).sum())(params)
            updates, state = optimizer.update(gradient, state, params)
            return (optax.apply_updates(params, updates), state), None

        start = jnp.zeros(4096)
        (params, _), _ = jax.lax.scan(step, (start, optimizer.init(start)), length=steps)
        return measure.second_moment(params)

    white = spread(noise.gaussian(sigma=0.5, seed=1))
    differenced = spread(noise.differenced(noise.gaussian(sigma=0.5, seed=1)))
    return differenced, white


@app.cell
def _(differenced, mine, mo, theorylab, white):
    inputs = {"eta": 0.1, "lam": 1.0, "sigma": 0.5}
    anti = theorylab.claim("quadratic.anticorrelated_variance").predict(**inputs)
    mo.md(f"""
    | noise | predicted | measured |
    |---|---|---|
    | white | {mine.predict(**inputs):.6f} | {white} |
    | differenced | {anti:.6f} | {differenced} |
    """)
    return (anti,)


@app.cell
def _(agrees, anti, differenced, disagrees, predicted, verdicts, verified, white):
    def words(found):
        return ", ".join(verdict.outcome for verdict in found)

    print(f"derivation verified: {verified}; predicted {predicted:.6f}")
    print(f"claims of the lab: {words(verdicts)}")
    print(f"challenge by the derived formula: {words(agrees)}")
    print(f"challenge by the stochastic differential equation: {words(disagrees)}")
    print(f"white {white}; differenced {differenced}, predicted {anti:.6f}")
    return


if __name__ == "__main__":
    app.run()
