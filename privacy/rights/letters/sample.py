"""Made-up facts of a whole letter, to look at its wording and to prove what it says. Pure.

Names of authorities, remedies and periods are the law's own; everything else is marked
as a sample by the language file, or stands there by its name.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from privacy.rights import refusal_grounds
from privacy.rights.case import Kind
from privacy.rights.letters import remedies
from privacy.rights.letters.catalogue import Catalogue, Variable
from privacy.rights.letters.words import Words

REFERENCE = "rq-sample"
SENDER = "Example Retail"
PERSON = "Kim Sample"
# Names of days that lie after the letter, with how many days at least: in the order in which
# they come in a case. What was done lies between the receipt and the letter.
TO_COME = {"due": 10, "extended": 70, "lifted": 5, "until": 90}
DONE = ("erased on", "corrected on", "objected on", "opted out on", "restricted since")
RECIPIENTS = ("Sample Dialing Ltd", "Sample Post AG")
# Shown where nobody names a day: the law as it stands in the packs.
DAY = date(2026, 11, 30)


def facts(catalogue: Catalogue, words: Words, law: str, on: date, seat: str) -> dict[str, Any]:
    """A value for every variable; `seat` as in the controller's settings."""
    made = {
        name: value(number, variable, words, on)
        for number, (name, variable) in enumerate(catalogue.variables.items())
    }
    made.update(letter_on=on, reference=REFERENCE, organisation=SENDER, law=law, person_name=PERSON)
    made.update(remedies.facts(law, seat, on))
    made.update(_refused(law, on))
    made["recipients_told"] = tuple({"name": name} for name in RECIPIENTS)
    return made


def _refused(law: str, on: date) -> dict[str, Any]:
    """Grounds that the law itself has: two of a whole refusal, one for two kinds of data."""
    whole = refusal_grounds.grounds(Kind.ERASURE, law)[:2]
    part = refusal_grounds.grounds(Kind.ACCESS, law)[0]
    return {
        "grounds": tuple({"reason": each.reason, "citation": each.citation} for each in whole),
        "withheld": tuple(
            {
                "field": field,
                "reason": part.reason,
                "citation": part.citation,
                "until_on": on + timedelta(days=days),
            }
            for field, days in (("calls", 90), ("decisions", 180))
        ),
    }


def value(number: int, variable: Variable, words: Words, on: date) -> Any:
    """One sample; dates and numbers differ between variables, so that each can be found."""
    if variable.type == "flag":
        return True
    if variable.type == "rows":
        return tuple(
            {
                name: _cell(kind, f"{variable.name} {name} {row}", words, on, number + row + place)
                for place, (name, kind) in enumerate(variable.columns)
            }
            for row in (1, 2)
        )
    given = words.sample.get(variable.name)
    if variable.type == "list":
        if variable.codes:
            return tuple(words.codes.get(variable.codes, {"": ""}))[:2]
        return tuple(given) if given else tuple(f"{variable.name} {row}" for row in (1, 2))
    kind = f"code.{variable.codes}" if variable.codes else variable.type
    if given is not None and not variable.codes:
        return given
    return _cell(kind, variable.name.replace("_", " "), words, on, number)


def _cell(kind: str, name: str, words: Words, on: date, number: int) -> Any:
    if kind.startswith("code."):
        return next(iter(words.codes.get(kind.removeprefix("code."), {"": ""})))
    if kind == "date":
        if name in DONE:
            return on - timedelta(days=DONE.index(name) + 1)
        later = [least for word, least in TO_COME.items() if word in name]
        days = timedelta(days=number + 1 + max(later, default=0))
        return on + days if later else on - days
    if kind == "number":
        return 10 + number
    return name
