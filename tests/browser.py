"""Headless Chromium driven over its debugging pipe: one page from a file, with real events.

The protocol is DevTools' own: JSON ended by a zero byte, written to descriptor 3 and read
from 4. Nothing listens on a port.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.needed import need

# Moves the two ends to where Chromium looks for them.
START = 'exec "$0" "$@" 3<&"$IN" 4>&"$OUT"'


class Browser:
    """One tab. `said`: what its console and its policy complained of."""

    def __init__(self, reading: int, writing: int, folder: Path) -> None:
        self._in = os.fdopen(reading, "rb")
        self._out = os.fdopen(writing, "wb")
        self._number = 0
        self._session = ""
        self._folder = folder
        self._events: list[dict[str, Any]] = []
        self.said: list[str] = []
        self.asked: list[str] = []

    def begin(self) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Browser.setDownloadBehavior",
            behavior="allow",
            downloadPath=str(self._folder),
            eventsEnabled=True,
        )

    def close(self) -> None:
        self._in.close()
        with contextlib.suppress(BrokenPipeError):
            self._out.close()

    def open(self, page: Path) -> None:
        self._events.clear()
        self.call("Page.navigate", url=page.as_uri())
        self.wait("Page.loadEventFired")

    def run(self, script: str) -> Any:
        """The value of an expression in the page; AssertionError if it throws."""
        told = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def choose(self, selector: str, *paths: Path) -> None:
        """Give files to a file input, as a person does."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while True:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, (method, told["error"])
                return dict(told["result"])
            self._events.append(told)

    def wait(self, event: str, **fields: str) -> dict[str, Any]:
        """The next event of that name whose fields are those."""
        while True:
            told = self._events.pop(0) if self._events else self._next()
            held = told.get("params", {})
            if told.get("method") == event and fields.items() <= held.items():
                return dict(held)

    def _next(self) -> dict[str, Any]:
        content = bytearray()
        while (byte := self._in.read(1)) != b"\0":
            assert byte, "the browser ended"
            content += byte
        told = dict(json.loads(content))
        if told.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
            self.said.append(json.dumps(told["params"]))
        if told.get("method") == "Network.requestWillBeSent":
            url = told["params"]["request"]["url"]
            # The browser's own pictures of controls are data of its own.
            if not url.startswith("data:"):
                self.asked.append(url)
        return told


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser whose downloads come into `folder`."""
    program = shutil.which("chromium")
    need(program is not None, "chromium is missing")
    assert program is not None
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-extensions",
        "--no-first-run",
        f"--user-data-dir={folder / 'profile'}",
        "--remote-debugging-pipe",
    ]
    running = subprocess.Popen(
        ["bash", "-c", START, program, *arguments],
        pass_fds=(theirs_in, theirs_out),
        env={**os.environ, "IN": str(theirs_in), "OUT": str(theirs_out)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    one = Browser(ours_in, ours_out, folder)
    try:
        one.begin()
        yield one
    finally:
        running.terminate()
        running.wait(20)
        one.close()
