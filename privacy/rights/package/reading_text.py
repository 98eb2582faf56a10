"""Numbers, e-mail addresses and words in a text, however they are written. Pure.

Every reading errs towards finding: what it yields is compared with what the desk knows,
and only what is somebody's is replaced.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from privacy.numbers import BadEmail, BadNumber, fold_email, fold_name, parse_phone

Span = tuple[int, int]
FEWEST_DIGITS, MOST_DIGITS = 6, 17
# Groups of digits that may be one number: at most three signs between them.
_GROUP = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\s()\[\]./_\u2010-\u2015\u00a0-]{0,3}")
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
_AT = r"(?:\s{0,2}[@\uff20]\s{0,2}|\s{0,2}[(\[]\s?(?:at|@)\s?[)\]]\s{0,2})"
_DOT = r"(?:[.\uff0e]|\s{0,2}[(\[]\s?(?:dot|punkt|point|punto|\.)\s?[)\]]\s{0,2})"
_MAIL = re.compile(rf"(?<!{_LOCAL})({_LOCAL}+){_AT}([\w-]+(?:{_DOT}[\w-]+)+)", re.IGNORECASE)
_DOTS = re.compile(_DOT, re.IGNORECASE)
# What stands before an address in a link or a list: `?to=`, a quotation mark.
_BEFORE = re.compile(r".*[=/?&|'`{}!#$%^*~]")
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_LETTER = r"[^\W\d_][\u0300-\u036f]*"
_LETTERS = re.compile(rf"(?:{_LETTER})+(?:[{_UNSEEN}]+(?:{_LETTER})+)*")
_WORD = re.compile(rf"{_LETTERS.pattern}(?:['’\u2010\u2011-]{_LETTERS.pattern})*")
_NO_UNSEEN = dict.fromkeys(map(ord, _UNSEEN))
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def numbers_in(text: str, regions: Iterable[str]) -> dict[Span, frozenset[str]]:
    """Where a number may stand in a text, and as which numbers it reads, by its country."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    countries = tuple(regions)
    found: dict[Span, frozenset[str]] = {}
    for first, (start, _) in enumerate(groups):
        for span in _runs(text, groups[first:]):
            written = " ".join(re.sub(r"[\s_]+", " ", text[span[0] : span[1]]).split())
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


@lru_cache(maxsize=4096)
def _numbers(text: str, regions: tuple[str, ...]) -> frozenset[str]:
    read = set()
    for region in ("",) if text.startswith("+") else regions:
        try:
            read.add(parse_phone(text, region or None))
        except BadNumber:
            continue
    return frozenset(read)


def mails_in(text: str) -> dict[Span, frozenset[str]]:
    """Where e-mail addresses stand in a text, and as which they read: folded, without a tag."""
    found: dict[Span, frozenset[str]] = {}
    for match in _MAIL.finditer(text):
        local, domain = match.group(1), _DOTS.sub(".", match.group(2))
        before = _BEFORE.match(local)
        for skipped in {0, before.end() if before else 0}:
            read = _mails(f"{local[skipped:]}@{domain}")
            if read:
                found[match.start() + skipped, match.end()] = read
    return found


def _mails(written: str) -> frozenset[str]:
    try:
        mail = fold_email(written)
    except BadEmail:
        return frozenset()
    return frozenset({mail, untagged(mail)})


def untagged(mail: str) -> str:
    """The address without what stands behind a `+`: it reaches the same mailbox."""
    local, _, domain = mail.partition("@")
    plain = local.partition("+")[0]
    return f"{plain}@{domain}" if plain else mail


def words_in(text: str) -> dict[Span, str]:
    """The words of a text, folded as names are; a joined name is several words."""
    found: dict[Span, str] = {}
    for match in _WORD.finditer(text):
        found[match.span()] = folded(match.group())
        for part in _LETTERS.finditer(match.group()):
            start = match.start() + part.start()
            found.setdefault((start, start + len(part.group())), folded(part.group()))
    return found


def folded(word: str) -> str:
    """A word as names are compared, without signs that nobody sees."""
    return fold_name(word.translate(_NO_UNSEEN))


def spellings(word: str) -> frozenset[str]:
    """The folded word, with Ä, Ö and Ü written as two letters too."""
    whole = unicodedata.normalize("NFC", word.translate(_NO_UNSEEN))
    return frozenset({folded(whole), folded(whole.translate(_UMLAUTS))})
