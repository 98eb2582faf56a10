"""Tables of desk.toml about reports: how they look, how they are signed, when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class ReportSigning:
    """How reports are signed; without a word here by the desk's own, self-issued certificate.

    `sign` is yes or no; `level` B-B, B-T or B-LTA of PAdES. Another key comes from a PKCS#12
    file or a PKCS#11 module (its key and certificate by label). `timestamp_url`: an authority
    that speaks RFC 3161; `timestamp_own` is yes where the organisation runs it itself.
    `without_timestamp`: fail, or sign to sign at B-B where it does not answer. `trust_file`:
    PEM with roots of signer and authority, for B-LTA. Passwords stand in files.
    """

    sign: str = "yes"
    level: str = "B-B"
    pkcs12_file: str = ""
    pkcs12_password_file: str = ""
    pkcs11_module: str = ""
    pkcs11_token: str = ""
    pkcs11_pin_file: str = ""
    pkcs11_key: str = ""
    pkcs11_certificate: str = ""
    timestamp_url: str = ""
    timestamp_own: str = ""
    without_timestamp: str = "fail"
    trust_file: str = ""


@dataclass(frozen=True)
class Branding:
    """How reports and letters look; `logo` is a PNG or SVG file, relative to the desk folder.

    Colours of headings and rules are #RRGGBB; lines of the letterhead are separated by
    semicolons; `paper` is A4, letter, or "": as the controller's country has it.
    """

    name: str = ""
    logo: str = ""
    logo_alt: str = ""
    colour: str = ""
    accent: str = ""
    letterhead: str = ""
    paper: str = ""


@dataclass(frozen=True)
class VendorGate:
    """Whether a vendor needs a standing assessment for numbers of the gateway.

    `permits`: assessed, or any for vendors of every outcome. `grace_days`: how long past its day
    a review may wait; text that is no whole number counts as none.
    """

    permits: str = "assessed"
    grace_days: str = "14"

    @property
    def checked(self) -> bool:
        return self.permits != "any"

    @property
    def grace(self) -> timedelta:
        whole = self.grace_days.isascii() and self.grace_days.isdigit()
        return timedelta(days=min(int(self.grace_days[:4]), 366) if whole else 0)


@dataclass(frozen=True)
class Reports:
    """Reports that `rightsdesk work` makes by itself, each every week, month, quarter or year.

    "" where a report is not made. `since`: the first day that counts (YYYY-MM-DD); missed
    periods are made later; without it the newest whole period alone. `out`: their folder,
    relative to the desk folder.
    """

    request_register: str = ""
    log_verification: str = ""
    campaign_compliance: str = ""
    since: str = ""
    out: str = ""
