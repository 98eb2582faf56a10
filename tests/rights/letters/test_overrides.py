"""A desk's own words: what they may change, what they may not, and how they come in force."""

from __future__ import annotations

import pytest

from privacy.errors import Altered, BadInput, Denied
from privacy.rights.letters import overrides
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.words import with_own, words_of
from privacy.terms import Language
from tests.desks import MadeDesk
from tests.rights.letter_rows import entries

EN = Language.ENGLISH
PACK = catalogue()
REASONS = next(
    block
    for block in PACK.blocks.values()
    if block.shows == ("extension_reason",) and "eu.extension.reasons" in block.items
)


def own(block: str = "", words: str = "", more: str = "") -> bytes:
    table = f'[block]\n"{block}" = """{words}"""\n' if block else ""
    return f'language = "en"\n{more}\n{table}'.encode()


def test_own_words_stand_in_place_of_the_package_s() -> None:
    made = with_own(words_of(EN), own(REASONS.id, "Because of this: {{ extension_reason }}"), PACK)
    assert made.block[REASONS.id] == "Because of this: {{ extension_reason }}"
    assert made.sha256 != words_of(EN).sha256
    assert {k: v for k, v in made.block.items() if k != REASONS.id} == {
        k: v for k, v in words_of(EN).block.items() if k != REASONS.id
    }


@pytest.mark.parametrize(
    "words",
    [
        "We need more time.",
        "{% if extension_reason == 'x' %}{{ extension_reason }}{% endif %}",
        "{# {{ extension_reason }} #} More time.",
    ],
)
def test_own_words_that_drop_what_the_law_wants_are_refused(words: str) -> None:
    with pytest.raises(BadInput) as refused:
        with_own(words_of(EN), own(REASONS.id, words), PACK)
    assert REASONS.id in refused.value.message
    assert "extension_reason" in refused.value.message
    assert "eu.extension.reasons" in refused.value.message


@pytest.mark.parametrize("words", ["", "  \n "])
def test_own_words_cannot_empty_a_block(words: str) -> None:
    with pytest.raises(BadInput, match="empty"):
        with_own(words_of(EN), own(REASONS.id, words), PACK)


def test_own_words_with_a_variable_of_another_block_are_refused() -> None:
    words = "{{ extension_reason }} {{ person_name }}"
    with pytest.raises(BadInput, match=f"{REASONS.id}.*person_name"):
        with_own(words_of(EN), own(REASONS.id, words), PACK)


@pytest.mark.parametrize(
    "more",
    [
        '[codes.law]\nEU_GDPR = "some law"',
        '[labels]\ndate = "x"',
        '[block]\n"no.such" = "x"',
        '[subject]\nextension = "{{ person_name }}"',
        '[subject]\nno_such = "x"',
        '[salutation]\nnamed = "Hi {{ reference }}"',
        "[closing]\ntext = 3",
        "rubbish = 1",
    ],
)
def test_what_has_no_place_in_own_words_is_refused(more: str) -> None:
    with pytest.raises(BadInput):
        with_own(words_of(EN), own(more=more), PACK)


def test_a_file_of_another_language_is_refused() -> None:
    with pytest.raises(BadInput, match="another language"):
        with_own(words_of(EN), b'language = "de"\n', PACK)
    with pytest.raises(BadInput, match="no TOML"):
        with_own(words_of(EN), b"\xff = ", PACK)


def test_own_words_are_in_force_by_the_log_and_go_again(made: MadeDesk) -> None:
    content = own(more='[closing]\ntext = "With kind regards,"')
    overrides.put(made.desk, made.dpo, EN, content)
    assert overrides.words(made.desk, EN).closing == "With kind regards,"
    (entry,) = entries(made, overrides.SET)
    assert entry["object"] == "en"
    assert overrides.clear(made.desk, made.dpo, EN)
    assert overrides.words(made.desk, EN) == words_of(EN)
    assert not overrides.clear(made.desk, made.dpo, EN)


def test_a_file_that_was_changed_stops_every_letter_of_its_language(made: MadeDesk) -> None:
    overrides.put(made.desk, made.dpo, EN, own(more='[closing]\ntext = "Regards,"'))
    (file,) = (made.desk.folder / overrides.FOLDER).iterdir()
    file.chmod(0o600)
    file.write_bytes(own(more='[closing]\ntext = "Bye,"'))
    with pytest.raises(Altered):
        overrides.words(made.desk, EN)
    file.unlink()
    with pytest.raises(Altered):
        overrides.words(made.desk, EN)


def test_a_handler_sets_no_own_words(made: MadeDesk) -> None:
    with pytest.raises(Denied):
        overrides.put(made.desk, made.handler, EN, own())
