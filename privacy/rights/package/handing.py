"""By which ways a package and its pass phrase go to the person: never by the same one. Pure.

Who intercepts one of them has nothing. What is handed over in person, with both in the
same hand, is no interception.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from privacy.errors import Denied


class Way(StrEnum):
    """How something goes to the person."""

    BY_HAND = "by_hand"
    EMAIL = "email"
    POST = "post"
    PORTAL = "portal"
    TELEPHONE = "telephone"


@dataclass(frozen=True)
class Handing:
    """The two ways. A pass phrase that goes by post is a letter of the print run."""

    package: Way = Way.BY_HAND
    passphrase: Way = Way.BY_HAND

    def refuse_same(self) -> None:
        """Denied where both would go by the same way, unless they are handed over in person."""
        if self.package is self.passphrase and self.package is not Way.BY_HAND:
            raise Denied(
                f"Package and pass phrase would both go by {self.package.value}.",
                what="--passphrase-by",
                next="Choose another way for the pass phrase: whoever reads one way would have"
                " both.",
            )
        if self.package is Way.TELEPHONE:
            raise Denied("A package cannot be told by telephone.", what="--package-by")


DEFAULT = Handing()
