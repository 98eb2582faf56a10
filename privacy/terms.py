"""The glossary as enums and frozen values: one thing, one name, everywhere."""

from __future__ import annotations

from enum import StrEnum


class KeyClass(StrEnum):
    """Classes of a person's keys; each has its own retention rule.

    CALL and DESK are made with the person and die with an erasure. CONSENT,
    CALLS and CASE are made when first needed and may outlive it for as long as
    a statutory ground lasts.
    """

    CALL = "call"
    DESK = "desk"
    CONSENT = "consent"
    CALLS = "calls"
    CASE = "case"


class KekKind(StrEnum):
    """The two key-encryption keys of an epoch: CALL wraps call and calls keys, DESK the rest."""

    CALL = "call"
    DESK = "desk"


KEK_OF_CLASS: dict[KeyClass, KekKind] = {
    KeyClass.CALL: KekKind.CALL,
    KeyClass.CALLS: KekKind.CALL,
    KeyClass.DESK: KekKind.DESK,
    KeyClass.CONSENT: KekKind.DESK,
    KeyClass.CASE: KekKind.DESK,
}


class SubjectState(StrEnum):
    """ERASING closes a person for every opening, permit and redemption at once."""

    ACTIVE = "active"
    ERASING = "erasing"
    ERASED = "erased"


class ContactKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


class Channel(StrEnum):
    """Channels of a contact; the first three are those of the calling law."""

    VOICE_LIVE = "voice_live"
    VOICE_PRERECORDED = "voice_prerecorded"
    TEXT = "text"
    EMAIL = "email"


class Language(StrEnum):
    """Languages in which letters are written (ISO 639-1)."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    ITALIAN = "it"


class Purpose(StrEnum):
    """What a contact is for; the calling law names the same purposes `campaign`."""

    MARKETING = "marketing"
    INFORMATIONAL = "informational"
    SURVEY = "survey"
    DEBT = "debt"
    HEALTH = "health"
    CHARITY = "charity"
    DELIVERY_NOTICE = "delivery_notice"
    BANK_ALERT = "bank_alert"
    EMERGENCY = "emergency"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"


class ConsentClass(StrEnum):
    """What kind of permission a consent record is, in the calling law's words."""

    NONE = "none"
    PRIOR_EXPRESS_CONSENT = "prior_express_consent"
    PRIOR_EXPRESS_CONSENT_ORAL = "prior_express_consent_oral"
    PRIOR_EXPRESS_WRITTEN_CONSENT = "prior_express_written_consent"
    SPECIFIC_NOTIFICATION = "specific_notification_to_this_caller"
    IMPLIED = "implied"
    SOFT_OPT_IN = "soft_opt_in"
    PRESUMED_BUSINESS = "presumed_business"
    OTHER_LAWFUL_BASIS_PROVEN = "other_lawful_basis_proven"
    LIVE_ANNOUNCEMENT_AND_CONSENT = "live_announcement_and_consent"
    WITHDRAWN = "withdrawn"


class LawfulBasis(StrEnum):
    """GDPR Article 6(1), by the DPV's names."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"


class Role(StrEnum):
    """What an actor may be."""

    DPO = "dpo"
    HANDLER = "handler"
    AUDITOR = "auditor"
    ADMIN = "admin"
    DIALER = "dialer"


class OpeningPurpose(StrEnum):
    """Why sealed data is opened; every opening names one and it stands in the log."""

    IMPORT = "import"
    LOOKUP = "lookup"
    CALL = "call"
    OPT_OUT = "opt_out"
    CONSENT = "consent"
    ACCESS_REQUEST = "access_request"
    ERASURE_REQUEST = "erasure_request"
    RIGHTS_REQUEST = "rights_request"
    LEGAL_GROUND = "legal_ground"
    EXPORT = "export"
    BREACH = "breach"
    VENDOR = "vendor"


# What a restriction leaves open (GDPR Article 18(2)): the person's own requests and
# refusals, legal claims, and telling the person of a breach (Article 34).
OPEN_WHILE_RESTRICTED = frozenset(
    {
        OpeningPurpose.OPT_OUT,
        OpeningPurpose.ACCESS_REQUEST,
        OpeningPurpose.ERASURE_REQUEST,
        OpeningPurpose.RIGHTS_REQUEST,
        OpeningPurpose.LEGAL_GROUND,
        OpeningPurpose.BREACH,
    }
)


class LedgerKind(StrEnum):
    """Lines of the ledger of no."""

    ERASURE = "erasure"
    OPT_OUT = "opt_out"
    WITHDRAWAL = "withdrawal"
    RESTRICTION = "restriction"
