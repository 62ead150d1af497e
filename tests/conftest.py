"""Shared fixtures: the repository's lab, and a private folder for records."""

import os

os.environ.setdefault("NPROC", "1")

import jax
import pytest
from jaxtyping import install_import_hook

jax.config.update("jax_num_cpu_devices", 2)
jax.config.update("jax_default_matmul_precision", "highest")

# shapes in signatures hold, in tests alone
install_import_hook(["models", "theorylab.train"], "checked_shapes.checked")

from theorylab.lab.folder import Lab, find  # noqa: E402


@pytest.fixture(scope="session")
def lab() -> Lab:
    return find()


@pytest.fixture
def records(tmp_path):
    return tmp_path / "records"
