from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
ALONE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
"""An environment in which a program finds no more of this project than is installed for it."""


def run(command: Iterable[object], cwd: Path = ROOT) -> str:
    """What a command prints; where it fails, that is the failure of the test."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=ALONE, capture_output=True, encoding="utf8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Built(NamedTuple):
    """The files of a release."""

    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A release, built as the release workflow builds it: the wheel from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder])
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)
