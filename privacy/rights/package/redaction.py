"""Other people in what is held about a person: found in its texts, and replaced. Pure.

A text about one person may name another (a note, a column of a list, what was said at an
opt-out). Where the desk knows the other one, by number, e-mail or name, the words are
replaced and counted: a copy must not harm others (GDPR Article 15(4), recital 63).
Whom the desk does not know it cannot find: for them staff mark the words or the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from privacy.rights.access import Consent, Earlier, Found
from privacy.rights.beside import Beside
from privacy.rights.package.reading_text import (
    Span,
    mails_in,
    numbers_in,
    spellings,
    words_in,
)

MARK = "[another person]"
SHORTEST_WORD = 3


@dataclass(frozen=True)
class Others:
    """Whom the desk knows: numbers in E.164, folded addresses, folded words of names.

    `likely`: words of people found by their surname alone: in small letters they are
    taken for words of the language. `own`: words of the person's own names, never replaced.
    """

    numbers: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    likely: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Marked:
    """What staff marked in the plan: whole fields by label, words wherever they stand."""

    fields: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Redacted:
    """The same without other people, how many places were replaced, which fields left out."""

    found: Found
    places: int
    fields: int


NOBODY = Others()
NOTHING = Marked()


def texts(found: Found) -> Iterator[str]:
    """Every text that may speak of somebody else."""
    seen: list[str] = []

    def keep(text: str) -> str:
        seen.append(text)
        return text

    _each(found, keep, NOTHING)
    yield from seen


def name_words(names: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The folded words of names by which somebody is recognised."""
    parts = ("given", "family", "middle", "full")
    texts = [str(name.get(part) or "") for name in names for part in parts]
    return frozenset(
        word
        for text in texts
        for start, end in words_in(text)
        for word in spellings(text[start:end])
        if len(word) >= SHORTEST_WORD
    )


def without_others(
    found: Found, others: Others, regions: Iterable[str], marked: Marked = NOTHING
) -> Redacted:
    """What was found, with others replaced in every text and marked fields left out."""
    places, countries = [0], tuple(regions)

    def clean(text: str) -> str:
        spans = _joined(text, _spans(text, others, countries, marked))
        places[0] += len(spans)
        for start, end in reversed(spans):
            text = f"{text[:start]}{MARK}{text[end:]}"
        return text

    changed, fields = _each(found, clean, marked)
    return Redacted(changed, places[0], fields)


def _spans(text: str, others: Others, regions: tuple[str, ...], marked: Marked) -> list[Span]:
    found = [span for span, read in mails_in(text).items() if read & others.mails]
    if others.numbers:
        found += [s for s, read in numbers_in(text, regions).items() if read & others.numbers]
    for start, end in words_in(text):
        written = text[start:end]
        known = others.words if written.islower() else others.words | others.likely
        if _named(written, known, others.own):
            found.append((start, end))
    for words in marked.words:
        pattern = re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)
        found += [match.span() for match in pattern.finditer(text)]
    return found


def _named(written: str, known: frozenset[str], own: frozenset[str]) -> bool:
    """Whether a word is one of those names, in another spelling or in the genitive."""
    words = spellings(written)
    if words & own:
        return False
    stems = {word[:-1] for word in words if word.endswith("s") and len(word) > SHORTEST_WORD}
    return bool((words | stems) & known)


def _joined(text: str, spans: Iterable[Span]) -> list[Span]:
    """In order; those that overlap or stand with blanks only between are one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and (start <= joined[-1][1] or not text[joined[-1][1] : start].strip(" ,.")):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _each(found: Found, clean: Callable[[str], str], marked: Marked) -> tuple[Found, int]:
    """The same with `clean` over every free text; how many marked fields went."""
    gone = [0]
    profiles = {
        subject_id: _profile(profile, clean, marked, gone)
        for subject_id, profile in found.profiles.items()
    }
    history = tuple(
        Earlier(
            one.subject_id,
            one.replaced_at,
            _profile(one.profile, clean, marked, gone),
            one.numbers,
        )
        for one in found.history
    )
    words = found.opt_out_words
    if "what you said at an opt-out" in marked.fields:
        gone[0] += len(words)
        words = {}
    changed = replace(
        found,
        profiles=profiles,
        history=history,
        consents=tuple(_consent(one, clean, marked, gone) for one in found.consents),
        opt_out_words={key: clean(text) for key, text in words.items()},
        beside=replace(found.beside, lines=_beside(found.beside.lines, clean, marked, gone)),
    )
    return changed, gone[0]


def _beside(
    lines: Iterable[Beside], clean: Callable[[str], str], marked: Marked, gone: list[int]
) -> tuple[Beside, ...]:
    """Words, notes and names of files that came with requests, without marked ones."""
    kept = []
    for line in lines:
        if line.label in marked.fields:
            gone[0] += 1
        else:
            kept.append(replace(line, text=clean(line.text)))
    return tuple(kept)


def _profile(
    profile: Mapping[str, Any], clean: Callable[[str], str], marked: Marked, gone: list[int]
) -> dict[str, Any]:
    """A profile without marked fields; names stay the person's own."""
    changed = dict(profile)
    for label in ("organisation", "language", "birthday"):
        if changed.get(label):
            if label in marked.fields:
                changed[label] = ""
                gone[0] += 1
            elif label == "organisation":
                changed[label] = clean(str(changed[label]))
    if changed.get("addresses"):
        if "address" in marked.fields:
            gone[0] += len(changed["addresses"])
            changed["addresses"] = []
        changed["addresses"] = [
            {part: clean(str(text)) if part == "street" else text for part, text in each.items()}
            for each in changed["addresses"]
        ]
    other: dict[str, str] = {}
    for label, value in (changed.get("other") or {}).items():
        if str(label) in marked.fields:
            gone[0] += 1
            continue
        heading = clean(str(label))
        while heading in other:
            heading += " "
        other[heading] = clean(str(value))
    changed["other"] = other
    return changed


def _consent(
    consent: Consent, clean: Callable[[str], str], marked: Marked, gone: list[int]
) -> Consent:
    evidence = consent.evidence
    if "how" in marked.fields and (evidence.reference or evidence.words):
        gone[0] += 1
        return replace(consent, evidence=replace(evidence, reference="", words=""))
    return replace(
        consent,
        evidence=replace(
            evidence, reference=clean(evidence.reference), words=clean(evidence.words)
        ),
    )
