"""The pack of letters and the words of each language fit together; no cell is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privacy.errors import BadInput, NotFound
from privacy.rights.letters import catalogue, matrix, words
from privacy.rights.letters.catalogue import Block, Row
from privacy.terms import Language

KINDS = {
    "acknowledgement", "identity_request", "clarification", "fee", "extension", "refusal",
    "partial_refusal", "access_answer", "correction", "erasure_confirmation", "restriction",
    "restriction_lifted", "objection", "opt_out_confirmation", "complaint_acknowledgement",
    "complaint_outcome", "appeal_answer", "agent", "article14_notice", "recipients_notice",
    "breach_persons", "identity_code",
}  # fmt: skip
LAWS = matrix.laws()
PACK = catalogue.catalogue()


def test_there_is_a_letter_for_every_step() -> None:
    assert set(PACK.kinds) == KINDS


def test_the_pack_of_letters_has_no_faults() -> None:
    assert list(catalogue.faults(PACK, LAWS)) == []


def test_every_language_is_written() -> None:
    assert tuple(Language) == words.READY


@pytest.mark.parametrize("language", words.READY)
def test_the_words_of_a_language_use_only_what_their_blocks_list(language: Language) -> None:
    of_it = words.words_of(language)
    assert [str(fault) for fault in words.faults(of_it, PACK)] == []
    assert set(of_it.block) == set(PACK.blocks)
    assert set(of_it.subject) == set(PACK.kinds)
    assert set(words.LABELS) <= set(of_it.labels)


@pytest.mark.parametrize("language", words.READY)
def test_every_code_has_words_in_every_language(language: Language) -> None:
    english, of_it = words.words_of(Language.ENGLISH).codes, words.words_of(language).codes
    assert {table: set(rows) for table, rows in of_it.items()} == {
        table: set(rows) for table, rows in english.items()
    }
    tables = {v.codes for v in PACK.variables.values() if v.codes}
    tables |= {
        kind.removeprefix("code.")
        for variable in PACK.variables.values()
        for _, kind in variable.columns
        if kind.startswith("code.")
    }
    assert tables <= set(of_it)
    assert all(text.strip() for rows in of_it.values() for text in rows.values())


def test_no_cell_of_letter_law_and_language_is_missing() -> None:
    cells = list(matrix.cells())
    assert len(cells) == len(PACK.kinds) * len(LAWS) * len(words.READY)
    assert [cell for cell in cells if not cell.is_there] == []


def test_the_matrix_file_is_what_the_packs_say() -> None:
    assert matrix.path().read_text("utf-8") == matrix.content()


def test_a_missing_row_a_missing_block_and_an_unfulfilled_item_are_each_a_fault() -> None:
    rows = [row for row in PACK.rows if (row.kind, row.law) != ("extension", "EU_GDPR")]
    lost = replace(PACK, rows=tuple(rows))
    assert any(
        "extension under EU_GDPR: no" in fault for fault in catalogue.faults(lost, ("EU_GDPR",))
    )
    bare = replace(PACK, rows=(*rows, Row("extension", "EU_GDPR", ("no.such.block",), "")))
    found = list(catalogue.faults(bare, ("EU_GDPR",)))
    assert "extension under EU_GDPR: no block no.such.block" in found
    assert any("no block fulfils eu.extension" in fault for fault in found)


def test_a_block_that_names_what_is_not_there_is_a_fault() -> None:
    odd = Block("odd", "poem", ("no.item",), ("no_variable",), (), (), "reference", (), ())
    found = set(catalogue.faults(replace(PACK, blocks={**PACK.blocks, "odd": odd}), ()))
    assert {
        "odd: no role poem",
        "odd: no item no.item",
        "odd: no variable no_variable",
        "odd: each reference is no list",
        "odd: no letter uses this block",
    } <= found


def test_california_does_not_fall_under_the_group_of_the_states() -> None:
    assert catalogue.patterns("US_VA") == ("US_VA", "US_*", "*")
    assert catalogue.patterns("US_CA") == ("US_CA", "*")
    assert catalogue.patterns("US_CA_DELETE") == ("US_CA_DELETE", "US_CA", "*")


def test_a_law_without_such_a_letter_says_why() -> None:
    none = next(row for row in PACK.rows if row.none)
    law = next(law for law in LAWS if PACK.row(none.kind, law) is none)
    with pytest.raises(NotFound) as refused:
        PACK.letter(none.kind, law)
    assert none.none in refused.value.message


def test_an_unknown_letter_is_named_with_those_that_there_are() -> None:
    with pytest.raises(BadInput) as refused:
        PACK.letter("poem", "EU_GDPR")
    assert "acknowledgement" in refused.value.next
