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

from privacy.numbers import BadEmail, BadNumber, fold_email, fold_name, parse_phone
from privacy.rights.access import Consent, Earlier, Found
from privacy.rights.beside import Beside

MARK = "[another person]"
SHORTEST_WORD = 3
_MAIL = re.compile(r"[^\s<>()\[\],;:\"'|]+@[^\s<>()\[\],;:\"'|]+")
# Groups of digits that may be one number: at most three signs between them.
_GROUP = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\s()\[\]./\u2010-\u2015\u00a0-]{0,3}")
_WORD = re.compile(r"[^\W\d_]+(?:['’\u2010\u2011-][^\W\d_]+)*")
FEWEST_DIGITS, MOST_DIGITS = 6, 17
Span = tuple[int, int]


@dataclass(frozen=True)
class Others:
    """Whom the desk knows: numbers in E.164, folded addresses, folded words of names.

    `likely`: words of people found by their surname alone: in small letters they are
    taken for words of the language.
    """

    numbers: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    likely: frozenset[str] = frozenset()


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


def numbers_in(text: str, regions: Iterable[str]) -> dict[Span, frozenset[str]]:
    """Where a number may stand in a text, and as which numbers it reads, by its country."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    countries = tuple(regions)
    found: dict[Span, frozenset[str]] = {}
    for first, (start, _) in enumerate(groups):
        for span in _runs(text, groups[first:]):
            written = text[span[0] : span[1]]
            plus = text[max(start - 2, 0) : start].rstrip("(").endswith(("+", "\uff0b"))
            read = {n for form in _forms(written, plus) for n in _numbers(form, countries)}
            if read:
                found[span] = frozenset(read)
    return found


def _runs(text: str, groups: list[Span]) -> Iterator[Span]:
    """The stretches from the first of those groups that have as many digits as a number."""
    start, end = groups[0]
    digits = end - start
    for next_start, next_end in [*groups[1:], (len(text) + 9, 0)]:
        if FEWEST_DIGITS <= digits <= MOST_DIGITS:
            yield start, end
        if digits > MOST_DIGITS or not _BETWEEN.fullmatch(text[end:next_start]):
            return
        digits += next_end - next_start
        end = next_end


def _forms(written: str, plus: bool) -> Iterator[str]:
    """As it is written, and as an international number where it may be one."""
    if plus:
        yield f"+{written}"
        return
    yield written
    if written.startswith("00"):
        yield f"+{written[2:]}"
    elif not written.startswith("0"):
        yield f"+{written}"


def _numbers(text: str, regions: tuple[str, ...]) -> Iterator[str]:
    for region in ("",) if text.startswith("+") else regions:
        try:
            yield parse_phone(text, region or None)
        except BadNumber:
            continue


def mails_in(text: str) -> dict[Span, str]:
    """Where e-mail addresses stand in a text, folded."""
    found = {}
    for match in _MAIL.finditer(text):
        bare = match.group().rstrip(".!?")
        try:
            found[match.start(), match.start() + len(bare)] = fold_email(bare)
        except BadEmail:
            continue
    return found


def words_in(text: str) -> dict[Span, str]:
    """The words of a text, folded as names are; a joined name is several words."""
    found: dict[Span, str] = {}
    for match in _WORD.finditer(text):
        found[match.span()] = fold_name(match.group())
        for part in re.finditer(r"[^\W\d_]+", match.group()):
            start = match.start() + part.start()
            found.setdefault((start, start + len(part.group())), fold_name(part.group()))
    return found


def name_words(names: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The folded words of names by which somebody is recognised."""
    parts = ("given", "family", "middle", "full")
    return frozenset(
        word
        for name in names
        for part in parts
        for word in words_in(str(name.get(part) or "")).values()
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
    found = [span for span, mail in mails_in(text).items() if mail in others.mails]
    if others.numbers:
        found += [s for s, read in numbers_in(text, regions).items() if read & others.numbers]
    for (start, end), word in words_in(text).items():
        likely = word in others.likely and not text[start:end].islower()
        if likely or word in others.words:
            found.append((start, end))
    for words in marked.words:
        pattern = re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)
        found += [match.span() for match in pattern.finditer(text)]
    return found


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
