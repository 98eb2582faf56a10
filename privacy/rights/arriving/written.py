"""What a form, a clerk or an agent's list says of a request, read strictly. Pure.

A document has the fields that are known and no other; an error names the field, never
its value. Line ends and control characters never get into a one-line field.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from privacy.errors import BadFacts
from privacy.numbers import BadEmail, BadNumber, fold_email, parse_phone
from privacy.rights.applying import PLACE
from privacy.rights.arriving.mail import one_line
from privacy.rights.case import Kind
from privacy.terms import Language

LONGEST_WORDS = 50_000
LONGEST_LINE = 300
MOST_LINES = 8
BY_TASK = frozenset({Kind.NOTICE})
ANSWERS = ("email", "phone", "post")
COMMON = ("schema", "kinds", "name", "contact", "answer_by", "words", "language", "place", "agent")


@dataclass(frozen=True)
class Written:
    """One request as somebody wrote or typed it. `contact` is where the answer goes.

    `phones` and `emails` are normalised: what acts at once acts on them. `language` is ""
    where nobody stated it.
    """

    kinds: tuple[Kind, ...] = ()
    name: str = ""
    contact: str = ""
    words: str = ""
    language: str = ""
    place: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    agent_name: str = ""
    agent_contact: str = ""


def parsed(raw: bytes, schema: str, known: Collection[str]) -> dict[str, Any]:
    """The JSON object with that schema and no field that is not `known`. BadFacts else."""
    try:
        document = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadFacts(
            "The document is no JSON in UTF-8.", field="document", next="See docs/intake.md."
        ) from None
    if not isinstance(document, dict):
        raise BadFacts("The document is no object.", field="document", next="See docs/intake.md.")
    if document.get("schema") != schema:
        raise BadFacts("The schema is another one.", field="schema", next=f"It is {schema}.")
    refuse_unknown(document, known, "document")
    return document


def refuse_unknown(document: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """BadFacts for a field that is not known: it would be lost in silence."""
    if not set(document) <= set(known):
        raise BadFacts(
            "There is a field that is not known.",
            field=where,
            next=f"Known are {', '.join(sorted(known))}.",
        )


def written(document: Mapping[str, Any], region: str | None) -> Written:
    """The common fields of a document. `region` reads numbers without a country code."""
    phones, emails, lines = _contact(document.get("contact"), region)
    answer = code(document, "answer_by", ANSWERS)
    ways = {"email": emails, "phone": phones, "post": (", ".join(lines),) if lines else ()}
    chosen = [ways[answer]] if answer else list(ways.values())
    agent = document.get("agent", {})
    if not isinstance(agent, dict):
        raise BadFacts("The agent is no object.", field="agent", next="It has name and contact.")
    refuse_unknown(agent, ("name", "contact"), "agent")
    return Written(
        kinds=_kinds(document.get("kinds", [])),
        name=line(document, "name"),
        contact=next((value for way in chosen for value in way), ""),
        words=words(document),
        language=code(document, "language", [each.value for each in Language]),
        place=place(document),
        phones=phones,
        emails=emails,
        agent_name=line(agent, "name", "agent.name"),
        agent_contact=line(agent, "contact", "agent.contact"),
    )


def line(document: Mapping[str, Any], name: str, field: str = "") -> str:
    """A text on one line; "" where it is not there. BadFacts if it is no text or too long."""
    value = _text(document, name, field)
    if len(value) > LONGEST_LINE:
        raise BadFacts(
            "The text is too long.", field=field or name, next=f"At most {LONGEST_LINE} characters."
        )
    return one_line(value)


def words(document: Mapping[str, Any]) -> str:
    """What was said, with its line ends; other control characters are blanks."""
    value = _text(document, "words")
    if len(value) > LONGEST_WORDS:
        raise BadFacts("The text is too long.", field="words", next="Attach the rest as a file.")
    lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        "".join(c if c >= " " and c != "\x7f" else " " for c in each) for each in lines
    )


def code(document: Mapping[str, Any], name: str, known: Collection[str]) -> str:
    """One of the known codes, or "" where it is not there."""
    value = _text(document, name)
    if value and value not in known:
        raise BadFacts("The value is not known.", field=name, next=f"One of {', '.join(known)}.")
    return value


def place(document: Mapping[str, Any]) -> str:
    """An ISO 3166 code, or ""."""
    value = _text(document, "place")
    if value and not PLACE.fullmatch(value):
        raise BadFacts(
            "A place is an ISO 3166 code.", field="place", next="Such as DE, US-CA or CA-QC."
        )
    return value


def instant(document: Mapping[str, Any], name: str) -> datetime | None:
    """An RFC 3339 instant with its offset, or None."""
    value = _text(document, name)
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadFacts(
            "An instant has an offset.", field=name, next="Such as 2026-11-24T09:00:00+01:00."
        )
    return at


def day(document: Mapping[str, Any], name: str) -> date | None:
    """A day written YYYY-MM-DD, or None."""
    value = _text(document, name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise BadFacts("A day is no day.", field=name, next="Such as 2026-11-24.") from None


def kind_of(value: object, field: str) -> Kind:
    """The kind of that name, that somebody can ask for."""
    known = [kind.value for kind in Kind if kind not in BY_TASK]
    if not isinstance(value, str) or value not in known:
        raise BadFacts("The kind is not known.", field=field, next=f"One of {', '.join(known)}.")
    return Kind(value)


def _kinds(given: object) -> tuple[Kind, ...]:
    if not isinstance(given, list):
        raise BadFacts("The kinds are no list.", field="kinds", next='Such as ["access"].')
    found = [kind_of(each, f"kinds[{number}]") for number, each in enumerate(given)]
    if Kind.INQUIRY in found:
        raise BadFacts(
            "An authority's inquiry is opened by itself.",
            field="kinds",
            next="Use `rightsdesk request open --kind inquiry`.",
        )
    return tuple(dict.fromkeys(found))


def _contact(
    given: object, region: str | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """(numbers, e-mails, lines of an address)."""
    if given is None:
        return (), (), ()
    if not isinstance(given, dict):
        raise BadFacts("The contact is no object.", field="contact", next="See docs/intake.md.")
    refuse_unknown(given, ANSWERS, "contact")
    phone, email = line(given, "phone", "contact.phone"), line(given, "email", "contact.email")
    lines = given.get("post", [])
    if not isinstance(lines, list) or len(lines) > MOST_LINES:
        raise BadFacts(
            "An address is a list of lines.", field="contact.post", next=f"At most {MOST_LINES}."
        )
    post = tuple(line({"post": each}, "post", "contact.post") for each in lines)
    try:
        phones = (parse_phone(phone, region),) if phone else ()
    except BadNumber as bad:
        raise BadFacts(
            f"A number cannot be read ({bad.reason}).", field="contact.phone", next="Mend it."
        ) from None
    try:
        emails = (fold_email(email),) if email else ()
    except BadEmail as bad:
        raise BadFacts(
            f"An e-mail cannot be read ({bad.reason}).", field="contact.email", next="Mend it."
        ) from None
    return phones, emails, tuple(filter(None, post))


def _without_controls(text: str) -> str:
    return "".join(c if c >= " " and c != "\x7f" else " " for c in text)


def _text(document: Mapping[str, Any], name: str, field: str = "") -> str:
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or any("\ud800" <= c <= "\udfff" for c in value):
        raise BadFacts("The value is no text.", field=field or name, next="Give it in quotes.")
    return value


def _no_number(_name: str) -> None:
    raise ValueError("no JSON number")
