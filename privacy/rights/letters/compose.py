"""A letter from its rows, its words and the facts of a case: nothing else goes in. Pure.

A fact that a printed block needs and nobody gave stops the letter with its name: no
letter has a hole. Facts come as codes, dates and texts; they are written in the
letter's language here, and what others wrote is made visible first (visible.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from privacy.errors import BadFacts, Fault
from privacy.rights.letters import formats, visible, wording
from privacy.rights.letters.catalogue import Block, Catalogue, Variable
from privacy.rights.letters.text import LIST, LetterText, Paragraph
from privacy.rights.letters.words import LABELS, PERSON, Words

Facts = Mapping[str, Any]
EMPTY_LINE = re.compile(r"\n\s*\n")
EXAMPLE = re.compile(r";\s+for example .*")
# Stands for a line end that a writer meant, until the words' own line ends are gone.
# `visible` never lets it through from outside.
LINE_END = "\u2028"
# Variables and columns so named hold a citation of the packs.
CITATION = "citation"
ON, REFERENCE, SENDER = "letter_on", "reference", "organisation"


def compose(kind: str, law: str, facts: Facts, words: Words, catalogue: Catalogue) -> LetterText:
    """The letter. NotFound where the law knows none; BadFacts names every fact that is missing.

    `facts` hold values by the names of the pack's variables; what is not known is absent,
    None or empty. Always needed: letter_on, reference and organisation.
    """
    blocks = [each for each in catalogue.letter(kind, law) if holds(each, facts)]
    needed = dict.fromkeys([ON, REFERENCE, SENDER, *(n for b in blocks for n in b.required)])
    _refuse_holes(kind, [name for name in needed if not present(facts.get(name))], catalogue)
    locale = formats.locale_of(words.language, law)
    values = {
        name: _in_words(catalogue.variables[name], value, words, locale)
        for name, value in facts.items()
        if name in catalogue.variables and present(value)
    }

    def joined(members: Iterable[str]) -> str:
        return formats.joined(members, locale)

    body = [part for block in blocks for part in _parts(block, words, values, joined)]
    return LetterText(
        kind=kind,
        law=law,
        language=words.language.value,
        locale=locale.replace("_", "-"),
        letter_on=facts[ON].isoformat(),
        date_shown=values[ON],
        reference=values[REFERENCE],
        sender=values[SENDER],
        subject=subject(kind, values, words),
        paragraphs=(
            Paragraph("salutation", (salutation(values, words),)),
            *body,
            Paragraph("closing", (_flat(words.closing),)),
            Paragraph("signature", (values[SENDER],)),
        ),
        labels={name: words.labels[name] for name in LABELS},
    )


def holds(block: Block, facts: Facts) -> bool:
    """Whether the block is printed: every fact of `when` is there, and none of `unless`."""
    there = all(present(facts.get(name)) for name in block.when)
    return there and not any(present(facts.get(name)) for name in block.unless)


def present(value: Any) -> bool:
    """Whether a fact is known: no is not, nor is an empty text or list, nor zero."""
    return bool(value)


def subject(kind: str, values: Mapping[str, Any], words: Words) -> str:
    """The subject line: one line, whatever stands in its values."""
    return _flat(wording.rendered(f"subject.{kind}", words.subject[kind], values, "".join))


def salutation(values: Mapping[str, Any], words: Words) -> str:
    """By name where the letter may use it, else without one."""
    which = "named" if values.get(PERSON) else "unnamed"
    return _flat(wording.rendered(which, words.salutation[which], values, "".join))


def _parts(
    block: Block,
    words: Words,
    values: Mapping[str, Any],
    joined: Callable[[Iterable[str]], str],
) -> list[Paragraph]:
    """One block as it is printed. Fault where it would be empty."""
    text = words.block.get(block.id)
    if text is None:
        raise Fault(
            f"The language {words.language.value} has no words for a block; no letter was made.",
            what=block.id,
            next="Report this as a fault of ours.",
        )
    given = {name: values.get(name) for name in block.usable}
    where = f"block.{block.id}"
    if block.each:
        rows = values[block.each]
        texts = tuple(
            _flat(wording.rendered(where, text, {**given, wording.EACH: row}, joined))
            for row in rows
        )
        parts = [Paragraph(LIST, texts, (block.id,), block.items)]
    else:
        whole = wording.rendered(where, text, given, joined)
        chunks = [_flat(chunk) for chunk in EMPTY_LINE.split(whole)]
        parts = [Paragraph(block.role, (c,), (block.id,), block.items) for c in chunks if c]
    if not parts or not all(all(part.texts) for part in parts):
        raise Fault(
            "The words of a block print nothing; no letter was made.",
            what=where,
            next="Mend the words of the block.",
        )
    return parts


def _in_words(variable: Variable, value: Any, words: Words, locale: str) -> Any:
    if variable.type == "flag":
        return bool(value)
    if variable.type == "rows":
        return tuple(
            {
                name: _cell(_kind(name, kind), row.get(name), words, locale)
                for name, kind in variable.columns
            }
            for row in value
        )
    kind = f"code.{variable.codes}" if variable.codes else _kind(variable.name, variable.type)
    if variable.type == "list":
        return tuple(_member(kind if variable.codes else "text", v, words, locale) for v in value)
    return _cell(kind, value, words, locale)


def _kind(name: str, kind: str) -> str:
    return CITATION if kind == "text" and name.endswith(CITATION) else kind


def _member(kind: str, value: Any, words: Words, locale: str) -> str:
    """One of a list; several things that belong together are joined."""
    whole = value if isinstance(value, tuple) else (value,)
    parts = [_cell(kind, each, words, locale) for each in whole]
    return formats.joined([part for part in parts if part is not None], locale)


def _cell(kind: str, value: Any, words: Words, locale: str) -> str | None:
    """One value as it is printed; None where it is not known."""
    if value is None or value == "":
        return None
    if kind.startswith("code."):
        return words.code(kind, str(value))
    if kind == "date":
        return formats.day(value if isinstance(value, date) else date.fromisoformat(value), locale)
    if kind == "number":
        return formats.number(value, locale)
    if kind == "prose":
        return visible.prose(str(value)).replace("\n", LINE_END)
    if kind == CITATION:
        return words.citation(visible.line(_own(str(value))))
    return visible.line(str(value))


def _own(citation: str) -> str:
    """A citation without the example of another state that the packs give for a group of laws."""
    return EXAMPLE.sub("", citation) or citation


def _flat(text: str) -> str:
    """Words without the line ends of their file; those that a writer meant stay."""
    return "\n".join(" ".join(part.split()) for part in text.split(LINE_END)).strip()


def _refuse_holes(kind: str, missing: list[str], catalogue: Catalogue) -> None:
    if not missing:
        return
    said = "; ".join(
        f"{name} ({catalogue.variables[name].what})" if name in catalogue.variables else name
        for name in missing
    )
    raise BadFacts(
        f"The letter {kind} needs facts that are not known: {said}. It was not made.",
        field=", ".join(missing),
        next="Give them in a file: --facts FILE; see `rightsdesk letter kinds --kind KIND`.",
    )
