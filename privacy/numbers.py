"""Phone numbers, e-mail addresses and names in the one form in which they are compared.

Pure. A refusal carries a reason code and never the value: the code goes into
files and messages that anybody may read. A number is taken only when the
numbering plan knows it; an emergency or service number never is.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

LONGEST_EMAIL = 254
LONGEST_NUMBER = 80

_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: "no_region",
    NumberParseException.NOT_A_NUMBER: "not_a_number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}
_LENGTH_REASONS = {
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.INVALID_COUNTRY_CODE: "no_region",
}
# What an address may not hold unquoted (RFC 5322 specials); quoted local parts are refused too.
_MAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")
_DROPPED = re.compile(r"['’`´ʼ.]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_SEPARATORS = re.compile(r"[\W_]+")


class BadNumber(ValueError):
    """A phone number that is not taken. `reason` is a code; the text holds nothing else."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadEmail(ValueError):
    """An e-mail address that is not taken. `reason` is a code; the text holds nothing else."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_phone(text: str, region: str | None) -> str:
    """The number in E.164. `region` (ISO 3166-1) reads numbers without a country code.

    Raises BadNumber: empty, not_a_number, no_region, too_short, too_long or
    not_valid. An extension is dropped: it cannot be dialled through a permit.
    """
    stripped = text.strip().removeprefix("tel:")
    if not stripped:
        raise BadNumber("empty")
    if len(stripped) > LONGEST_NUMBER:
        raise BadNumber("too_long")
    try:
        number = phonenumbers.parse(stripped, region or None)
    except NumberParseException as refusal:
        raise BadNumber(_PARSE_REASONS.get(refusal.error_type, "not_a_number")) from None
    if not phonenumbers.is_valid_number(number):
        length = phonenumbers.is_possible_number_with_reason(number)
        raise BadNumber(_LENGTH_REASONS.get(length, "not_valid"))
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def region_of(e164: str) -> str:
    """ISO 3166-1 code of the country that gives the number out, "" where it has none."""
    return str(phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or "")


def zones_of(e164: str) -> tuple[str, ...]:
    """IANA zones in which the number may be, by its prefix; none is confirmed."""
    from phonenumbers import timezone

    zones = timezone.time_zones_for_number(phonenumbers.parse(e164))
    return tuple(sorted(zone for zone in zones if zone != timezone.UNKNOWN_TIMEZONE))


def fold_email(text: str) -> str:
    """The address in the form in which two are compared: NFC, small letters, domain in ASCII.

    It still reaches the same mailbox: `ß` is no `ss` (IDNA 2008; UTS 46 without
    transition), for both may be registered, by two people. Raises BadEmail: empty,
    control_character (a line break could start another header), too_long or
    not_an_address.
    """
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in text):
        raise BadEmail("control_character")
    address = unicodedata.normalize("NFC", text.strip().lower())
    if not address:
        raise BadEmail("empty")
    if len(address) > LONGEST_EMAIL:
        raise BadEmail("too_long")
    if not _MAIL.fullmatch(address):
        raise BadEmail("not_an_address")
    local, _, domain = address.partition("@")
    return f"{local}@{_domain(domain)}"


def earlier_email_forms(address: str) -> tuple[str, ...]:
    """The form in which a folded address was compared before: `ß` as `ss`, by IDNA 2003.

    Opt-outs and profiles may stand under it; () where it is the same.
    """
    if address.isascii() and "xn--" not in address:
        return ()
    import idna

    local, _, domain = address.partition("@")
    try:
        shown = idna.decode(domain)
        before = f"{local.casefold()}@{shown.casefold().encode('idna').decode('ascii')}"
    except (idna.IDNAError, UnicodeError):
        return ()
    return () if before == address else (before,)


def _domain(domain: str) -> str:
    labels = domain.removesuffix(".").split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadEmail("not_an_address")
    if domain.isascii():
        return ".".join(labels)
    # Its tables are large, and most domains need none.
    import idna

    try:
        return idna.encode(".".join(labels), uts46=True, transitional=False).decode("ascii")
    except idna.IDNAError:
        raise BadEmail("not_an_address") from None


def fold_name(text: str) -> str:
    """A name without case, accents, punctuation and double spaces; "" for no name.

    Two names are equal when their folded forms are. Letters that are no accented
    Latin ones stay as they are.
    """
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        # Only the accents of European scripts: a Japanese voicing mark changes the letter.
        text = _ACCENTS.sub("", decomposed)
    return _SEPARATORS.sub(" ", _DROPPED.sub("", text.casefold())).strip()
