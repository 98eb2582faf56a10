"""The record of a breach: facts, effects, remedial action (GDPR Article 33(5)).

Also of a breach that nobody was told of. It holds the timeline with the clock, every
decision with its reasons, the figures with how they were computed, and where in the log
each step stands, so that the authority can verify it. Making it is itself audited.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from privacy.actors import Act, Actor
from privacy.audit.entry import parse
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.rights.breach import counting, law, notice, register, states, store
from privacy.rights.breach.law import Statute, statute
from privacy.rights.breach.states import Event
from privacy.rights.breach.store import Line
from privacy.storage.tables.audit import AuditEntry, AuditLeaf
from privacy.storage.tables.base import table_of

SCHEMA = "rightsdesk.breach-record/1"


def document(
    desk: Desk, actor: Actor, breach_id: str, *, statute: Statute = statute
) -> dict[str, Any]:
    """The whole record, opened; audited. NotFound."""
    actor.require(Act.HANDLE_REQUEST)
    desk.sign_checkpoint()
    now = desk.now()
    with desk.reading() as db:
        found = store.breach(db, breach_id)
        lines = store.timeline(db, breach_id)
    account = register.read_account(desk, actor, breach_id)
    notes = register.read_notes(desk, actor, breach_id)
    laws = store.laws_of(found, lines)
    standing = store.standing(found, lines)
    figures = counting.figures(desk, breach_id)
    clocks = register.clocks_of(desk, found, now, statute=statute)
    on = now.date()
    found_now = {
        "schema": SCHEMA,
        "breach": breach_id,
        "controller": desk.config.controller.name,
        "role": "processor" if laws.as_processor else "controller",
        "made": rfc3339(now),
        "state": found.state,
        "risk": found.risk,
        "laws": list(found.laws),
        "aware": rfc3339(found.aware_at),
        "began": None if found.began_at is None else rfc3339(found.began_at),
        "ended": None if found.ended_at is None else rfc3339(found.ended_at),
        "facts": account.document(),
        "effects": {**figures.document(), "computed": _computed(lines)},
        "clocks": [clock.document(now) for clock in clocks],
        "owed": [duty.value for duty in states.owed(laws, standing)],
        "authorities": {
            name: notice.authority(desk.config, name, on) for name in sorted(laws.authority)
        },
        "timeline": [_line(line, notes) for line in lines],
        "decisions": _decisions(lines, notes),
        "items": [asdict(item) for name in found.laws for item in law.items(name, "register")],
        "log": _anchors(desk, breach_id),
    }
    # As it is written: what is compared with a file later is equal to it.
    written: dict[str, Any] = json.loads(json.dumps(found_now))
    return written


def text(record: dict[str, Any]) -> str:
    """The record in plain words."""
    words = [
        f"Record of personal data breach {record['breach']} ({record['controller']})",
        f"State {record['state']}, risk {record['risk']}, laws {', '.join(record['laws'])}",
        f"Aware {record['aware']}; began {record['began']}; ended {record['ended']}",
        "",
        "Facts",
    ]
    for language, told in record["facts"]["words"].items():
        words += [f"  [{language}] {name}: {value}" for name, value in told.items() if value]
    effects = record["effects"]
    words += ["", "Effects", f"  persons {effects['people']}, erased since {effects['erased']}"]
    words += [f"  {name}: {count}" for name, count in effects["by_data"].items()]
    words += [f"  {name}: {count}" for name, count in effects["by_country"].items()]
    words += ["", "Clocks"]
    words += [
        f"  {clock['law']}, {clock['towards']}: {clock['due'] or clock['why']}"
        for clock in record["clocks"]
    ]
    words += ["", "Timeline"]
    for line in record["timeline"]:
        codes = " ".join(f"{key}={value}" for key, value in line["facts"].items())
        words.append(f"  {line['at']} {line['type']} by {line['actor']} {codes}".rstrip())
        if line["note"]:
            words.append(f"    {line['note']}")
    words += ["", "Log"]
    words += [
        f"  {row['action']} {row['entry']} at {row['index']}" for row in record["log"]["entries"]
    ]
    words.append(f"  checkpoint {record['log']['size']} {record['log']['root']}")
    return "\n".join(words) + "\n"


def _line(line: Line, notes: dict[int, str]) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "type": line.type.value,
        "at": rfc3339(line.at),
        "recorded": rfc3339(line.recorded_at),
        "actor": line.actor,
        "facts": dict(line.facts),
        "note": notes.get(line.seq, ""),
    }


def _decisions(lines: list[Line], notes: dict[int, str]) -> list[dict[str, Any]]:
    """Who decided what, when and why: the risk, the notices, that people are not told."""
    kinds = {
        Event.ASSESSED,
        Event.AUTHORITY_NOTIFIED,
        Event.NOT_TELLING_PROPOSED,
        Event.NOT_TELLING_APPROVED,
        Event.AWARE_CORRECTED,
        Event.CLOSED,
    }
    return [_line(line, notes) for line in lines if line.type in kinds]


def _computed(lines: list[Line]) -> list[dict[str, Any]]:
    """How the persons were found, so that it can be done again."""
    return [dict(line.facts) for line in lines if line.type is Event.AFFECTED]


def _anchors(desk: Desk, breach_id: str) -> dict[str, Any]:
    """Entries of the log that are about this breach, and the checkpoint that covers them."""
    entries, leaves = table_of(AuditEntry), table_of(AuditLeaf)
    statement = (
        select(entries.c.id, entries.c.action, entries.c.body, leaves.c.idx)
        .join(leaves, leaves.c.entry_id == entries.c.id)
        .where(entries.c.action.like("breach.%"))
        .order_by(leaves.c.idx)
    )
    with desk.reading() as db:
        rows = [
            {"entry": row.id, "action": row.action, "index": int(row.idx)}
            for row in db.execute(statement)
            if parse(bytes(row.body)).get("object") == breach_id
        ]
    checkpoint = desk.signing.last()
    return {
        "origin": desk.log.origin,
        "size": 0 if checkpoint is None else checkpoint.size,
        "root": "" if checkpoint is None else base64.b64encode(checkpoint.root).decode(),
        "entries": rows,
    }
