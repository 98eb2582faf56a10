"""Which laws apply to a request: the controller's own, and those of the person's place.

A law is added, never taken away: a case may only become stricter, so that no date
is lost. A place for which the pack has no law is a question to whoever handles the
request, not a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from privacy.errors import BadFacts, BadInput
from privacy.rights import pack
from privacy.rights.clock import known_laws
from privacy.settings import Controller

PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def laws_for(
    controller: Controller, *, named: Iterable[str] = (), place: str = ""
) -> tuple[str, ...]:
    """Names of the laws, the controller's or the first named one first.

    `named` by the handler are taken as they are; else the controller's law and those of
    `place` (ISO 3166-1 or -2). BadFacts for a law that the pack does not have; BadInput
    for a place without one: the next step tells what to ask.
    """
    chosen = tuple(dict.fromkeys(name for name in named if name))
    if not chosen:
        chosen = tuple(dict.fromkeys((controller.law, *laws_of_place(place, controller.law))))
    for name in chosen:
        if name not in known_laws():
            raise BadFacts(
                "The law is not known.", field="law", next=f"One of {', '.join(known_laws())}."
            )
    return chosen


def laws_of_place(place: str, controllers: str) -> tuple[str, ...]:
    """The laws of a place; none for "". BadInput where the pack has none for it."""
    if not place:
        return ()
    if not PLACE.fullmatch(place):
        raise BadInput(
            "A place is an ISO 3166 code such as DE, US-CA or CA-QC.",
            what="--place",
            next="Give where the person lives, as far as you know it.",
        )
    found = pack.laws_at(place)
    if not found:
        raise BadInput(
            f"No law of the pack covers {place}: which laws apply to this request?",
            what="--place",
            next=f"Name each with --law (the controller's is {controllers}), or give the place"
            " with its state or province.",
        )
    return found
