"""The documents about breaches: the notification of one, and the register of all."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.cli.options import private
from privacy.cli.report_about import About
from privacy.cli.report_made import Gathered, contact, parties
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights.breach import counting, noticing, register, states, store
from privacy.rights.breach.account import Account
from privacy.rights.breach.states import Event, Risk, Standing
from privacy.rights.breach.store import Breach, Line
from privacy.terms import Language

NOTICE_LIMITS = (
    "It says what was known when it was made; what is not known may follow in phases (Article"
    " 33(4)).",
    "Numbers of persons are those that the log and the records give, else estimates of whoever"
    " wrote the account.",
    "Its fields follow the structure of the EDPB's common template as it was put to consultation"
    " in June 2026; the final form of the authority may ask for more.",
    "Making this document sends nothing: that a notice was sent is recorded by `rightsdesk breach"
    " notify --sent`.",
)
REGISTER_LIMITS = (
    "A breach that nobody opened in the register stands in no row.",
    "In time is judged by each law of a breach, as read now; the row shows the worst of them.",
    "The account of a breach may have been written anew; its timeline is only ever added to.",
    "Persons are counted as they were found; those erased since are counted without their data.",
)


# How the first notice under a law stands.
WORST_FIRST = ("overdue", "late", "running", "in_time", "no_limit", "not_owed")


def notification(desk: Desk, actor: Actor, about: About) -> Gathered:
    """The notice of one breach as a document; what it needs is opened, which the log tells.

    BadInput for a final one that is late and gives no reasons.
    """
    from reports import breach_notification as report

    if about.breach is None:
        raise BadInput("Which breach?", what="--breach", next="See `rightsdesk breach list`.")
    found = _Found.of(desk, actor, about.breach)
    law = about.law or found.breach.laws[0]
    language = about.language or desk.config.controller.language or Language.ENGLISH.value
    given = private(about.delay_reasons, "Reasons for the delay") or found.delay_reasons(law)
    fields = noticing.prepare(
        desk, actor, about.breach, law, delay_reasons=given, language=language
    )
    if about.final and fields["late"] and not _item(fields, "delay_reasons"):
        raise BadInput(
            "A notice after its time gives the reasons for the delay (GDPR Article 33(1)).",
            what="--delay-reasons",
            next="Give them, or leave --final out for a draft.",
        )
    sent = found.sent(law)
    notice = {
        "breach": found.breach.id,
        "law": law,
        "draft": not about.final,
        "phase": fields["phase"],
        "complete": about.final and not fields["missing"],
        "made_at": fields["made"],
        "aware_at": rfc3339(found.breach.aware_at),
        "due_at": _text(_due(desk, found.breach, law, desk.now())) or None,
        "zone": desk.config.controller.zone,
    }
    authority = fields["authority"]
    told = _values(desk, actor, found, fields, notice, language)
    return Gathered(
        {
            **parties(desk),
            "schema": report.SCHEMA,
            "authority": None if authority is None else _authority(authority),
            "notice": notice,
            "fields": report.filled(told, late=report.is_late(notice)),  # type: ignore[arg-type]
            "earlier": sent,
            "limits": list(NOTICE_LIMITS),
        }
    )


@dataclass(frozen=True)
class _Found:
    """One breach with its timeline, its account and its notes, opened."""

    breach: Breach
    lines: Sequence[Line]
    standing: Standing
    account: Account
    notes: Mapping[int, str]

    @classmethod
    def of(cls, desk: Desk, actor: Actor, breach_id: str) -> _Found:
        actor.require(Act.HANDLE_REQUEST)
        with desk.reading() as db:
            breach = store.breach(db, breach_id)
            lines = store.timeline(db, breach_id)
        account = register.read_account(desk, actor, breach_id)
        notes = register.read_notes(desk, actor, breach_id)
        return cls(breach, lines, store.standing(breach, lines), account, notes)

    def told(self, kind: Event) -> list[Line]:
        return [line for line in self.lines if line.type is kind]

    def sent(self, law: str) -> list[dict[str, Any]]:
        """The notices under that law that were sent."""
        return [
            {
                "phase": int(line.facts["phase"]),
                "at": rfc3339(line.at),
                "complete": bool(line.facts.get("complete")),
                "late": bool(line.facts.get("late")),
                "reference": str(line.facts.get("reference", "")),
            }
            for line in self.told(Event.AUTHORITY_NOTIFIED)
            if line.facts["law"] == law
        ]

    def delay_reasons(self, law: str) -> str:
        """The words recorded with the first notice under that law, if it was late."""
        for line in self.told(Event.AUTHORITY_NOTIFIED):
            if line.facts["law"] == law and line.facts.get("late"):
                return self.notes.get(line.seq, "")
        return ""


def _values(
    desk: Desk,
    actor: Actor,
    found: _Found,
    fields: Mapping[str, Any],
    notice: Mapping[str, Any],
    language: str,
) -> dict[str, list[str]]:
    """The lines of each field, by its id; none for what is not known."""
    figures = counting.figures(desk, found.breach.id)
    _, words = found.account.in_language(language)
    controller = desk.config.controller
    authority = fields["authority"]
    persons = [f"{figures.people:,}, computed from the records"] if figures.people else []
    if not persons and found.account.persons is not None:
        persons = [f"{found.account.persons:,}, estimated"]
    references = [each["reference"] for each in found.sent(str(notice["law"])) if each["reference"]]
    return {
        "type": [_type(notice)],
        "law": [str(notice["law"]), *([authority["name"]] if authority else [])],
        "reference": references[-1:],
        "controller": [controller.name, controller.contact],
        "reporting_person": [f"staff id {actor.id}"],
        "contact": [str(_item(fields, "contact") or "")],
        "aware": [_local(found.breach.aware_at, controller.zone)],
        "period": _period(found.breach, controller.zone),
        "nature": [words.happened],
        "in_place": _in_place(found),
        "categories_of_persons": _codes(found.account.categories_of_persons),
        "persons": persons,
        "countries": [f"{name}: {count:,}" for name, count in figures.by_country.items()],
        "categories_of_data": _data(figures.by_data, found.account),
        "records": _records(figures.people, found.account),
        "consequences": [words.consequences],
        "risk": [] if found.breach.risk == Risk.UNKNOWN else [found.breach.risk, *_why(found)],
        "measures": [words.measures],
        "told": _told(found, controller.zone),
        "advice": [words.advice],
        "not_told": _not_told(found),
        "delay_reasons": [str(_item(fields, "delay_reasons") or "")],
    }


def _type(notice: Mapping[str, Any]) -> str:
    if notice["phase"] == 1:
        return "first notice, complete" if notice["complete"] else "first notice; more may follow"
    kind = "completing notice" if notice["complete"] else "further notice; more may follow"
    return f"{kind}, number {notice['phase']}"


def _item(fields: Mapping[str, Any], name: str) -> Any:
    """The value of a need among the notice's items; None if it is not known."""
    for item in fields["items"]:
        for need, value in item["values"]:
            if need == name:
                return value
    return None


