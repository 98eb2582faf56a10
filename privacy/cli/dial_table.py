"""What `dial` shows while it runs: a table on a terminal, a line now and then in a pipe.

Every figure comes from `privacy.gateway.live`. What something means stands in words; colour
only repeats it, so the table reads the same without.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from privacy.cli.showing import console, note, visible
from privacy.desk import Desk
from privacy.errors import RightsdeskError
from privacy.gateway.live import Abandonment, Figures, figures

if TYPE_CHECKING:
    from rich.console import RenderableType

EVERY_S = 1.0
LINE_EVERY_S = 5.0
MOST_RULES = 8


@contextmanager
def watching(desk: Desk, campaign_id: str, line: str, *, quiet: bool = False) -> Iterator[None]:
    """Show how the run stands until it ends; `quiet` shows nothing."""
    if quiet:
        yield
        return
    zone = ZoneInfo(desk.config.controller.zone)
    with desk.reading() as db:
        since = desk.now_in(db)

    def look() -> Figures:
        with desk.reading() as db:
            return figures(db, campaign_id, since, desk.now_in(db))

    if sys.stderr.isatty():
        with _on_a_terminal(look, line, zone):
            yield
    else:
        with _repeated(LINE_EVERY_S, lambda: note(plain(look(), zone))):
            yield


@contextmanager
def _on_a_terminal(look: Callable[[], Figures], line: str, zone: ZoneInfo) -> Iterator[None]:
    from rich.live import Live

    with Live(console=console(stderr=True), auto_refresh=False, vertical_overflow="crop") as shown:

        def draw() -> None:
            shown.update(board(look(), line, zone), refresh=True)

        draw()
        with _repeated(EVERY_S, draw):
            yield
        draw()


@contextmanager
def _repeated(every_s: float, what: Callable[[], None]) -> Iterator[None]:
    """Do something again and again beside; a failure of it ends the showing, not the calls.

    Figures of a large campaign take long: they are asked for a tenth of the time at most.
    """
    ended = threading.Event()

    def run() -> None:
        wait_s = every_s
        while not ended.wait(wait_s):
            began_s = time.monotonic()
            try:
                what()
                wait_s = max(every_s, 9 * (time.monotonic() - began_s))
            except RightsdeskError as error:
                note(f"The figures cannot be read any more ({error.code}); calls go on.")
                return

    thread = threading.Thread(target=run, name="dial-table", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def plain(now: Figures, zone: ZoneInfo) -> str:
    """One line for a pipe or a log."""
    parts = [
        f"{now.at.astimezone(zone):%H:%M:%S}",
        f"starts {now.starts_per_s:.1f}/s of {now.rate_per_s:g}",
        f"live {sum(now.live.values())} of {now.concurrency}",
        *(f"{name} {count}" for name, count in now.outcomes.items()),
        f"denied {sum(now.denied.values())}",
        f"waiting {now.waiting}",
        f"opt-outs {now.opted_out}",
        *(f"abandoned {one.country} {_share(one)}" for one in now.abandonment if one.answered),
        f"to INVITE p95 {_ms(now.lag.to_invite_p95)}",
    ]
    return ", ".join(parts)


def board(now: Figures, line: str, zone: ZoneInfo) -> RenderableType:
    """The whole table, 80 columns or more."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    head = Text.assemble(
        (visible(now.title), "bold"),
        f"  {now.state}, line {line}, {_clock(now.at, zone)}",
    )
    left = _listed("Pace", _pace(now))
    right = _listed("Calls", _calls(now))
    pair = Table.grid(expand=True, padding=(0, 2))
    pair.add_column(ratio=1)
    pair.add_column(ratio=1)
    pair.add_row(left, right)
    pair.add_row("", "")
    denied = dict(list(now.denied.items())[:MOST_RULES])
    rest = sum(now.denied.values()) - sum(denied.values())
    told = {rule: f"{count:,}" for rule, count in denied.items()}
    told |= {"other rules": f"{rest:,}"} if rest else {}
    pair.add_row(_listed("Denied, by rule", told or {"nobody": "0"}), _listed("Lag", _lags(now)))
    notes = [Text(f"! {said}", style="yellow") for said in now.notes]
    return Group("", head, "", pair, "", _abandoned(now), *notes)


def _pace(now: Figures) -> dict[str, str]:
    live = ", ".join(f"{name} {count}" for name, count in now.live.items())
    of_trunk = f"{now.trunk_starts_per_s:.1f} of {now.trunk_rate_per_s:g}"
    return {
        "starts a second": f"{now.starts_per_s:.1f} of {now.rate_per_s:g}",
        f"the same, {now.trunk}": of_trunk,
        "places taken": f"{now.places} of {now.concurrency}",
        "live now": live or "none",
        "waiting for a turn": f"{now.waiting:,}",
    }


def _calls(now: Figures) -> dict[str, str]:
    told = {name.replace("_", " "): f"{count:,}" for name, count in now.outcomes.items()}
    return {**(told or {"none ended yet": "0"}), "opted out in a call": f"{now.opted_out:,}"}


def _lags(now: Figures) -> dict[str, str]:
    return {
        "permit to INVITE, p50": _ms(now.lag.to_invite_p50),
        "permit to INVITE, p95": _ms(now.lag.to_invite_p95),
        "answer to sound, p95": _ms(now.lag.to_sound_p95),
    }


def _listed(title: str, rows: Mapping[str, str]) -> RenderableType:
    from rich.table import Table

    shown = Table(
        title=title, title_justify="left", title_style="bold", show_header=False, box=None,
        pad_edge=False, expand=True,
    )  # fmt: skip
    shown.add_column(overflow="fold", style="dim")
    shown.add_column(overflow="fold", justify="right")
    for name, value in rows.items():
        shown.add_row(name, value)
    return shown


def _abandoned(now: Figures) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if not now.abandonment:
        return Text.assemble(("Abandoned", "bold"), "  nobody was called yet")
    shown = Table(
        title="Abandoned", title_justify="left", title_style="bold", box=SIMPLE_HEAD, expand=True
    )
    for column in ("place", "lowest", "highest", "bound", "by a person", "in flight", "rule"):
        shown.add_column(column, overflow="fold")
    for one in now.abandonment:
        over = one.bound is not None and one.highest is not None and one.highest > one.bound
        shown.add_row(
            one.country,
            _percent(one.lowest),
            _percent(one.highest) + (" over the bound" if over else ""),
            "none named" if one.bound is None else _percent(one.bound),
            f"{one.answered:,}",
            f"{one.in_flight:,}",
            one.rule,
            style="bold red" if over else None,
        )
    return shown


def _share(one: Abandonment) -> str:
    bound = "none named" if one.bound is None else _percent(one.bound)
    return f"{_percent(one.lowest)} to {_percent(one.highest)} (bound {bound})"


def _percent(share: Fraction | None) -> str:
    return "-" if share is None else f"{float(share) * 100:.1f} %"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f} ms"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S %Z}"
