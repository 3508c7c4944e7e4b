"""Old addresses: each leads to the page that stands for it now."""

from __future__ import annotations

import pytest

from docs._steps.redirects import MOVED, pages

from .page import ROOT


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_an_old_address_leads_to_a_page(old: str, new: str) -> None:
    """The new address is a page of the site, the old one is none, and the way between them is right."""
    assert (ROOT / "docs" / f"{new.strip('/')}.md").exists()
    assert not (ROOT / "docs" / f"{old.strip('/')}.md").exists()
    html = pages()[f"{old}index.html"]
    to = "../" * len(old.strip("/").split("/")) + new
    assert f'http-equiv="refresh" content="0; url={to}"' in html
    assert f'<a href="{to}">' in html
