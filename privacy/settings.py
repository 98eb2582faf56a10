"""Settings as one value: where the desk is, who acts, and what the desk's config says.

The environment is read here and nowhere else. `desk.toml` in the desk folder
holds what is not secret; secrets come from files named by option or variable,
or from a prompt, never from an argument or a plain environment value.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from privacy.desk_tables import Branding, Reports, ReportSigning, VendorGate
from privacy.errors import BadInput, Damaged, DeskSealed

CONFIG_FILE = "desk.toml"
LONGEST_SECRET_BYTES = 4096
DESK_ID = re.compile(r"d-[a-z2-7]{26}")


@dataclass(frozen=True)
class Controller:
    """Who is responsible for the data; printed in letters and reports.

    `address`: lines of the postal address, separated by semicolons. `language`: of letters to
    whom no other is known (ISO 639-1; "": English). `representative`: in the Union
    or another country, with address. `opt_out_address`: where one opts out of sale and sharing;
    "" says that nothing is sold or shared.
    """

    name: str = "The controller"
    contact: str = ""
    dpo_contact: str = ""
    law: str = "EU_GDPR"
    zone: str = "UTC"
    holiday_calendar: str = "DE-BE"
    address: str = ""
    language: str = ""
    representative: str = ""
    privacy_policy: str = ""
    opt_out_address: str = ""


@dataclass(frozen=True)
class MailServer:
    """The server that takes the desk's mail; without a host nothing is sent.

    `security` is starttls, tls, or none for a server on this machine. The password stands in
    a file, never here. `ca_file`: certificates to trust instead of the system's.
    `personal_letters`: pdf where letters that hold details of a person may go as a PDF beside
    a notice; "" where they never go by mail.
    `received_by`: names of the controller's own servers that take mail in, as they stand in
    Received headers, separated by commas.
    """

    host: str = ""
    port: str = "587"
    security: str = "starttls"
    sender: str = ""
    user: str = ""
    password_file: str = ""
    ca_file: str = ""
    received_by: str = ""
    personal_letters: str = ""


@dataclass(frozen=True)
class NetworkDoor:
    """Where `gateway serve` listens for dialers elsewhere; without `tls_cert` it does not.

    PEM files: the gateway's certificate chain and key, and in `client_ca` who signs the
    certificates of dialers, where they must show one.
    """

    host: str = "127.0.0.1"
    port: str = "8443"
    tls_cert: str = ""
    tls_key: str = ""
    client_ca: str = ""


@dataclass(frozen=True)
class Trunk:
    """A way to the telephone network: a SIP trunk or a PBX; several stand in order of preference.

    `kind` is sip, ari or esl; `server` host or host:port. `register` is yes where a SIP account
    registers, else the trunk knows this machine by its address. `endpoint` says how a PBX dials,
    with {number}; `sounds` where it finds prompts, by SHA-256. The password stands in a file.
    """

    name: str
    server: str = ""
    kind: str = "sip"
    transport: str = "udp"
    user: str = ""
    password_file: str = ""
    register: str = ""
    local: str = ""
    endpoint: str = ""
    sounds: str = "rightsdesk"

    @property
    def registers(self) -> bool:
        return self.register == "yes"


TRUNK_KINDS = ("sip", "ari", "esl")
TRUNK_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


@dataclass(frozen=True)
class DeskConfig:
    """What `desk.toml` says. `state_dir` is relative to the desk folder or absolute."""

    desk_id: str
    demo: bool = False
    main_url: str = ""
    vault_url: str = ""
    state_dir: str = ""
    epoch_copies: tuple[str, ...] = ()
    region: str = ""
    controller: Controller = field(default_factory=Controller)
    mail: MailServer = field(default_factory=MailServer)
    gateway: NetworkDoor = field(default_factory=NetworkDoor)
    signing: ReportSigning = field(default_factory=ReportSigning)
    brand: Branding = field(default_factory=Branding)
    reports: Reports = field(default_factory=Reports)
    vendors: VendorGate = field(default_factory=VendorGate)
    trunks: tuple[Trunk, ...] = ()


Table = Controller | MailServer | NetworkDoor | ReportSigning | Branding | Reports | VendorGate
TABLES: dict[str, type[Table]] = {
    "controller": Controller,
    "mail": MailServer,
    "gateway": NetworkDoor,
    "signing": ReportSigning,
    "brand": Branding,
    "reports": Reports,
    "vendors": VendorGate,
}


@dataclass(frozen=True)
class Settings:
    """One run's settings. Paths may not exist yet."""

    desk_dir: Path
    state_base: Path | None
    passphrase_file: Path | None
    actor: str
    actor_secret_file: Path | None


