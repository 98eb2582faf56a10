"""Notices to people as letters, in bulk: one letter a person, and resumable (Article 34).

Each letter is a draft that another actor approves and that is sent or printed as any
other letter. Who has a letter is not opened again: killed anywhere, the same command goes
on with those who have none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from privacy.actors import Act, Actor
from privacy.contacts.store import Record, opened_records
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import pack
from privacy.rights.breach import counting, register, store
from privacy.rights.breach.account import Account
from privacy.rights.breach.data_kinds import OFFICIAL_NUMBERS
from privacy.rights.breach.facts import BreachFacts
from privacy.rights.breach.states import Event
from privacy.rights.breach.store import Breach, New
from privacy.rights.case import NotNow
from privacy.rights.letters.breach import letter_for
from privacy.rights.letters.store import Addressee
from privacy.storage.tables.base import table_of
from privacy.storage.tables.breaches import BreachPerson
from privacy.storage.tables.letters import Letter
from privacy.storage.unit import Unit
from privacy.terms import Language, OpeningPurpose

LETTERS, PUBLIC = "letters", "public"
HOW = (LETTERS, PUBLIC)


@dataclass(frozen=True)
class Made:
    """Letters made now; persons without an address are written for handing over."""

    letters: int
    by_email: int
    by_post: int
    without_address: int


def make_letters(
    desk: Desk,
    actor: Actor,
    breach_id: str,
    *,
    law: str = "",
    progress: Callable[[int], None] = lambda _: None,
) -> Made:
    """Make the letter of every affected person who has none yet.

    `law`: by which law they are told; default is the one of the breach's laws that holds
    where the person lives, else the leading one. BadInput where the account says nothing
    in any language; NotNow once the breach is closed.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        found = store.breach(db, breach_id)
    account = register.read_account(desk, actor, breach_id)
    facts = _facts(desk, found, account, law or found.laws[0])
    counts = {"email": 0, "post": 0, "by_hand": 0}
    for page in counting.pages(desk, breach_id, without_letter=True):
        data = _data(desk, breach_id, page)
        for record in opened_records(desk, actor, page, OpeningPurpose.BREACH, object=breach_id):
            to = _addressee(record)
            own = _in_language(facts, account, record, data[record.subject_id])
            own = own if law else replace(own, law=law_of(found.laws, record))
            letter = letter_for(
                desk,
                actor,
                own,
                breach_id=breach_id,
                subject_id=record.subject_id,
                holder_id=record.subject_id,
                to=to,
            )
            _note(desk, actor, breach_id, record.subject_id, letter)
            counts[to.form.value] += 1
            progress(sum(counts.values()))
    made = sum(counts.values())
    if made:
        _told(desk, actor, breach_id, made)
    return Made(made, counts["email"], counts["post"], counts["by_hand"])


def people_told(desk: Desk, actor: Actor, breach_id: str, how: str, at: datetime | None) -> int:
    """Record that the people were told: `how` is letters, or a public notice (34(3)(c)).

    NotNow for letters while somebody who is still here has none that was sent.
    """
    if how not in HOW:
        raise BadInput("How were they told?", what="--how", next=f"One of {', '.join(HOW)}.")
    if how == LETTERS:
        missing = _sent(desk, actor, breach_id)
        if missing:
            raise NotNow(
                f"{missing} persons have no letter that was sent.",
                what=breach_id,
                next="Make them (`rightsdesk breach letters`), approve and send or print them.",
            )
    return register.add(desk, actor, breach_id, New(Event.PEOPLE_TOLD, at, {"how": how}))


def _sent(desk: Desk, actor: Actor, breach_id: str) -> int:
    """Note when each person's letter was sent; how many living persons have none that was."""
    people, letters = table_of(BreachPerson), table_of(Letter)
    sent = (
        select(letters.c.sent_at)
        .where(letters.c.id == people.c.letter_id)
        .correlate(people)
        .scalar_subquery()
    )
    here = people.c.breach_id == breach_id

    def job(unit: Unit) -> int:
        store.lock(unit, breach_id)
        unit.db.execute(
            update(people).where(here, people.c.letter_id.is_not(None)).values(told_at=sent)
        )
        unit.append("breach.letters_looked_at", actor.id, object=breach_id)
        left = unit.db.execute(
            select(func.count())
            .select_from(people)
            .where(here, people.c.subject_id.is_not(None), people.c.told_at.is_(None))
        )
        return int(left.scalar_one())

    return desk.write(job)


