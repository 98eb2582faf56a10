"""Golden files of every format, opened with what each must be declared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.export import Export
from privacy.vendors.calls.form import Format
from privacy.vendors.calls.formats.all import FORMATS
from privacy.vendors.calls.importing import Looked, look
from privacy.vendors.calls.record import (
    UNTOLD,
    AnsweredBy,
    Attestation,
    EndedBy,
    NumberState,
    VendorCall,
)

GOLDEN = Path(__file__).parent / "golden"
TEN = datetime(2026, 10, 5, 14, 0, tzinfo=UTC)
ZONE = "America/New_York"
THREECX = (
    "historyid",
    "callid",
    "duration",
    "time-start",
    "time-answered",
    "time-end",
    "reason-terminated",
    "from-no",
    "dial-no",
    "from-dispname",
)
TOGETHER = frozenset({"vicidial-tables"})


def declared(form: Format) -> Declared:
    """What a golden file of that format is declared with."""
    usual = Declared(zone=ZONE, region="US", trunk_prefixes=("9",))
    return {
        "vicidial": replace(usual, trunk_prefixes=(), statuses=GOLDEN / "vicidial-statuses.txt"),
        "3cx": replace(usual, form="3cx", columns=THREECX),
        "mapped": Declared(
            mapping=GOLDEN / "mapped.toml", region="GB", zone="Europe/London", dates="dmy"
        ),
    }.get(form.name, usual)


def golden() -> Iterator[tuple[Format, tuple[str, ...]]]:
    """Each export of the golden folder: a format, and the files that are given together."""
    for form in FORMATS:
        if form.name in TOGETHER:
            yield form, form.golden
        else:
            yield from ((form, (name,)) for name in form.golden)


def opened(form: Format, names: tuple[str, ...]) -> Looked:
    return look([GOLDEN / name for name in names], declared(form))


def calls(export: Export) -> list[VendorCall]:
    """Every call, in the order of its first row."""
    export.look()
    found = [call for batch in export.batches() for call in batch.calls]
    return sorted(found, key=lambda call: min(call.rows))


def line(call: VendorCall) -> str:
    """A call in one line: rows, number, caller, seconds after ten, lengths, and what else."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=call.at_us)

    def after(moment: int) -> str:
        return "?" if moment == UNTOLD else f"{(moment - call.at_us) / 1_000_000:g}"

    def seconds(length: int) -> str:
        return "?" if length == UNTOLD else f"{length / 1000:g}"

    number = str(call.called) if call.called_state is NumberState.TOLD else call.called_state.name
    shown = str(call.caller) if call.caller_state is NumberState.TOLD else call.caller_state.name
    told = [
        ",".join(str(row) for row in call.rows),
        number,
        f"from {shown}",
        f"{(at - TEN) / timedelta(seconds=1):+.1f}".removesuffix(".0"),
        f"ring {seconds(call.ring_ms)} talk {seconds(call.talk_ms)}",
        call.disposition.name.lower(),
    ]
    if call.second_us != UNTOLD:
        told.append(f"or +{(call.second_us - call.at_us) / 1_000_000:g}")
    if call.answered_by is not AnsweredBy.UNTOLD:
        told.append(call.answered_by.name.lower())
    if call.agent_us != UNTOLD:
        told.append(f"agent {after(call.agent_us)}")
    if call.opt_out_us != UNTOLD:
        told.append(f"opt-out {after(call.opt_out_us)}")
    if call.prerecorded != -1:
        told.append(f"prerecorded {call.prerecorded}")
    if call.attestation is not Attestation.UNTOLD:
        told.append(f"attested {call.attestation.name}")
    if call.ended_by is not EndedBy.UNTOLD:
        told.append(f"by {call.ended_by.name.lower()}")
    if call.campaign:
        told.append(f"[{call.campaign}]")
    return " | ".join(told)
