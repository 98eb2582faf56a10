"""Cells of a CSV that a spreadsheet must not run as a formula (CWE-1236). Pure.

A spreadsheet runs what begins with `=`, `+`, `-` or `@`, also in their full-width
forms, and looks behind a tab, a line break or a blank that stands first. An
apostrophe in front makes a text of it. Where a program takes another separator than
the comma, the text behind a `;` or a tab is the next cell: a formula there gets an
apostrophe too. A telephone number in E.164 is the one thing that begins with `+` and
stays as it is, in columns that hold numbers only.
"""

from __future__ import annotations

import re

_BLANK = r"\s\x00-\x1f\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069"
_SIGN = r"=+\-@\uff1d\uff0b\uff0d\uff20\u2212"
FORMULA = re.compile(rf"[{_BLANK}]*[{_SIGN}]|[\t\r\n]")
# Behind a separator, with or without quotes and blanks between.
INSIDE = re.compile(rf"([;,\t\r\n|][\"'{_BLANK}]*)(?=[{_SIGN}])")
_APART = r"\1'"
NUMBERS = re.compile(r"\+[0-9]{5,15}(?: ::: \+[0-9]{5,15})*")


def harmless(value: object) -> str:
    """A cell's text; an apostrophe first where a spreadsheet would run it as a formula."""
    text = "" if value is None else str(value)
    apart = INSIDE.sub(_APART, text)
    return f"'{apart}" if FORMULA.match(text) else apart


def numbers_or_harmless(value: str) -> str:
    """E.164 numbers joined by ` ::: ` as they are; anything else as `harmless`."""
    return value if NUMBERS.fullmatch(value) else harmless(value)
