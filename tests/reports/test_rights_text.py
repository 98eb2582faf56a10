"""Wording about rights is there with its citation, or not at all."""

from __future__ import annotations

import pytest

from privacy.errors import NotFound
from reports import rights_text


@pytest.mark.parametrize("law", rights_text.laws())
def test_every_right_has_a_name_a_meaning_and_a_citation(law: str) -> None:
    rights = rights_text.rights(law)
    assert len({right["name"] for right in rights}) == len(rights) >= 5
    assert all(right["meaning"] and right["citation"] for right in rights)


@pytest.mark.parametrize("law", rights_text.laws())
def test_every_law_says_where_to_complain(law: str) -> None:
    complaint = rights_text.complaint(law)
    assert complaint["to_controller"]
    assert complaint["to_authority"]


def test_objection_and_complaint_to_the_controller_are_told_where_the_law_has_them() -> None:
    for law in ("EU_GDPR", "UK_GDPR"):
        assert any("Article 21" in right["citation"] for right in rights_text.rights(law))
    assert "164A" in rights_text.complaint("UK_GDPR")["to_controller"]


@pytest.mark.parametrize("law", ["", "US_TX", "eu_gdpr"])
def test_a_law_without_wording_has_no_default(law: str) -> None:
    with pytest.raises(NotFound):
        rights_text.rights(law)
    with pytest.raises(NotFound):
        rights_text.complaint(law)
