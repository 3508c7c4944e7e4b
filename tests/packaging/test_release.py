"""What would go to the package index: the files themselves, as they are built."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

import cnnnotes
import hatch_build
from tests.packaging.conftest import ALONE, ROOT, Built, run

SUMMARY = """\
Model: "sequential"
 Layer (type)                Output Shape              Param #
=================================================================
 conv2d (Conv2D)             (None, 26, 26, 32)        320
 flatten (Flatten)           (None, 21632)             0
 dense (Dense)               (None, 10)                216330
=================================================================
Total params: 216650
"""


@pytest.fixture(scope="session")
def metadata(built: Built) -> Message:
    """What the wheel says of itself."""
    with zipfile.ZipFile(built.wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(wheel.read(name).decode("utf8"))


def test_the_index_would_take_both_files(built: Built) -> None:
    """`twine check --strict` finds nothing wrong with their metadata."""
    run([sys.executable, "-m", "twine", "check", "--strict", *built])


def test_the_wheel_holds_the_package_and_nothing_else(built: Built) -> None:
    """Each file of `cnnnotes` in the repository is in the wheel, `py.typed` too, and no other but its metadata."""
    with zipfile.ZipFile(built.wheel) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(["git", "ls-files", "cnnnotes"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert packed == set(tracked.stdout.split())
    assert "cnnnotes/py.typed" in packed
    run([sys.executable, "-m", "check_wheel_contents", built.wheel])


def test_the_sdist_holds_what_a_wheel_is_made_of(built: Built) -> None:
    """The sdist has the package, its build, README, licence and changelog; no page, test, data or picture."""
    with tarfile.open(built.sdist) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames()}
    beside = {name for name in names if not name.startswith("cnnnotes/")}
    assert beside == {
        *(".gitignore", "CHANGELOG.md", "CITATION.cff", "LICENSE", "PKG-INFO", "README.md"),
        *("hatch_build.py", "pyproject.toml"),
    }


def test_the_metadata_says_what_users_look_for(metadata: Message) -> None:
    """The index shows the version, the author, the licence, the addresses, the Pythons, and three extras."""
    assert (metadata["Name"], metadata["Version"]) == ("cnnnotes", cnnnotes.__version__)
    assert metadata["Author"] == "The cnnnotes authors"
    assert metadata["License-Expression"] == "MIT"
    urls = dict(url.split(", ") for url in metadata.get_all("Project-URL", []))
    assert urls.keys() == {"Homepage", "Source", "Issues", "Changelog"}
    assert all(url.startswith((hatch_build.site(), hatch_build.repository())) for url in urls.values())
    assert metadata["Requires-Python"] == ">=3.11"
    classifiers = metadata.get_all("Classifier", [])
    assert [line[-4:] for line in classifiers if "Python :: 3." in line] == ["3.11", "3.12", "3.13", "3.14"]
    assert any(line.startswith("Development Status ::") for line in classifiers)
    assert metadata.get_all("Provides-Extra") == ["h5", "keras", "plots"]
    assert all("extra ==" in requirement for requirement in metadata.get_all("Requires-Dist", []))


def test_no_link_of_the_readme_on_the_index_is_relative(metadata: Message) -> None:
    """Each link and picture of the README is absolute there, names a file of the repository, and is relative here."""
    shown, here = metadata.get_payload(), (ROOT / "README.md").read_text("utf8")
    links = re.findall(r"\]\(([^)\s]+)\)", str(shown))
    assert len(links) == len(re.findall(r"\]\(([^)\s]+)\)", here)) > 3
    assert [link for link in links if not link.startswith("https://")] == []
    targets = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", here) if "://" not in link]
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_wheel_works_alone(built: Built, tmp_path: Path) -> None:
    """Installed by itself into a fresh environment, the command line explains a summary that was pasted."""
    environment = tmp_path / "environment"
    run([sys.executable, "-m", "venv", "--without-pip", environment])
    folder = environment / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", environment, "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", "--no-index", built.wheel])
    (tmp_path / "summary.txt").write_text(SUMMARY, "utf8")
    done = subprocess.run(
        [folder / "cnnnotes", "explain", "summary.txt"], cwd=tmp_path, env=ALONE, capture_output=True, check=True
    )
    printed = done.stdout.decode(errors="replace")
    assert re.search(r"dense \(Dense\).*216,330 +10 . \(21632 \+ 1\)", printed), printed
    assert run([folder / "cnnnotes", "--version"], tmp_path).strip() == f"cnnnotes {cnnnotes.__version__}"
    origin = run([folder / "python", "-c", "import cnnnotes; print(cnnnotes.__file__)"], tmp_path)
    assert Path(origin.strip()).is_relative_to(environment)
