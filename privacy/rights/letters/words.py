"""The words of one language: subjects, salutations, blocks, and the words of codes.

`templates/letters/<language>.toml` in the package; a desk may put its own words of
single blocks, subjects, salutation and closing over them (overrides.py).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from privacy.errors import BadInput, Fault
from privacy.rights.letters import wording
from privacy.rights.letters.catalogue import Block, Catalogue
from privacy.terms import Language

PERSON = "person_name"
SUBJECT_MAY_USE = ("reference", "organisation")
LABELS = ("reference", "date", "page", "of")
# Tables that an own file of a desk may hold; codes and labels are the law's and the form's.
OWN_TABLES = ("salutation", "closing", "subject", "block")


@dataclass(frozen=True)
class Words:
    """`sha256` names exactly these words: the package's, and a desk's own over them.

    `terms`: names of laws as the language writes them in a citation.
    """

    language: Language
    sha256: str
    salutation: Mapping[str, str]
    closing: str
    subject: Mapping[str, str]
    block: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, str]
    sample: Mapping[str, Any]
    terms: Mapping[str, str]

    def code(self, table: str, value: str) -> str:
        """The words of a code. Fault where the language lacks them."""
        found = self.codes.get(table.removeprefix("code."), {}).get(value)
        if found is None:
            raise Fault(
                f"The language {self.language.value} has no words for a code; no letter was made.",
                what=f"codes.{table.removeprefix('code.')}.{value}",
                next="Report this as a fault of ours.",
            )
        return found

    def citation(self, text: str) -> str:
        """A citation of the packs with the language's own names of laws."""
        for name, own in self.terms.items():
            text = re.sub(rf"(?<!UK ){re.escape(name)}(?=\W)", own, text)
        return text


# Languages whose words are whole: the matrix and the suite ask each of them for every cell.
READY = tuple(Language)


@cache
def words_of(language: Language) -> Words:
    """The package's words of a language."""
    try:
        found = resources.files("templates") / "letters" / f"{language.value}.toml"
        content = found.read_bytes()
        data = tomllib.loads(content.decode())
        return Words(
            language=Language(data["language"]),
            sha256=hashlib.sha256(content).hexdigest(),
            salutation=data["salutation"],
            closing=data["closing"]["text"],
            sample=data.get("sample", {}),
            terms=data.get("terms", {}),
            **{key: data[key] for key in ("subject", "block", "codes", "labels")},
        )
    except (OSError, ValueError, KeyError):
        raise Fault(
            "The words of a language are missing or cannot be read.",
            what=f"letters/{language.value}.toml",
            next="Install rightsdesk again.",
        ) from None


def with_own(words: Words, content: bytes, catalogue: Catalogue) -> Words:
    """The same with a desk's own words over them. BadInput names block and variable of what
    they may not hold; see `wording.check` and `refuse_lost`."""
    own = read_own(words.language, content)
    block = {**words.block, **own.get("block", {})}
    made = replace(
        words,
        sha256=hashlib.sha256(words.sha256.encode() + hashlib.sha256(content).digest()).hexdigest(),
        salutation={**words.salutation, **own.get("salutation", {})},
        closing=own.get("closing", {}).get("text", words.closing),
        subject={**words.subject, **own.get("subject", {})},
        block=block,
    )
    for fault in faults(made, catalogue):
        raise fault
    return made


def read_own(language: Language, content: bytes) -> dict[str, dict[str, str]]:
    """An own file's tables. BadInput for anything that has no place in one."""
    where = f"own words ({language.value})"
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadInput("The file is no TOML in UTF-8.", what=where, next="Mend it.") from None
    if data.pop("language", None) != language.value:
        raise BadInput(
            "The file names another language, or none.",
            what=where,
            next=f'Its first line is: language = "{language.value}"',
        )
    known: Mapping[str, Any] = {
        "salutation": words_of(language).salutation,
        "closing": {"text": ""},
        "subject": words_of(language).subject,
        "block": words_of(language).block,
    }
    for key, table in data.items():
        if key not in OWN_TABLES or not isinstance(table, dict):
            raise BadInput(
                f"{key} has no place in a file of own words.",
                what=where,
                next=f"Tables are: {', '.join(OWN_TABLES)}.",
            )
        for name, text in table.items():
            if name not in known[key]:
                raise BadInput(f"There is no {key} {name}.", what=f"{key}.{name}", next=where)
            if not isinstance(text, str) or not text.strip():
                raise BadInput(
                    f"The own words of {key} {name} are empty: a letter would lack this part.",
                    what=f"{key}.{name}",
                    next="Give its words, or leave it out to keep those of the package.",
                )
    return data


def faults(words: Words, catalogue: Catalogue) -> Iterator[BadInput]:
    """Everything in the words that may not stand there, as errors; lazily, in order."""
    single: list[tuple[str, str, tuple[str, ...]]]
    single = [(f"subject.{kind}", text, SUBJECT_MAY_USE) for kind, text in words.subject.items()]
    single += [("salutation.named", words.salutation.get("named", ""), (PERSON,))]
    single += [("salutation.unnamed", words.salutation.get("unnamed", ""), ())]
    single += [("closing", words.closing, ())]
    for where, text, usable in single:
        yield from _refusal(where, text, usable, None)
    for name, text in words.block.items():
        block = catalogue.blocks.get(name)
        if block is None:
            yield BadInput("There is no such block.", what=f"block.{name}")
            continue
        yield from _refusal(f"block.{name}", text, block.usable, columns_of(block, catalogue))
        yield from _lost(block, text)


def columns_of(block: Block, catalogue: Catalogue) -> tuple[str, ...] | None:
    """Columns that `each` has in the words of a block; None where it has no `each`."""
    if not block.each:
        return None
    return tuple(name for name, _ in catalogue.variables[block.each].columns)


def _refusal(
    where: str, text: str, usable: Any, columns: tuple[str, ...] | None
) -> Iterator[BadInput]:
    if not text.strip():
        yield BadInput("The words are empty.", what=where)
        return
    try:
        wording.check(where, text, usable, columns)
    except BadInput as error:
        yield error


def _lost(block: Block, text: str) -> Iterator[BadInput]:
    """Values that the law wants to be read, and that the words would not print."""
    printed = wording.always_printed(text)
    for name in block.shows:
        used = wording.EACH if name == block.each else name
        if used not in printed:
            yield BadInput(
                f"The words of block {block.id} do not always print {name}, which "
                f"{', '.join(block.items) or 'the letter'} needs.",
                what=f"block.{block.id}",
                next="Print it outside of every {% if %}, or in each of its branches.",
            )
