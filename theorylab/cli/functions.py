"""What the command line does, as functions that take and give Python values.

    theorylab run quadratic_variance --set eta=0.1,0.5    verdicts = theorylab.run("quadratic_variance", eta=[0.1, 0.5])

Each takes `lab` (a folder; by default the lab around the working folder, else the standard one) and, where records are
read or written, `records` (a folder; by default that of the lab). Wrong input is an `InputError` in one line. The bits
of a record are those of the command line.

JAX stays as the caller has set it: devices, platform and compilation cache are the caller's. For the time of a call
matrix products have the precision "highest", 64-bit types are off (an ensemble of dtype float64 turns them on for
itself) and ranks are promoted; what the caller had comes back. More processor cores are used where JAX was given them
before it started: `jax.config.update("jax_num_cpu_devices", 8)`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import matplotlib.figure
    import xarray

    from theorylab.lab.folder import Lab
    from theorylab.lab.table import Table
    from theorylab.lab.verdicts import Verdicts
    from theorylab.theory import Claim

Where = str | Path | None


def claims(lab: Where = None) -> dict[str, Claim]:
    """Every claim by its id; nothing is derived yet.

    >>> import theorylab
    >>> theorylab.claims()["quadratic.variance"].noises
    ('gaussian',)
    """
    return dict(_lab(lab).claims)


def claim(name: str, lab: Where = None) -> Claim:
    """The claim with id `name`: `predict(...)`, `formula`, `latex`, `check()`.

    >>> import theorylab
    >>> variance = theorylab.claim("quadratic.variance")
    >>> print(f"{variance.predict(eta=0.1, lam=1.0, sigma=0.5):.6f}")
    0.013158

    Raises:
        InputError: there is none, with the nearest name.
    """
    return _lab(lab).claim(name)


def protocols(lab: Where = None) -> Table:
    """Every protocol: name, question, the claims that it tests, tiers.

    >>> import theorylab
    >>> [p["claims"] for p in theorylab.protocols() if p["name"] == "quadratic_momentum"]
    [['quadratic.momentum_variance']]
    """
    from theorylab.lab import listing
    from theorylab.lab.table import Table

    return Table(listing.protocols(_lab(lab)), ("name", "question", "claims"))


def run(
    name: str, tier: str = "smoke", seed: int = 0, records: Where = None, lab: Where = None, **settings: Any
) -> Verdicts:
    """Run a protocol to decisions, or continue what is on disk, and judge it.

    >>> import tempfile, theorylab
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     verdicts = theorylab.run("quadratic_variance", eta=[0.5], records=folder)
    >>> {v.outcome for v in verdicts if v.claim == "quadratic.variance"}
    {'agrees'}

    Args:
        name: of the protocol.
        tier: "smoke", "standard" or "full".
        seed: of every stream, 0 .. 2^64 - 1.
        records: folder of the records.
        lab: folder of the lab.
        settings: of the protocol, by name; a list where a setting is varied.

    Raises:
        InputError: an unknown name or setting, a value of another kind, a cell outside a claim's domain.
    """
    from theorylab.running import protocols

    with _jax_of_a_run():
        return protocols.run(_lab(lab, records), name, tier, _seed(seed), _texts(settings))


def check(*names: str, records: Where = None, lab: Where = None) -> Verdicts:
    """Judge what the records of the named protocols (or all) hold; run nothing.

    >>> import tempfile, theorylab
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = theorylab.run("quadratic_variance", eta=[0.5], records=folder)
    ...     verdicts = theorylab.check(records=folder)
    >>> sorted({v.claim for v in verdicts})
    ['quadratic.note_14', 'quadratic.note_28', 'quadratic.variance']
    """
    from theorylab.lab import checking

    return checking.check(_lab(lab, records), names or None)


def challenge(name: str, formula: Any, records: Where = None, lab: Where = None) -> Verdicts:
    """Judge your own formula, a text or a sympy expression in the claim's symbols, on the records that test a claim.

    >>> import tempfile, sympy, theorylab
    >>> eta, sigma, lam = sympy.symbols("eta sigma lam")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = theorylab.run("quadratic_variance", eta=[0.5], records=folder)
    ...     verdicts = theorylab.challenge("quadratic.variance", eta * sigma**2 / (2 * lam), records=folder)
    >>> [v.outcome for v in verdicts]
    ['disagrees']

    Raises:
        InputError: no such claim; a formula with other symbols; no fresh record tests the claim.
    """
    from theorylab.errors import InputError
    from theorylab.lab import checking

    verdicts = checking.challenge(_lab(lab, records), name, formula)
    if not verdicts:
        raise InputError(f"challenge {name}: no fresh record tests this claim; run a protocol that tests it first")
    return verdicts


def records(*names: str, records: Where = None, lab: Where = None) -> Table:
    """What is on disk, of the named protocols or with the named ids: id, settings, seed, state, data_sha256.

    >>> import tempfile, theorylab
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = theorylab.run("quadratic_variance", eta=[0.5], records=folder)
    ...     [(r["protocol"], r["state"]) for r in theorylab.records(records=folder)]
    [('quadratic_variance', 'fresh')]
    """
    from theorylab.lab import listing
    from theorylab.lab.table import Table

    rows = listing.listing(_lab(lab, records), names or None)
    return Table(rows, ("id", "state", "tier", "seed", "replicates", "diverged", "why"))


def record(name: str, records: Where = None, lab: Where = None) -> xarray.Dataset:
    """The record with id `name` as an xarray.Dataset, axis "replicate" first.

    >>> import tempfile, theorylab
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = theorylab.run("quadratic_variance", eta=[0.5], records=folder)
    ...     [found] = theorylab.records(records=folder)
    ...     sorted(theorylab.record(found["id"], records=folder).data_vars)
    ['diverged', 'square']
    """
    from theorylab import store

    return store.dataset(store.find(_lab(lab, records).records, name))


def figure(name: str, record: str | None = None, records: Where = None, lab: Where = None) -> matplotlib.figure.Figure:
    """The figure `name`, drawn from the records that speak (those with the default settings); `savefig` writes it.

    `record` is the id of one that speaks instead, as a run with other settings has.

    >>> import tempfile, theorylab
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [verdict, *_] = theorylab.run("quadratic_variance", eta=[0.1, 0.5], records=folder)
    ...     type(theorylab.figure("quadratic_variance", verdict.record, folder)).__name__
    'Figure'

    Raises:
        InputError: no such figure; a protocol that it is drawn from has no fresh record.
    """
    from theorylab.drawing import redraw

    return redraw.figure(_lab(lab, records), name, record)


def plan(name: str, tier: str = "smoke", lab: Where = None, **settings: Any) -> dict[str, Any]:
    """What a run would cost (seconds, bytes) and which controls it could tell apart; computes a chunk and keeps none.

    >>> import theorylab
    >>> theorylab.plan("quadratic_variance", eta=[0.5])["cells"]
    1
    """
    from theorylab.running import plan

    with _jax_of_a_run():
        return plan.plan(_lab(lab), name, tier, _texts(settings))


def report(out: Where = None, records: Where = None, lab: Where = None) -> Path:
    """Write the static site of a lab's claims, records and drawn figures; its index."""
    from theorylab.site import assemble

    return assemble.report(_lab(lab, records), Path(out) if out is not None else None)


