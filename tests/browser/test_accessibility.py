"""The built site, held against axe-core's rules for accessibility."""

from __future__ import annotations

import pytest

from .conftest import ROOT, Visit, all_pages

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_no_violation(visit: Visit, dark: bool) -> None:
    """axe-core finds nothing wrong with any page, in either palette."""
    visitor = visit(dark=dark)
    found = []
    for path in all_pages():
        page = visitor.open(path, until="load")
        if page.locator("pre > code").count():
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": 1280, "height": height})
            page.wait_for_selector(".md-code__nav", state="attached")  # the code buttons appear when they are seen
        page.add_script_tag(path=AXE)
        result = page.evaluate("axe.run({resultTypes: ['violations']})")
        found += [
            f"{path}: {violation['id']}: {node['target']} {node['html'][:120]}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
    assert found == []
