"""The command line: derive, predict, run, check, challenge, draw, report. Heavy imports wait until they are needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from theorylab.errors import InputError, Unfinished

EXAMPLES = """\b
Examples:
  theorylab claims
  theorylab claim quadratic.variance
  theorylab predict quadratic.variance eta=0.1 lam=1.0 sigma=0.5
  theorylab run quadratic_variance --tier smoke
  theorylab challenge quadratic.variance --formula "eta*sigma**2/(2*lam)"
  theorylab reproduce --tier smoke

Exit status: 0 fine; 1 an outcome differs from the one its claim expects; 2 wrong input, said in one line;
3 interrupted or waiting for other shards, the same command continues.
"""

FOLDER = click.Path(path_type=Path)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
tier_option = click.option("--tier", default="smoke", metavar="smoke|standard|full", help="How much is run.")
seed_option = click.option("--seed", default=0, metavar="N", help="Seed of every stream.")
set_option = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Change a setting; a list as 0.1,0.2 or JSON."
)
devices_option = click.option("--devices", type=int, metavar="N", help="Local devices to use; default: all.")
platform_option = click.option("--platform", metavar="cpu|gpu|...", help="Where to compute; default: what JAX finds.")
names_argument = click.argument("names", nargs=-1, metavar="[NAME...]")


@click.group(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="theorylab", message="theorylab %(version)s")
def cli() -> None:
    """A theory lab for deep linear networks and toy models."""


def command(name: str | None = None) -> Any:
    """A command that takes --lab and --records, as every one does."""

    def wrap(function: Any) -> Any:
        function = click.option("--records", type=FOLDER, metavar="DIR", help="Default: LAB/records.")(function)
        function = click.option("--lab", type=FOLDER, metavar="DIR", help="The lab; default: the one around here.")(
            function
        )
        return cli.command(name)(function)

    return wrap


def _lab(lab: Path | None, records: Path | None) -> Any:
    from theorylab.lab.folder import find

    return find(lab, records)


def _pairs(items: Sequence[str] | None, what: str) -> dict[str, str]:
    pairs = {}
    for item in items or ():
        name, equals, value = item.partition("=")
        if not equals or not name or not value:
            raise InputError(f"{what} {item!r} is not of the form name=value")
        if name in pairs:
            raise InputError(f"{what} {name!r} is given twice")
        pairs[name.strip()] = value.strip()
    return pairs


@command()
@json_option
def claims(as_json: bool, lab: Path | None, records: Path | None) -> None:
    """List every claim: id, sentence, domain."""
    from theorylab.cli import tables

    rows = [c.as_dict() for c in _lab(lab, records).claims.values()]
    tables.document(rows) if as_json else tables.claims(rows)


@command()
@click.argument("name", metavar="ID")
@json_option
def claim(name: str, as_json: bool, lab: Path | None, records: Path | None) -> int:
    """Derive a claim step by step and verify each step."""
    from theorylab.cli import tables

    found = _lab(lab, records).claim(name)
    derivation = found.derivation_as_dict()
    row = {**found.as_dict(), **derivation}
    tables.document(row) if as_json else tables.claim(row)
    return 0 if derivation["verified"] else 1


@command()
@click.argument("name", metavar="ID")
@click.argument("inputs", nargs=-1, metavar="NAME=VALUE...")
@json_option
def predict(name: str, inputs: tuple[str, ...], as_json: bool, lab: Path | None, records: Path | None) -> None:
    """Evaluate a claim: theorylab predict quadratic.covariance eta=0.1 H='[[1,0],[0,0.2]]' C='[[1,0.5],[0.5,1]]'."""
    from theorylab import words
    from theorylab.cli import tables

    values = {k: words.parse(v) for k, v in _pairs(inputs, "input").items()}
    found = _lab(lab, records).claim(name)
    value = found.predict(**values)
    tables.document({"claim": name, "inputs": values, "value": value}) if as_json else tables.prediction(
        name, values, value
    )


@command()
@json_option
def protocols(as_json: bool, lab: Path | None, records: Path | None) -> None:
    """List every protocol: name, question, the claims it tests."""
    from theorylab.cli import tables
    from theorylab.lab.settings import TIERS

    found = _lab(lab, records)
    loaded = [(name, found.protocol(name)) for name in found.protocol_names]
    rows = [
        {"name": n, "question": p.question, "claims": sorted({t.claim for t in p.tests}), "tiers": list(TIERS)}
        for n, p in loaded
    ]
    tables.document(rows) if as_json else tables.table(rows, ("name", "question", "claims"))


@command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@tier_option
@seed_option
@set_option
@json_option
@devices_option
@platform_option
@click.option("--shard", metavar="I/N", help="Compute part I of N of what is missing; shards share a records folder.")
@click.option("--wait", type=float, metavar="SECONDS", help="How long a shard waits while no chunk of others arrives.")
@click.option("--scheduler", metavar="ADDRESS|local:N", help="Compute on the workers of a Dask scheduler.")
@click.option("--distributed", is_flag=True, help="Compute on all processes of a jax.distributed run.")
@click.option("--coordinator", metavar="HOST:PORT", help="With --distributed; default: as srun or mpirun say.")
@click.option("--rank", type=int, metavar="R", help="Which process this is, from 0.")
@click.option("--processes", type=int, metavar="N", help="How many processes there are.")
def run(
    names: tuple[str, ...],
    tier: str,
    seed: int,
    settings: tuple[str, ...],
    as_json: bool,
    devices: int | None,
    platform: str | None,
    shard: str | None,
    wait: float | None,
    scheduler: str | None,
    distributed: bool,
    coordinator: str | None,
    rank: int | None,
    processes: int | None,
    lab: Path | None,
    records: Path | None,
) -> int:
    """Run protocols (or continue them) and judge them: theorylab run quadratic_variance --set eta=0.1."""
    from theorylab.cli import tables
    from theorylab.running import environment, job, local, protocols

    if sum((shard is not None, scheduler is not None, distributed)) > 1:
        raise InputError("--shard, --scheduler and --distributed do not go together")
    if wait is not None and (shard is None or not 0 <= wait < float("inf")):
        raise InputError(f"--wait {wait:g} goes with --shard and is 0 or more seconds")
    if not distributed and (coordinator is not None or rank is not None or processes is not None):
        raise InputError("--coordinator, --rank and --processes go with --distributed")
    fill = local.alone
    if shard is not None:
        fill = local.share(*_shard(shard), wait)
    if scheduler is not None:
        from theorylab.running.dask import spread

        fill = spread(scheduler)
    found, changes = _lab(lab, records), _pairs(settings, "setting")
    environment.configure(devices, platform)
    if distributed:
        import jax

        from theorylab.running import hosts

        for name in names:
            found.check_protocol(name)  # imports nothing, which would start JAX
        hosts.join(coordinator, rank, processes)
        environment.device()
        if jax.process_index() > 0:
            hosts.follow([job.job(found, name, tier, _seed(seed), changes) for name in dict.fromkeys(names)])
            return 0
        fill = hosts.lead
    rows = protocols.run_all(found, names, tier, _seed(seed), changes, fill, keep=shard is not None)
    return tables.verdicts(rows, tier, as_json)


def _shard(text: str) -> tuple[int, int]:
    index, slash, of = text.partition("/")
    if not slash or not index.isdecimal() or not of.isdecimal() or not 1 <= int(index) <= int(of):
        raise InputError(f"--shard {text} is not of the form I/N with I from 1 to N")
    return int(index), int(of)


@command()
@names_argument
@json_option
def check(names: tuple[str, ...], as_json: bool, lab: Path | None, records: Path | None) -> int:
    """Judge what the records hold; run nothing."""
    from theorylab.cli import tables
    from theorylab.lab import checking

    rows = checking.check(_lab(lab, records), names or None)
    return tables.verdicts(rows, None, as_json)


@command()
@click.argument("name", metavar="ID")
@click.option("--formula", required=True, metavar="EXPR", help="Your formula in the claim's symbols.")
@json_option
def challenge(name: str, formula: str, as_json: bool, lab: Path | None, records: Path | None) -> int:
    """Judge your own formula on the records that test a claim."""
    from theorylab.cli import tables
    from theorylab.lab import checking

    rows = checking.challenge(_lab(lab, records), name, formula)
    return tables.challenge(rows, name, formula, as_json)


@command("records")
@names_argument
@json_option
@click.option("--export", type=FOLDER, metavar="FILE", help="Write the named record to FILE.")
@click.option("--import", "bring", type=FOLDER, metavar="FILE", help="Take a record from FILE.")
def list_records(
    names: tuple[str, ...],
    as_json: bool,
    export: Path | None,
    bring: Path | None,
    lab: Path | None,
    records: Path | None,
) -> None:
    """List what is on disk (by protocol or record id), export or import a record as one file."""
    from theorylab.cli import tables
    from theorylab.lab import listing

    found = _lab(lab, records)
    if export is not None and bring is not None:
        raise InputError("records: --export and --import do not go together")
    if export is not None or bring is not None:
        listing.exchange(found, names or [], export, bring)
    rows = listing.listing(found, names or None)
    tables.document(rows) if as_json else tables.table(
        rows, ("id", "state", "seed", "replicates", "diverged", "data_sha256")
    )


@command()
@names_argument
def figures(names: tuple[str, ...], lab: Path | None, records: Path | None) -> None:
    """Redraw from records; run nothing."""
    from theorylab.drawing import redraw

    for path in redraw.draw(_lab(lab, records), names or None):
        print(path)


@command()
@click.option("--out", type=FOLDER, metavar="DIR", help="Default: LAB/report.")
def report(out: Path | None, lab: Path | None, records: Path | None) -> None:
    """Write one self-contained static site from records."""
    from theorylab.site import assemble

    print(assemble.report(_lab(lab, records), out))


@command()
@tier_option
@seed_option
@devices_option
@platform_option
def reproduce(
    tier: str, seed: int, devices: int | None, platform: str | None, lab: Path | None, records: Path | None
) -> int:
    """Everything for everything: derive, run, judge, draw, report. Interrupted, it continues."""
    from theorylab.cli import reproduce, tables
    from theorylab.running import environment

    found = _lab(lab, records)
    environment.configure(devices, platform)
    rows, failed = reproduce.reproduce(found, tier, _seed(seed), devices)
    status = tables.verdicts(rows, tier, False)
    return _fail(f"failed, as said above: {', '.join(failed)}") if failed else status


@command()
@names_argument
@tier_option
@set_option
@json_option
@devices_option
@platform_option
def plan(
    names: tuple[str, ...],
    tier: str,
    settings: tuple[str, ...],
    as_json: bool,
    devices: int | None,
    platform: str | None,
    lab: Path | None,
    records: Path | None,
) -> None:
    """Before running (all protocols by default): time, disk, memory, and controls too close to be told apart."""
    from theorylab.cli import tables
    from theorylab.running import environment, plan

    found, changes = _lab(lab, records), _pairs(settings, "setting")
    environment.configure(devices, platform)
    rows = [plan.plan(found, name, tier, changes) for name in names or found.protocol_names]
    tables.document(rows) if as_json else tables.plan(rows)


@command()
@click.argument("path", type=FOLDER)
@click.option("--copy", is_flag=True, help="All rooms of the standard lab, to edit, instead of one worked example.")
def new(path: Path, copy: bool, lab: Path | None, records: Path | None) -> None:
    """Make a fresh lab with one worked example, or a copy of the standard lab."""
    from theorylab.cli import new_lab

    new_lab.create(path, copy)
    held = "a copy of the standard lab" if copy else "a lab with one claim and one protocol"
    print(f"{path}: {held}; try\n  cd {path}\n  theorylab reproduce")


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**64:
        raise InputError(f"--seed {seed} is not between 0 and 2**64 - 1")
    return seed


def app(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status and never a traceback for wrong input."""
    status = _app(arguments)
    if "theorylab.running.hosts" in sys.modules:
        sys.modules["theorylab.running.hosts"].leave(status)
    return status


def _app(arguments: Sequence[str] | None) -> int:
    try:
        status = cli(args=None if arguments is None else list(arguments), prog_name="theorylab", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except InputError as error:
        return _fail(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return 0
    except click.ClickException as error:
        return _fail(error.format_message())
    except Unfinished as unfinished:
        _fail(str(unfinished))
        return 3
    except (KeyboardInterrupt, click.exceptions.Abort):
        print("theorylab: interrupted; the same command continues where it stopped", file=sys.stderr)
        return 3
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a disk or folder that refuses
        if error.filename is None:
            raise
        return _fail(f"{error.filename}: {error.strerror}")


def _fail(message: str) -> int:
    print("theorylab: " + " ".join(message.split()), file=sys.stderr)
    return 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `theorylab` command."""
    from theorylab import terminal

    terminal.listen()
    sys.exit(app(arguments))


def run_file(file: str) -> None:
    """Entry point of a protocol's own file: `theorylab run NAME`, with the arguments that python was given."""
    from theorylab.lab.folder import around

    lab = around(Path(file))
    main(["run", lab.protocol_name(Path(file).resolve()), "--lab", str(lab.root), *sys.argv[1:]])
