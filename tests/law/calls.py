"""Documents of `law call` for tests: every fact a gateway passes, then what a test changes."""

from __future__ import annotations

from typing import Any

REGISTERS = (
    "us_national",
    "us_tx",
    "us_la",
    "us_in",
    "us_ma",
    "us_pa",
    "us_tn",
    "us_wy_unlisted",
    "ca_dncl",
    "gb_tps",
    "gb_ctps",
    "it_rpo",
    "es_robinson",
    "be_dncm",
    "ie_ndd",
    "au_dncr",
    "nz_ma",
    "in_ncpr",
    "br_nmp",
    "sg_dnc",
)


MIAMI, PANAMA_CITY, DALLAS, EL_PASO = "+13055550100", "+18505550100", "+12145550100", "+19155550100"
LOS_ANGELES, NEW_YORK, CHICAGO = "+13105550100", "+12125550100", "+13125550100"
LONDON, BERLIN, PARIS = "+442079460123", "+493023125123", "+33199001234"
MOBILE_GB, MOBILE_DE, MOBILE_FR = "+447700900123", "+4915123456789", "+33612345678"
TOLL_FREE, TOKYO = "+18005550100", "+81312345678"

WRITTEN, EXPRESS, ORAL, NONE = (
    "prior_express_written_consent",
    "prior_express_consent",
    "prior_express_consent_oral",
    "none",
)


def registers(**changed: dict[str, Any] | None) -> dict[str, Any]:
    """Every register, fresh and without the number; `changed` replaces some."""
    fresh: dict[str, Any] = {name: {"listed": False, "age_days": 3} for name in REGISTERS}
    return {**fresh, **changed}


def listed(**more: Any) -> dict[str, Any]:
    """A fresh register that holds the number."""
    return {"listed": True, "age_days": 3, **more}


def call(number: str, at: str, state: str = WRITTEN, **changed: Any) -> dict[str, Any]:
    """A live marketing call with every fact known; keywords of the document or of `context`."""
    top = ("channel", "campaign", "region", "postal_code", "zones", "programme", "matter")
    document: dict[str, Any] = {
        "number": number,
        "at": at,
        "channel": "voice_live",
        "campaign": "marketing",
        "consent": changed.pop("consent", {"state": state}),
    }
    document.update({key: changed.pop(key) for key in top if key in changed})
    document["context"] = {
        "registers": registers(),
        "earlier_calls": [],
        "reassigned_check": {"answer": "no", "asked_on": "2026-11-20"},
        **changed,
    }
    return document


def earlier(*instants: str, **more: Any) -> list[dict[str, Any]]:
    """Earlier calls at these instants."""
    return [{"at": at, **more} for at in instants]