def _facts(desk: Desk, found: Breach, account: Account, law: str) -> BreachFacts:
    if found.state != "open":
        raise NotNow("It is closed.", what=found.id, next="Open it again first.")
    language, words = account.in_language(Language.ENGLISH.value)
    if not words.happened:
        raise BadInput(
            "The account does not say what happened.",
            what=found.id,
            next="Give it: `rightsdesk breach event ID --account account.json`.",
        )
    if found.began_at is None:
        raise BadInput(
            "When it began is not recorded, and a letter says when it was.",
            what=found.id,
            next="Record it, if only as an estimate: `rightsdesk breach event ID --began INSTANT`.",
        )
    controller = desk.config.controller
    zone = ZoneInfo(controller.zone)

    def day(at: datetime | None) -> Any:
        return None if at is None else at.astimezone(zone).date()

    return BreachFacts(
        reference=found.id,
        law=law,
        language=language,
        happened=words.happened,
        data=account.categories_of_data,
        consequences=words.consequences,
        measures=words.measures,
        contact=account.contact or controller.dpo_contact or controller.contact,
        advice=words.advice,
        began_on=day(found.began_at),
        ended_on=day(found.ended_at),
        aware_on=day(found.aware_at),
        held_back=account.held_back,
    )


def _in_language(
    facts: BreachFacts, account: Account, record: Record, data: tuple[str, ...]
) -> BreachFacts:
    """The same facts in the person's language, if the account has it, and of their data."""
    wanted = str(record.profile.get("language") or facts.language)[:2].lower()
    language, words = account.in_language(wanted if wanted in account.words else facts.language)
    kinds = data or account.categories_of_data
    return replace(
        facts,
        language=language,
        happened=words.happened,
        consequences=words.consequences,
        measures=words.measures,
        advice=words.advice,
        credit_agencies=words.credit_agencies,
        protection=words.protection,
        late_reason=words.late_reason,
        data=kinds,
        number_exposed=not OFFICIAL_NUMBERS.isdisjoint(kinds),
    )


def law_of(laws: Sequence[str], record: Record) -> str:
    """The law among `laws` that holds where the person lives; the leading one if none does."""
    country = counting.country_of(record)
    home: dict[str, str] = (record.profile.get("addresses") or [{}])[0]
    state = str(home.get("region", "")).upper()
    places = [f"{country}-{state}"] if len(state) == 2 else []
    there = {name for place in (*places, country) for name in pack.laws_at(place)}
    return next((name for name in laws if name in there), laws[0])


def _addressee(record: Record) -> Addressee:
    profile = record.profile
    names: dict[str, str] = (profile.get("names") or [{}])[0]
    parts = (names.get("given", ""), names.get("family", ""))
    name = names.get("full") or " ".join(part for part in parts if part)
    mails = profile.get("emails") or []
    home: dict[str, str] = (profile.get("addresses") or [{}])[0]
    street = home.get("street", "")
    town = " ".join(filter(None, (home.get("postal_code", ""), home.get("locality", ""))))
    lines = tuple(
        line for line in (street, town, home.get("region", ""), home.get("country", "")) if line
    )
    posted = lines if street else ()
    return Addressee(name, str(mails[0]["address"]) if mails else "", posted)


def _data(desk: Desk, breach_id: str, page: list[int]) -> dict[int, tuple[str, ...]]:
    table = table_of(BreachPerson)
    with desk.reading() as db:
        rows = db.execute(
            select(table.c.subject_id, table.c.what).where(
                table.c.breach_id == breach_id, table.c.subject_id.in_(page)
            )
        ).all()
    return {row.subject_id: tuple(row.what.split()) for row in rows}


def _note(desk: Desk, actor: Actor, breach_id: str, subject_id: int, letter_id: str) -> None:
    table = table_of(BreachPerson)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(table)
            .where(table.c.breach_id == breach_id, table.c.subject_id == subject_id)
            .values(letter_id=letter_id)
        )
        unit.append("breach.letter_made", actor.id, object=letter_id)

    desk.write(job)


def _told(desk: Desk, actor: Actor, breach_id: str, made: int) -> None:
    def job(unit: Unit) -> None:
        store.tell(unit, breach_id, actor.id, New(Event.LETTERS_MADE, None, {"count": made}))
        unit.append("breach.letters_made", actor.id, object=breach_id, count=made)

    desk.write(job)
