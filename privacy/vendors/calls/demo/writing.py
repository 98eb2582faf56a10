"""The simulator's calls as exports of several systems, and their labels. Pure.

Each writer tells what its system can tell and no more; the labels say for each planted breach
whether its columns are there. The files say that a simulator made them where a format has
room for it; the labels and the README always do.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.vendors.calls.demo.planting import CLAIM_NEEDS, CLOCK, NEEDS, Scenario, Simulated
from privacy.vendors.calls.record import NAMES, Column

SCHEMA = "rightsdesk.vendor-demo-labels/1"
MADE_BY = "simulator"
STAMP = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Writer:
    """One format: its name, the file's name, what must be declared, and what it can tell."""

    name: str
    file: str
    tells: Column
    needs_zone: bool
    write: Callable[[Sequence[Simulated]], str]
    mapping: str = ""


MAPPING = """# Made by a simulator: nobody was called.
[columns]
key = "call"
at = "start"
called = "callee"
caller = "shown"
ring_s = "ring seconds"
talk_s = "talk seconds"
to_agent_s = "agent after"
disposition = "result"
answered_by = "who"
ended_by = "ended by"
campaign = "campaign"
opt_out = "opt-out"
prerecorded = "recorded"
list_date = "list of"
attestation = "signed"
[dispositions]
answered = "answered"
no_answer = "no_answer"
"""
HEADER = (
    "call",
    "start",
    "callee",
    "shown",
    "ring seconds",
    "talk seconds",
    "agent after",
    "result",
    "who",
    "ended by",
    "campaign",
    "opt-out",
    "recorded",
    "list of",
    "signed",
)
EVERYTHING = (
    Column.CALLED
    | Column.CALLER
    | Column.AT
    | Column.RING
    | Column.TALK
    | Column.DISPOSITION
    | Column.ANSWERED_BY
    | Column.AGENT
    | Column.CAMPAIGN
    | Column.OPT_OUT
    | Column.PRERECORDED
    | Column.ENDED_BY
    | Column.LIST
    | Column.KEY
    | Column.ATTESTATION
)


def labels(scenario: Scenario, writer: Writer, seed: int) -> dict[str, Any]:
    """What is planted where: of each call the checks, and what this format can show of them.

    `against`: kinds of findings on claims that the call shows, together with history.json.
    """
    return {
        "schema": SCHEMA,
        "made_by": MADE_BY,
        "seed": seed,
        "format": writer.name,
        "zone": CLOCK,
        "calls": [_label(call, number, writer) for number, call in _numbered(scenario, writer)],
        "abandoning_campaigns": sorted(scenario.abandoning),
    }


def _numbered(scenario: Scenario, writer: Writer) -> list[tuple[int, Simulated]]:
    """Calls with the number of their record as the importer counts it."""
    return list(enumerate(scenario.calls, start=1))


def _label(call: Simulated, number: int, writer: Writer) -> dict[str, Any]:
    planted = call.planted | (call.by_clock if writer.needs_zone else frozenset())
    return {
        "record": number,
        "call": call.key,
        "refused": bool(call.at_local) and writer.needs_zone,
        "planted": {check.word: _expected(NEEDS[check], writer) for check in sorted(planted)},
        "against": {
            kind: _expected(CLAIM_NEEDS[kind], writer)
            for kind in sorted(call.against)
            if kind != "clock_wrong" or writer.needs_zone
        },
    }


def _expected(needs: Column, writer: Writer) -> dict[str, Any]:
    lacking = [name for column, name in NAMES.items() if needs & column & ~writer.tells]
    verdict = "not_provable" if lacking else "breach"
    return {"verdict": verdict, "missing": lacking}


def _local(call: Simulated) -> str:
    if call.at_local:
        return call.at_local
    return call.at.astimezone(ZoneInfo(CLOCK)).strftime(STAMP)


