"""`rightsdesk init`, `upgrade`, `config`, `doctor`: the desk itself."""

from __future__ import annotations

import re
from dataclasses import asdict

import click

from privacy import actors
from privacy.app import init_desk, new_desk_config, open_desk, upgrade_databases
from privacy.checking import examine
from privacy.cli.branding import look_of
from privacy.cli.config_changing import with_setting
from privacy.cli.options import Common, common_options, private
from privacy.cli.running import answer, open_run, passphrase_of, secret_of, settings_of
from privacy.cli.showing import console, table
from privacy.clock import SystemClock
from privacy.errors import AnswerIsNo, BadInput
from privacy.gateway import clock_guard
from privacy.law.calendars import calendar_of
from privacy.law.clock_rules import clock_rules
from privacy.settings import Controller, dump_config, load_config, read_secret
from privacy.terms import Role
from privacy.vault.files import write_whole

# A password in a database's address is for desk.toml alone.
PASSWORD = re.compile(r"(//[^/@:]*:).*(@)")
PASSWORD_NAMED = re.compile(r"([?&](?:ssl)?password=)[^&]*", re.IGNORECASE)


@click.command(epilog="Example: rightsdesk --as dpo init --desk ~/desk --name 'Example Retail'")
@click.option("--name", default="The controller", help="The controller's name.")
@click.option("--law", default="EU_GDPR", help="The law at the controller's seat.")
@click.option("--zone", default="UTC", help="The controller's time zone, e.g. Europe/Berlin.")
@click.option("--holiday-calendar", default="DE-BE", help="Public holidays of the seat.")
@click.option("--main-url", default="", help="PostgreSQL address of main; default: a file.")
@click.option("--vault-url", default="", help="PostgreSQL address of the vault.")
@click.option("--main-url-file", metavar="FILE", help="The same in a file, with a password.")
@click.option("--vault-url-file", metavar="FILE", help="The same in a file, with a password.")
@common_options
def init(
    common: Common,
    name: str,
    law: str,
    zone: str,
    holiday_calendar: str,
    main_url: str,
    vault_url: str,
    main_url_file: str | None,
    vault_url_file: str | None,
) -> None:
    """Make a new desk; whoever makes it becomes its first DPO."""
    settings = settings_of(common)
    if not settings.actor:
        raise BadInput("The first actor has no id.", what="--as", next="Give --as ACTOR.")
    main_url = database_url("--main-url", main_url, main_url_file)
    vault_url = database_url("--vault-url", vault_url, vault_url_file)
    controller = Controller(name=name, law=law, zone=zone, holiday_calendar=holiday_calendar)
    config = new_desk_config(main_url=main_url, vault_url=vault_url, controller=controller)
    # Everything that can be wrong is found before the desk is made: nobody could mend it.
    check_controller(controller)
    dump_config(config)
    passphrase, secret = passphrase_of(settings), secret_of(settings)
    actors.check(settings.actor, secret)
    init_desk(settings.desk_dir, config, settings, passphrase, SystemClock())
    desk = open_desk(settings, SystemClock(), passphrase)
    try:
        actors.add(desk, settings.actor, Role.DPO, secret, settings.actor)
        desk.sign_checkpoint()
        document = {
            "schema": "rightsdesk.desk/1",
            "desk": str(settings.desk_dir),
            "state": str(desk.state),
            "desk_id": config.desk_id,
            "origin": desk.log.origin,
            "actor": settings.actor,
        }
    finally:
        desk.close()

    def human() -> None:
        console().print(f"A new desk lies in {settings.desk_dir}")
        console().print(f"Its keys lie in {document['state']}: keep a copy of root.key elsewhere.")
        console().print("Next: rightsdesk contacts import FILE --source ... --lawful-basis ...")

    answer(common, document, human)


def database_url(option: str, told: str, file: str | None) -> str:
    """The address of a database. BadInput for a password in an argument: everybody sees those."""
    if told and file:
        raise BadInput("The address is told twice.", what=option, next=f"Leave one {option} out.")
    refuse_password(option, told)
    return read_secret(file).strip() if file else told


