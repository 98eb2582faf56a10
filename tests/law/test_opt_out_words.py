"""47 CFR 64.1200(a)(10): a listed word of withdrawal is read as one, however it is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.law.call_context import InboundText
from privacy.law.rulebook import rulebook
from privacy.law.standing import reads_as_opt_out

LISTED = sorted(
    {str(word) for word in rulebook().pack.data["words"]["opt_out_phrases"]}
    | {str(word) for rule in rulebook().rules for word in rule.params.get("keywords", ())}
    | {str(word) for rule in rulebook().rules for word in rule.params.get("text_words", ())}
)
AROUND = st.text(max_size=12)
EDGE = st.sampled_from([" ", "\n", "\u00a0", "!", ".", ",", "_", "'", '"', "…", " 7 ", "-", "("])
Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS = st.sampled_from(get_args(Form))
CASES = st.sampled_from([str.upper, str.lower, str.title, str.swapcase])


def stops(body: str) -> bool:
    return reads_as_opt_out(
        InboundText(datetime(2026, 11, 24, tzinfo=UTC), body, None, None), rulebook()
    )


@given(st.sampled_from(LISTED), CASES, FORMS, AROUND, EDGE, EDGE, AROUND)
def test_a_listed_word_is_found_in_any_case_accents_and_surroundings(
    word: str,
    case: Callable[[str], str],
    form: Form,
    before: str,
    left: str,
    right: str,
    after: str,
) -> None:
    written = unicodedata.normalize(form, case(word))
    # An own space each: a mark or an invisible character would grow onto the word.
    assert stops(f"{before} {left}{written}{right} {after}")


@pytest.mark.parametrize("word", LISTED)
def test_a_listed_word_is_found_spelt_out_wide_and_with_invisible_characters(word: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word)
    assert stops(wide)
    assert stops("\u200b".join(word))
    assert stops(word.replace(" ", "\u00a0\u202f"))
    letters = [c for c in unicodedata.normalize("NFC", word) if c.isalpha()]
    assert stops("i " + ".".join(letters) + " a")


@pytest.mark.parametrize(
    "body",
    ["S.T.O.P", "stop!", "STOPALL", "ＳＴＯＰ", "st\u00adop", "St0p", "please, s-t-o-p it",
     "'STOP'", "opt\u00a0out", "Don’t call", "l'arrêt", "NICHT MEHR ANRUFEN", "arre\u0302ter",
     "Não ligue mais",
     "no me llamen más", "non mi chiami", "bel me niet", "end2", "_quit_", "Do not\ncall"],
)  # fmt: skip
def test_common_writings_are_opt_outs(body: str) -> None:
    assert stops(body)


@pytest.mark.parametrize(
    "body", ["", "Yes please", "See you on the weekend", "Danke, gern", "Oui merci", "42", "👍"]
)
def test_an_ordinary_reply_is_none(body: str) -> None:
    assert not stops(body)


@pytest.mark.parametrize(
    "body",
    [
        "Merci de ne plus m\u2019appeler",
        "Je refuse vos appels",
        "Faux numéro",
        "Rufen Sie mich nie wieder an",
        "Bitte keine Nachrichten mehr",
        "No me envíe más mensajes",
        "Quítenme de la lista",
        "Toglietemi dalla lista",
        "Smettete di chiamare",
        "Haal me van de lijst",
        "Verkeerd nummer",
        "Parem de ligar",
        "Número errado",
        "Don't you ever call me again",
        "No thanks",
        "I withdraw my consent",
        "Take my number off your list",
        "I no longer wish to receive these",
    ],
)
def test_what_people_write_when_they_want_no_more_calls_is_an_opt_out(body: str) -> None:
    assert stops(body)
