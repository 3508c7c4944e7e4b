"""The addresses that pages had before they moved, each with the page that stands for it now."""

from __future__ import annotations

MOVED = {
    "tutorials/mlp-v-cnn/": "learn/mlp-v-cnn/",
    "tutorials/summary/output/": "learn/model-summary/",
    "tutorials/summary/output-shape/": "learn/output-shape/",
    "tutorials/summary/parameters/": "learn/parameters/",
    "tutorials/summary/shape-formulas/": "learn/size-formulas/",
    "practical-notes/": "learn/practical-notes/",
    "depth-max-pooling/": "learn/depth-pooling/",
    "tools/pasted-summary/": "tools/explain/",
}
"""Old address: new address, both from the site's root."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page has moved</title>
<meta name="robots" content="noindex">
<link rel="canonical" href="{to}">
<meta http-equiv="refresh" content="0; url={to}">
<script>location.replace("{to}" + location.hash)</script>
</head>
<body><main><h1>This page has moved</h1><p>It is <a href="{to}">here</a> now.</p></main></body>
</html>
"""


def pages() -> dict[str, str]:
    """The file of each old address, and its HTML, which leads on with or without a script."""
    return {f"{old}index.html": PAGE.format(to="../" * old.count("/") + new) for old, new in MOVED.items()}
