"""Cells of a CSV that a spreadsheet must not run as a formula (CWE-1236). Pure.

A spreadsheet runs what begins with `=`, `+`, `-` or `@`, also in their full-width
forms, and looks behind a tab, a line break or a blank that stands first. An
apostrophe in front makes a text of it. A telephone number in E.164 is the one
thing that begins with `+` and stays as it is, in columns that hold numbers only.
"""

from __future__ import annotations

import re

FORMULA = re.compile(r"[\s\x00-\x1f\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]|[\t\r\n]")
NUMBERS = re.compile(r"\+[0-9]{5,15}(?: ::: \+[0-9]{5,15})*")


def harmless(value: object) -> str:
    """A cell's text; an apostrophe first where a spreadsheet would run it as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) else text


def numbers_or_harmless(value: str) -> str:
    """E.164 numbers joined by ` ::: ` as they are; anything else as `harmless`."""
    return value if NUMBERS.fullmatch(value) else harmless(value)
