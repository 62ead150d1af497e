"""What an entry point sets before JAX starts: platform, devices, matrix products, compilation cache."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from theorylab import terminal
from theorylab.errors import InputError


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def configure(devices: int | None, platform: str | None = None) -> None:
    """What entry points set, and nothing else does: platform, devices, matmul precision, the compilation cache.

    Args:
        devices: processor cores to use as devices; all by default.
        platform: "cpu", "gpu", "tpu", ...; by default what JAX finds.

    Raises:
        InputError: a number of devices out of range; compilation is switched off.
    """
    import jax

    if jax.config.jax_disable_jit:  # pyright: ignore[reportAttributeAccessIssue]
        raise InputError("JAX_DISABLE_JIT is set: an ensemble is a compiled program; unset it")
    if devices is not None and not 1 <= devices <= 4096:
        raise InputError(f"--devices {devices} is not between 1 and 4096")
    count = devices or cores()
    os.environ["NPROC"] = str(count)  # threads of XLA's pool: with more than devices they get in each other's way
    with contextlib.suppress(RuntimeError):  # the back end runs already: another entry point of this process has set it
        jax.config.update("jax_num_cpu_devices", count)
    if platform is not None:
        jax.config.update("jax_platforms", platform)
    jax.config.update("jax_default_matmul_precision", "highest")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "theorylab" / "xla"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if not os.access(cache, os.W_OK):
            raise OSError("not writable")
    except OSError as error:
        terminal.warn(f"compiled programs are not kept ({cache}: {error})")
        return
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def device() -> str:
    """The devices of this process, in words. Raises InputError where JAX finds none of the platform asked for."""
    import jax

    try:
        devices = jax.local_devices()
    except (RuntimeError, AssertionError) as error:  # JAX asserts where the plug-in of a platform is not installed
        asked = getattr(jax.config, "jax_platforms", None)
        said = (str(error) or "not installed").splitlines()[0].split(" (set JAX_PLATFORMS", 1)[0]
        raise InputError(f"platform {asked!r} cannot be used here (--platform or JAX_PLATFORMS): {said}") from error
    many = f"{jax.process_count()} processes, each " if jax.process_count() > 1 else ""
    return f"{many}{len(devices)} x {devices[0].device_kind}"
