"""Commands that compute: list protocols, plan what they cost, run them, reproduce everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from theorylab.cli import options
from theorylab.cli.options import command, json_option, machine_options, names_argument, set_option, tier_option
from theorylab.errors import InputError

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab


@command()
@json_option
def protocols(lab: Lab, as_json: bool) -> None:
    """List every protocol: name, question, the claims it tests."""
    from theorylab.cli import layout, tables
    from theorylab.lab import listing

    rows = listing.protocols(lab)
    tables.document(rows) if as_json else layout.table(rows, ("name", "question", "claims"))


@command()
@names_argument
@tier_option
@set_option
@json_option
@machine_options
def plan(
    lab: Lab,
    names: tuple[str, ...],
    tier: str,
    settings: dict[str, str],
    as_json: bool,
    devices: int | None,
    platform: str | None,
) -> None:
    """Before running (all protocols by default): time, disk, memory, and controls too close to be told apart."""
    from theorylab.cli import tables
    from theorylab.running import environment, plan

    environment.configure(devices, platform)
    rows = [plan.plan(lab, name, tier, settings) for name in names or lab.protocol_names]
    tables.document(rows) if as_json else tables.plan(rows)


@command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@tier_option
@options.seed_option
@set_option
@json_option
@machine_options
@click.option(
    "--shard", type=options.Shard(), help="Compute part I of N of what is missing; shards share a records folder."
)
@click.option("--wait", type=options.Seconds(), help="How long a shard waits while no chunk of others arrives.")
@click.option("--scheduler", metavar="ADDRESS|local:N", help="Compute on the workers of a Dask scheduler.")
@click.option("--distributed", is_flag=True, help="Compute on all processes of a jax.distributed run.")
@click.option("--coordinator", metavar="HOST:PORT", help="With --distributed; default: as srun or mpirun say.")
@click.option("--rank", type=int, metavar="R", help="Which process this is, from 0.")
@click.option("--processes", type=int, metavar="N", help="How many processes there are.")
def run(
    lab: Lab,
    names: tuple[str, ...],
    tier: str,
    seed: int,
    settings: dict[str, str],
    as_json: bool,
    devices: int | None,
    platform: str | None,
    shard: tuple[int, int] | None,
    wait: float | None,
    scheduler: str | None,
    distributed: bool,
    coordinator: str | None,
    rank: int | None,
    processes: int | None,
) -> int:
    """Run protocols (or continue them) and judge them: theorylab run quadratic_variance --set eta=0.1."""
    from theorylab.cli import tables
    from theorylab.running import environment, job, local, protocols

    if sum((shard is not None, scheduler is not None, distributed)) > 1:
        raise InputError("--shard, --scheduler and --distributed do not go together")
    if wait is not None and shard is None:
        raise InputError(f"--wait {wait:g} goes with --shard")
    if not distributed and (coordinator is not None or rank is not None or processes is not None):
        raise InputError("--coordinator, --rank and --processes go with --distributed")
    fill = local.alone
    if shard is not None:
        fill = local.share(*shard, wait)
    if scheduler is not None:
        from theorylab.running.dask import spread

        fill = spread(scheduler)
    environment.configure(devices, platform)
    if distributed:
        import jax

        from theorylab.running import hosts

        for name in names:
            lab.check_protocol(name)  # imports nothing, which would start JAX
        hosts.join(coordinator, rank, processes)
        environment.device()
        if jax.process_index() > 0:
            hosts.follow([job.job(lab, name, tier, seed, settings) for name in dict.fromkeys(names)])
            return 0
        fill = hosts.lead
    rows = protocols.run_all(lab, names, tier, seed, settings, fill, keep=shard is not None)
    return tables.verdicts(rows, tier, as_json)


@command()
@tier_option
@options.seed_option
@machine_options
def reproduce(lab: Lab, tier: str, seed: int, devices: int | None, platform: str | None) -> int:
    """Everything for everything: derive, run, judge, draw, report. Interrupted, it continues."""
    from theorylab.cli import reproduce
    from theorylab.running import environment

    environment.configure(devices, platform)
    return reproduce.conclude(reproduce.reproduce(lab, tier, seed, devices))
