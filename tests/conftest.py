"""Shared fixtures: the repository's lab, and a private folder for records."""

import os
import sys
from pathlib import Path

os.environ.setdefault("NPROC", "1")

import jax
import pytest
from jaxtyping import install_import_hook

jax.config.update("jax_num_cpu_devices", 2)
jax.config.update("jax_default_matmul_precision", "highest")

# shapes in signatures hold, in tests alone; claims have none, and are read by their signatures
ROOT = Path(__file__).resolve().parents[1]
ROOMS = [p for p in ROOT.glob("models/*/*") if p.stem not in ("claims", "__init__", "__pycache__")]
install_import_hook(["theorylab.train", *(f"models.{p.parent.name}.{p.stem}" for p in ROOMS)], "checked_shapes.checked")

from theorylab.lab.folder import Lab, find  # noqa: E402


@pytest.fixture(scope="session")
def lab() -> Lab:
    return find()


@pytest.fixture
def records(tmp_path):
    return tmp_path / "records"


_OWN: dict[str, object] = {}  # this lab's modules, as they were first imported


def _settle() -> None:
    """Put this lab's modules back where another lab's have taken their names."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("models", "protocols", "figures"):
            place = getattr(module, "__file__", None)
            if place is not None and Path(place).is_relative_to(ROOT):
                _OWN.setdefault(name, module)
            if _OWN.get(name) is not module:
                del sys.modules[name]
    sys.modules.update(_OWN)  # type: ignore[arg-type]
    for name, module in _OWN.items():
        package, _, last = name.rpartition(".")
        if package in _OWN:
            setattr(_OWN[package], last, module)


@pytest.fixture(autouse=True)
def own_modules():
    """A test that imports another lab leaves this one's packages as they were."""
    _settle()
    path = list(sys.path)
    yield
    sys.path[:] = path
    _settle()
