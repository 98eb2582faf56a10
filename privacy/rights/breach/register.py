"""The register of breaches: opening, telling, assessing, notifying, deciding, closing.

Every step adds one line to the timeline and one entry to the log. A notice after its time
needs the reasons for the delay (GDPR Article 33(1)); a notice may come in phases (33(4));
that people are not told is decided by two persons (34(3)).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.ids import public_id, row_id
from privacy.rights.applying import laws_for
from privacy.rights.breach import account as accounts
from privacy.rights.breach import law, store
from privacy.rights.breach.account import Account
from privacy.rights.breach.law import BreachClock, Statute, statute
from privacy.rights.breach.states import TELLABLE, Event, Ground, Risk, State
from privacy.rights.breach.store import Breach, New
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose

ROLES = ("controller", store.PROCESSOR)


def open_breach(
    desk: Desk,
    actor: Actor,
    aware_at: datetime,
    account: Account,
    *,
    laws: Sequence[str] = (),
    role: str = "controller",
    began_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> Breach:
    """Open an incident. The 72 hours run from `aware_at`, an instant that is not to come.

    `laws`: the contract's names; default the controller's own. BadInput for an instant to
    come, an end before the beginning, or a role that is none.
    """
    actor.require(Act.HANDLE_REQUEST)
    now = desk.now()
    _check_times(now, aware_at, began_at, ended_at)
    if role not in ROLES:
        raise BadInput("That is no role.", what="--role", next=f"One of {', '.join(ROLES)}.")
    chosen = laws_for(desk.config.controller, named=tuple(laws))
    new = Breach(
        public_id("br"),
        row_id(now),
        row_id(now),
        tuple(chosen),
        State.OPEN.value,
        Risk.UNKNOWN.value,
        aware_at,
        began_at,
        ended_at,
        now,
        actor.id,
        None,
    )
    place = store.account_place(new)
    (sealed,) = desk.vault.seal_parts(KeyClass.CASE, [(place, account.sealed_text())])

    def job(unit: Unit) -> None:
        store.add(unit, new, sealed.sealed)
        facts = {"laws": " ".join(new.laws), "role": role}
        store.tell(unit, new.id, actor.id, New(Event.OPENED, aware_at, facts))
        unit.append("breach.opened", actor.id, object=new.id, fields=list(new.laws))

    desk.write(job)
    return new


def tell(desk: Desk, actor: Actor, breach_id: str, new: New) -> int:
    """Add a line that a word alone may add (noted, contained), or open a closed breach again."""
    if new.type not in TELLABLE | {Event.REOPENED}:
        raise BadInput(
            "That is recorded by the step that does it.",
            what=new.type.value,
            next=f"Told are: {', '.join(sorted(TELLABLE))}, reopened.",
        )
    return add(desk, actor, breach_id, new)


def change_account(desk: Desk, actor: Actor, breach_id: str, account: Account) -> int:
    """Put another account in the place of the one before; what it said is gone, the line stays."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        found = store.breach(db, breach_id)
    place = store.account_place(found)
    (sealed,) = desk.vault.seal_parts(KeyClass.CASE, [(place, account.sealed_text())])

    def job(unit: Unit) -> int:
        seq = store.tell(unit, breach_id, actor.id, New(Event.ACCOUNT_CHANGED))
        store.set_values(unit, breach_id, account_sealed=sealed.sealed)
        unit.append("breach.account_changed", actor.id, object=breach_id)
        return seq

    return desk.write(job)


def read_account(desk: Desk, actor: Actor, breach_id: str) -> Account:
    """The opened account; audited."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        part = store.sealed_account(db, store.breach(db, breach_id))
    if part is None:
        return Account()
    opened = desk.vault.open([part], actor.id, OpeningPurpose.BREACH, object=breach_id)
    return accounts.read(opened[part.place])


def read_notes(desk: Desk, actor: Actor, breach_id: str) -> dict[int, str]:
    """The opened words of the timeline, by number; audited."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        parts = store.sealed_notes(db, store.breach(db, breach_id))
    if not parts:
        return {}
    opened = desk.vault.open(
        list(parts.values()), actor.id, OpeningPurpose.BREACH, object=breach_id
    )
    return {seq: opened[part.place].decode() for seq, part in parts.items()}


