"""A file that the vendor's form saved: its answers and evidence, taken whole or not at all.

Strict: an unknown field, an answer of a wrong type, another vendor's or another questionnaire's
file, a name that is a path, content that is not what its digest says: each is an error by name,
and nothing is saved. Evidence that was too large for the form stands by its digest and is
looked for among files that came beside it. Answers and evidence are one commit.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.storage.unit import Unit
from privacy.vendors import answering, files, questionnaires, store
from privacy.vendors.answers import Answer, Source, read_file
from privacy.vendors.fields import Fields, wrong
from privacy.vendors.foreign import Mapped, mapped
from privacy.vendors.form import LARGEST_TOGETHER
from privacy.vendors.questionnaire import Questionnaire

LARGEST_BYTES = 40 * 1024 * 1024
"""Of a saved file: its embedded evidence in base64, its answers and comments."""
MOST_FILES = 500


@dataclass(frozen=True)
class File:
    """One evidence file as the form names it. `content` None: it comes apart."""

    questions: tuple[str, ...]
    name: str
    valid_from: date
    valid_until: date
    sha256: str
    size_bytes: int
    content: bytes | None


@dataclass(frozen=True)
class Received:
    """What a saved file holds."""

    answers: tuple[Answer, ...]
    files: tuple[File, ...]


def read(questionnaire: Questionnaire, content: bytes, vendor_id: str) -> Received:
    """What the saved file holds. BadInput for what is no JSON, BadFacts for the first wrong field.

    The file must name the vendor and the questionnaire: the form writes both.
    """
    document = _document(content)
    for key in ("vendor", "questionnaire_sha256"):
        if not isinstance(document.get(key), str):
            raise wrong(f"answers.{key}", "A file that the form saved names it.")
    held = document.pop("evidence", [])
    answers = read_file(questionnaire, document, vendor_id=vendor_id)
    if not isinstance(held, list) or len(held) > MOST_FILES:
        raise wrong("answers.evidence", f"A list of at most {MOST_FILES} files.")
    found = [_file(questionnaire, item, number) for number, item in enumerate(held, 1)]
    if sum(len(each.content or b"") for each in found) > LARGEST_TOGETHER:
        raise wrong("answers.evidence", f"At most {LARGEST_TOGETHER} bytes are embedded.")
    return Received(tuple(answers), tuple(found))


@dataclass(frozen=True)
class Taken:
    """What was saved: answers, evidence ids, and digests of files that did not come.

    `changed`: of the answers, those to questions that stood answered otherwise. `kept`: answers
    that the file would set back to what it had said before; they were not taken.
    """

    questions: tuple[str, ...]
    evidence: tuple[str, ...]
    awaited: tuple[str, ...]
    changed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def take(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    content: bytes,
    beside: Mapping[str, bytes] | None = None,
    *,
    again: bool = False,
) -> Taken:
    """Save a file of the form in one commit. `beside`: files that came apart, by SHA-256.

    The answers of a file count once: an old one that comes again sets nothing back, unless
    `again` says that it is to; nor does evidence that was withdrawn come back with it.

    A file that is awaited is kept once the same saved file is imported again with it. Evidence that
    stands already for the same days is not kept twice.
    """
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        questionnaire = questionnaires.current(db)
        had = files.listed(db, vendor.id)
        standing = {_key(each.evidence) for each in had if not (again and each.withdrawn)}
        digest = hashlib.sha256(content).hexdigest()
        old = not again and answering.file_taken(db, vendor.id, digest)
    received = read(questionnaire, content, vendor.id)
    before = answering.read(desk, actor, vendor.id)
    new = [each for each in received.answers if before.get(each.question) != each]
    kept_back = tuple(each.question for each in new) if old else ()
    new = [] if old else new
    changed = tuple(each.question for each in new if each.question in before)
    keeping, awaited = [], []
    for each in received.files:
        held = each.content if each.content is not None else (beside or {}).get(each.sha256)
        if held is None:
            awaited.append(each.sha256)
        elif (
            each.sha256,
            frozenset(each.questions),
            each.valid_from,
            each.valid_until,
        ) not in standing:
            keeping.append(
                files.keeping(
                    desk,
                    actor,
                    vendor.id,
                    each.questions,
                    each.name,
                    held,
                    valid_from=each.valid_from,
                    valid_until=each.valid_until,
                )
            )
    recording = (
        answering.recording(desk, actor, vendor.id, new, Source.FORM, digest) if new else None
    )

    def job(unit: Unit) -> tuple[str, ...]:
        if recording is not None:
            recording(unit)
        return tuple(each(unit) for each in keeping)

    kept = desk.write(job) if new or keeping else ()
    taken = tuple(each.question for each in new)
    return Taken(taken, kept, tuple(awaited), changed, kept_back)


def _key(each: Any) -> tuple[str, frozenset[str], date, date]:
    return each.sha256, each.questions, each.valid_from, each.valid_until


def _document(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST_BYTES:
        raise _unreadable(f"It has more than {LARGEST_BYTES} bytes.")
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _unreadable("It is no JSON in UTF-8, or a field stands in it twice.") from None
    if not isinstance(found, dict):
        raise _unreadable("It is no object.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Which of two equal fields counts is nobody's guess."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _file(questionnaire: Questionnaire, item: Any, number: int) -> File:
    each = Fields(item, f"evidence[{number}]")
    questions = each.peek("questions")
    if (
        not isinstance(questions, list)
        or not 0 < len(questions) <= len(questionnaire.questions)
        or not all(isinstance(key, str) and key in questionnaire.questions for key in questions)
    ):
        raise each.wrong("questions", "Ids of questions that are asked.")
    name, digest = each.text("name"), each.text("sha256")
    if not files.plain_name(name):
        raise each.wrong("name", "A file's name is one plain name.")
    days = [_day(each, key) for key in ("valid_from", "valid_until")]
    if days[1] < days[0]:
        raise each.wrong("valid_until", "Evidence ends before it begins.")
    content = _content(each)
    size = each.peek("size_bytes")
    each.ignore("questions", "size_bytes", "content").end()
    if isinstance(size, bool) or not isinstance(size, int) or not 0 < size <= files.LARGEST_BYTES:
        raise each.wrong("size_bytes", f"1 to {files.LARGEST_BYTES} bytes.")
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise each.wrong("sha256", "A SHA-256 in hexadecimal.")
    if content is not None and (
        len(content) != size or hashlib.sha256(content).hexdigest() != digest
    ):
        raise each.wrong("content", "The content is not what its size and digest say.")
    unique = tuple(dict.fromkeys(questions))
    return File(unique, name, days[0], days[1], digest, size, content)


def _day(each: Fields, key: str) -> date:
    text = each.text(key)
    try:
        return date.fromisoformat(text if len(text) == 10 else "")
    except ValueError:
        raise each.wrong(key, "A day such as 2026-11-30.") from None


def _content(each: Fields) -> bytes | None:
    if not each.has("content"):
        return None
    held = each.peek("content")
    if not isinstance(held, str):
        raise each.wrong("content", "Base64.")
    try:
        return base64.b64decode(held, validate=True)
    except (binascii.Error, ValueError):
        raise each.wrong("content", "Base64.") from None


def _unreadable(why: str) -> BadInput:
    return BadInput(
        f"The file of answers cannot be read. {why}",
        what="file",
        next="Nothing was saved. Give the file that the form saved.",
    )


@dataclass(frozen=True)
class Claimed:
    """What another questionnaire's answers brought: `kept` stood already and says otherwise."""

    mapped: Mapped
    recorded: tuple[str, ...]
    kept: tuple[str, ...]


def claim(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    source: Source,
    content: bytes,
    *,
    replace: bool = False,
) -> Claimed:
    """Record what another questionnaire says of ours, in one commit.

    An answer that stands and says otherwise is kept and named, unless it is to be replaced.
    """
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        questionnaire = questionnaires.current(db)
    found = mapped(questionnaire, source, content)
    before = answering.read(desk, actor, vendor.id)
    other = [
        each
        for each in found.answers
        if each.question in before and before[each.question].value != each.value
    ]
    new = [each for each in found.answers if each.question not in before]
    if replace:
        new += other
    if new:
        answering.record(desk, actor, vendor.id, new, source)
    kept = () if replace else tuple(each.question for each in other)
    return Claimed(found, tuple(each.question for each in new), kept)