def from_environment(
    environment: Mapping[str, str],
    *,
    desk: str | None = None,
    actor: str | None = None,
    passphrase_file: str | None = None,
) -> Settings:
    """Settings from options, then variables, then the platform's directories."""
    chosen = desk or environment.get("RIGHTSDESK_DESK")
    state = environment.get("RIGHTSDESK_STATE")
    passphrase = passphrase_file or environment.get("RIGHTSDESK_PASSPHRASE_FILE")
    if not passphrase and environment.get("CREDENTIALS_DIRECTORY"):
        credential = Path(environment["CREDENTIALS_DIRECTORY"]) / "rightsdesk.passphrase"
        passphrase = str(credential) if credential.exists() else None
    secret = environment.get("RIGHTSDESK_ACTOR_SECRET_FILE")
    return Settings(
        desk_dir=Path(chosen).absolute() if chosen else _platform_dir("data"),
        state_base=Path(state).absolute() if state else None,
        passphrase_file=Path(passphrase) if passphrase else None,
        actor=actor or environment.get("RIGHTSDESK_ACTOR", ""),
        actor_secret_file=Path(secret) if secret else None,
    )


def read_secret(path: str) -> str:
    """The first 4,096 bytes of a secret's file, without the line end. BadInput if unreadable."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LONGEST_SECRET_BYTES)
        return content.decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            "The file with the secret cannot be read.",
            what="secret file",
            next="Check its path and that you may read it.",
        ) from None


def _platform_dir(kind: str) -> Path:
    import platformdirs

    if kind == "data":
        return Path(platformdirs.user_data_dir("rightsdesk"))
    return Path(platformdirs.user_state_dir("rightsdesk"))


def state_of(program: str) -> Path:
    """The folder of the platform where that program of one user keeps what must survive."""
    import platformdirs

    return Path(platformdirs.user_state_dir(program))


def state_folder(settings: Settings, config: DeskConfig) -> Path:
    """The state directory of this desk: variable, then config, then the platform's."""
    if settings.state_base is not None:
        base = settings.state_base
    elif config.state_dir:
        base = settings.desk_dir / config.state_dir
    else:
        base = _platform_dir("state")
    return base / config.desk_id


def load_config(desk_dir: Path) -> DeskConfig:
    """Read `desk.toml`. DeskSealed when there is no desk, Damaged when it cannot be read."""
    path = desk_dir / CONFIG_FILE
    if not path.is_file():
        raise DeskSealed(
            "There is no desk in this folder.",
            what=CONFIG_FILE,
            next="Give --desk DIR, or make one with `rightsdesk init`.",
        )
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        return _config(document)
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError):
        raise Damaged(
            "The desk's config file cannot be read.",
            what=CONFIG_FILE,
            next="Mend desk.toml, or restore it from a backup; the databases are untouched.",
        ) from None


def _config(document: dict[str, Any]) -> DeskConfig:
    desk_id = str(document["desk_id"])
    if not DESK_ID.fullmatch(desk_id):
        raise ValueError("desk_id")
    plain = {key: document[key] for key in document if key not in (*TABLES, "trunks")}
    copies = plain.setdefault("epoch_copies", [])
    inner = {name: document.get(name, {}) for name in TABLES}
    if not all(isinstance(table, dict) for table in inner.values()):
        raise TypeError("desk.toml")
    held = [value for table in inner.values() for value in table.values()]
    texts = [value for key, value in plain.items() if key not in ("demo", "epoch_copies")]
    if not isinstance(plain.get("demo", False), bool) or not isinstance(copies, list):
        raise TypeError("desk.toml")
    if not all(isinstance(value, str) for value in (*texts, *copies, *held)):
        raise TypeError("desk.toml")
    plain["epoch_copies"] = tuple(copies)
    config = DeskConfig(
        **plain,
        controller=Controller(**inner["controller"]),
        mail=MailServer(**inner["mail"]),
        signing=ReportSigning(**inner["signing"]),
        brand=Branding(**inner["brand"]),
        reports=Reports(**inner["reports"]),
        vendors=VendorGate(**inner["vendors"]),
        gateway=NetworkDoor(**inner["gateway"]),
        trunks=tuple(_trunk(name, held) for name, held in document.get("trunks", {}).items()),
    )
    if not is_zone(config.controller.zone):
        raise ValueError("controller.zone")
    return config


def _trunk(name: str, held: Any) -> Trunk:
    if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
        raise TypeError("trunks")
    trunk = Trunk(name=name, **held)
    if not TRUNK_NAME.fullmatch(name) or trunk.kind not in TRUNK_KINDS:
        raise ValueError("trunks")
    return trunk


def is_zone(name: str) -> bool:
    """Whether the time zone data know this name, such as Europe/Berlin."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def dump_config(config: DeskConfig) -> str:
    """`desk.toml` text of a config; `load_config` reads back an equal value.

    BadInput for text that TOML cannot hold, and for a zone that does not exist: such a
    desk would not open again.
    """
    if not is_zone(config.controller.zone):
        raise BadInput(
            "There is no such time zone.",
            what="controller.zone",
            next="Give a name of the IANA time zone database, such as Europe/Berlin.",
        )
    document = asdict(config)
    inner = {name: document.pop(name) for name in TABLES}
    trunks = {f"trunks.{held.pop('name')}": held for held in document.pop("trunks")}
    lines = [f"{key} = {_toml(value)}" for key, value in document.items()]
    for name, values in (inner | trunks).items():
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    if not text.isprintable():
        raise BadInput(
            "A setting holds characters that cannot be shown.",
            what="setting",
            next="Leave out control characters and line ends.",
        )
    return f'"{text}"'
