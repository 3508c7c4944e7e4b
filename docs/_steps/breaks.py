"""Where a line of text doesn't break: within a product such as 3 × 3, and within a short piece of code."""

from __future__ import annotations

import re
from html import unescape

SHORT = 22
"""The most characters that stay on one line: about two thirds of a line on the narrowest phone."""

# What is drawn, listed or a tool's answer is left as it is.
PARTS = re.compile(
    r'<(pre|svg|math|template|script)\b.*?</\1>|<table class="tool-rows".*?</table>'
    r"|<code>(?P<code>[^<]*[ -][^<]*)</code>|<[^>]+>|[^<]+",
    re.DOTALL,
)
TERM = r"(?:\d+(?:,\d{3})*|[A-Z](?:_[a-z]+)?)"
AND_BIAS = r" \+ 1(?=\))"
PRODUCT = re.compile(rf"(?<!\w){TERM}(?:(?: [×−] {TERM})+(?:{AND_BIAS})?|{AND_BIAS})(?![\w,]*\w)")
OPTION = re.compile(r"--[\w-]+")


def keep(article: str) -> str:
    """The HTML of an article in which a product, short code and an option of a command stay on one line."""
    return PARTS.sub(_part, article)


def _part(found: re.Match[str]) -> str:
    if code := found["code"]:
        if len(unescape(code)) <= SHORT:
            return f'<code class="whole">{code}</code>'
        return "<code>" + OPTION.sub(r'<span class="whole">\g<0></span>', code) + "</code>"
    return found[0] if found[0].startswith("<") else PRODUCT.sub(_product, found[0])


def _product(found: re.Match[str]) -> str:
    return found[0].replace(" ", "\N{NO-BREAK SPACE}") if len(found[0]) <= SHORT else found[0]
