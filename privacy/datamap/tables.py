"""The tables of a data map: what an activity, a system, a recipient and a measure are made of.

What GDPR Article 30(1) asks of a controller stands in `activity`, what 30(2) asks of a
processor in `processing`; what supervisory authorities ask besides stands there too, and a
field set (fields.toml) says which of it they want.
"""

from __future__ import annotations

from privacy.datamap.form import Field, Form

ROLES = (
    "internal", "processor", "controller", "joint_controller", "group_company", "authority",
)  # fmt: skip
THIRD_PARTIES = frozenset(ROLES) - {"internal"}

BASIS: Form = {
    "article": Field("term", "bases", needed=True),
    "interest": Field("text"),
    "law": Field("line"),
    "assessment": Field("one", "assessment"),
}
SPECIAL: Form = {
    "article": Field("term", "conditions", needed=True),
    "law": Field("line"),
}
DATA: Form = {
    "term": Field("term", "data", needed=True),
    "subjects": Field("terms", "data_subjects"),
    "detail": Field("text"),
    "erase_after": Field("period"),
    "erase_from": Field("line"),
    "retention_law": Field("line"),
}
TRANSFER: Form = {
    "recipient": Field("one", "recipient", needed=True),
    "country": Field("country"),
    "organisation": Field("line"),
    "safeguard": Field("term", "safeguards"),
    "document": Field("line"),
}
COMMON: Form = {
    "id": Field("id", needed=True),
    "name": Field("line", needed=True),
    "description": Field("text"),
    "number": Field("line"),
    "department": Field("line"),
    "contact": Field("contact"),
    "introduced_on": Field("date"),
    "changed_on": Field("date"),
    "systems": Field("ids", "system"),
    "measures": Field("ids", "measure"),
    "transfer": Field("tables", TRANSFER),
}
ACTIVITY: Form = {
    **COMMON,
    "purposes": Field("terms", "purposes"),
    "purpose_text": Field("text"),
    "data_subjects": Field("terms", "data_subjects"),
    "data": Field("tables", DATA),
    "basis": Field("tables", BASIS),
    "special": Field("tables", SPECIAL),
    "recipients": Field("ids", "recipient"),
    "joint_controllers": Field("ids", "recipient"),
    "processing": Field("terms", "processing"),
    "source": Field("text"),
    "rights": Field("text"),
    "automated": Field("text"),
    "consent_record": Field("line"),
    "retention_policy": Field("line"),
    "dpia": Field("choice", ("needed", "not_needed", "done")),
    "dpia_reason": Field("text"),
    "assessment": Field("one", "assessment"),
    "breaches": Field("line"),
    "persons": Field("count"),
    "frequency": Field("line"),
    "area": Field("line"),
    "technology": Field("text"),
    "desk_purposes": Field("ids", ""),
}
CONTROLLER: Form = {
    "name": Field("line", needed=True),
    "contact": Field("contact"),
    "representative": Field("contact"),
    "dpo": Field("contact"),
}
PROCESSING: Form = {
    **COMMON,
    "controller": Field("tables", CONTROLLER),
    "categories": Field("terms", "processing"),
    "data_subjects": Field("terms", "data_subjects"),
    "data": Field("terms", "data"),
    "sub_processors": Field("ids", "recipient"),
    "contract": Field("line"),
}
SYSTEM: Form = {
    "id": Field("id", needed=True),
    "name": Field("line", needed=True),
    "description": Field("text"),
    "owner": Field("line"),
    "location": Field("countries"),
    "hosted_by": Field("one", "recipient"),
    "data": Field("terms", "data"),
    "measures": Field("ids", "measure"),
}
RECIPIENT: Form = {
    "id": Field("id", needed=True),
    "name": Field("line", needed=True),
    "role": Field("choice", ROLES, needed=True),
    "country": Field("country", needed=True),
    "contact": Field("contact"),
    "contract": Field("line"),
    "description": Field("text"),
}
MEASURE: Form = {
    "id": Field("id", needed=True),
    "kind": Field("choice", ("technical", "organisational"), needed=True),
    "terms": Field("terms", "measures"),
    "text": Field("text", needed=True),
}
ORGANISATION: Form = {
    "establishment": Field("country", needed=True),
    "public_body": Field("flag"),
    "note": Field("text"),
}
TABLES: dict[str, Form] = {
    "system": SYSTEM,
    "recipient": RECIPIENT,
    "measure": MEASURE,
    "activity": ACTIVITY,
    "processing": PROCESSING,
}
# Tables of which a desk has one, over all its files.
SINGLE: dict[str, Form] = {"organisation": ORGANISATION}
SCHEMA = "rightsdesk.datamap/1"
