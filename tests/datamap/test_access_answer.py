"""An access answer says of a purpose what the accepted data map says, and nothing of a sample."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from privacy.rights.case import Kind
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from tests.datamap.flows import KAUFHAUS, accepted
from tests.desks import MadeDesk
from tests.rights.flows import person_with
from tests.rights.test_access import answer, fulfilled

CONTACT = b"""
[[activity]]
id = "contact"
name = "Contact data"
purposes = ["CustomerRelationshipManagement"]
purpose_text = "To know whom we serve."
desk_purposes = ["contact"]
basis = [{ article = "6(1)(f)", interest = "Serving customers who come back" }]
"""


@pytest.mark.parametrize("sample", [False, True])
def test_an_answer_takes_purpose_and_interest_from_the_map(
    made: MadeDesk, tmp_path: Path, sample: bool
) -> None:
    content = KAUFHAUS + CONTACT
    accepted(made, b"sample = true\n" + content if sample else content)
    brought = person_with(made, Kind.ACCESS)
    made.desk.write(_taken_in_on_interest)
    found = answer(fulfilled(made, brought.case.id, tmp_path / "answer.zip"))
    (told,) = (each for each in found["purposes"] if each["purpose"] == "contact")
    words = (told["description"], told["interest"])
    if sample:
        assert "To know whom we serve." not in words
        assert words[1] == "not recorded with the import; ask us"
    else:
        assert words == ("To know whom we serve.", "Serving customers who come back")


def _taken_in_on_interest(unit: Unit) -> None:
    unit.db.execute(update(table_of(Subject)).values(lawful_basis="legitimate_interest"))
    unit.append("test.changed", "setup")
