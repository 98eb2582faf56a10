"""`rightsdesk campaign prompt`: what people hear. Made before a campaign starts, never later."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table
from privacy.clock import instant, rfc3339
from privacy.errors import BadInput
from privacy.gateway import prompts, speech, wording
from privacy.gateway.campaigns import Campaign, campaign_of
from privacy.gateway.prompts import NewPrompt, Role
from privacy.gateway.speech import Spoken
from privacy.gateway.wishes import language_code
from privacy.terms import KekKind

SCHEMA = "rightsdesk.campaign-prompt/1"
ROLES = [role.value for role in Role]


@click.group(epilog="Example: rightsdesk campaign prompt list cm-…")
def prompt() -> None:
    """What people hear: the prompt, the confirmation of an opt-out, the safe-harbour message."""


@prompt.command(
    "set", epilog="Example: rightsdesk campaign prompt set cm-… --language de --text - < worte.txt"
)
@click.argument("campaign")
@click.option("--language", help="Language of the words; default: the campaign's.")
@click.option("--role", type=click.Choice(ROLES), default=ROLES[0], show_default=True)
@click.option("--text", metavar="FILE|-", help="The words; default: the campaign's script.")
@click.option("--wav", metavar="FILE", type=click.Path(path_type=Path), help="A recording of them.")
@click.option("--why", default="", help="The words in it that say why you call.")
@click.option("--voice", help="Voice of espeak-ng; default: the language's.")
@click.option("--key-by", type=float, help="Recording: seconds by which the key was offered.")
@common_options
def set_prompt(
    common: Common,
    campaign: str,
    language: str | None,
    role: str,
    text: str | None,
    wav: Path | None,
    why: str,
    voice: str | None,
    key_by: float | None,
) -> None:
    """Speak words with espeak-ng, or take a recording, and keep it.

    A prompt says who calls and why first, then at once how to opt out. Confirmation and
    safe-harbour message are made with it in English, German, French, Spanish, Italian.
    """
    with open_run(common, (KekKind.CALL,)) as run:
        with run.desk.reading() as db:
            held = campaign_of(db, campaign)
            kept = {(one.language, one.role) for one in prompts.in_use(db, campaign)}
        making = _Making(run, held, _language(language, held), voice or "")
        words = _words(text) if text else held.script
        news = [making.new(Role(role), words, wav, why, key_by)]
        if role == Role.PROMPT.value:
            news += making.beside(kept)
        digests = prompts.keep(run.desk, run.actor, news)
        made = [
            {
                "role": new.role.value,
                "language": new.language,
                "sha256": digest,
                "seconds": new.spoken.length_ms / 1_000,
                "key_by_s": new.key_by_ms / 1_000,
                "engine": new.spoken.engine,
            }
            for new, digest in zip(news, digests, strict=True)
        ]
        document = {"schema": SCHEMA, "campaign": campaign, "made": made}
        run.answer(document, lambda: table("", list(made[0]), [list(one.values()) for one in made]))


class _Making:
    """Sounds of one language of one campaign."""

    def __init__(self, run: Run, campaign: Campaign, language: str, voice: str) -> None:
        self._campaign = campaign
        self._language = language
        self._voice = voice or language
        self._caller = campaign.caller(run.desk.config.controller.name)

    def new(
        self, role: Role, words: str, wav: Path | None, why: str, key_by: float | None
    ) -> NewPrompt:
        """One sound, looked at before it is kept."""
        key_by_ms = 0
        if role is Role.PROMPT:
            if not why:
                raise BadInput(
                    "It is not told which words say why you call.",
                    what="--why",
                    next='Give them as they stand in the prompt: --why "our autumn offer".',
                )
            begun = wording.opening(words, caller=self._caller, why=why, **self._key())
            key_by_ms = self._key_by_ms(begun.text, wav, key_by)
            wording.require_in_time(key_by_ms)
        if role is Role.SAFE_HARBOUR:
            wording.require_harbour(words, caller=self._caller, **self._key())
        spoken = speech.recorded(wav) if wav else speech.speak(words, self._voice)
        return self._of(role, words, spoken, key_by_ms)

    def beside(self, kept: set[tuple[str, str]]) -> list[NewPrompt]:
        """Confirmation and safe-harbour message; those that are there already stay."""
        fixed = (Role.CONFIRMATION, Role.SAFE_HARBOUR)
        missing = [r for r in fixed if (self._language, r.value) not in kept]
        if not missing:
            return []
        texts = wording.fixed(
            self._language,
            caller=self._caller,
            number=self._campaign.caller_id,
            key=self._campaign.opt_out_key,
        )
        return [
            self._of(role, texts[role.value], speech.speak(texts[role.value], self._voice), 0)
            for role in missing
        ]

    def _key(self) -> dict[str, str]:
        return {"key": self._campaign.opt_out_key, "language": self._language}

    def _key_by_ms(self, words: str, wav: Path | None, told: float | None) -> int:
        """By when the key has been offered: measured in speech, told for a recording."""
        if wav is None:
            return speech.speak(words, self._voice).length_ms
        if told is None:
            raise BadInput(
                "By when a recording has offered the key cannot be measured.",
                what="--key-by",
                next="Listen to it and give the seconds.",
            )
        return int(told * 1_000)

    def _of(self, role: Role, words: str, spoken: Spoken, key_by_ms: int) -> NewPrompt:
        return NewPrompt(self._campaign.id, self._language, role, words, spoken, key_by_ms)


@prompt.command("list", epilog="Example: rightsdesk campaign prompt list cm-…")
@click.argument("campaign")
@common_options
def list_prompts(common: Common, campaign: str) -> None:
    """The sounds in use, by language and role."""
    with open_run(common, (KekKind.CALL,)) as run:
        with run.desk.reading() as db:
            campaign_of(db, campaign)
            found = prompts.in_use(db, campaign)
        shown = [{**asdict(one), "made_at": rfc3339(instant(one.made_at))} for one in found]
        columns = ["language", "role", "engine", "length_ms", "key_by_ms", "sha256"]

        def human() -> None:
            rows = [[one[name] for name in columns] for one in shown]
            table("", columns, rows, "None yet: rightsdesk campaign prompt set.")

        run.answer({"schema": SCHEMA, "campaign": campaign, "prompts": shown}, human)


@prompt.command("said", epilog="Example: rightsdesk campaign prompt said at-…")
@click.argument("attempt")
@common_options
def said(common: Common, attempt: str) -> None:
    """What an attempt had to say: text, voice, engine, format and digest of each sound."""
    with open_run(common, (KekKind.CALL,)) as run:
        with run.desk.reading() as db:
            found = prompts.said(db, attempt)
        shown = [asdict(one) for one in found.values()]
        columns = ["role", "language", "engine", "voice", "format", "sha256", "text"]

        def human() -> None:
            rows = [[one[name] for name in columns] for one in shown]
            table("", columns, rows, "No sound was kept with it: a simulator, or no such attempt.")

        run.answer({"schema": SCHEMA, "attempt": attempt, "said": shown}, human)


@prompt.command(
    "hear", epilog="Example: rightsdesk campaign prompt hear cm-… --language de --out prompt.wav"
)
@click.argument("campaign")
@click.option("--language", help="Default: the campaign's.")
@click.option("--role", type=click.Choice(ROLES), default=ROLES[0], show_default=True)
@click.option("--out", metavar="FILE|-", required=True, help="Where to write the WAV file.")
@common_options
def hear(common: Common, campaign: str, language: str | None, role: str, out: str) -> None:
    """Write a sound as a WAV file, to listen to it or to give it to a PBX."""
    with open_run(common, (KekKind.CALL,)) as run:
        with run.desk.reading() as db:
            wanted = (_language(language, campaign_of(db, campaign)), role)
            held = {(one.language, one.role): one for one in prompts.in_use(db, campaign)}
            if wanted not in held:
                raise BadInput(
                    "There is no such sound.", what=" ".join(wanted), next="See `prompt list`."
                )
            wav = prompts.wav_of(db, [campaign], held[wanted].sha256)
        if out == "-":
            sys.stdout.buffer.write(wav)
            return
        _write(Path(out), wav)
        document = {"schema": SCHEMA, "campaign": campaign, "sha256": held[wanted].sha256}
        run.answer({**document, "bytes": len(wav)}, lambda: console().print(f"Written: {out}"))


def _language(told: str | None, campaign: Campaign) -> str:
    """The code of a language, as persons' languages are compared with it; the campaign's own."""
    if told is None or told == campaign.language:
        return campaign.language
    code = language_code(told)
    if not code:
        raise BadInput(
            "This is no language.", what="--language", next="Give a code such as de, or a name."
        )
    return code


def _words(name: str) -> str:
    try:
        words = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            "The words cannot be read as UTF-8 text.", what="--text", next="Check the file."
        ) from None
    return " ".join(words.split())


def _write(path: Path, wav: bytes) -> None:
    try:
        path.write_bytes(wav)
    except OSError:
        raise BadInput(
            "The WAV file cannot be written.", what="--out", next="Check its folder."
        ) from None
