"""What each kind of report is made from, gathered by what the command was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from privacy.actors import Act
from privacy.audit.bundle import anchor_of
from privacy.audit.checking import check_database
from privacy.audit.verify import Anchor, Limits
from privacy.cli import desk_reports, map_reports, report_period
from privacy.cli.report_about import About
from privacy.cli.report_made import Gathered, parties
from privacy.cli.running import Run
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import certificate
from privacy.vault.files import reason_of

UNSIGNED_AT_MOST = timedelta(hours=24)
VERIFICATION = "log-verification"
ABOUT_BREACHES = frozenset({"breach-notification", "breach-register"})
ABOUT_A_NUMBER = frozenset({"number-dossier", "who-called"})
ABOUT_VENDORS = frozenset({"vendor-due-diligence", "vendor-comparison"})
# What is read as it stands now: it rests on texts that may be replaced, or on sealed parts.
OF_NOW = (
    ABOUT_BREACHES
    | ABOUT_A_NUMBER
    | {"campaign-compliance", "erasure-certificate", "request-register", VERIFICATION}
    | {"vendor-calls"}
    | ABOUT_VENDORS
)


@dataclass(frozen=True)
class Asked:
    """The options of a report. `from_on`, `to_on` are first and last day, both included; `size`
    is the size of the log that it is as of (None: the present one). `progress` is told how many
    calls the law was asked about."""

    kind: str
    campaign: str | None = None
    request_id: str | None = None
    from_on: date | None = None
    to_on: date | None = None
    anchors: Sequence[Path] = ()
    max_tail: int | None = None
    size: int | None = None
    about: About = field(default_factory=About)
    progress: Callable[[int], None] = lambda done: None


def gather(run: Run, asked: Asked) -> Gathered:
    """Data and annexes of the kind. BadInput where the kind needs more than was said, or for a
    period that has not begun; one that was not over says so among its limits."""
    report_period.refuse_future(run.desk, asked.from_on)
    return report_period.told_if_open(_gathered(run, asked))


def _gathered(run: Run, asked: Asked) -> Gathered:
    if asked.size is not None and asked.kind in OF_NOW:
        raise BadInput(
            "That report is of the desk as it stands now.",
            what="--as-of",
            next="Leave it out; `rightsdesk report` of other kinds takes a size of the log.",
        )
    if asked.kind == "erasure-certificate":
        if asked.request_id is None:
            raise BadInput("Whose certificate?", what="--request", next="Give the request's id.")
        return Gathered(certificate.report(run.desk, run.actor, asked.request_id, named=False))
    if asked.kind == "request-register":
        return _register(run, asked)
    if asked.kind == VERIFICATION:
        return _verification(run, asked)
    if asked.kind in ABOUT_BREACHES:
        return _breaches(run, asked)
    if asked.kind in ABOUT_A_NUMBER:
        return _number(run, asked)
    if asked.kind == "consent-audit":
        return _consents(run, asked)
    if asked.kind == "vendor-calls":
        return _vendor_calls(run, asked)
    if asked.kind in ABOUT_VENDORS:
        return _vendors(run, asked)
    if asked.kind in map_reports.KINDS:
        return map_reports.data(run, asked.kind, asked.about, asked.size)
    if asked.kind in desk_reports.KINDS:
        return desk_reports.data(run, asked.kind, lambda now: _days(run, asked, now), asked.size)
    return _campaign(run, asked)


def _vendor_calls(run: Run, asked: Asked) -> Gathered:
    from privacy.cli import vendor_judged

    return vendor_judged.data(run, asked.about.import_id)


def _vendors(run: Run, asked: Asked) -> Gathered:
    from privacy.cli import vendor_report

    return vendor_report.data(run, asked.kind, asked.about.vendors)


def _campaign(run: Run, asked: Asked) -> Gathered:
    from privacy.cli import campaign_report

    if asked.campaign is None:
        raise BadInput("Which campaign?", what="--campaign", next="See `campaign status`.")
    zone = ZoneInfo(run.desk.config.controller.zone)
    start, end = datetime(2000, 1, 1, tzinfo=UTC), run.desk.now()
    if asked.from_on is not None:
        start = datetime.combine(asked.from_on, time(0), tzinfo=zone)
    if asked.to_on is not None:
        end = datetime.combine(asked.to_on + timedelta(days=1), time(0), tzinfo=zone)
    return campaign_report.data(
        run.desk, run.actor, asked.campaign, start, end, progress=asked.progress
    )


def _register(run: Run, asked: Asked) -> Gathered:
    from privacy.cli import register_report

    return register_report.data(run.desk, run.actor, *_days(run, asked, run.desk.now()))


def _breaches(run: Run, asked: Asked) -> Gathered:
    from privacy.cli import breach_report

    if asked.kind == "breach-notification":
        return breach_report.notification(run.desk, run.actor, asked.about)
    days = _days(run, asked, run.desk.now())
    return breach_report.register_of(run.desk, run.actor, *days)


def _number(run: Run, asked: Asked) -> Gathered:
    from privacy.cli import dossier_report

    if asked.kind == "number-dossier":
        return dossier_report.number(run, asked.about)
    return dossier_report.who_called(run, asked.about, *_instants(run, asked))


def _instants(run: Run, asked: Asked) -> tuple[datetime | None, datetime | None]:
    """The begin of the first day and the end of the last one, in the controller's zone."""
    zone = ZoneInfo(run.desk.config.controller.zone)
    start, end = asked.from_on, asked.to_on
    return (
        None if start is None else datetime.combine(start, time(0), tzinfo=zone),
        None if end is None else datetime.combine(end + timedelta(days=1), time(0), tzinfo=zone),
    )


def _consents(run: Run, asked: Asked) -> Gathered:
    from privacy.cli import consent_report

    options = consent_report.Options(asked.from_on, asked.to_on, asked.size, asked.about.seed)
    return consent_report.data(run.desk, run.actor, options)


def _days(run: Run, asked: Asked, now: datetime) -> tuple[date, date]:
    """First and last day; without them the year up to `now`."""
    to_on = asked.to_on or now.astimezone(ZoneInfo(run.desk.config.controller.zone)).date()
    from_on = asked.from_on or to_on.replace(month=1, day=1)
    if to_on < from_on:
        raise BadInput("The last day lies before the first.", what="--to", next="Swap them.")
    return from_on, to_on


def _verification(run: Run, asked: Asked) -> Gathered:
    """As `audit verify`: the whole log, held against the copies that were given."""
    from privacy.cli import log_report

    run.actor.require(Act.READ_LOG)
    anchors = [_kept(run.desk, path) for path in asked.anchors]
    run.desk.log.sequence_all()
    now = run.desk.now()
    verdict = check_database(
        run.desk.reading,
        now=now,
        anchors=anchors,
        limits=Limits(UNSIGNED_AT_MOST, asked.max_tail),
    )
    zone = run.desk.config.controller.zone
    return log_report.data(
        run.desk.reading, verdict, parties(run.desk), at=now, zone=zone, given=anchors
    )


def _kept(desk: Desk, path: Path) -> Anchor:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"A file cannot be read: {reason_of(error)}.", what=path.name, next="Check its path."
        ) from None
    held = anchor_of(content)
    if held.origin != desk.log.origin:
        raise BadInput("An anchor is of another log.", what=path.name, next="Give this log's.")
    return Anchor(held.size, held.root, path.name)
