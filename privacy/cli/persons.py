"""Naming a person on the command line: a number or e-mail, and `--person` where two share it."""

from __future__ import annotations

from dataclasses import dataclass

from privacy.actors import Act
from privacy.cli.options import private
from privacy.cli.running import Run
from privacy.consent.holders import Holder, holders_of
from privacy.consent.joined import joined
from privacy.errors import BadInput, NotFound
from privacy.numbers import BadEmail, BadNumber, fold_email, parse_phone
from privacy.terms import ContactKind, OpeningPurpose


@dataclass(frozen=True)
class ContactValue:
    """A normalised number or e-mail."""

    kind: ContactKind
    value: str


def contact_value(phone: str | None, email: str | None, region: str | None) -> ContactValue:
    """Exactly one of a number and an e-mail, normalised; either may be `-`. BadInput else."""
    if (phone is None) == (email is None):
        raise BadInput(
            "Give exactly one of --phone and --email.", what="person", next="`-` reads it in."
        )
    if phone is not None:
        return ContactValue(
            ContactKind.PHONE, readable_phone(str(private(phone, "Number")), region)
        )
    return ContactValue(ContactKind.EMAIL, readable_email(str(private(email, "E-mail"))))


def readable_phone(text: str, region: str | None) -> str:
    """E.164 of a number. BadInput that names the reason and not the number."""
    try:
        return parse_phone(text, region)
    except BadNumber as wrong:
        raise BadInput(
            f"That is not a number that can be called ({wrong}).",
            what="--phone",
            next="Give it with its country code, or with --region CC.",
        ) from None


def readable_email(text: str) -> str:
    """A folded e-mail address. BadInput that names the reason and not the address."""
    try:
        return fold_email(text)
    except BadEmail as wrong:
        raise BadInput(
            f"That is not an e-mail address ({wrong}).", what="--email", next="Check it."
        ) from None


def one_holder(
    run: Run,
    value: ContactValue,
    person: int | None,
    purpose: OpeningPurpose = OpeningPurpose.CONSENT,
) -> Holder:
    """The one person who has it, by any row of theirs; the look is audited with `purpose`.

    Denied for a role that may not look anybody up, NotFound for nobody, BadInput where
    several persons share it.
    """
    run.actor.require(Act.LOOK_UP)
    holders = holders_of(run.desk, run.actor.id, value.kind, value.value, purpose) or []
    with run.desk.reading() as db:
        sets = joined(db, {holder.subject_id for holder in holders})
    if person is not None:
        holders = [holder for holder in holders if person in sets[holder.subject_id]]
    if not holders:
        raise NotFound("Nobody is known by that.", what="person", next="Import them first.")
    persons = {frozenset(sets[holder.subject_id]) for holder in holders}
    if len(persons) > 1:
        raise BadInput(
            f"{len(persons)} persons share it.",
            what="person",
            next="Name one with --person ID; `rightsdesk contacts find` shows the ids.",
        )
    return next((held for held in holders if held.subject_id == person), holders[0])
