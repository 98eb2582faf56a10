"""Every error that a person or a program may meet, as one tree.

RightsdeskError
├── AnswerIsNo            exit 1   the question was understood, the answer is no
│   ├── Denied                     an actor may not do this
│   ├── NotFound                   nothing of that name (never tells whether a person is known)
│   ├── NotAllowedByLaw            a statutory rule refuses (rule, limit, citation)
│   ├── NotProven                  identity or authority is not proven at the level needed
│   └── VerificationError          a proof or signature does not hold
├── BadInput              exit 2   wrong usage or unreadable input
│   └── BadFacts                   a facts document is wrong (field)
├── Altered               exit 3
├── RolledBack            exit 4   truncated, rolled back or behind its ledger
├── Forked                exit 5
├── Stale                 exit 6
├── DeskSealed            exit 7   sealed, damaged or a key is missing
│   ├── WrongPassphrase
│   ├── KeyMissing
│   ├── WrongDesk
│   ├── Damaged
│   └── CannotOpen                 a sealed part does not open (says only that)
├── Interrupted           exit 8   can be resumed
├── MachineFailed         exit 9   disk, permission, database
│   └── DeskInUse
└── Fault                 exit 70  a fault of ours

An error says what happened (`message`), to which thing (`what`) and what to do
(`next`). None of the three may hold a name, number, e-mail or address: name ids.
Entrances catch this tree in one place and nowhere else.
"""

from __future__ import annotations

from typing import Any, ClassVar


class RightsdeskError(Exception):
    """Root of the tree. `code` is stable for programs, `exit_code` for shells."""

    code: ClassVar[str] = "fault"
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, what: str = "", next: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.what = what
        self.next = next

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.next) if part)

    def __reduce__(self) -> tuple[Any, ...]:
        """What another process needs to raise the same error: its parts have names."""
        return _again, (type(self), self.args, self.__dict__)

    def document(self) -> dict[str, object]:
        """The contract's error document, ready for `--json`."""
        return {
            "schema": "rightsdesk.error/1",
            "error": {
                "code": self.code,
                "message": self.message,
                "what": self.what,
                "next": self.next,
            },
        }


class AnswerIsNo(RightsdeskError):
    code = "answer_is_no"
    exit_code = 1


class Denied(AnswerIsNo):
    code = "denied"


class NotFound(AnswerIsNo):
    code = "not_found"


class NotAllowedByLaw(AnswerIsNo):
    """A rule of law refuses. `limit` is the date or figure that was passed."""

    code = "not_allowed_by_law"

    def __init__(
        self, message: str, *, rule: str, limit: str, citation: str, next: str = ""
    ) -> None:
        super().__init__(message, what=rule, next=next)
        self.rule = rule
        self.limit = limit
        self.citation = citation

    def document(self) -> dict[str, object]:
        document = super().document()
        error = document["error"]
        assert isinstance(error, dict)
        error.update(rule=self.rule, limit=self.limit, citation=self.citation)
        return document


class NotProven(AnswerIsNo):
    code = "not_proven"


class VerificationError(AnswerIsNo):
    code = "not_verified"


class BadInput(RightsdeskError):
    code = "bad_input"
    exit_code = 2


class BadFacts(BadInput):
    """A facts document is not what the contract says. `field` is a dotted path."""

    code = "bad_facts"

    def __init__(self, message: str, *, field: str, next: str = "") -> None:
        super().__init__(message, what=field, next=next)
        self.field = field


class Altered(RightsdeskError):
    code = "altered"
    exit_code = 3


class RolledBack(RightsdeskError):
    code = "rolled_back"
    exit_code = 4


class Forked(RightsdeskError):
    code = "forked"
    exit_code = 5


class Stale(RightsdeskError):
    code = "stale"
    exit_code = 6


class DeskSealed(RightsdeskError):
    code = "desk_sealed"
    exit_code = 7


class WrongPassphrase(DeskSealed):
    code = "wrong_passphrase"


class KeyMissing(DeskSealed):
    code = "key_missing"


class WrongDesk(DeskSealed):
    code = "wrong_desk"


class Damaged(DeskSealed):
    code = "damaged"


class CannotOpen(DeskSealed):
    code = "cannot_open"


class Interrupted(RightsdeskError):
    code = "interrupted"
    exit_code = 8


class MachineFailed(RightsdeskError):
    code = "machine_failed"
    exit_code = 9


class DeskInUse(MachineFailed):
    code = "desk_in_use"


class Fault(RightsdeskError):
    code = "fault"
    exit_code = 70


def _again(kind: type[RightsdeskError], args: tuple[Any, ...], parts: dict[str, Any]) -> Any:
    """The error that another process raised."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(parts)
    return error
