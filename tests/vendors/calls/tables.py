"""The tables of formats in docs/vendor-calls.md.

.venv/bin/python -m tests.vendors.calls.tables
"""

from __future__ import annotations

from pathlib import Path

from privacy.vendors.calls.catalogue import markdown

PAGE = Path(__file__).parents[3] / "docs" / "vendor-calls.md"
BEGIN = "<!-- formats: made by `python -m tests.vendors.calls.tables` -->\n"
END = "<!-- /formats -->"


def page(text: str) -> str:
    """The page with its tables made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{markdown()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
