"""Debian's Chromium, steered through its DevTools: what a phone and a keyboard make of a page."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx2
from websockets.sync.client import ClientConnection, connect


@dataclass
class Tab:
    """One tab; `look` and `press` act on what it shows."""

    socket: ClientConnection
    ids: Iterator[int] = field(default_factory=count)

    def command(self, method: str, **parameters: object) -> dict[str, object]:
        """What DevTools answers to a command; events in between are left out."""
        asked = next(self.ids)
        self.socket.send(json.dumps({"id": asked, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=30))
            if message.get("id") == asked:
                assert "error" not in message, message
                found: dict[str, object] = message["result"]
                return found

    def open(self, url: str) -> None:
        """Show a page, and wait until it is there."""
        self.command("Page.navigate", url=url)
        while not self.look("document.readyState === 'complete' && location.href !== 'about:blank'"):
            pass

    def shape(self, width: int, *, dark: bool) -> None:
        """A screen of so many pixels across, with a preference for dark or light pages."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=True
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])

    def look(self, expression: str) -> object:
        """The value of an expression, evaluated in the page."""
        found = self.command("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        result = found["result"]
        assert isinstance(result, dict)
        return result.get("value")

    def press(self, key: str, code: int) -> None:
        """Press and release a key."""
        for kind in ("rawKeyDown", "keyUp"):
            self.command("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)
        if key == "Enter":
            self.command("Input.dispatchKeyEvent", type="char", text="\r")


@contextmanager
def tab(chromium: str, profile: Path) -> Iterator[Tab]:
    """A tab of a browser of its own."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    command = [chromium, *options, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        ports = (re.search(r"DevTools listening on ws://([\d.]+:\d+)", line) for line in process.stderr)
        address = next(port[1] for port in ports if port)
        targets = httpx2.get(f"http://{address}/json").json()
        page = next(target for target in targets if target["type"] == "page")
        with connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
            yield Tab(socket)
        process.kill()
