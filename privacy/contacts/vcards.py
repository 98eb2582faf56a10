"""vCard 2.1, 3.0 and 4.0, card by card, with a bound on everything that is kept.

A reader of our own: 2.1 has bare parameters, soft line breaks of quoted-printable
and base64 that is folded in three ways, 4.0 has URIs for numbers; libraries that
read one refuse another. Pictures, sounds and keys are passed over.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from quopri import decodestring

from privacy.contacts.files import TextFile
from privacy.contacts.rows import Cell, RawContact, Refusal

LONGEST_LINE = 1 << 16
MOST_LINES = 2_000
PASSED_OVER = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "AGENT"})
NO_CONTACT = frozenset({"VERSION", "PRODID", "REV", "UID", "BEGIN", "END"})
ADDRESS = ("po_box", "street_2", "street", "locality", "region", "postal_code", "country")
NAMES = ("family", "given", "middle", "prefix", "suffix")
NO_VOICE = frozenset({"FAX", "PAGER", "MODEM", "ISDN"})
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(r';([\w-]+)(?:=((?:"[^"]*"|[^";:,])*(?:,(?:"[^"]*"|[^";:,])*)*))?')
_NAME = re.compile(r"(?:[\w-]+\.)?([\w-]+)")


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    types: frozenset[str]
    value: str
    escaped: bool


class _TooLong(Exception):
    """A line or card passed the bound."""


def is_vcard(file: TextFile) -> bool:
    """Whether the first line that is not blank begins a card."""
    with file.open() as text:
        while line := text.readline(LONGEST_LINE):
            if line.strip():
                return line.strip().upper() == "BEGIN:VCARD"
    return False


def cards(file: TextFile) -> Iterator[RawContact | Refusal]:
    """Every card in order, or why there is none. Text between cards is passed over."""
    with file.open() as text:
        lines = _Lines(text)
        for line in lines:
            if line.strip().upper() == "BEGIN:VCARD":
                yield _card(lines, lines.number)


class _Lines:
    """Physical lines without their ends; one over the bound is cut and marked."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.number = 0
        self.cut = False
        self._back: str | None = None

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._back is not None:
            line, self._back = self._back, None
            return line
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.cut = len(line) == LONGEST_LINE and line[-1] not in "\r\n"
        if self.cut:
            while (rest := self._text.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
                pass
        return line.rstrip("\r\n")

    def put_back(self, line: str) -> None:
        self._back = line


def _card(lines: _Lines, began_at: int) -> RawContact | Refusal:
    """Read until the END that belongs to this card; a nested card (AGENT) is passed over."""
    properties: list[_Property] = []
    depth, count, reason = 1, 0, ""
    for line in lines:
        upper = line.strip().upper()
        if upper == "BEGIN:VCARD":
            depth += 1
        elif upper == "END:VCARD":
            depth -= 1
            if depth == 0:
                break
        count += 1
        if depth > 1 or not line.strip():
            continue
        try:
            if count > MOST_LINES and not reason:
                raise _TooLong
            found = _property(line, lines)
        except _TooLong:
            reason = "too_long"
            continue
        if found is not None and not reason:
            properties.append(found)
    else:
        return Refusal(began_at, "card", "unfinished_card")
    if reason:
        return Refusal(began_at, "card", reason)
    return _contact(properties, began_at)


def _property(line: str, lines: _Lines) -> _Property | None:
    """One property with its continuation lines; None where it is passed over or no property."""
    name_match = _NAME.match(line)
    if name_match is None:
        return None
    name = name_match.group(1).upper()
    if name in PASSED_OVER:
        _pass_continuation(lines)
        return None
    if lines.cut:
        raise _TooLong
    quoted_printable = "QUOTED-PRINTABLE" in line.upper().partition(":")[0]
    text = _continued(line, lines, quoted_printable)
    position = name_match.end()
    parameters: list[tuple[str, str]] = []
    while match := _PARAMETER.match(text, position):
        parameters.append((match.group(1).upper(), (match.group(2) or "").replace('"', "")))
        position = match.end()
    if text[position : position + 1] != ":":
        return None
    value = text[position + 1 :]
    if quoted_printable:
        value = _unquoted(value, dict(parameters).get("CHARSET", "utf-8"))
    types: set[str] = set()
    for key, said in parameters:
        types |= {word.strip().upper() for word in said.split(",")} if key == "TYPE" else {key}
    return _Property(name, frozenset(types), value, not quoted_printable)


def _continued(line: str, lines: _Lines, quoted_printable: bool) -> str:
    parts, size = [line], len(line)
    for following in lines:
        if lines.cut or size > LONGEST_LINE:
            raise _TooLong
        if quoted_printable and parts[-1].endswith("="):
            parts[-1] = parts[-1][:-1]
            parts.append(following)
        elif following[:1] in (" ", "\t") and following.strip():
            parts.append(following[1:])
        else:
            lines.put_back(following)
            break
        size += len(following)
    return "".join(parts)


def _pass_continuation(lines: _Lines) -> None:
    for following in lines:
        if following[:1] not in (" ", "\t"):
            lines.put_back(following)
            return


def _unquoted(value: str, charset: str) -> str:
    data = decodestring(value.encode("utf-8", "replace"))
    try:
        return data.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return data.decode("utf-8", "replace")


def _contact(properties: list[_Property], line: int) -> RawContact | Refusal:
    raw = RawContact(line)
    addresses: list[tuple[int, dict[str, str]]] = []
    for number, found in enumerate(properties, start=1):
        name, value = found.name, found.value
        if name.endswith("KIND") and value.strip().lower() == "group":
            return Refusal(line, "card", "group")
        if name == "N" and not raw.names.get("family") and not raw.names.get("given"):
            raw.names |= dict(zip(NAMES, _parts(found), strict=False))
        elif name == "FN" and "full" not in raw.names:
            raw.names["full"] = _plain(found)
        elif name == "TEL":
            _phone(raw, found, number)
        elif name == "EMAIL":
            text = _plain(found).removeprefix("mailto:")
            raw.emails.append(Cell(text, f"e-mail {len(raw.emails) + 1}"))
        elif name == "ADR":
            rank = 0 if "HOME" in found.types else 2 if "WORK" in found.types else 1
            addresses.append((rank, dict(zip(ADDRESS, _parts(found), strict=False))))
        elif name == "ORG" and not raw.organisation:
            raw.organisation = ", ".join(part for part in _parts(found) if part)
        elif name == "BDAY" and not raw.birthday:
            raw.birthday = _plain(found)
        elif name == "LANG" and not raw.language:
            raw.language = _plain(found)
        elif name not in NO_CONTACT:
            _keep(raw, name, _plain(found))
    raw.addresses = [address for _, address in sorted(addresses, key=lambda pair: pair[0])]
    return raw


def _phone(raw: RawContact, found: _Property, number: int) -> None:
    text = _plain(found)
    if found.types & NO_VOICE:
        _keep(raw, "FAX", text)
        return
    text = re.sub(r";(ext|phone-context)=.*", "", text, flags=re.IGNORECASE)
    label = "mobile" if "CELL" in found.types else ""
    label = label or ("home" if "HOME" in found.types else "work" if "WORK" in found.types else "")
    raw.phones.append(Cell(text, f"phone {len(raw.phones) + 1}", label))


def _keep(raw: RawContact, name: str, text: str) -> None:
    if text:
        raw.other[name] = f"{raw.other[name]}; {text}" if name in raw.other else text


def _plain(found: _Property) -> str:
    text = found.value
    return (_ESCAPE.sub(_escaped, text) if found.escaped else text).strip()


def _parts(found: _Property) -> list[str]:
    """Components between semicolons that are not escaped."""
    parts = re.split(r"(?<!\\);", found.value)
    if found.escaped:
        parts = [_ESCAPE.sub(_escaped, part) for part in parts]
    return [part.strip() for part in parts]


def _escaped(match: re.Match[str]) -> str:
    return "\n" if match.group(1) in "nN" else match.group(1)
