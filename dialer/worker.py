"""`rightsdesk-dialer`: a process of its own, without keys, database or list of numbers.

It gets its token as one line of standard input, from the pipe of whoever started it, or
from a file that only it can read; for a real line its trunks are the next line of the pipe.
It knows the gateway by the address of its socket, or elsewhere by https. On standard output
it tells how far it is, one JSON document a line; no line of its output holds a number.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dialer.campaign import Running
from dialer.journal import Journal
from dialer.lines.lines import NAMES, SIMULATOR, made_line
from dialer.lines.port import Line
from privacy.errors import BadInput, RightsdeskError
from privacy.gateway.client import HTTPS, Client, Trust
from privacy.own_memory import keep_to_itself
from privacy.settings import state_of

LONGEST_TOKEN = 256
LONGEST_TRUNKS = 65_536


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a campaign and end the process with an exit code of the desk's."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run with `arguments`; 0 when nothing is left to call."""
    options = _options(arguments)
    keep_to_itself()
    try:
        token = _token(options.token_file)
        trust = Trust(options.ca_file, options.client_cert, options.client_key)
        client = Client(options.gateway, token, trust)
        line = _line(options)
        running = Running(
            client=client,
            line=line,
            journal=Journal(_journal(options)),
            campaign=options.campaign,
            resources=tuple(f"p-{n}" for n in range(options.channels)),
            report=_report,
            report_stop=_report_stop,
            patience_s=options.patience,
        )
        _stop_on_signals(running)
        try:
            running.run()
        finally:
            line.close()
            client.close()
    except RightsdeskError as error:
        _print({"error": error.document()["error"]})
        return error.exit_code
    _print({"done": True})
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="rightsdesk-dialer",
        description="Dials what the gateway permits. The token comes on standard input or"
        " from a file.",
        epilog="Example: rightsdesk-dialer --gateway https://desk.example:8443 --token-file token"
        " --ca-file ca.pem --campaign cm-…",
    )
    parser.add_argument("--gateway", required=True, metavar="URL", help="unix:PATH or https://…")
    parser.add_argument("--campaign", required=True, metavar="ID")
    parser.add_argument("--token-file", type=Path, help="file with the token, mode 0600")
    parser.add_argument("--ca-file", type=Path, help="who signs the gateway's certificate (PEM)")
    parser.add_argument("--client-cert", type=Path, help="this dialer's certificate (PEM)")
    parser.add_argument("--client-key", type=Path, help="key of this dialer's certificate (PEM)")
    parser.add_argument("--line", choices=NAMES, default=SIMULATOR)
    parser.add_argument("--channels", type=int, default=20, help="calls at once")
    parser.add_argument("--patience", type=float, default=0.0, help="seconds to wait for a turn")
    parser.add_argument("--journal", type=Path, help="file for opt-outs not told yet")
    parser.add_argument("--seed", type=int, default=1, help="simulator: outcomes")
    parser.add_argument("--speed", type=float, default=1.0, help="simulator: times faster")
    parser.add_argument("--simulator-log", type=Path, help="simulator: a line for each call")
    return parser.parse_args(arguments)


def _line(options: argparse.Namespace) -> Line:
    """The line that was asked for. BadInput if it cannot hold so many calls at once."""
    if options.line == SIMULATOR:
        # Only a simulation loads it.
        from dialer.lines.simulator import SimulatedLine

        return SimulatedLine(options.seed, speed=options.speed, log=options.simulator_log)
    line = made_line(options.line, _told(LONGEST_TRUNKS, "trunks"))
    most = line.capabilities.most_calls
    if most and options.channels > most:
        line.close()
        raise BadInput(
            f"One process holds {most} calls on this line.",
            what="--channels",
            next="Give fewer, or run a second dialer.",
        )
    return line


def _token(file: Path | None) -> str:
    """The token out of its file, which nobody else may read, or from standard input."""
    if file is None:
        return _told(LONGEST_TOKEN, "token")
    try:
        with file.open() as opened:
            private = not os.fstat(opened.fileno()).st_mode & 0o077
            token = opened.readline(LONGEST_TOKEN).strip()
    except (OSError, UnicodeDecodeError):
        private, token = True, ""
    if not private or not token:
        raise BadInput(
            "Others may read the token." if not private else "The token cannot be read.",
            what="--token-file",
            next="One line in a file of mode 0600 that belongs to the dialer's user.",
        )
    return token


def _journal(options: argparse.Namespace) -> Path | None:
    """Where opt-outs wait while the gateway is gone; elsewhere a dialer always has one."""
    given: Path | None = options.journal
    if given is not None or not options.gateway.startswith(HTTPS):
        return given
    return state_of("rightsdesk-dialer") / f"{options.campaign}.journal"


def _told(longest: int, what: str) -> str:
    """One line of standard input."""
    told = sys.stdin.readline(longest).strip()
    if not told:
        raise BadInput(
            f"The {what} is missing.", what="standard input", next="Give it as a line of a pipe."
        )
    return told


def _stop_on_signals(running: Running) -> None:
    """Asked to stop: no new call; those under way come to their end. Asked again: end them."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: running.stop())


def _report(outcomes: Counter[str]) -> None:
    _print({"outcomes": dict(outcomes)})


def _report_stop(calls: int, longest_s: int) -> None:
    _print({"stopping": {"calls": calls, "longest_s": longest_s}})


def _print(document: dict[str, object]) -> None:
    try:
        sys.stdout.write(json.dumps(document) + "\n")
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        # Whoever listened is gone; the calls under way matter more.
        return


if __name__ == "__main__":
    main()
