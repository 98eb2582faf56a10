"""Who received what of whom, when and why (GDPR Articles 15(1)(c) and 19)."""

from __future__ import annotations

from sqlmodel import Field

from privacy.storage.tables.base import MainTable, big, text


class Disclosure(MainTable, table=True):
    """One disclosure of one person's data to one recipient, only ever added.

    `recipient`: an organisation's name; "" where the recipient is the person, an agent or
    another natural person. `role`: processor, controller, third_party, person, agent or
    authority. `what`: categories separated by spaces. `way`: package, portability, export,
    notice, permit, vendor or told_by_hand. `sold`: sold or shared in the sense of US law.
    `ref`: request, export or attempt. An erasure takes `subject_id`.
    """

    __tablename__ = "disclosure"
    id: int = Field(sa_column=big(key=True))
    subject_id: int | None = Field(default=None, sa_column=big(null=True, index=True))
    recipient: str = Field(index=True)
    role: str
    country: str
    what: str
    why: str
    basis: str
    way: str
    sold: int = 0
    ref: str = Field(index=True)
    at: int = Field(sa_column=big(index=True))
    by: str
    detail: str = text()