def reproduce(tier: str = "smoke", seed: int = 0, records: Where = None, lab: Where = None) -> Verdicts:
    """Derive, run, judge, draw and report everything in this process, one protocol after the other.

    Raises:
        InputError: protocols failed, named at the end; the others are done.
    """
    from theorylab.cli import reproduce
    from theorylab.errors import InputError

    with _jax_of_a_run():
        found = reproduce.reproduce(_lab(lab, records), tier, _seed(seed), devices=1)
    if found.failed:
        raise InputError(f"failed, as said above: {', '.join(found.failed)}")
    return found.rows


def new(path: str | Path, copy: bool = False) -> Path:
    """Make a fresh lab with one worked example, or a copy of the standard lab.

    >>> import tempfile, theorylab
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mine = theorylab.new(f"{folder}/mine")
    ...     list(theorylab.claims(lab=mine))
    ['bowl.variance']
    """
    from theorylab.cli import new_lab

    new_lab.create(Path(path), copy)
    return Path(path)


def _lab(lab: Where, records: Where = None) -> Lab:
    from theorylab.lab.folder import find

    return find(lab, records)


def _seed(seed: int) -> int:
    from theorylab.errors import InputError

    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise InputError(f"seed={seed!r} is not a whole number from 0 to 2**64 - 1")
    return seed


def _texts(settings: dict[str, Any]) -> dict[str, str]:
    """Settings as the command line has them: JSON, which keeps every float."""
    from theorylab.errors import InputError

    found = {}
    for name, value in settings.items():
        try:
            found[name] = json.dumps(value, default=lambda v: v.tolist())  # arrays of numpy and JAX
        except (AttributeError, TypeError, ValueError) as error:
            raise InputError(f"setting {name}={value!r} is not a number, a text or a list of them") from error
    return found


@contextlib.contextmanager
def _jax_of_a_run() -> Iterator[None]:
    """JAX's settings that the engine relies on, for the time of a call."""
    import jax

    with jax.default_matmul_precision("highest"), jax.enable_x64(False), jax.numpy_rank_promotion("allow"):
        yield
