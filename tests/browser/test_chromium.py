"""Getting a browser for the tests never takes long, and says plainly where there is none."""

from __future__ import annotations

import sys

from . import chromium


def test_a_download_that_hangs_is_given_up() -> None:
    """A command that goes on for longer than it may is ended, with what it started."""
    hanging = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    assert chromium.got([sys.executable, "-c", hanging], seconds=0.5) == "not within 0.5 seconds"


def test_why_it_cannot_be_had_is_one_line() -> None:
    """Of all that a failed download prints, its error is told; a download that works tells nothing."""
    failing = "print('a stack'); print('Error: no network'); print('    at x'); raise SystemExit(1)"
    assert chromium.got([sys.executable, "-c", failing]) == "no network"
    assert chromium.got([sys.executable, "-c", "raise SystemExit(3)"]) == "exit code 3"
    assert chromium.got([sys.executable, "-c", "print('Downloading')"]) == ""