def _mapped(calls: Sequence[Simulated]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEADER)
    for call in calls:
        rows.writerow(
            (
                call.key,
                _local(call),
                call.number,
                call.caller if call.shown else "anonymous",
                call.ring_s,
                call.talk_s,
                "" if call.agent_after_s is None else call.agent_after_s,
                call.disposition,
                call.answered_by,
                call.ended_by,
                call.campaign,
                "yes" if call.opt_out else "no",
                "yes" if call.recorded else "no",
                "" if call.list_on is None else call.list_on.isoformat(),
                call.attestation,
            )
        )
    return text.getvalue()


def _asterisk(calls: Sequence[Simulated]) -> str:
    """Sixteen columns with uniqueid, strings quoted, lengths bare; no header."""
    return "".join(f"{_asterisk_row(call)}\n" for call in calls)


def _asterisk_row(call: Simulated) -> str:
    start = datetime.fromisoformat(_local(call))
    answered = call.answered_after_s is not None
    answer = (start + timedelta(seconds=call.ring_s)).strftime(STAMP)
    total = call.ring_s + call.talk_s
    shown = call.caller if call.shown else "anonymous"
    app = "Playback" if call.recorded else "Queue"
    words = [
        call.campaign,
        shown,
        call.number,
        "outbound",
        f'""{MADE_BY}"" <{shown}>',
        "PJSIP/trunk-1",
        "PJSIP/agent-1",
        app,
        "",
        start.strftime(STAMP),
        answer if answered else None,
        (start + timedelta(seconds=total)).strftime(STAMP),
    ]
    told = [f'"{word}"' if word is not None else "" for word in words]
    result = "ANSWERED" if answered else "NO ANSWER"
    talk = call.talk_s if answered else 0
    unique = f"{int(call.at.timestamp())}.{int(call.key.rpartition('-')[2])}"
    told += [str(total), str(talk), f'"{result}"', '"DOCUMENTATION"', f'"{unique}"']
    return ",".join(told)


def _twilio(calls: Sequence[Simulated]) -> str:
    """One page of the Calls resource, times in UTC."""
    page = {
        "calls": [_twilio_call(call) for call in calls],
        "page": 0,
        "page_size": len(calls),
        "next_page_uri": None,
    }
    return json.dumps(page, indent=1)


def _twilio_call(call: Simulated) -> dict[str, Any]:
    answered = call.answered_after_s is not None
    end = call.at + timedelta(seconds=call.talk_s)
    return {
        "sid": f"CA{int(call.key.rpartition('-')[2]):032x}",
        "parent_call_sid": None,
        "to": call.number,
        "from": call.caller if call.shown else "anonymous",
        "status": "completed" if answered else "no-answer",
        "start_time": format_datetime(call.at.astimezone(UTC)),
        "end_time": format_datetime(end.astimezone(UTC)),
        "duration": str(call.talk_s) if answered else None,
        "direction": "outbound-api",
        "answered_by": "human" if answered else None,
        "queue_time": "0",
    }


WRITERS: tuple[Writer, ...] = (
    Writer("mapping", "calls.csv", EVERYTHING, True, _mapped, MAPPING),
    Writer(
        "asterisk",
        "Master.csv",
        (EVERYTHING | Column.ANSWERED | Column.ENDED)
        & ~(Column.ANSWERED_BY | Column.AGENT | Column.OPT_OUT | Column.ENDED_BY)
        & ~(Column.LIST | Column.ATTESTATION),
        True,
        _asterisk,
    ),
    Writer(
        "twilio",
        "calls.json",
        Column.CALLED
        | Column.CALLER
        | Column.AT
        | Column.ENDED
        | Column.TALK
        | Column.DISPOSITION
        | Column.ANSWERED_BY
        | Column.KEY,
        False,
        _twilio,
    ),
)


def writer_of(name: str) -> Writer:
    """The writer of that format. KeyError for another."""
    return {writer.name: writer for writer in WRITERS}[name]
