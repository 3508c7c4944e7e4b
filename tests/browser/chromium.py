"""The Chromium that the browser tests run in; `python -m tests.browser.chromium` gets Playwright's where none is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from .serving import FLAGS

SECONDS = 240
"""For how long a newcomer's first `make test` may wait for the download."""
INSTALL = [sys.executable, "-m", "playwright", "install", "chromium", "--no-shell", "--no-progress"]


def of_the_machine() -> str | None:
    """The path of an installed Chromium or Chrome."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def there() -> bool:
    """Whether the machine has a Chromium, or Playwright its own."""
    if of_the_machine():
        return True
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def launched(playwright: Playwright) -> Browser:
    """A headless browser: the machine's, else Playwright's own, which raises where it is missing or can't start."""
    if program := of_the_machine():
        return playwright.chromium.launch(executable_path=program, args=FLAGS)
    return playwright.chromium.launch(channel="chromium", args=FLAGS)


def got(command: list[str] = INSTALL, seconds: float = SECONDS) -> str:
    """Downloads Playwright's own; nothing, or else why it can't be had."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf8", start_new_session=True
    ) as download:
        try:
            output, _ = download.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(download.pid, signal.SIGKILL)  # the download is a process of the command's own
            return f"not within {seconds:g} seconds"
    if download.returncode == 0:
        return ""
    errors = [line for line in output.splitlines() if line.startswith("Error: ")]
    return (errors or output.splitlines() or [f"exit code {download.returncode}"])[0].removeprefix("Error: ")


def main() -> None:
    if there():
        return
    print(f"No Chromium here: getting Playwright's own for the browser tests (at most {SECONDS} seconds) …", flush=True)
    if reason := got():
        print(f"It can't be had, so the browser tests are skipped: {reason}")


if __name__ == "__main__":
    main()
