"""Records of Article 30 from a map, by field sets: figures and gaps counted by hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.datamap import field_sets, gaps, reading, record, vocabulary
from privacy.datamap.record import Party
from privacy.errors import BadInput
from tests.datamap.flows import KAUFHAUS

WHO = Party(("Kaufhaus", "info@kaufhaus.example"), "", ("DPO", "dpo@kaufhaus.example"))
MAP = reading.read({"a.toml": KAUFHAUS})
ARTICLE = field_sets.chosen("article-30")


def values(activity: str, set_id: str = "ico", role: Any = "controller") -> dict[str, Any]:
    made = record.records(MAP, role, field_sets.chosen(set_id), "EU_GDPR")
    (found,) = (each for each in made if each.id == activity)
    return {value.field: value for value in found.values}


def changed(old: str, new: str) -> reading.DataMap:
    text = KAUFHAUS.decode()
    assert old in text
    return reading.read({"a.toml": text.replace(old, new, 1).encode()})


def gap_texts(found: reading.DataMap, role: Any = "controller", who: Party = WHO) -> list[str]:
    return [f"{g.activity}/{g.field}/{g.level}" for g in gaps.gaps(found, role, ARTICLE, who)]


# Counted by hand from tests/datamap/kaufhaus.toml: (stated, missing, not applicable).
BY_HAND = {
    "article-30": {"calls": (6, 0, 3), "letters": (8, 1, 0), "hearing-aids": (6, 0, 3)},
    "dsk": {"calls": (13, 0, 3), "letters": (12, 4, 0), "hearing-aids": (10, 3, 3)},
}


@pytest.mark.parametrize("set_id", sorted(BY_HAND))
def test_fields_by_state_are_those_counted_by_hand(set_id: str) -> None:
    found = {
        made.id: Counter(value.state for value in made.values)
        for made in record.records(MAP, "controller", field_sets.chosen(set_id), "EU_GDPR")
    }
    states = (record.STATED, record.MISSING, record.NOT_APPLICABLE)
    told = {name: tuple(counts[state] for state in states) for name, counts in found.items()}
    assert told == BY_HAND[set_id]


def test_every_field_of_article_30_1_is_said_in_words() -> None:
    found = values("letters", "article-30")
    assert found["purposes"].lines == ("Advertising (dpv:Advertising)",)
    assert found["data_subjects"].lines == (
        "Customer (dpv:Customer)",
        "Subscriber (dpv:Subscriber)",
    )
    assert found["recipients"].lines[0] == "Example Mailing Inc. (processor, US)"
    assert found["transfers"].lines == ("Example Mailing Inc., US",)
    assert found["safeguards"].lines == (
        "Example Mailing Inc.: Article 46(2)(c), "
        "Standard contractual clauses of the Commission (Clauses of 9 May 2025)",
    )
    assert found["retention"].state == record.MISSING, "one category has no time limit"
    assert found["joint_controllers"].lines == (
        "Bonuskreis Muster eG, datenschutz@bonuskreis.example",
    )
    assert values("hearing-aids", "article-30")["retention"].lines == (
        "Medical Health: 10 years (MPBetreibV)",
    )


def test_every_field_of_article_30_2_is_said_in_words() -> None:
    found = values("partner-calls", "article-30", "processor")
    assert found["controllers"].lines == (
        "Marke Muster AG, datenschutz@marke.example;"
        " data protection officer Data protection officer of Marke Muster AG",
    )
    assert found["categories"].lines == ("Store (dpv:Store)", "Use (dpv:Use)", "Erase (dpv:Erase)")
    assert found["transfers"].state == record.NOT_APPLICABLE
    assert found["measures"].lines[0] == "organisational: Staff are trained each year."


@pytest.mark.parametrize("set_id", field_sets.ids())
@pytest.mark.parametrize("role", ["controller", "processor"])
def test_every_set_asks_for_what_article_30_asks_for(set_id: str, role: Any) -> None:
    chosen = field_sets.chosen(set_id)
    assert set(ARTICLE.needs[role]) <= set(chosen.needs[role])
    for name, need in ARTICLE.needs[role].items():
        assert chosen.needs[role][name] in ("required", need)
    assert chosen.source
    assert chosen.mark in ("verified", "secondary", "memory")
    assert set(chosen.needs[role]) <= set(record.LINES)


def test_a_public_body_owes_the_legal_basis_in_spain() -> None:
    aepd = field_sets.chosen("aepd")
    assert aepd.needed("controller", public_body=True)["basis"] == "required"
    assert aepd.needed("controller", public_body=False)["basis"] == "good_practice"


def test_the_gaps_of_the_example_are_those_found_by_hand() -> None:
    assert gap_texts(MAP) == [
        "hearing-aids/special/missing",
        "letters/retention/weak",
        "letters/basis/weak",
        "hearing-aids/dpia/weak",
    ]
    assert gap_texts(MAP, "processor") == []


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        ('safeguard = "46(2)(c)", ', "", "letters/transfer/missing"),
        ('contract = "Processing contract of 9 May 2025"', "", "letters/recipients/missing"),
        ('contract = "Arrangement of 1 July 2024"', "", "letters/joint_controllers/missing"),
        ('purposes = ["DirectMarketing"]', "", "calls/purposes/missing"),
        ('recipients = ["call-centre", "service"]', "", "calls/recipients/missing"),
        ('basis = [{ article = "6(1)(a)" }]', "", "calls/basis/missing"),
        (
            'basis = [{ article = "6(1)(a)" }]', 'basis = [{ article = "6(1)(c)" }]',
            "calls/basis/missing",
        ),
        ('article = "6(1)(f)", interest =', 'article = "6(1)(f)", law =', "letters/basis/missing"),
        ('dpia = "done"', 'dpia = "needed"', "calls/dpia/missing"),
        ('term = "MedicalHealth"', 'term = "CriminalOffense"', "hearing-aids/special/missing"),
        ('establishment = "DE"', 'establishment = "US"', "/representative/missing"),
    ],
)  # fmt: skip
def test_what_the_law_asks_for_and_nobody_stated_is_missing(old: str, new: str, gap: str) -> None:
    assert gap in gap_texts(changed(old, new))


def test_a_recipient_abroad_without_a_transfer_is_missing() -> None:
    told = gap_texts(changed('[{ recipient = "mailer"', '[{ recipient = "service"'))
    assert "letters/transfer/missing" in told


def test_compelling_interests_need_their_safeguards_documented() -> None:
    old = 'safeguard = "46(2)(c)", document = "Clauses of 9 May 2025"'
    assert "letters/safeguards/missing" in gap_texts(changed(old, 'safeguard = "49(1)"'))
    kept = changed(old, 'safeguard = "49(1)", document = "Assessment of 1 May 2026"')
    assert "letters/safeguards/missing" not in gap_texts(kept)


def test_the_same_recipient_is_at_home_by_one_law_and_abroad_by_another() -> None:
    british = Party(WHO.controller, "", WHO.dpo, "UK_GDPR")
    assert "calls/transfer/missing" in gap_texts(MAP, who=british)


def test_a_controller_without_a_contact_and_a_sample_are_missing() -> None:
    bare = Party(("Kaufhaus",), "", ("DPO",))
    told = [(g.field, g.level) for g in gaps.gaps(MAP, "controller", ARTICLE, bare, sample=True)]
    assert told[:3] == [("sample", "missing"), ("controller", "missing"), ("dpo", "missing")]


def test_an_empty_map_lacks_everything() -> None:
    told = gap_texts(reading.DataMap())
    assert told == ["/organisation/missing", "/representative/missing", "/controller/missing"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("P3Y", "3 years"), ("P1Y6M", "1 year 6 months"), ("P30D", "30 days"), ("P1W", "1 week")],
)
def test_a_period_is_said_in_words(text: str, said: str) -> None:
    assert record.period(text) == said


def test_another_set_is_refused() -> None:
    with pytest.raises(BadInput):
        field_sets.chosen("ftc")


@given(st.lists(st.sampled_from(sorted(vocabulary.terms("data"))), min_size=1, unique=True))
def test_no_special_category_goes_without_a_condition(terms: list[str]) -> None:
    rows = ", ".join(f'{{ term = "{term}" }}' for term in terms)
    text = (
        'schema = "rightsdesk.datamap/1"\n[organisation]\nestablishment = "DE"\n'
        f"[[activity]]\nid = 'a1'\nname = 'x'\ndata = [{rows}]\n"
    )
    found = reading.read({"a.toml": text.encode()})
    told = [g for g in gaps.gaps(found, "controller", ARTICLE, WHO) if g.field == "special"]
    wanted = any(map(vocabulary.is_special, terms)) + any(map(vocabulary.is_criminal, terms))
    assert len(told) == wanted
