"""Letters from facts: what is printed, what stops them, and how languages write dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadFacts, Fault
from privacy.rights.letters import facts as letter_facts
from privacy.rights.letters import formats, remedies, sample, text
from privacy.rights.letters.words import READY, words_of
from privacy.terms import Language
from tests.rights.letters.letters import PACK, full_facts, made

EN = Language.ENGLISH


def said(kind: str, law: str, on: date) -> str:
    return " ".join(made(kind, law, EN, full_facts(law, EN, on)).mail().split())


def test_british_letters_name_the_commission_from_its_first_day_and_not_before() -> None:
    before, after = date(2026, 9, 29), date(2026, 9, 30)
    assert "Information Commissioner's Office" in said("refusal", "UK_GDPR", before)
    assert "Information Commission, https" in said("refusal", "UK_GDPR", after)
    assert "Information Commissioner" not in said("refusal", "UK_GDPR", after)


def test_british_letters_name_the_complaint_to_the_controller_from_its_first_day() -> None:
    assert "s. 164A" not in said("refusal", "UK_GDPR", date(2026, 6, 18))
    assert "s. 164A" in said("refusal", "UK_GDPR", date(2026, 6, 19))


def test_a_state_s_refusal_names_the_days_of_its_own_appeal() -> None:
    for law in ("US_VA", "US_CO"):
        appeal = remedies.facts(law, "US-VA", date(2026, 11, 30))
        assert f"{appeal['appeal_days']} days" in said("refusal", law, date(2026, 11, 30))


@pytest.mark.parametrize(
    ("language", "law", "shown"),
    [
        (Language.ENGLISH, "EU_GDPR", "30 November 2026"),
        (Language.ENGLISH, "US_CA", "November 30, 2026"),
        (Language.GERMAN, "US_CA", "30. November 2026"),
        (Language.FRENCH, "EU_GDPR", "30 novembre 2026"),
        (Language.SPANISH, "EU_GDPR", "30 de noviembre de 2026"),
        (Language.ITALIAN, "EU_GDPR", "30 novembre 2026"),
    ],
)
def test_each_language_writes_dates_in_its_own_way(
    language: Language, law: str, shown: str
) -> None:
    assert formats.day(date(2026, 11, 30), formats.locale_of(language, law)) == shown


def test_lists_and_numbers_are_written_as_the_language_does() -> None:
    assert formats.joined(["a", "b", "c"], "en_GB") == "a, b and c"
    assert formats.joined(["a", "b", "c"], "de_DE") == "a, b und c"
    assert formats.number(12345, "de_DE") == "12.345"


@pytest.mark.parametrize("language", READY)
def test_a_person_without_a_name_is_greeted_without_one(language: Language) -> None:
    facts = dict(full_facts("EU_GDPR", language))
    named = made("acknowledgement", "EU_GDPR", language, facts).paragraphs[0]
    assert "Kim Sample" in named.texts[0]
    del facts["person_name"]
    unnamed = made("acknowledgement", "EU_GDPR", language, facts).paragraphs[0]
    assert unnamed.texts[0] == words_of(language).salutation["unnamed"]


def test_a_letter_is_the_same_after_its_document_and_its_mail_is_folded() -> None:
    for kind in ("refusal", "erasure_confirmation"):
        letter = made(kind, "EU_GDPR", EN, full_facts("EU_GDPR", EN))
        assert text.from_document(letter.document()) == letter
        assert max(len(line) for line in letter.mail().split("\n")) <= text.LINE


def test_a_code_without_words_makes_no_letter() -> None:
    facts = {**full_facts("EU_GDPR", EN), "right": "levitation"}
    with pytest.raises(Fault, match="no words for a code"):
        made("acknowledgement", "EU_GDPR", EN, facts)


def test_staff_cannot_give_a_day_or_an_authority() -> None:
    for name, value in (("due_on", "2027-01-01"), ("authorities", []), ("nothing", "x")):
        with pytest.raises(BadFacts, match="no fact that staff give"):
            letter_facts.of_staff({name: value}, PACK)


@given(
    st.dictionaries(
        st.sampled_from(sorted(n for n, v in PACK.variables.items() if v.source == "staff")),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=8), inner, max_size=3)
            ),
            max_leaves=6,
        ),
        max_size=4,
    )
)
def test_any_facts_of_staff_are_read_or_refused_with_the_name_of_the_field(
    given_facts: dict[str, object],
) -> None:
    field = ""
    try:
        read = letter_facts.of_staff(given_facts, PACK)
    except BadFacts as refused:
        field = refused.field
    assert field in given_facts if field else set(read) == set(given_facts)


def test_a_citation_of_the_packs_names_the_law_as_the_language_does() -> None:
    facts = full_facts("EU_GDPR", Language.GERMAN)
    words = made("refusal", "EU_GDPR", Language.GERMAN, facts).mail()
    assert "GDPR" not in words
    assert "DSGVO Art. 12(4)" in " ".join(words.split())
    facts = full_facts("UK_GDPR", Language.GERMAN)
    assert "UK GDPR Art. 12(4)" in " ".join(
        made("refusal", "UK_GDPR", Language.GERMAN, facts).mail().split()
    )


def test_the_days_of_a_sample_come_in_the_order_of_a_case() -> None:
    days = sample.facts(PACK, words_of(Language.ENGLISH), "EU_GDPR", sample.DAY, "DE-BE")
    before = [days["received_on"], days["restricted_since"], days["erased_on"], sample.DAY]
    after = [sample.DAY, days["lifted_on"], days["extended_on"]]
    assert before == sorted(before)
    assert after == sorted(after)
    assert days["extended_on"] > days["due_on"] + timedelta(days=55)
    assert days["received_on"] + timedelta(days=27) < days["due_on"]