def _period(breach: Breach, zone: str) -> list[str]:
    began, ended = breach.began_at, breach.ended_at
    lines = [] if began is None else [f"began {_local(began, zone)}"]
    if ended is not None:
        lines.append(f"ended {_local(ended, zone)}")
    if began is not None and ended is not None:
        lines.append(f"lasted {(ended - began).total_seconds() / 3600:,.1f} hours")
    return lines


def _in_place(found: _Found) -> list[str]:
    """How keys were kept, as it was recorded with the size of the signed log."""
    return [
        f"{line.facts['sealing']}; keys in {line.facts['custody']}, epoch"
        f" {line.facts['epoch']}; recorded {rfc3339(line.at)}, log size {line.facts['log_size']}"
        for line in found.told(Event.CUSTODY_PROVED)[-1:]
    ]


def _data(by_data: Mapping[str, int], account: Account) -> list[str]:
    if by_data:
        return [f"{name.replace('_', ' ')}: {count:,} persons" for name, count in by_data.items()]
    return _codes(account.categories_of_data)


def _records(people: int, account: Account) -> list[str]:
    if account.records is not None:
        return [f"{account.records:,}"]
    return [f"at least {people:,}: one a person"] if people else []


def _codes(codes: Sequence[str]) -> list[str]:
    return [", ".join(code.replace("_", " ") for code in codes)] if codes else []


def _why(found: _Found) -> list[str]:
    """The reasons of the last assessment."""
    return [found.notes[line.seq] for line in found.told(Event.ASSESSED)[-1:] if line.has_note]


def _told(found: _Found, zone: str) -> list[str]:
    return [
        f"told {_local(line.at, zone)}"
        + (f" by {str(line.facts['how']).replace('_', ' ')}" if "how" in line.facts else "")
        for line in found.told(Event.PEOPLE_TOLD)
    ]


def _not_told(found: _Found) -> list[str]:
    """The ground of Article 34(3), only once a second person agreed."""
    if not found.standing.exempt:
        return []
    reasons = [
        found.notes[line.seq]
        for line in found.told(Event.NOT_TELLING_PROPOSED)[-1:]
        if line.has_note
    ]
    return [f"{found.standing.ground.replace('_', ' ')}, agreed by a second person", *reasons]


def _authority(named: Mapping[str, str]) -> dict[str, Any]:
    return {**contact(named["name"]), "website": named["website"]}


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"


# -- the register ---------------------------------------------------------------------------


