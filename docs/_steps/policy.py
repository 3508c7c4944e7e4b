"""The policy of the pages that run a tool: what they may load and run, and that they may ask no other host.

A page carries it as a `<meta>`, which is all that a host without headers of its own allows. A host that sends it as a
header, with `strict()`, also binds the worker in which Python runs.
"""

from __future__ import annotations

import base64
import hashlib
import re

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)  # of Material's: the site has none of its own
RULES = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; worker-src 'self'; connect-src 'self'; "
    "style-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'self'; "
    "form-action 'self'"
)


def strict(page: str) -> str:
    """The policy of a page's HTML, or of a script, as a header: no script or style within the HTML but Material's."""
    digests = (hashlib.sha256(script.encode()).digest() for script in INLINE.findall(page))
    hashes = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return RULES.format(hashes=hashes) + "; frame-ancestors 'none'"


def with_policy(page: str) -> str:
    """The HTML with its policy. It outlasts instant navigation, and pages without a tool have styles within them."""
    rules = strict(page).replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").rpartition(";")[0]
    return page.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{rules}">', 1)