def correct_aware(
    desk: Desk, actor: Actor, breach_id: str, aware_at: datetime, reasons: str
) -> int:
    """The controller became aware at another instant; the reasons are kept, the old one too."""
    _needed(reasons, "--reasons", "Why is the instant another one?")
    with desk.reading() as db:
        before = store.breach(db, breach_id).aware_at
    _check_times(desk.now(), aware_at, None, None)
    facts = {"was": before.isoformat(), "is": aware_at.isoformat()}
    new = New(Event.AWARE_CORRECTED, None, facts, reasons)
    return add(desk, actor, breach_id, new, aware_at=micros(aware_at))


def date_it(
    desk: Desk,
    actor: Actor,
    breach_id: str,
    *,
    began_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> int:
    """Record when it began or ended, as far as it is known now."""
    with desk.reading() as db:
        before = store.breach(db, breach_id)
    began, ended = began_at or before.began_at, ended_at or before.ended_at
    _check_times(desk.now(), before.aware_at, began, ended)
    facts = {"began": began and began.isoformat(), "ended": ended and ended.isoformat()}
    values = {
        "began_at": None if began is None else micros(began),
        "ended_at": None if ended is None else micros(ended),
    }
    return add(desk, actor, breach_id, New(Event.DATED, None, facts), **values)


def assess(desk: Desk, actor: Actor, breach_id: str, risk: Risk, reasons: str) -> int:
    """Record the risk with its reasons: they are part of the record, also for unlikely."""
    _needed(reasons, "--reasons", "Say why: the authority may ask (GDPR Article 33(5)).")
    if risk is Risk.UNKNOWN:
        raise BadInput("An assessment has a result.", what="--risk", next="unlikely, risk or high.")
    return add(desk, actor, breach_id, New(Event.ASSESSED, None, {"risk": risk.value}, reasons))


def notify(
    desk: Desk,
    actor: Actor,
    breach_id: str,
    law_name: str,
    *,
    at: datetime | None = None,
    complete: bool = False,
    delay_reasons: str = "",
    reference: str = "",
    statute: Statute = statute,
) -> dict[str, Any]:
    """Record that the authority was told under a law; `complete`: nothing will follow.

    BadInput for the first notice after its time without the reasons for the delay.
    """
    now = desk.now()
    when = at or now
    if when > now:
        raise BadInput("A notice to come is not recorded.", what="--at", next="Give when it was.")
    if reference and not accounts.CODE.fullmatch(reference.lower().replace("-", "_")):
        raise BadInput("A reference is a code.", what="--reference", next="Letters, digits, dash.")
    with desk.reading() as db:
        found = store.breach(db, breach_id)
        standing = store.standing(found, store.timeline(db, breach_id))
    clock = next(
        (
            each
            for each in clocks_of(desk, found, now, risk=Risk.RISK, statute=statute)
            if (each.law, each.towards) == (law_name, "authority")
        ),
        None,
    )
    first = law_name not in standing.notified
    late = first and clock is not None and clock.due is not None and when > clock.due
    if late:
        _needed(
            delay_reasons,
            "--delay-reasons",
            "It is late: give the reasons for the delay (GDPR Article 33(1)).",
        )
    facts = {
        "law": law_name,
        "phase": standing.notified.get(law_name, 0) + 1,
        "complete": complete,
        "late": late,
        "reference": reference,
    }
    new = New(Event.AUTHORITY_NOTIFIED, when, facts, delay_reasons)
    add(desk, actor, breach_id, new)
    return facts


def tell_controller(desk: Desk, actor: Actor, breach_id: str, at: datetime | None = None) -> int:
    """As a processor: the controller was told without undue delay (GDPR Article 33(2))."""
    return add(desk, actor, breach_id, New(Event.CONTROLLER_TOLD, at))


def prove_custody(desk: Desk, actor: Actor, breach_id: str) -> dict[str, Any]:
    """Record how the keys are kept now: evidence for Article 34(3)(a), anchored in the log."""
    actor.require(Act.HANDLE_REQUEST)
    checkpoint = desk.sign_checkpoint()
    custody = desk.vault.custody
    facts = {
        "custody": type(custody).__name__ if custody is not None else "none",
        "epoch": desk.vault.epoch,
        "epoch_copies": len(desk.config.epoch_copies) + 1,
        "sealing": "AES-256-GCM, a key for each person and class",
        "log_size": 0 if checkpoint is None else checkpoint.size,
        "log_root": "" if checkpoint is None else base64.b64encode(checkpoint.root).decode(),
    }
    add(desk, actor, breach_id, New(Event.CUSTODY_PROVED, None, facts))
    return facts


def propose_not_telling(
    desk: Desk, actor: Actor, breach_id: str, ground: Ground, reasons: str
) -> int:
    """Propose that people are not told, on a ground of Article 34(3), with reasons."""
    _needed(reasons, "--reasons", "Say why people need not be told.")
    new = New(Event.NOT_TELLING_PROPOSED, None, {"ground": ground.value}, reasons)
    return add(desk, actor, breach_id, new)


def approve_not_telling(desk: Desk, actor: Actor, breach_id: str) -> int:
    """A second person agrees. NotNow for whoever proposed it."""
    actor.require(Act.APPROVE_REQUEST)
    return add(desk, actor, breach_id, New(Event.NOT_TELLING_APPROVED))


def close(desk: Desk, actor: Actor, breach_id: str, note: str = "") -> int:
    """Close it. NotNow while something is owed."""
    return add(desk, actor, breach_id, New(Event.CLOSED, None, {}, note))


def clocks_of(
    desk: Desk,
    found: Breach,
    now: datetime,
    *,
    risk: Risk | None = None,
    statute: Statute = statute,
) -> list[BreachClock]:
    """Its clocks now, the earliest first."""
    with desk.reading() as db:
        duties = store.laws_of(found, store.timeline(db, found.id))
    return law.clocks(
        desk.config.controller,
        found.laws,
        found.aware_at,
        risk or Risk(found.risk),
        now,
        as_processor=duties.as_processor,
        law=statute,
    )


def add(desk: Desk, actor: Actor, breach_id: str, new: New, **values: object) -> int:
    """Add one line with its entry, and change columns of the breach with it; its number."""
    actor.require(Act.HANDLE_REQUEST)
    if new.at is not None and new.at > desk.now():
        raise BadInput("An event cannot lie in the future.", what="--at", next="Give when it was.")
    with desk.reading() as db:
        found = store.breach(db, breach_id)
    note = store.seal_note(desk, found.holder_id, new.note)

    def job(unit: Unit) -> int:
        seq = store.tell(unit, breach_id, actor.id, new, note)
        if values:
            store.set_values(unit, breach_id, **values)
        codes = [f"{key}={value}" for key, value in sorted(new.facts.items())]
        unit.append(f"breach.{new.type.value}", actor.id, object=breach_id, fields=codes, count=seq)
        return seq

    return desk.write(job)


def _check_times(
    now: datetime, aware_at: datetime, began_at: datetime | None, ended_at: datetime | None
) -> None:
    known = [each for each in (aware_at, began_at, ended_at) if each is not None]
    if any(each.tzinfo is None or each > now for each in known):
        raise BadInput(
            "An instant has an offset and is not to come.", what="--aware", next="Give when it was."
        )
    if began_at is not None and ended_at is not None and ended_at < began_at:
        raise BadInput("It ended before it began.", what="--ended", next="Look at both instants.")


def _needed(text: str, what: str, following: str) -> None:
    if not text.strip():
        raise BadInput("Reasons are missing.", what=what, next=following)
