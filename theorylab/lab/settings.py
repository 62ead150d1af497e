"""Settings of a protocol: those of a tier, and the user's changes given as texts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from theorylab.errors import InputError, unknown
from theorylab.lab.protocol import Protocol

TIERS = ("smoke", "standard", "full")

PILOT = 64  # replicates whose spread sets the size of the first look


def settings_of(name: str, protocol: Protocol, tier: str, changes: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The settings of a tier with the user's changes (texts) on top, checked by name and kind."""
    if tier not in TIERS:
        raise unknown("tier", tier, TIERS)
    values = {f.name: getattr(protocol.settings, f.name) for f in dataclasses.fields(protocol.settings)}
    values.setdefault("replicates", 4096)
    values.setdefault("chunk", min(1024, values["replicates"]))
    changed = dict(protocol.tiers.get(tier, {}))
    if tier == "full":
        values.update(protocol.tiers.get("standard", {}))
        changed = {"replicates": 4 * values["replicates"], **changed}
    values.update(changed)
    for key, text in (changes or {}).items():
        if key == "dtype" and hasattr(protocol.simulate, key):  # an ensemble offers it, declared or not
            values.setdefault(key, protocol.simulate.dtype)
        if key not in values:
            raise unknown(f"setting of protocol {name}:", key, values)
        values[key] = _parse(name, key, text, values[key])
    for key in ("replicates", "chunk"):
        if values[key] < PILOT:
            raise InputError(f"protocol {name}: {key}={values[key]} is below {PILOT}, the size of the pilot")
    values["chunk"] = min(values["chunk"], values["replicates"])
    return values


def _parse(protocol: str, key: str, text: str, old: Any) -> Any:
    """The setting `key` given as text, of the kind that the setting has."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = [_word(w) for w in text.split(",")] if "," in text else text
    varied = isinstance(old, tuple)
    if varied:
        nested = isinstance(old[0], tuple)
        depth = _depth(value) - _depth(list(old[0]) if nested else 0)
        items = value if depth > 0 else [value]
        return tuple(_kind(protocol, key, item, old[0]) for item in items)
    return _kind(protocol, key, value, old)


def _word(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list | tuple) and value else 0


def _kind(protocol: str, key: str, value: Any, old: Any) -> Any:
    said = f"protocol {protocol}: {key}={json.dumps(value)}"
    if isinstance(old, tuple):
        return tuple(_kind(protocol, key, v, old[0]) for v in value) if isinstance(value, list) else value
    if isinstance(old, bool) and not isinstance(value, bool):
        raise InputError(f"{said} is not true or false")
    if isinstance(old, int) and not isinstance(old, bool):
        if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
            raise InputError(f"{said} is not a whole number")
        return int(value)
    if isinstance(old, float):
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or value != value
            or abs(value) == float("inf")
        ):
            raise InputError(f"{said} is not a number")
        return float(value)
    if isinstance(old, str) and not isinstance(value, str):
        raise InputError(f"{said} is not a text")
    return value


def varied(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a record holds them, its lists made tuples again."""

    def made(value: Any) -> Any:
        return tuple(made(v) for v in value) if isinstance(value, list) else value

    return {k: made(v) for k, v in settings.items()}
