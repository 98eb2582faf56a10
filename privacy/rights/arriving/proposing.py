"""What a text may ask for: proposals to staff, and whether it asks to be left alone. Pure.

A proposal opens nothing. To be left alone is the one thing that is acted on at once, and
there in doubt a text is an opt-out (47 CFR 64.1200(a)(10)). What somebody quotes, such as
our own mail with its line on unsubscribing, is not what they say.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from privacy.law.opt_out_words import tells_to_stop
from privacy.law.rulebook import rulebook
from privacy.rights.case import IMMEDIATE, Kind

SHORT_WORDS = 12
READ_CHARACTERS = 20_000
SEPARATORS = re.compile(r"[\W_]+")
QUOTED = re.compile(r"^\s*>")
# "On … wrote:" and its like in five languages, the headers of a forwarded mail, a ruled line.
REPLY_BEGINS = re.compile(
    r"^\s*(?:-{2,}\s*(?:original|urspr|message d|mensaje|messaggio)|_{10,}\s*$"
    r"|(?:on|am|le|el|il)\b.{5,200}\b(?:wrote|schrieb|écrit|escribió|ha scritto)\b.*:\s*$"
    r"|(?:from|von|de|da)\s*:\s.+@)",
    re.IGNORECASE,
)
SIGNATURE = re.compile(r"^-- ?$")
ANSWER = re.compile(r"^\s*(?:re|aw|antw|fwd?|wg|tr|rv|r|i)\s*:", re.IGNORECASE)


@dataclass(frozen=True)
class Proposed:
    """Kinds that the words propose; `stop`: to be left alone is asked for; `short`: little else."""

    kinds: tuple[Kind, ...]
    stop: bool
    short: bool

    @property
    def acts_as(self) -> Kind | None:
        """The kind that acts at once, if any: the one that the words name, else an opt-out."""
        named = [kind for kind in self.kinds if kind in IMMEDIATE]
        if not named and not self.stop:
            return None
        return named[0] if len(named) == 1 else Kind.OPT_OUT

    @property
    def whole(self) -> bool:
        """Whether nothing else can be meant: a few words that ask to stop."""
        return self.acts_as is not None and self.short and set(self.kinds) <= IMMEDIATE

    def beside(self, other: Proposed) -> Proposed:
        """Both together: what two forms of one mail propose."""
        kinds = tuple(dict.fromkeys((*self.kinds, *other.kinds)))
        return Proposed(kinds, self.stop or other.stop, self.short and other.short)


def propose(subject: str, text: str) -> Proposed:
    """What the subject and the writer's own words may ask for, in the order of the kinds."""
    # Where all of it looks quoted (a mailer that begins with "From:"), all of it is read.
    own = own_words(text) or text
    # The subject of an answer is ours; alone, it is all that was said.
    said = own if own.strip() and ANSWER.match(subject) else f"{subject}\n{own}"
    said = said[:READ_CHARACTERS]
    plain = f" {_plain(said)} "
    kinds = tuple(kind for kind, wanted in _words() if any(_has(plain, each) for each in wanted))
    stop = tells_to_stop(said, rulebook().stop_words)
    return Proposed(kinds, stop, len(plain.split()) <= SHORT_WORDS)


def own_words(text: str) -> str:
    """The text without quoted lines, without the mail below it, and without a signature.

    Where quoted lines are marked, an answer may stand below them too, and is read.
    """
    kept = []
    marked = any(QUOTED.match(line) for line in text.split("\n"))
    for line in text.split("\n"):
        if REPLY_BEGINS.match(line):
            if marked:
                continue
            break
        if SIGNATURE.match(line):
            break
        if not QUOTED.match(line):
            kept.append(line)
    return "\n".join(kept).strip()


def _has(plain: str, wanted: tuple[str, ...]) -> bool:
    return all(each in plain for each in wanted)


@cache
def _words() -> tuple[tuple[Kind, tuple[tuple[str, ...], ...]], ...]:
    """By kind: phrases of all languages, each as the pieces that must all stand in a text."""
    path = files("privacy.rights.arriving").joinpath("words.toml")
    data = tomllib.loads(path.read_text("utf-8"))
    return tuple(
        (Kind(kind), tuple(_pieces(phrase) for words in by.values() for phrase in words))
        for kind, by in data.items()
    )


def _pieces(phrase: str) -> tuple[str, ...]:
    return tuple(
        f" {_plain(piece)}" + ("" if piece.rstrip().endswith("*") else " ")
        for piece in phrase.split("&")
    )


def _plain(text: str) -> str:
    """Lower case letters and digits without accents, single spaces between words."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf"))
    return SEPARATORS.sub(" ", letters).strip()
