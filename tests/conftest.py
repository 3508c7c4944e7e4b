from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from pytest_markdown_docs.plugin import MarkdownDocstringCodeModule

Collectors = list[pytest.Collector]


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, Collectors, Collectors]:
    """Docstrings of tests hold no blocks, and looking for some in what every module imports takes seconds."""
    return [found for found in (yield) if not isinstance(found, MarkdownDocstringCodeModule)]


@pytest.fixture(autouse=True)
def uncounted_layer_names() -> None:
    """Each test starts with Keras's layer names uncounted: `dense_1` is the second Dense of this test, not of a run."""
    if keras := sys.modules.get("keras"):
        keras.utils.clear_session(free_memory=False)