def refuse_password(option: str, told: str) -> None:
    """BadInput if an argument holds a database's address with a password."""
    if PASSWORD.search(told) or PASSWORD_NAMED.search(told):
        raise BadInput(
            "An address with a password does not belong into an argument: every user of the"
            " machine can see it.",
            what=option,
            next="Change that password; then give the address in a file (`init`), or as - on"
            " standard input (`config set`).",
        )


def check_controller(controller: Controller) -> None:
    """BadInput for a law or a holiday calendar that this release does not know."""
    calendar_of(controller.holiday_calendar)
    known = clock_rules().laws
    if controller.law not in known:
        raise BadInput(
            "The law is not known.", what="controller.law", next=f"One of {', '.join(known)}."
        )


@click.command("upgrade", epilog="Example: rightsdesk upgrade --desk ~/desk")
@common_options
def upgrade_desk(common: Common) -> None:
    """Bring the desk's two databases to this release's tables; nothing is lost."""
    settings = settings_of(common)
    done = upgrade_databases(settings)
    document = {"schema": "rightsdesk.upgrade/1", **done}

    def human() -> None:
        table("", ("database", "was", "is"), [(k, v["was"], v["is"]) for k, v in done.items()])

    answer(common, document, human)


@click.group()
def config() -> None:
    """Show or set what desk.toml says."""


@config.command("show", epilog="Example: rightsdesk config show --json")
@common_options
def config_show(common: Common) -> None:
    """Show every setting of the desk."""
    held = asdict(load_config(settings_of(common).desk_dir))
    controller = held.pop("controller")
    flat = {**held, **{f"controller.{key}": value for key, value in controller.items()}}

    for name in ("main_url", "vault_url"):
        flat[name] = PASSWORD_NAMED.sub(r"\1***", PASSWORD.sub(r"\1***\2", flat[name]))

    def human() -> None:
        table("", ("setting", "value"), flat.items())

    answer(common, {"schema": "rightsdesk.config/1", **flat}, human)


@config.command("set", epilog="Example: rightsdesk config set controller.zone Europe/Paris")
@click.argument("name")
@click.argument("value")
@common_options
def config_set(common: Common, name: str, value: str) -> None:
    """Change one setting; logged."""
    with open_run(common) as run:
        run.actor.require(actors.Act.ADMINISTER)
        refuse_password(name, value)
        changed = with_setting(run.desk.config, name, private(value, "Value") or "")
        check_controller(changed.controller)
        if name.startswith("brand."):
            look_of(changed, run.settings.desk_dir)
        text = dump_config(changed)
        run.desk.write(lambda unit: unit.append("config.changed", run.actor.id, object=name))
        path = run.settings.desk_dir / "desk.toml"
        write_whole(path, text.encode())
        document = {"schema": "rightsdesk.config/1", "changed": name}
        run.answer(document, lambda: console().print(f"Changed {name}."))


@click.command(epilog="Example: rightsdesk doctor --as dpo")
@click.option("--trust-clock", is_flag=True, help="The clock is right: let permits be given again.")
@common_options
def doctor(common: Common, trust_clock: bool) -> int:
    """Look whether the desk is sound, and say what to do where it is not: then it ends with 1."""
    with open_run(common) as run:
        if trust_clock:
            run.actor.require(actors.Act.RUN_CAMPAIGN)
            clock_guard.clear(run.desk, run.actor.id)
        findings = examine(run.desk)
        sound = all(finding.sound for finding in findings)
        document = {
            "schema": "rightsdesk.doctor/1",
            "sound": sound,
            "findings": [asdict(finding) for finding in findings],
        }

        def human() -> None:
            table(
                "The desk",
                ("", "what", "found", "do"),
                [("ok" if f.sound else "!!", f.what, f.found, f.do) for f in findings],
            )

        run.answer(document, human)
    return 0 if sound else AnswerIsNo.exit_code
