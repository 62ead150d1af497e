"""Settings of a protocol: those of a tier, and the user's changes given as texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_type_hints

from theorylab.errors import InputError, unknown
from theorylab.lab import typed
from theorylab.lab.protocol import Protocol
from theorylab.lab.varied import Varied

TIERS = ("smoke", "standard", "full")

PILOT = 64  # replicates whose spread sets the size of the first look


def settings_of(
    name: str, protocol: Protocol[Any], tier: str, changes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The settings of a tier with the user's changes (texts) on top, checked by name and type.

    A noise that the protocol does not train is refused: its rows would bear a name that is not theirs.
    """
    if tier not in TIERS:
        raise unknown("tier", tier, TIERS)
    kinds = types(protocol)
    values = {f.name: f.default for f in dataclasses.fields(protocol.settings) if f.default is not dataclasses.MISSING}
    values["replicates"] = protocol.replicates
    values["chunk"] = protocol.chunk or min(1024, protocol.replicates)
    changed = dict(protocol.tiers.get(tier, {}))
    if tier == "full":
        values.update(protocol.tiers.get("standard", {}))
        changed = {"replicates": 4 * values["replicates"], **changed}
    values.update(changed)
    for key, text in (changes or {}).items():
        if key == "dtype" and hasattr(protocol.simulate, key):  # an ensemble offers it, declared or not
            values.setdefault(key, getattr(protocol.simulate, key))
        if key not in values:
            raise unknown(f"setting of protocol {name}:", key, values)
        values[key] = typed.read(f"protocol {name}: {key}", text, kinds[key], isinstance(values[key], Varied))
    for word in _noises(values):
        if word not in (trained := [w for noises in _declared(protocol) for w in noises]):
            raise unknown(f"noise of protocol {name}:", word, dict.fromkeys(trained))
    for key in ("replicates", "chunk"):
        if values[key] < PILOT:
            raise InputError(f"protocol {name}: {key}={values[key]} is below {PILOT}, the size of the pilot")
    values["chunk"] = min(values["chunk"], values["replicates"])
    return values


def _declared(protocol: Protocol[Any]) -> Iterator[Sequence[str]]:
    """The noises that a protocol trains: those of its settings and of their tiers."""
    yield _noises(vars(protocol.settings))
    yield from map(_noises, protocol.tiers.values())


def _noises(settings: Mapping[str, Any]) -> Sequence[str]:
    noise = settings.get("noise", Varied())
    return noise if isinstance(noise, Varied) else (noise,)


def types(protocol: Protocol[Any]) -> dict[str, Any]:
    """The type of each setting; what a protocol need not declare among them."""
    return {"replicates": int, "chunk": int, "dtype": str, **get_type_hints(protocol.settings)}


def recorded(protocol: Protocol[Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a record holds them, its lists made tuples or varied values again."""
    kinds = types(protocol)
    return {k: typed.restored(v, kinds.get(k)) for k, v in settings.items()}