def register_of(desk: Desk, actor: Actor, from_on: date, to_on: date) -> Gathered:
    """Every breach of which the controller became aware in those days, both included."""
    from reports import annex, breach_register

    actor.require(Act.REPORT)
    zone = ZoneInfo(desk.config.controller.zone)
    now = desk.now()
    with desk.reading() as db:
        head = desk.log.head(db)
        listed = [
            each
            for each in store.listed(db)
            if from_on <= each.aware_at.astimezone(zone).date() <= to_on
        ]
    opened = [_Found.of(desk, actor, each.id) for each in listed]
    rows = [_row(desk, each, now) for each in opened]
    seed = base64.b64encode(head.root).decode()
    file = annex.write(breach_register.layout(seed), rows)
    document = {
        **parties(desk),
        "schema": breach_register.SCHEMA,
        "period": {
            "from_on": from_on.isoformat(),
            "to_on": to_on.isoformat(),
            "zone": desk.config.controller.zone,
        },
        "read": {"at": rfc3339(now), "tree_size": head.size},
        "counts": breach_register.counted(rows),
        "entries": [_entry(desk, each) for each in opened],
        "annexes": [file.annex],
        "limits": list(REGISTER_LIMITS),
    }
    return Gathered(document, {file.annex["name"]: file.content})


def _row(desk: Desk, found: _Found, now: datetime) -> list[str]:
    """A row with the columns of reports.breach_register, by the law that stands worst."""
    breach = found.breach
    laws = store.laws_of(breach, found.lines)
    law, judged, first, due = min(
        (_by_law(desk, found, each, laws, now) for each in breach.laws),
        key=lambda each: WORST_FIRST.index(each[1]),
    )
    sent = found.sent(law)
    owed = states.owed(laws, found.standing) if breach.state == states.State.OPEN else ()
    told = found.told(Event.PEOPLE_TOLD)
    taken = None if first is None else (first - breach.aware_at).total_seconds() / 3600
    return [
        breach.id,
        store.PROCESSOR if laws.as_processor else "controller",
        law,
        " ".join(breach.laws),
        breach.state,
        breach.risk,
        rfc3339(breach.aware_at),
        rfc3339(breach.opened_at),
        _text(breach.began_at),
        _text(breach.ended_at),
        _text(due),
        _text(first),
        "" if taken is None else f"{taken:.2f}",
        judged,
        str(len(sent)),
        "yes" if law in found.standing.complete else "no",
        _text(told[-1].at if told and found.standing.people_told else None),
        found.standing.ground if found.standing.exempt else "",
        str(counting.figures(desk, breach.id).people),
        " ".join(duty.value for duty in owed),
        _text(breach.closed_at),
        judged if judged in ("late", "overdue") else "owed" if owed else "",
    ]


def _by_law(
    desk: Desk, found: _Found, law: str, laws: states.Laws, now: datetime
) -> tuple[str, str, datetime | None, datetime | None]:
    """Under that law: it, how the first notice stands, when that was sent, when it was due."""
    due, sent = _due(desk, found.breach, law, now), found.sent(law)
    first = datetime.fromisoformat(sent[0]["at"]) if sent else None
    return law, _judged(found, law, laws, first, due, now), first, due


def _due(desk: Desk, breach: Breach, law: str, now: datetime) -> datetime | None:
    """The last instant of the first notice under that law; None where it names none."""
    for clock in register.clocks_of(desk, breach, now, risk=Risk.RISK):
        if (clock.law, clock.towards) == (law, "authority"):
            return clock.due
    return None


def _judged(
    found: _Found,
    law: str,
    laws: states.Laws,
    first: datetime | None,
    due: datetime | None,
    now: datetime,
) -> str:
    """Whether the first notice was in time. An unlikely risk ends the duty, not the record."""
    if first is None and (
        laws.as_processor or law not in laws.authority or found.standing.risk is Risk.UNLIKELY
    ):
        return "not_owed"
    if due is None:
        return "no_limit"
    if first is None:
        return "overdue" if now > due else "running"
    return "late" if first > due else "in_time"


def _entry(desk: Desk, found: _Found) -> dict[str, Any]:
    """Facts, effects and remedy in the controller's language, and the reasons of decisions."""
    language = desk.config.controller.language or Language.ENGLISH.value
    _, words = found.account.in_language(language)
    told = {"facts": words.happened, "effects": words.consequences, "remedy": words.measures}
    kinds = (Event.ASSESSED, Event.AUTHORITY_NOTIFIED, Event.NOT_TELLING_PROPOSED)
    return {
        "breach": found.breach.id,
        **told,
        "reasons": [
            f"{line.type.value.replace('_', ' ')}: {found.notes[line.seq]}"
            for line in found.lines
            if line.type in kinds and line.seq in found.notes
        ],
        "missing": [name for name, text in told.items() if not text],
    }


def _text(at: datetime | None) -> str:
    return "" if at is None else rfc3339(at)
