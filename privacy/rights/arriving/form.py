"""A web form as a JSON document, `rightsdesk.request-form/1`, described in docs/intake.md.

Its `form_id` makes it one: the same again opens nothing, another one under the same id is
refused. Several kinds in one form open one request each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.errors import BadFacts
from privacy.rights.arriving import taking
from privacy.rights.arriving.asked import go_on_written, seen_of
from privacy.rights.arriving.mails import Taken
from privacy.rights.arriving.taking import Original
from privacy.rights.arriving.ways import Known, Receipt, Source
from privacy.rights.arriving.written import COMMON, Written, instant, parsed, written

SCHEMA = "rightsdesk.request-form/1"
FORM_ID = re.compile(r"[A-Za-z0-9_-]{8,100}")


@dataclass(frozen=True)
class Form:
    """A form that was read: its id, what it asks, and when its site received it."""

    form_id: str
    written: Written
    received: datetime | None


def read_form(raw: bytes, region: str | None) -> Form:
    """The form in these bytes. BadFacts names the field that is wrong, never its value."""
    document = parsed(raw, SCHEMA, (*COMMON, "form_id", "received"))
    form_id = document.get("form_id")
    if not isinstance(form_id, str) or not FORM_ID.fullmatch(form_id):
        raise BadFacts(
            "A form has an id of its own.",
            field="form_id",
            next="8 to 100 letters, digits, - and _.",
        )
    asked = written(document, region)
    if not asked.kinds:
        raise BadFacts("A form asks for something.", field="kinds", next="Name at least one kind.")
    if not asked.contact:
        raise BadFacts(
            "A form says where the answer goes.",
            field="contact",
            next="Give what answer_by names: an e-mail, a number or an address.",
        )
    return Form(form_id, asked, instant(document, "received"))


def take_form(desk: Desk, actor: Actor, raw: bytes) -> Taken:
    """Take one form and open its requests; see `read_form` for what is refused."""
    region = desk.config.region or None
    form = read_form(raw, region)
    at = form.received or desk.now()
    if at > desk.now():
        raise BadFacts(
            "A form is not received in the future.", field="received", next="Look at its clock."
        )
    receipt = Receipt(at, Known.STATED if form.received else Known.CLOCK)
    original = Original(raw, "application/json", identity=b"form\x00" + form.form_id.encode())
    seen = seen_of(form.written)
    arrival, new = taking.take(desk, actor, Source.WEB_FORM, original, receipt, seen)
    if not new:
        _, before = taking.read_original(desk, actor, arrival.id)
        if read_form(before, region) != form:
            raise BadFacts(
                "That form id belongs to another form, which was taken before.",
                field="form_id",
                next="Give each form an id of its own; this one was not taken.",
            )
    return go_on_written(desk, actor, arrival, form.written, new)
