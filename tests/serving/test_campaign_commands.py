import json
from pathlib import Path

import pytest

from serving.loaded import load_champion
from tests.command_line import Recsys
from training.nightly import NightResult

PNG = b"\x89PNG\r\n\x1a\n"
pytestmark = pytest.mark.usefixtures("trained")


@pytest.fixture
def brand(trained: tuple[Path, NightResult]) -> str:
    """The brand with most products."""
    from recsys.release.store import ReleaseStore

    release = load_champion(ReleaseStore(trained[0]))
    codes = release.products.brand.codes.tolist()
    return str(release.products.brand.values[max(set(codes), key=codes.count)])


def test_a_plan_is_a_table_with_a_curve_and_says_when_to_stop(
    recsys: Recsys, trained: tuple[Path, NightResult], brand: str
) -> None:
    done = recsys("plan", brand, "--samples", "4", "--home", str(trained[0]))
    assert done.returncode == 0, done.stderr
    assert "samples, and new shoppers by then" in done.stdout
    assert "stop" in done.stdout
    asked = ("plan", brand, "--samples", "2", "--tiers", "nano=1", "--objective", "gmv", "--json")
    body = json.loads(recsys(*asked, "--home", str(trained[0])).stdout)
    assert body["tiers"]["nano"] >= 1
    assert len(body["samples"]) == 2


def test_a_plan_draws_its_curve(
    recsys: Recsys, trained: tuple[Path, NightResult], brand: str, tmp_path: Path
) -> None:
    asked = ("plan", brand, "--samples", "4", "--home", str(trained[0]), "--plot")
    done = recsys(*asked, str(tmp_path / "curve.png"))
    assert done.returncode == 0, done.stderr
    assert "samples, and new shoppers by then" in done.stdout
    assert (tmp_path / "curve.png").read_bytes().startswith(PNG)


def test_requests_are_approved_or_declined(
    recsys: Recsys, trained: tuple[Path, NightResult], brand: str
) -> None:
    body = json.loads(recsys("requests", brand, "--json", "--home", str(trained[0])).stdout)
    assert body["approved"] <= body["pending"] == len(body["requests"])
    done = recsys("requests", brand, "--home", str(trained[0]))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--samples", "0"), "samples: 0 is too few"),
        (
            ("--samples", "2", "--plot", "curve.svg"),
            "'curve.svg' is drawn as a PNG; give a name that ends in .png",
        ),
        (("--samples", "2", "--plot", "none/curve.png"), "No such file or directory: 'none/curve.png'"),
        (("--samples", "2", "--budget", "0"), "budget: 0.0 buys nothing"),
        (("--samples", "2", "--region", "us"), "the nearest is 'US'"),
        (("--samples", "2", "--tiers", "nano"), "--tiers: 'nano' is not a name and a count such as US=3"),
    ],
)
def test_what_cannot_be_meant_is_told(
    recsys: Recsys, trained: tuple[Path, NightResult], brand: str, arguments: tuple[str, ...], says: str
) -> None:
    done = recsys("plan", brand, *arguments, "--home", str(trained[0]))
    assert done.returncode == 2
    assert says in done.stderr
