"""The software that computes a replicate: the versions of its libraries and the switches that change numbers.

    chunks merge  <=>  their code, the versions of `COMPUTING` and the switches are the same

A switch that stands as XLA and JAX have it is no part of a record. The others are named in it, and its id differs.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Mapping
from pathlib import Path

COMPUTING = ("jax", "jaxlib", "optax", "flax", "numpy", "scipy", "sympy")
_LIBRARIES = ("theorylab", *COMPUTING, "h5netcdf", "h5py")
_VARIABLES = ("XLA_FLAGS", "LIBTPU_INIT_ARGS")
_HARMLESS = ("xla_force_host_platform_device_count", "xla_dump_", "xla_gpu_cuda_data_dir", "xla_hlo_profile",
             "xla_gpu_force_compilation_parallelism", "xla_detailed_logging", "xla_enable_dumping")  # fmt: skip
_SETTINGS = {
    "jax_allow_f16_reductions": ("True",),
    "jax_compiler_enable_remat_pass": ("True",),
    "jax_default_matmul_precision": ("None", "highest"),  # entry points set the second
    "jax_default_prng_impl": ("threefry2x32",),
    "jax_disable_jit": ("False",),
    "jax_disable_most_optimizations": ("False",),
    "jax_enable_x64": ("False",),  # an ensemble sets its own; a plain function does not
    "jax_exec_time_optimization_effort": ("0.0",),
    "jax_high_dynamic_range_gumbel": ("False",),
    "jax_numpy_dtype_promotion": ("standard", "NumpyDtypePromotion.STANDARD"),
    "jax_optimization_level": ("UNKNOWN",),
    "jax_random_seed_offset": ("0",),
    "jax_softmax_custom_jvp": ("False",),
    "jax_threefry_partitionable": ("True",),
}


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries: reported, no part of staleness."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def flags() -> dict[str, str]:
    """The switches of this process that change numbers: `{"xla_cpu_enable_fast_math": "true"}`; {} as a rule.

    Of XLA's flags every one counts but those known to change none; of JAX's settings those that do and that are not
    as JAX has them, set in the environment or in Python.
    """
    import jax

    found = {}
    for variable in _VARIABLES:
        for word in _text(os.environ.get(variable, "")).split():
            name, _, value = word.lstrip("-").partition("=")
            if not name.startswith(_HARMLESS):
                found[name] = value or "true"
    for name, usual in _SETTINGS.items():
        value = getattr(jax.config, name, None)
        if value is not None and str(value) not in usual:
            found[name] = str(value)
    if os.environ.get("NVIDIA_TF32_OVERRIDE"):
        found["NVIDIA_TF32_OVERRIDE"] = os.environ["NVIDIA_TF32_OVERRIDE"]
    return dict(sorted(found.items()))


def computing(found: Mapping[str, str]) -> dict[str, str]:
    """Of these versions those of the libraries that compute."""
    return {name: found[name] for name in COMPUTING if name in found}


def differences(one: Mapping[str, str], two: Mapping[str, str]) -> str:
    """Where two descriptions differ: `jax 0.10.1 and 0.10.2`; "" where they do not."""
    names = sorted({*one, *two})
    return ", ".join(f"{n} {one.get(n, 'none')} and {two.get(n, 'none')}" for n in names if one.get(n) != two.get(n))


def _text(flags: str) -> str:
    """XLA takes the flags themselves, or the name of a file that holds them."""
    if not flags.strip() or flags.lstrip().startswith("-"):
        return flags
    try:
        return Path(flags.strip()).read_text()
    except OSError:
        return ""
