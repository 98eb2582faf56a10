"""`rightsdesk consent`: recording, withdrawing, correcting and showing consent."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options, private
from privacy.cli.persons import contact_value, one_holder
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table
from privacy.clock import rfc3339
from privacy.consent import ledger, notices, store
from privacy.consent.ledger import EVERYTHING, ConsentRecord, RecordKind
from privacy.consent.records import Evidence, NewRecord, check_source
from privacy.errors import BadInput, NotFound
from privacy.terms import Channel, ConsentClass, ContactKind, Purpose

PERSON = (
    click.option("--phone", metavar="N|-"),
    click.option("--email", metavar="E|-"),
    click.option("--region", help="Country of a number without a country code."),
    click.option("--person", type=int, help="Where several share the number: whose."),
)
GRANTS = [c.value for c in ConsentClass if c not in (ConsentClass.NONE, ConsentClass.WITHDRAWN)]


def person_options(function: Any) -> Any:
    """The options that name a person."""
    for option in reversed(PERSON):
        function = option(function)
    return function


@click.group()
def group() -> None:
    """Consent with its evidence: who, for what, on which channel, shown what, when."""


@group.command(
    epilog="Example: printf '+442079460000' | rightsdesk consent record --phone - --purpose "
    "marketing --channel voice_live --class prior_express_consent --notice web-form --source web"
)
@person_options
@click.option("--purpose", type=click.Choice([p.value for p in Purpose]), required=True)
@click.option("--channel", type=click.Choice([c.value for c in Channel]), required=True)
@click.option("--class", "consent_class", type=click.Choice(GRANTS), required=True)
@click.option("--given-at", help="When the person gave it, RFC 3339; default now.")
@click.option("--valid-until", help="Last instant that counts, RFC 3339.")
@click.option("--notice", help="Id of the text that was shown.")
@click.option("--reference", default="", help="Form, recording or signature that shows it.")
@click.option("--ip", default="", help="Address that it came from, where that is the evidence.")
@click.option("--seller", default="", help="The one it names; it counts for no other seller.")
@click.option("--source", required=True, help="Where it was given, one word.")
@common_options
def record(
    common: Common,
    phone: str | None,
    email: str | None,
    region: str | None,
    person: int | None,
    purpose: str,
    channel: str,
    consent_class: str,
    given_at: str | None,
    valid_until: str | None,
    notice: str | None,
    reference: str,
    ip: str,
    seller: str,
    source: str,
) -> None:
    """Record a consent with its evidence."""
    with open_run(common) as run:
        value = contact_value(phone, email, region or run.desk.config.region or None)
        holder = one_holder(run, value, person)
        shown = notices.get(run.desk, notice) if notice else None
        new = NewRecord(
            holder.subject_id,
            holder.point_id,
            RecordKind.GRANT,
            purpose,
            channel,
            ConsentClass(consent_class),
            instant_of(given_at, "--given-at") or run.desk.now(),
            source,
            Evidence(
                notice_id=shown.id if shown else "",
                notice_version=shown.version if shown else 0,
                text_sha256=shown.sha256 if shown else "",
                reference=reference,
                ip=ip,
            ),
            valid_until_at=instant_of(valid_until, "--valid-until"),
            seller=seller,
            tag=_tag(run, value.kind, value.value),
        )
        (consent_id,) = store.record(run.desk, run.actor, [new])
        _said(run, "recorded", consent_id)


@group.command(epilog="Example: printf '+442079460000' | rightsdesk consent withdraw --phone -")
@person_options
@click.option("--purpose", type=click.Choice([EVERYTHING, *Purpose]), default=EVERYTHING)
@click.option("--channel", type=click.Choice([EVERYTHING, *Channel]), default=EVERYTHING)
@click.option("--at", "said_at", help="When the person said so, RFC 3339; default now.")
@click.option("--source", default="person", help="How it reached us, one word.")
@common_options
def withdraw(
    common: Common,
    phone: str | None,
    email: str | None,
    region: str | None,
    person: int | None,
    purpose: str,
    channel: str,
    said_at: str | None,
    source: str,
) -> None:
    """Withdraw a person's consent, for everything unless narrowed; effective when this returns.

    It covers every number and e-mail of the person, by whichever of them they are named.
    """
    with open_run(common) as run:
        value = contact_value(phone, email, region or run.desk.config.region or None)
        holder = one_holder(run, value, person)
        consent_id = store.withdraw(
            run.desk,
            run.actor,
            holder.subject_id,
            None,
            purpose=purpose,
            channel=channel,
            source=source,
            at=instant_of(said_at, "--at"),
        )
        _said(run, "withdrawn", consent_id)


@group.command(
    epilog="Example: printf 'it was somebody else' | rightsdesk consent correct c-… --reason -"
)
@click.argument("consent_id")
@click.option("--reason", metavar="TEXT|-", required=True, help="Why; it is sealed.")
@common_options
def correct(common: Common, consent_id: str, reason: str) -> None:
    """Make a record void; only a second person may."""
    reason = str(private(reason, "Reason"))
    with open_run(common) as run:
        _said(run, "corrected", store.correct(run.desk, run.actor, consent_id, reason))


@group.command(epilog="Example: printf '+442079460000' | rightsdesk consent show --phone -")
@person_options
@click.option("--at", "at_instant", help="State at a past instant, RFC 3339; default now.")
@common_options
def show(
    common: Common,
    phone: str | None,
    email: str | None,
    region: str | None,
    person: int | None,
    at_instant: str | None,
) -> None:
    """What a person's records say, now or at a past instant."""
    with open_run(common) as run:
        value = contact_value(phone, email, region or run.desk.config.region or None)
        holder = one_holder(run, value, person)
        at = instant_of(at_instant, "--at") or run.desk.now()
        with run.desk.reading() as db:
            records = store.consents(db, [holder.point_id])[holder.point_id]
        state = {
            f"{purpose.value}/{channel.value}": [grant.id for grant in grants]
            for purpose in Purpose
            for channel in Channel
            if (grants := ledger.in_force(records, purpose, channel, at))
        }
        document = {
            "schema": "rightsdesk.consents/1",
            "at": rfc3339(at),
            "in_force": state,
            "records": [_document(record) for record in records],
        }

        def human() -> None:
            rows = [tuple(_document(record).values()) for record in records]
            keys = ("id", "kind", "purpose", "channel", "class", "effective", "documented")
            table(f"Records ({rfc3339(at)})", keys, rows, empty="No record: no consent.")
            console().print("In force: " + (", ".join(state) or "nothing"))

        run.answer(document, human)


