"""Shared fixtures: the repository's lab, and a private folder for records."""

import os
from pathlib import Path

os.environ.setdefault("NPROC", "1")

import jax
import pytest
from jaxtyping import install_import_hook

jax.config.update("jax_num_cpu_devices", 2)
jax.config.update("jax_default_matmul_precision", "highest")

# shapes in signatures hold, in tests alone; claims have none, and are read by their signatures
ROOMS = [p for p in Path(__file__).parents[1].glob("models/*/*") if p.stem not in ("claims", "__init__", "__pycache__")]
install_import_hook(["theorylab.train", *(f"models.{p.parent.name}.{p.stem}" for p in ROOMS)], "checked_shapes.checked")

from theorylab.lab.folder import Lab, find  # noqa: E402


@pytest.fixture(scope="session")
def lab() -> Lab:
    return find()


@pytest.fixture
def records(tmp_path):
    return tmp_path / "records"
