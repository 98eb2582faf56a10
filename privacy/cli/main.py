"""The command `rightsdesk`: names of its nouns, and the one place where errors end.

A noun's module is imported only when it is called, so that `--help` answers at
once. A failure is one message on stderr, or with `--json` one document on
stdout; the exit code is the error's own.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from pathlib import Path

import click

from privacy.cli.options import Common, common_options
from privacy.cli.showing import show_error
from privacy.errors import BadInput, Fault, Interrupted, MachineFailed, RightsdeskError
from privacy.own_memory import keep_to_itself

# noun: (module, attribute, one line of help); the module is loaded when the noun is called.
NOUNS: dict[str, tuple[str, str, str]] = {
    "demo": ("privacy.cli.demo", "demo", "The main job end to end on a demo desk."),
    "init": ("privacy.cli.desk", "init", "Make a new desk."),
    "upgrade": ("privacy.cli.desk", "upgrade_desk", "Bring a desk to this release's tables."),
    "config": ("privacy.cli.desk", "config", "Show or set what desk.toml says."),
    "doctor": ("privacy.cli.desk", "doctor", "Look whether the desk is sound."),
    "today": ("privacy.cli.today", "today", "What is overdue, due, or waits for me."),
    "work": ("privacy.cli.work", "work", "Timed work: run by the system's timer."),
    "actor": ("privacy.cli.actor", "group", "Who acts, in which role."),
    "contacts": ("privacy.cli.contacts", "group", "Import, find, show, split, export."),
    "consent": ("privacy.cli.consent", "group", "Record, withdraw, correct, show."),
    "notice": ("privacy.cli.notice", "group", "Texts shown when consent was asked."),
    "optout": ("privacy.cli.optout", "optout", "Suppress a number or e-mail for everything."),
    "register": ("privacy.cli.register", "group", "Do-not-call registers."),
    "request": ("privacy.cli.request", "group", "Rights requests on their clocks."),
    "disclosure": ("privacy.cli.disclosure", "group", "Who received what of whom, when, why."),
    "letter": ("privacy.cli.letter", "group", "Letters by law and language, and own words."),
    "intake": ("privacy.cli.intake", "group", "What comes in: mail, paper, calls, agents, forms."),
    "breach": ("privacy.cli.breach", "group", "Breaches: 72 hours, affected, notices."),
    "evidence": ("privacy.cli.evidence", "group", "Policies, training, contracts by clause."),
    "hold": ("privacy.cli.hold", "group", "Legal holds, which stop an erasure."),
    "retention": ("privacy.cli.retention", "group", "How long what is kept; dry runs."),
    "law": ("privacy.cli.law", "group", "Facts in, answer out; no desk needed."),
    "campaign": ("privacy.cli.campaign", "group", "Campaigns and their candidates."),
    "trunk": ("privacy.cli.trunk", "group", "Lines to the telephone network and their limits."),
    "dial": ("privacy.cli.dial", "dial", "Run a campaign: gateway and dialer."),
    "gateway": ("privacy.cli.gateway", "group", "The dialer's door, alone."),
    "vendor": ("privacy.cli.vendor", "group", "Third-party dialers: may we use them?"),
    "datamap": ("privacy.cli.datamap", "group", "What is processed, why, with whom, how long."),
    "assessment": ("privacy.cli.assessment", "group", "DPIA and legitimate-interest assessments."),
    "report": ("privacy.cli.report", "report", "Write a report as PDF."),
    "verify-report": ("privacy.cli.verify_report", "verify_report", "Compute a report anew."),
    "audit": ("privacy.cli.audit", "group", "Show, verify and export the log."),
    "keys": ("privacy.cli.keys", "group", "Epochs and custody."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        module, attribute, _ = NOUNS[cmd_name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, _, help_text) in NOUNS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: rightsdesk demo --out demo",
)
@click.version_option(package_name="rightsdesk")
@common_options
def root(common: Common) -> None:
    """rightsdesk, the privacy desk of a data protection officer."""


def main() -> None:
    """Run the command and end the process with its exit code."""
    # Before any secret is read: most commands hold keys of the desk.
    keep_to_itself()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with `arguments` and return the exit code; never raises."""
    as_json = "--json" in arguments
    try:
        answer = root.main(args=arguments, prog_name="rightsdesk", standalone_mode=False)
    except RightsdeskError as error:
        return show_error(error, as_json)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as bare:
        if as_json:
            return show_error(_usage(bare), as_json)
        click.echo(bare.ctx.get_help() if bare.ctx else "", err=True)
        return BadInput.exit_code
    except click.UsageError as wrong:
        return show_error(_usage(wrong), as_json)
    except click.FileError:
        unreadable = BadInput("A file cannot be read.", what="file", next="Check its path.")
        return show_error(unreadable, as_json)
    except (click.Abort, KeyboardInterrupt):
        return show_error(
            Interrupted("Interrupted.", next="Run the command again; it goes on."), as_json
        )
    except BrokenPipeError:
        return MachineFailed.exit_code
    except OSError as error:
        return show_error(_machine(error), as_json)
    except Exception as error:  # noqa: BLE001 - the last resort, and it is shown
        return show_error(_fault(error), as_json)
    return answer if isinstance(answer, int) else 0


def _usage(wrong: click.UsageError) -> BadInput:
    # click's message can quote an argument's value; its option or command name is enough.
    name = getattr(getattr(wrong, "param", None), "name", None) or getattr(
        wrong, "option_name", None
    )
    path = wrong.ctx.command_path if wrong.ctx else "rightsdesk"
    about = f" at {name}" if name else ""
    kind = {
        "NoSuchOption": "There is no such option",
        "MissingParameter": "Something is missing",
        "BadParameter": "A value cannot be read",
    }.get(type(wrong).__name__, "The command cannot be read")
    return BadInput(
        f"{kind}{about}.", what=name or path, next=f"See `{path} --help` for an example."
    )


def _machine(error: OSError) -> MachineFailed:
    from privacy.vault.files import reason_of

    return MachineFailed(
        f"This machine refused: {reason_of(error)}.",
        what="file",
        next="Mend it and run the command again; what was confirmed is saved.",
    )


def _fault(error: Exception) -> Fault:
    # A traceback can hold values of local variables and messages; places and types cannot.
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f"{Path(__file__).parent.parent.parent}" in f.filename]
    place = ours[-1] if ours else frames[-1]
    return Fault(
        f"A fault of rightsdesk: {type(error).__name__}.",
        what=f"{Path(place.filename).name}:{place.lineno}",
        next="What was confirmed is saved. Please report the fault with this line.",
    )
