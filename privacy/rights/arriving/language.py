"""The language of a text, from its letters alone: offline, the same answer every time.

py3langid knows 140 languages; only the five in which letters are written are taken, and
only when the text is likelier theirs than all others together. Otherwise the person is
asked, and nothing is guessed.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from privacy.terms import Language

SURE = 0.5
"""Share of all 140 languages that one of ours must reach. tests/rights/arriving measures it."""

READ_CHARACTERS = 4000


def detected(text: str) -> Language | None:
    """The language; None where it is too short, of another language, or mixed."""
    sample = text[:READ_CHARACTERS]
    if not any(c.isalpha() for c in sample):
        return None
    ranked = dict(_identifier().rank(sample))
    best = max(Language, key=lambda language: float(ranked[language.value]))
    return best if ranked[best.value] >= SURE else None


@cache
def _identifier() -> Any:
    # Loading the model takes half a second: only when a text is looked at.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
