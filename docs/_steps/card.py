"""The picture that is shown beside a link to the site elsewhere: 1200 × 630 pixels, drawn from the site's own parts."""

from __future__ import annotations

import functools
import io

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from cnnnotes.layers import outcome
from docs._steps.fonts import PACKAGES
from docs._steps.landing import digit, feature_map

SIZE = 1200, 630
PAPER, INK, MUTED, ACCENT = "#fdfcf9", "#1f2328", "#5c6470", "#0b6e69"  # of docs/assets/site.css, in light


@functools.cache
def face(package: str, name: str, size: int) -> ImageFont.FreeTypeFont:
    """A typeface of the site: Pillow reads no WOFF2, so it is unpacked."""
    font = TTFont(PACKAGES / package / "fonts" / "complete" / "woff2" / f"{name}.woff2")
    font.flavor = None
    file = io.BytesIO()
    font.save(file)
    return ImageFont.truetype(io.BytesIO(file.getvalue()), size)


def card() -> bytes:
    """The card as a PNG."""
    picture = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(picture)
    row = outcome("Conv2D", {"filters": 64, "kernel_size": 3}, [(None, 222, 222, 32)]).params
    assert row is not None
    pen.text((70, 60), f"Where does {row.value:,}\ncome from?", INK, face("plex-serif", "IBMPlexSerif-SemiBold", 78))
    pen.text((70, 280), row.numeric(), ACCENT, face("plex-mono", "IBMPlexMono-Regular", 44))
    pen.text((70, 530), "cnnnotes", INK, face("plex-serif", "IBMPlexSerif-SemiBold", 36))
    words = "convolutional networks in Keras, every number explained"
    pen.text((250, 534), words, MUTED, face("plex-sans", "IBMPlexSans-Regular", 30))
    image, found = digit(), feature_map()
    strength = np.clip(abs(found) / np.percentile(abs(found), 99), 0, 1)
    for left, values in ((730, image / 255), (950, strength)):
        shades = Image.fromarray((255 - 255 * values).astype(np.uint8)).resize((200, 200), Image.Resampling.NEAREST)
        picture.paste(shades, (left, 290))
        pen.rectangle((left, 290, left + 200, 490), outline=MUTED)
    file = io.BytesIO()
    picture.quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()
