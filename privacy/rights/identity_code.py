"""One-time codes: made for a case, sent by the outbox, compared five times at most.

A code has 8 digits and lives ten minutes. Only its keyed hash is kept, bound to
the case. Whoever is not known gets the same answer: a code is made, sealed and
thrown away, and its message is cancelled before anybody could send it. Nothing
is ever mailed to an address that is not on file. The code is never given to
whoever works at the desk, so it proves that the mailbox was read.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import NotProven
from privacy.rights import challenge_store, levels, outbox, outbox_store, store
from privacy.rights.beat import on_the_beat
from privacy.rights.case import NotNow, Step, after
from privacy.rights.challenge_store import Challenge
from privacy.rights.execution import laws_of
from privacy.rights.identity_match import Claims, Found, matched
from privacy.rights.letters.code_mail import code_mail
from privacy.rights.mail_message import Letter, is_address
from privacy.rights.store import Case
from privacy.storage.unit import Unit
from privacy.terms import Language

CODE_KIND = "code"
CODE_DIGITS = 8
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
CODES_A_DAY = 5
DAY = timedelta(days=1)
# As long as an address may be on the way to the seal, so that a decoy costs the same.
NO_ADDRESS = "nobody.is.known@nowhere.invalid"


def send_code(desk: Desk, actor: Actor, request_id: str, claims: Claims) -> None:
    """Put a code for the one person whom the claims name into the outbox; earlier codes end.

    The answer is the same whether anybody is known. NotAllowedByLaw for a right that is
    never verified; NotNow after five codes in a day, or if the case cannot be verified now.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
    levels.refuse_needless(request_id, case.kind.value, laws_of(case), case.harm)
    after(request_id, case.kind, case.state, Step.VERIFY)
    code = new_code()
    minutes = int(CODE_LIFE.total_seconds() // 60)
    letter = code_mail(desk, language_of(desk, case), case.law, code, minutes)
    with on_the_beat():
        _make(desk, actor, case, claims, code, letter)


def _make(desk: Desk, actor: Actor, case: Case, claims: Claims, code: str, letter: Letter) -> None:
    person = _reachable(matched(desk, actor, case, claims))
    to = person.addresses[0] if person else NO_ADDRESS
    message = outbox.prepare(desk, case.holder_id, case.id, CODE_KIND, to, letter)
    if person is None:
        message = outbox.never(message, "nobody")
    new = Challenge(
        code_hash(desk, case.id, code),
        person.subject_id if person else None,
        desk.now() + CODE_LIFE,
        CODE_TRIES,
    )

    def job(unit: Unit) -> None:
        _refuse_flood(unit, case.id)
        outbox_store.cancel_waiting(unit, case.id, CODE_KIND, "replaced")
        challenge_store.set_challenge(unit, case.id, new)
        outbox_store.add(unit, message)
        unit.append("request.code_made", actor.id, request=case.id)

    desk.write(job)


def try_code(desk: Desk, actor: Actor, request_id: str, code: str) -> int | None:
    """The person to whom the code went, if it is right; a try is used up either way.

    Counting, comparing and ending a code that was right are one transaction.
    """
    given = code_hash(desk, request_id, code)

    def job(unit: Unit) -> int | None:
        taken = challenge_store.take_try(unit, request_id)
        unit.append(
            "request.code_tried",
            actor.id,
            request=request_id,
            outcome="compared" if taken else "closed",
        )
        expected = taken.code_hash if taken else bytes(len(given))
        if not hmac.compare_digest(expected, given) or taken is None:
            return None
        challenge_store.drop_challenge(unit, request_id)
        return taken.subject_id

    return desk.write(job)


def new_code() -> str:
    """Eight random digits."""
    return "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))


def language_of(desk: Desk, case: Case) -> Language:
    """The case's, else the controller's, else English.

    Never the person's on file: the mail would tell whether somebody is known.
    """
    for each in (case.language, desk.config.controller.language):
        if each[:2] in set(Language):
            return Language(each[:2])
    return Language.ENGLISH


def code_hash(desk: Desk, request_id: str, code: str) -> bytes:
    """Keyed, and bound to the case: the code of another request proves nothing here."""
    return desk.vault.keyring.tags.evidence_tag(f"code|{request_id}|{code.strip()}")


def not_proven(request_id: str) -> NotProven:
    """The one answer to whoever proves nothing, whatever the reason."""
    return NotProven(
        "What was given does not prove who asks.",
        what=request_id,
        next="Nothing was disclosed. Ask for more that the desk can compare, or send a code.",
    )


def _reachable(found: list[Found]) -> Found | None:
    """The one person whom the claims name, if an address is on file that a mail can go to."""
    if len(found) == 1 and found[0].addresses and is_address(found[0].addresses[0]):
        return found[0]
    return None


def _refuse_flood(unit: Unit, request_id: str) -> None:
    start: datetime = unit.now - DAY
    if outbox_store.since(unit.db, request_id, CODE_KIND, start) >= CODES_A_DAY:
        raise NotNow(
            f"{CODES_A_DAY} codes were made for this request within a day.",
            what=request_id,
            next="Wait a day, or ask for something else that the desk can compare.",
        )
