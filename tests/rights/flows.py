"""Requests brought to a state by the same calls that the entrances use."""

from __future__ import annotations

from dataclasses import dataclass

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.rights import approval, evidence, identity, intake, planning
from privacy.rights.case import Kind
from privacy.rights.evidence import Piece
from privacy.rights.identity import Claims, Evidence
from privacy.rights.intake import CaseFile
from privacy.rights.store import Case
from tests.desks import MadeDesk
from tests.persons import Known, add_person

NUMBER = "+442079460123"
MAIL = "canarina.canarison@example.com"
DECLARATION = b"I declare under penalty of perjury that I am that consumer."
US_NUMBER = "+12125550123"
CLAIMS = Claims(phone=NUMBER, email=MAIL, given="Canarina", family="Canarison")
FILE = CaseFile("Canarina Canarison", "canarina.reply@example.com", "please tell me everything")
DECLARED = Claims(
    phone=NUMBER, email=MAIL, given="Canarina", family="Canarison", postal_code="SW1A 1AA"
)


@dataclass(frozen=True)
class Brought:
    """A person with a request in the state that a test wants."""

    known: Known
    case: Case


def opened(desk: Desk, actor: Actor, kind: Kind, law: str = "") -> Case:
    return intake.open_request(desk, actor, kind, channel="email", file=FILE, law=law)


def verified(made: MadeDesk, kind: Kind, law: str = "", claims: Claims = CLAIMS) -> Case:
    case = opened(made.desk, made.handler, kind, law)
    by = Evidence.MATCHING
    if law == "US_CA":
        evidence.add(made.desk, made.handler, case.id, Piece.DECLARATION, DECLARATION)
        by = Evidence.MATCHING_DECLARED
    return identity.verify(made.desk, made.handler, case.id, by, claims)


def approved(made: MadeDesk, kind: Kind, law: str = "", claims: Claims = CLAIMS) -> Case:
    """Planned by the handler, approved by the DPO."""
    case = verified(made, kind, law, claims)
    planning.make_plan(made.desk, made.handler, case.id)
    return approval.approve(made.desk, made.dpo, case.id)


def again(made: MadeDesk, case: Case) -> Case:
    """Planned and approved anew: what came since the approval makes a plan void."""
    planning.make_plan(made.desk, made.handler, case.id)
    return approval.approve(made.desk, made.dpo, case.id)


def person_with(made: MadeDesk, kind: Kind, law: str = "", number: str = NUMBER) -> Brought:
    """A person of the desk whose request of that kind is approved."""
    known = add_person(made.desk, number, MAIL)
    claims = Claims(phone=number, email=MAIL, given="Canarina", family="Canarison")
    return Brought(known, approved(made, kind, law, claims))
