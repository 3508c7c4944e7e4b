"""Says at the end of a run how many numbers on the pages no test holds, and why."""

from __future__ import annotations

from collections import Counter

import pytest

from .page import PAGES, read, without_exempt


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    totals: Counter[str] = Counter()
    for path in PAGES:
        for line in read(path).claims("prose", "text", "table"):
            totals += without_exempt(line)[1]
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(totals.items()))
    terminalreporter.write_line(f"numbers on the pages that no test holds: {told or 'none'}")
