"""A letter under one law cites no other: a reader must not be sent to a law that is not theirs."""

from __future__ import annotations

import re

import pytest

from privacy.rights.letters.words import READY
from privacy.terms import Language
from tests.rights.letters.letters import LAWS, PACK, cells, full_facts, made

EU = re.compile(
    r"\b(?<!UK )(GDPR|DSGVO|RGPD)\b|Datenschutz-Grundverordnung|Verordnung \(EU\)"
    r"|European guidelines|europäischen Leitlinien|lignes directrices européennes"
    r"|directrices europeas|linee guida europee"
)
US = re.compile(r"\b(CCR|Civ\. Code|Va\. Code|Attorney General|attorney general|CCPA)\b")
UK = re.compile(r"\bUK GDPR\b|Data Protection Act 2018|\bDPA 2018\b|164A")
OTHERS = re.compile(r"\bPIPEDA\b|\bAPP 1|\bFADP\b|\bLGPD\b|Qu[eé]bec|Data Protection Ordinance")
# Markers of a law's own words, by the pattern of the laws that may use them.
MAY_USE = ((EU, ("EU_GDPR",)), (US, ("US_",)), (UK, ("UK_",)))


def text(kind: str, law: str, language: Language) -> str:
    """All that a reader sees, with every fact given; the sample's own citations do not count."""
    return made(kind, law, language, full_facts(law, language)).mail()


@pytest.mark.parametrize("language", READY)
@pytest.mark.parametrize("kind", PACK.kinds)
def test_a_letter_cites_only_the_law_that_it_is_under(kind: str, language: Language) -> None:
    for law, _ in cells(kind):
        said = " ".join(text(kind, law, language).split())
        for marker, own in MAY_USE:
            if not law.startswith(own):
                found = marker.search(said)
                assert found is None, (law, found and found.group())
        if law.startswith(("EU_", "UK_", "US_")):
            found = OTHERS.search(said)
            assert found is None, (law, found and found.group())


def test_a_state_s_letter_names_the_law_of_no_other_state() -> None:
    names = {
        law: full_facts(law, Language.ENGLISH)["appeal_citation"]
        for law in LAWS
        if law.startswith("US_")
    }
    for kind in ("refusal", "partial_refusal"):
        for law, citation in names.items():
            said = " ".join(text(kind, law, Language.ENGLISH).split())
            if citation:
                assert citation in said
            if law != "US_VA":
                assert "Va. Code" not in said, law
            for other, cited in names.items():
                if other != law and cited:
                    assert cited not in said, (law, other)


def test_an_act_beside_a_law_has_the_letters_of_that_law() -> None:
    for act, law in (("UK_DPA2018", "UK_GDPR"), ("US_CA_DELETE", "US_CA")):
        for kind in PACK.kinds:
            assert PACK.row(kind, act) == PACK.row(kind, law)
            assert PACK.items_of(kind, act) == PACK.items_of(kind, law)
    assert "164A" in text("refusal", "UK_DPA2018", Language.ENGLISH)
