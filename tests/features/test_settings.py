from pathlib import Path

import pytest

from features.settings import MarketplaceSettings
from recsys.errors import DataError


def _write(folder: Path, content: str | bytes) -> Path:
    raw = content.encode() if isinstance(content, str) else content
    (folder / "marketplace.toml").write_bytes(raw)
    return folder


def test_a_marketplace_without_the_file_has_the_defaults(tmp_path: Path) -> None:
    assert MarketplaceSettings.beside(tmp_path) == MarketplaceSettings(
        currency="USD", horizon_days=14.0, half_life_days=30.0, refund_days=21.0, allowed_bad_share=0.0
    )


def test_every_key_is_read(tmp_path: Path) -> None:
    _write(
        tmp_path,
        'currency = "EUR"\nhorizon_days = 7\nhalf_life_days = 21.5\nrefund_days = 30\n'
        "allowed_bad_share = 0.01\n",
    )
    assert MarketplaceSettings.beside(tmp_path) == MarketplaceSettings(
        currency="EUR", horizon_days=7.0, half_life_days=21.5, refund_days=30.0, allowed_bad_share=0.01
    )


def test_the_training_section_is_read_too_and_absent_keys_keep_their_default(tmp_path: Path) -> None:
    _write(tmp_path, 'currency = "EUR"\n[training]\nhorizon_days = 7\n')
    assert MarketplaceSettings.beside(tmp_path) == MarketplaceSettings(currency="EUR", horizon_days=7.0)


def test_the_file_lies_beside_a_database(tmp_path: Path) -> None:
    _write(tmp_path, "horizon_days = 3\n")
    assert MarketplaceSettings.beside(tmp_path / "export.duckdb").horizon_days == 3.0


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("horizon = 7", "unknown key 'horizon'; known are currency, horizon_days"),
        ("[training]\nspeed = 7", "unknown key 'speed'"),
        ("[tuning]\nspeed = 7", "unknown key 'tuning'"),
        ('horizon_days = "7"', "horizon_days is '7', it must be a number"),
        ("horizon_days = true", "horizon_days is True, it must be a number"),
        ("currency = 5", "currency is 5, it must be a text"),
        ("training = 5", ""),
        ("horizon_days = 0", "must be above 0"),
        ("half_life_days = -1", "must be above 0"),
        ("horizon_days = nan", "must be above 0"),
        ("half_life_days = inf", "must be above 0 and finite"),
        ("refund_days = -1", "refund_days must be at least 0 and finite, not -1"),
        ("refund_days = inf", "refund_days must be at least 0 and finite"),
        ("refund_days = nan", "refund_days must be at least 0 and finite"),
        ("allowed_bad_share = 1", "at least 0 and below 1, not 1"),
        ("allowed_bad_share = -0.1", "at least 0 and below 1"),
        ("horizon_days = ", ""),
        (b"currency = '\xff'", "utf-8"),
    ],
)
def test_a_fault_is_refused_with_the_file_named(tmp_path: Path, content: str | bytes, fault: str) -> None:
    with pytest.raises(DataError) as refused:
        MarketplaceSettings.beside(_write(tmp_path, content))
    assert str(refused.value).startswith(f"{tmp_path / 'marketplace.toml'}: ")
    assert fault in str(refused.value)
    assert "docs/data-contract.md lists its keys" in str(refused.value)


def test_momentum_is_half_a_horizon_and_at_least_a_day() -> None:
    assert MarketplaceSettings(horizon_days=14).momentum_days == 7
    assert MarketplaceSettings(horizon_days=0.5).momentum_days == 1


def test_sales_of_a_market_without_returns_are_settled_at_once() -> None:
    assert MarketplaceSettings(refund_days=0).refund_days == 0
