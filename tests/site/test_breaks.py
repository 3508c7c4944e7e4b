"""What stays on one line on the site, and what may break."""

from __future__ import annotations

import pytest

from docs._steps.breaks import keep


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<p>a 3 × 3 layer</p>", "<p>a 3_×_3 layer</p>"),
        ("<p>so (F − 1) × R</p>", "<p>so (F_−_1) × R</p>"),
        ("<p>32 × (3 × 3 × 16 + 1) = 4,640</p>", "<p>32 × (3_×_3_×_16_+_1) = 4,640</p>"),
        ("<p>a height × width</p>", "<p>a height × width</p>"),
        ("<p>1,024 × 1,024 × 1,024 × 1,024</p>", "<p>1,024 × 1,024 × 1,024 × 1,024</p>"),
        ("<pre>3 × 3</pre><svg><text>3 × 3</text></svg>", "<pre>3 × 3</pre><svg><text>3 × 3</text></svg>"),
        ('<p title="3 × 3">3</p>', '<p title="3 × 3">3</p>'),
        ("<code>Conv2D(8, 3)</code>", '<code class="whole">Conv2D(8, 3)</code>'),
        ("<code>GlobalAveragePooling2D()</code>", "<code>GlobalAveragePooling2D()</code>"),
        (
            "<code>cnnnotes explain model.keras --columns layer</code>",
            '<code>cnnnotes explain model.keras <span class="whole">--columns</span> layer</code>',
        ),
    ],
)
def test_a_product_and_short_code_stay_on_one_line(written: str, kept: str) -> None:
    """No line breaks within a product, a short piece of code or an option; what is long or drawn stays as it is."""
    assert keep(written).replace("\N{NO-BREAK SPACE}", "_") == kept
