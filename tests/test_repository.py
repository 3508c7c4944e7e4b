"""What must hold of the repository itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ("requirements.txt", "requirements-backends.txt")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()]


def test_the_pins_hold_no_address() -> None:
    """The files that pin versions name packages and versions, and no address to fetch them from."""
    for name in (*REQUIREMENTS, "package-lock.json"):
        text = (ROOT / name).read_text("utf8")
        assert not re.search(r'"resolved":|^--|@ (?:https?|file):', text, re.MULTILINE), name


def test_each_requirement_is_pinned() -> None:
    """Each line of the requirements names one version."""
    lines = [line for name in REQUIREMENTS for line in (ROOT / name).read_text("utf8").splitlines()]
    assert [line for line in lines if not re.match(r"[A-Za-z0-9._-]+(?:\[[\w,]+\])?==\S+", line)] == []


def test_no_large_or_generated_file_is_tracked() -> None:
    """No data set, no bundle and no picture is in the repository: nothing over 400 KB, no binary array, no bitmap."""
    odd = [path.name for path in tracked() if path.stat().st_size > 400_000]
    odd += [
        path.name
        for path in tracked()
        if path.suffix in {".npz", ".npy", ".h5", ".keras", ".png", ".jpg", ".woff2", ".whl"}
    ]
    assert odd == []


def test_no_merge_is_left_undone() -> None:
    """No file holds the marks of a conflict that nobody resolved."""
    marks = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
    assert [str(path) for path in tracked() if marks.search(path.read_bytes())] == []


def test_ci_runs_what_the_readme_says() -> None:
    """.ci/run ends in the README's own command for proving everything, which serves on the README's address."""
    assert (ROOT / ".ci" / "run").read_text("utf8").rstrip().endswith("exec make test")
    readme = (ROOT / "README.md").read_text("utf8")
    commands = re.search(r"```bash\n(.*?)```", readme, re.DOTALL)
    assert commands
    assert [line.split("  ")[0].strip() for line in commands[1].splitlines()] == ["make serve", "make test"]
    address = re.search(r"--dev-addr (\S+)", (ROOT / "Makefile").read_text("utf8"))
    assert address
    assert f"http://{address[1]}" in commands[1]
