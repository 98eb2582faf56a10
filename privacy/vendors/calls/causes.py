"""Why a call ended, in the numbers and names of ITU-T Q.850, as a disposition. Pure."""

from __future__ import annotations

from privacy.vendors.calls.record import Disposition

BUSY, NO_USER, NO_ANSWER, NORMAL, REJECTED = 17, 18, 19, 16, 21
OF_NUMBER = {
    NORMAL: Disposition.NO_ANSWER,
    BUSY: Disposition.BUSY,
    NO_USER: Disposition.NO_ANSWER,
    NO_ANSWER: Disposition.NO_ANSWER,
    20: Disposition.NO_ANSWER,
    REJECTED: Disposition.NO_ANSWER,
    31: Disposition.NO_ANSWER,
    102: Disposition.NO_ANSWER,
}
OF_NAME = {
    "NORMAL_CLEARING": Disposition.NO_ANSWER,
    "USER_BUSY": Disposition.BUSY,
    "NO_USER_RESPONSE": Disposition.NO_ANSWER,
    "NO_ANSWER": Disposition.NO_ANSWER,
    "SUBSCRIBER_ABSENT": Disposition.NO_ANSWER,
    "CALL_REJECTED": Disposition.NO_ANSWER,
    "ALLOTTED_TIMEOUT": Disposition.NO_ANSWER,
    "RECOVERY_ON_TIMER_EXPIRE": Disposition.NO_ANSWER,
    "PROGRESS_TIMEOUT": Disposition.NO_ANSWER,
    "ORIGINATOR_CANCEL": Disposition.CANCELLED,
    "LOSE_RACE": Disposition.CANCELLED,
    "PICKED_OFF": Disposition.CANCELLED,
}


def of_number(text: str, *, answered: bool) -> Disposition:
    """By cause number; a call that was answered ended with an answer whatever its cause."""
    if answered:
        return Disposition.ANSWERED
    number = int(text) if text.isdecimal() and len(text) < 6 else 0
    return OF_NUMBER.get(number, Disposition.FAILED)


def of_name(name: str, *, answered: bool) -> Disposition:
    """By cause name. NORMAL_CLEARING alone does not mean answered: who hung up is not told."""
    if answered:
        return Disposition.ANSWERED
    return OF_NAME.get(name.strip().upper(), Disposition.FAILED)
