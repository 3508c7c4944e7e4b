"""DepthMaxPool, on each Keras backend that is installed, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

CHECKS = Path(__file__).with_name("depth_pooling_checks.py")


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
@pytest.mark.parametrize("selected", ["not slow", pytest.param("slow", marks=pytest.mark.slow)])
def test_depth_max_pool_keeps_its_promises(backend: str, selected: str) -> None:
    """Everything in depth_pooling_checks.py holds on this backend."""
    if find_spec(backend) is None:
        pytest.skip(f"not run: {backend} is not installed (make backends installs it)")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", selected, str(CHECKS)]
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, cwd=CHECKS.parents[1], capture_output=True, text=True)
    print(done.stdout[-20_000:], done.stderr[-5_000:])
    assert done.returncode == 0
