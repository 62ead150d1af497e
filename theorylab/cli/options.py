"""The options that commands share, and the kinds of values that they take."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from theorylab.errors import InputError
from theorylab.lab.settings import TIERS

FOLDER = click.Path(path_type=Path)


class Pair(click.ParamType):
    """`NAME=VALUE` as two texts; a list of them becomes a dictionary, a name given twice is refused."""

    name = "NAME=VALUE"

    def __init__(self, what: str) -> None:
        self.what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The two sides of the first equals sign."""
        if isinstance(value, tuple):
            return value
        name, equals, text = (part.strip() for part in value.partition("="))
        if not equals or not name or not text:
            raise InputError(f"{self.what} {value!r} is not of the form name=value")
        return name, text

    def together(
        self, ctx: click.Context, param: click.Parameter, pairs: tuple[tuple[str, str], ...]
    ) -> dict[str, str]:
        """All pairs of a command line, by name."""
        found: dict[str, str] = {}
        for name, text in pairs:
            if name in found:
                raise InputError(f"{self.what} {name!r} is given twice")
            found[name] = text
        return found


class Shard(click.ParamType):
    """`I/N` with 1 <= I <= N."""

    name = "I/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """(I, N)."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", value)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise InputError(f"--shard {value} is not of the form I/N with I from 1 to N")
        return int(found[1]), int(found[2])


class Seconds(click.ParamType):
    """A length of time, finite and not negative."""

    name = "SECONDS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 <= seconds < math.inf:
            raise InputError(f"{param.opts[0] if param else 'time'} {value} is not a number of seconds, 0 or more")
        return seconds


def pairs_option(*names: str, what: str, **kind: Any) -> Callable[..., Any]:
    """An option of `NAME=VALUE`, given as often as needed."""
    pair = Pair(what)
    return click.option(*names, type=pair, callback=pair.together, multiple=True, metavar=pair.name, **kind)


def pairs_argument(name: str, what: str) -> Callable[..., Any]:
    """The rest of the command line as `NAME=VALUE`."""
    pair = Pair(what)
    return click.argument(name, type=pair, callback=pair.together, nargs=-1, metavar=f"{pair.name}...")


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
tier_option = click.option("--tier", type=click.Choice(TIERS), default="smoke", help="How much is run.")
seed_option = click.option(
    "--seed", type=click.IntRange(0, 2**64 - 1), default=0, metavar="N", help="Seed of every stream."
)
set_option = pairs_option("--set", "settings", what="setting", help="Change a setting; a list as 0.1,0.2 or JSON.")
names_argument = click.argument("names", nargs=-1, metavar="[NAME...]")
_devices = click.option(
    "--devices", type=click.IntRange(1, 4096), metavar="N", help="Local devices to use; default: all."
)
_platform = click.option("--platform", metavar="cpu|gpu|...", help="Where to compute; default: what JAX finds.")


def machine_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--devices` and `--platform`."""
    return _devices(_platform(function))


def debug_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--debug`; read from the whole command line, because it concerns errors of its reading too."""
    said = "Show the whole traceback of an error."
    return click.option("--debug", is_flag=True, expose_value=False, help=said)(function)


def command(name: str | None = None, in_lab: bool = True) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with --lab, --records and --debug; it is given the `lab` that the first two name."""

    def wrap(function: Callable[..., Any]) -> click.Command:
        @click.option("--lab", type=FOLDER, metavar="DIR", help="The lab; default: the one around here.")
        @click.option("--records", type=FOLDER, metavar="DIR", help="Default: LAB/records.")
        @debug_option
        @functools.wraps(function)
        def found(*, lab: Path | None, records: Path | None, **given: Any) -> Any:
            if not in_lab:
                return function(**given)
            from theorylab.lab.folder import find

            return function(lab=find(lab, records), **given)

        return click.command(name)(found)

    return wrap
