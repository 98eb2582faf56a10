"""Where a letter is on its way, and by which way it goes. Pure.

draft ── approve ──▶ approved ── queue ──▶ queued ── taken by the mail server ──▶ sent
approved ── print ──▶ printed ── posted ──▶ sent
approved ── handed over ──▶ sent
queued, sent ── came back ──▶ returned ── again ──▶ approved
draft, approved, returned ── no longer wanted ──▶ cancelled
queued, while no mail server can have it ── no longer wanted ──▶ cancelled
printed, before its run was posted ── taken out ──▶ cancelled
"""

from __future__ import annotations

from enum import StrEnum


class LetterState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    QUEUED = "queued"
    PRINTED = "printed"
    SENT = "sent"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Form(StrEnum):
    """By which way a letter leaves the desk."""

    EMAIL = "email"
    POST = "post"
    BY_HAND = "by_hand"


class ByEmail(StrEnum):
    """What of a kind of letter may stand in a mail.

    TEXT: reference, law, dates, remedies, nothing else about the person. NOTICE_ONLY: it
    holds details of the person; a mail says only that there is a letter.
    """

    TEXT = "text"
    NOTICE_ONLY = "notice_only"
