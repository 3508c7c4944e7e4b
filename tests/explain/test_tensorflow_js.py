"""Files as the real TensorFlow.js writes them, in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cnnnotes import explain

ROOT = Path(__file__).parents[2]
INSTALLED = (ROOT / "node_modules" / "@tensorflow" / "tfjs-layers").exists() and shutil.which("node")


@pytest.mark.skipif(not INSTALLED, reason="npm ci installs @tensorflow/tfjs-layers, a development dependency")
def test_what_tensorflow_js_writes_is_what_it_says() -> None:
    """Each row of a stack and of a graph has the shape and the count that TensorFlow.js gives, and so has the total."""
    script = Path(__file__).with_name("tensorflow_js.cjs").read_text("utf8")
    done = subprocess.run(
        ["node", "--input-type=commonjs", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    models = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(models) == 2
    for model in models:
        explanation = explain(json.dumps(model["file"]))
        found = [[row.name, list(row.output_shape), row.params] for row in explanation.rows]
        assert found == model["rows"]
        assert explanation.total_params == model["total"]
