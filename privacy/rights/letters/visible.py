"""Text of others as it may stand in a letter: what cannot be seen stands as its code. Pure.

A name or an answer that holds a direction mark, a control or another invisible sign
would turn or hide words of the letter around it. Line ends are no signs of their own
in a line: they become one space.
"""

from __future__ import annotations

import unicodedata

# Invisible, but names in some scripts are spelt with them.
JOINERS = "\u200c\u200d"
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def line(text: str) -> str:
    """One line of `text`."""
    if text.isprintable():  # Nothing below would change it but for spaces.
        return " ".join(text.split())
    return " ".join("".join(_seen(character) for character in text).split())


def prose(text: str) -> str:
    """Several lines of `text`, each of them as `line`; at most one empty line in a row."""
    lines = [line(each) for each in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(
        each for number, each in enumerate(lines) if each or (number and lines[number - 1])
    ).strip("\n")


def _seen(character: str) -> str:
    if character in JOINERS:
        return character
    if character in "\r\n\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " "
    if unicodedata.category(character) in UNSEEN:
        return f"[U+{ord(character):04X}]"
    return character
