"""Reports signed at each level: by the desk's own key, by a PKCS#12 key, with time stamps."""

from __future__ import annotations

from dataclasses import replace

from privacy.cli import sealed
from privacy.cli.sealed import Sealed
from privacy.desk import Desk
from privacy.desk_tables import ReportSigning
from tests.desks import MadeDesk
from tests.reports.examples import example
from tests.signing.authority import TestAuthority

KIND = "erasure-certificate"


def by_file(authority: TestAuthority, **more: str) -> ReportSigning:
    """The settings of a PKCS#12 key."""
    return ReportSigning(
        pkcs12_file=str(authority.pkcs12), pkcs12_password_file=str(authority.password), **more
    )


def stamped(authority: TestAuthority, level: str, **more: str) -> ReportSigning:
    """The settings of a PKCS#12 key with time stamps."""
    held = {"timestamp_url": authority.url, "trust_file": str(authority.root), **more}
    return by_file(authority, level=level, **held)


def signed(made: MadeDesk, settings: ReportSigning) -> Sealed:
    """A report of the desk, signed as the settings say."""
    desk: Desk = made.desk
    before = desk.config
    desk.config = replace(before, signing=settings)
    try:
        return sealed.make(desk, "dpo", KIND, example(KIND))
    finally:
        desk.config = before


def each(made: MadeDesk, authority: TestAuthority) -> dict[str, Sealed]:
    """One report of each level by the PKCS#12 key."""
    return {
        "B-B": signed(made, by_file(authority)),
        "B-T": signed(made, stamped(authority, "B-T")),
        "B-LTA": signed(made, stamped(authority, "B-LTA")),
    }


def files(made: MadeDesk, authority: TestAuthority) -> dict[str, bytes]:
    """The files of those that differ in form, and one by the desk's own key."""
    found = each(made, authority)
    own = sealed.make(made.desk, "dpo", KIND, example(KIND))
    return {
        "signed by the desk": own.pdf,
        "signed, B-T": found["B-T"].pdf,
        "signed, B-LTA": found["B-LTA"].pdf,
    }
