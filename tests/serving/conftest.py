from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from recsys.release.store import ReleaseStore
from serving.app import create_app
from serving.loaded import load_champion
from serving.matcher import Matcher
from tests.serving.campaigning import with_campaigns
from tests.serving.marketplaces import Marketplace, generated, hand_made, publish
from tests.serving.values import with_values


@pytest.fixture(scope="session")
def market() -> Marketplace:
    return hand_made()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, market: Marketplace) -> Path:
    """A home whose champion is the hand-made marketplace; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("home")
    publish(folder, market)
    return folder


@pytest.fixture(scope="session")
def matcher(home: Path) -> Matcher:
    return Matcher(load_champion(ReleaseStore(home)))


@pytest.fixture(scope="session")
def valued_matcher(matcher: Matcher) -> Matcher:
    """The hand-made marketplace with a value model."""
    return Matcher(with_values(matcher.release))


@pytest.fixture(scope="session")
def large_market() -> Marketplace:
    return generated(seed=7, n_creators=25, n_products=40)


@pytest.fixture(scope="session")
def large_matcher(tmp_path_factory: pytest.TempPathFactory, large_market: Marketplace) -> Matcher:
    folder = tmp_path_factory.mktemp("large")
    publish(folder, large_market)
    return Matcher(load_champion(ReleaseStore(folder)))


@pytest.fixture(scope="session")
def large_valued_matcher(large_matcher: Matcher) -> Matcher:
    return Matcher(with_values(large_matcher.release))


@pytest.fixture
def valued_client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The service of a release with values."""
    monkeypatch.setattr("serving.champion.load_champion", lambda store: with_values(load_champion(store)))
    with TestClient(create_app(home)) as client:
        yield client


@pytest.fixture
def campaign_client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The service of a release with shoppers and an application."""
    monkeypatch.setattr(
        "serving.champion.load_champion",
        lambda store: with_campaigns(load_champion(store), ("a1", "dan", "cream", "PENDING")),
    )
    with TestClient(create_app(home)) as client:
        yield client


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(home)) as client:
        yield client
