"""What may be printed: every character has a glyph of ours, or its code is printed.

An archive file must not hold a character without a glyph, a reader must not be
misled by characters that he cannot see, and text that turns the reading
direction must not turn the line around it. So an emoji, a script that is not
bundled, a control or a direction mark prints as its code, `[U+1F600]`; the
attached data keep the character itself.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent / "assets" / "fonts"
SPACES = frozenset("\n\t ")
JOINERS = frozenset("\u200c\u200d")
"""Zero-width joiners: invisible, but Persian and Arabic names are spelt with them."""


def printable(text: str) -> str:
    """`text` with every character that cannot be printed honestly replaced by its code."""
    if text.isascii() and text.isprintable():
        return text
    shown = covered()
    return "".join(c if _may_print(c, shown) else f"[U+{ord(c):04X}]" for c in text)


@lru_cache(maxsize=1)
def covered() -> frozenset[int]:
    """The code points for which a bundled font has a glyph."""
    from fontTools.ttLib import TTFont

    points: set[int] = set()
    for path in sorted(FONTS.glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            points.update(font.getBestCmap())
    return frozenset(points)


def _may_print(character: str, shown: frozenset[int]) -> bool:
    if character in SPACES or character in JOINERS:
        return True
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return False
    return ord(character) in shown
