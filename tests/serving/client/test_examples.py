"""The examples of the page about clients, run."""

import json
import re
import shlex
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.loaded import load_champion
from tests.serving.campaigning import with_campaigns
from tests.serving.marketplaces import Marketplace, publish

PAGE = (Path(__file__).parents[3] / "docs" / "python.md").read_text(encoding="utf-8")
# The hand-made marketplace under the names that the page uses.
NAMES = {"c000001": "dan", "b001": "glow", "p00042": "soap"}


def blocks(language: str, section: str) -> list[str]:
    text = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    for name, ours in NAMES.items():
        text = text.replace(name, ours)
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_client_does_what_the_page_shows(
    tmp_path: Path,
    market: Marketplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish(tmp_path, market)
    monkeypatch.setattr("serving.champion.load_champion", lambda store: with_campaigns(load_champion(store)))
    (example,) = blocks("python", "A client")
    with TestClient(create_app(tmp_path)) as service:
        monkeypatch.setattr(httpx2, "Client", lambda **given: service)
        exec(compile(example, "docs/python.md", "exec"), {})  # noqa: S102

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1 ")
    assert re.match(r"send \d of \['\w+', '\w+', '\w+'\]", lines[-3])
    assert lines[-2] == "kept 1"
    assert lines[-1] == "404 not-found no creator with the id 'nobody' in this release"


def test_every_curl_is_answered(campaign_client: TestClient) -> None:
    (example,) = blocks("sh", "curl")
    for line in example.splitlines():
        program, *arguments = shlex.split(line)
        url = arguments[-1].removeprefix("http://127.0.0.1:8000")
        body = json.loads(arguments[arguments.index("-d") + 1]) if "-d" in arguments else None
        answer = campaign_client.request("GET" if body is None else "POST", url, json=body)
        assert (program, answer.status_code) == ("curl", 200), line