@group.command("import", epilog="Example: rightsdesk consent import consents.csv --region GB")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--region", help="Country of numbers without a country code.")
@click.option("--source", required=True, help="Where the records come from, one word.")
@common_options
def import_(common: Common, file: Path, region: str | None, source: str) -> None:
    """Import a CSV with phone or email, purpose, channel, class, given_at[, reference, notice]."""
    rows = _csv_rows(file)
    done, refused = 0, []
    with open_run(common) as run:
        region = region or run.desk.config.region or None
        check_source(source)
        for line, row in enumerate(rows, 2):
            try:
                store.record(run.desk, run.actor, [_row_record(run, row, region, source)])
            except (BadInput, NotFound) as error:
                refused.append({"line": line, "code": error.code, "reason": error.message})
            else:
                done += 1
        document = {
            "schema": "rightsdesk.consent_import/1",
            "read": len(rows),
            "recorded": done,
            "rejected": refused,
        }

        def human() -> None:
            console().print(f"Recorded {done} of {len(rows)}.")
            table(
                "Not recorded",
                ("line", "code", "reason"),
                [tuple(bad.values()) for bad in refused],
                empty="Nothing was rejected.",
            )

        run.answer(document, human)


def instant_of(text: str | None, option: str) -> datetime | None:
    """An aware instant of RFC 3339 text; None for None. BadInput without an offset."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadInput(
            "That is not an instant with an offset.",
            what=option,
            next="For example 2026-11-18T16:00:00Z.",
        )
    return found


def _row_record(run: Run, row: dict[str, str], region: str | None, source: str) -> NewRecord:
    value = contact_value(row.get("phone") or None, row.get("email") or None, region)
    holder = one_holder(run, value, None)
    if row.get("class") not in GRANTS:
        raise BadInput("The class of the consent is not in the glossary.", what="class")
    given_at = instant_of(row.get("given_at") or None, "given_at")
    if given_at is None:
        raise BadInput("A consent without its instant is no evidence.", what="given_at")
    shown = notices.get(run.desk, row["notice"]) if row.get("notice") else None
    return NewRecord(
        holder.subject_id,
        holder.point_id,
        RecordKind.GRANT,
        row.get("purpose", ""),
        row.get("channel", ""),
        ConsentClass(row["class"]),
        given_at,
        source,
        Evidence(
            notice_id=shown.id if shown else "",
            notice_version=shown.version if shown else 0,
            text_sha256=shown.sha256 if shown else "",
            reference=row.get("reference", ""),
        ),
        tag=_tag(run, value.kind, value.value),
    )


def _csv_rows(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise BadInput("The file cannot be read as UTF-8 CSV.", what="consent file") from None
    return [
        {key.strip().lower(): (value or "").strip() for key, value in row.items() if key}
        for row in rows
    ]


def _tag(run: Run, kind: ContactKind, value: str) -> bytes:
    tags = run.desk.vault.keyring.tags
    return tags.number_tag(value) if kind is ContactKind.PHONE else tags.mail_tag(value)


def _said(run: Run, what: str, consent_id: str) -> None:
    document = {"schema": "rightsdesk.consent/1", "id": consent_id, "state": what}
    run.answer(document, lambda: console().print(f"{what.capitalize()}: {consent_id}"))


def _document(record: ConsentRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "kind": record.kind.value,
        "purpose": record.purpose,
        "channel": record.channel,
        "class": record.consent_class.value,
        "effective": rfc3339(record.effective_at),
        "documented": record.documented,
    }
