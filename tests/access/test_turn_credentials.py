"""TURN credentials in coturn's REST scheme."""

from datetime import UTC, datetime

from videocall.access.turn import IceRules, credentials


def test_credentials_are_those_coturn_computes_itself() -> None:
    # echo -n 1795219200:peer | openssl dgst -sha1 -hmac north -binary | base64
    until = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    assert credentials("north", "peer", until) == (
        "1795219200:peer",
        "t8P1KD3piSsPQIrIs/s10UfLEFU=",
    )


def test_without_configuration_no_server_is_named() -> None:
    rules = IceRules()
    assert rules.stun_urls == rules.turn_urls == ()
