"""How commands show: one JSON document, or tables and colour for people.

The document goes to stdout; messages and progress go to stderr. Colour and
boxes appear in a terminal only; piped output is plain.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from privacy.errors import RightsdeskError

UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


def show_document(document: dict[str, Any]) -> None:
    """The one JSON document of a command."""
    text = json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n"
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        # A terminal of another encoding, or bytes of a path that are no text.
        sys.stdout.write(json.dumps(document, indent=1, default=str) + "\n")
    sys.stdout.flush()


def show_error(error: RightsdeskError, as_json: bool) -> int:
    """Show a failure and return its exit code."""
    if as_json:
        show_document(error.document())
    else:
        text = f"{error.message}"
        if error.what:
            text += f" ({error.what})"
        sys.stderr.write(f"rightsdesk: {text}\n")
        if error.next:
            sys.stderr.write(f"  {error.next}\n")
    return error.exit_code


def console(*, stderr: bool = False) -> Console:
    """A rich console; plain where nobody looks."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() else 110
    return Console(stderr=stderr, width=wide, highlight=False, soft_wrap=not stream.isatty())


def visible(text: str, *, lines: bool = False) -> str:
    """Somebody's text for a terminal: control and direction characters as their code.

    An escape sequence could move the cursor or hide a line, a direction mark could make a
    name read otherwise than it is. `lines`: line ends stay.
    """
    return "".join(
        c if (lines and c == "\n") or unicodedata.category(c) not in UNSEEN else f"\\u{ord(c):04x}"
        for c in text
    )


def note(text: str) -> None:
    """A message for people, on stderr."""
    sys.stderr.write(text + "\n")


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    empty: str = "",
    *,
    style: str = "",
) -> None:
    """A table on stdout; `empty` says what to do where there are no rows.

    `style` colours the title on a terminal; what it means stands in the title too.
    """
    from rich.box import HEAVY_HEAD
    from rich.table import Table

    looked_at = sys.stdout.isatty()
    shown = Table(
        title=title or None,
        title_justify="left",
        title_style=style or None,
        header_style="bold",
        box=HEAVY_HEAD if looked_at else None,
        pad_edge=looked_at,
    )
    for column in columns:
        shown.add_column(column, overflow="fold")
    count = 0
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
        count += 1
    if count or not empty:
        console().print(shown)
    else:
        console().print(empty)


def progress() -> Progress:
    """A progress display on stderr: bar, count, time left; nothing when piped."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=False,
        disable=not sys.stderr.isatty(),
    )
