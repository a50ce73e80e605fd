"""The configuration: every key documented, every mistake named, nothing guessed."""

import os
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from videocall.config import Config, load
from videocall.errors import ConfigError

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def loaded(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text)
    return load(path)


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as refusal:
        loaded(folder, text)
    assert "\n" not in refusal.value.text
    return refusal.value.text


def test_an_empty_file_means_the_defaults(folder: Path) -> None:
    config = loaded(folder, "")
    assert msgspec.structs.replace(config, folder=Path()) == Config()
    assert config.database == folder / "videocall.db"


def test_the_example_names_every_key_once_with_its_default() -> None:
    defaults = msgspec.to_builtins(Config(), enc_hook=str)
    del defaults["folder"]
    assert tomllib.loads(EXAMPLE.read_text()) == defaults


def test_the_example_explains_every_key() -> None:
    explained = False
    unexplained = []
    for line in EXAMPLE.read_text().splitlines():
        if line.startswith("#"):
            explained = True
        elif not line or line.startswith("["):
            explained = False
        elif not explained:
            unexplained.append(line)
    assert unexplained == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[door]\nopen_before_min = 5", ["door.open_before_min", "did you mean opens_before_min"]),
        ("[dor]\n", ["[dor]", "did you mean door"]),
        ("[door]\nxyz = 5", ["door.xyz", "opens_before_min", "closes_after_min"]),
        ("port = 1", ["port", "server"]),
        ("server = 1", ["server", "[server]"]),
        ('folder = "/tmp"', ["folder"]),
    ],
)
def test_a_typo_is_named_with_the_nearest_key(folder: Path, text: str, words: list[str]) -> None:
    said = complaint(folder, text)
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("server", "port", '"8080"'),
        ("server", "port", "-1"),
        ("server", "port", "65536"),
        ("server", "port", "true"),
        ("server", "port", "80.5"),
        ("server", "drain_s", '"long"'),
        ("server", "trusted_proxies", '"127.0.0.1"'),
        ("server", "trusted_proxies", '["proxy.example.org"]'),
        ("server", "trusted_proxies", '["10.0.0.1/8"]'),
        ("server", "public_url", '"call.example.org"'),
        ("server", "public_url", '"http://call.example.org"'),
        ("server", "public_url", '"https://call.example.org/path"'),
        ("server", "public_url", '"https://call.example.org?x=1"'),
        ("server", "public_url", '"https://call.example.org#x"'),
        ("server", "public_url", '"https://user:word@call.example.org"'),
        ("server", "public_url", '"https://call.example.org:99999"'),
        ("server", "public_url", '"https://[::1"'),
        ("server", "public_url", '"https://"'),
        ("server", "public_url", '"javascript:alert(1)"'),
        ("practice", "zone", '"Europe/Atlantis"'),
        ("practice", "name", "7"),
        ("door", "opens_before_min", "-1"),
        ("door", "opens_before_min", "1000000"),
        ("calls", "address_privacy", '"yes"'),
        ("calls", "stun_urls", '["turn.example.org"]'),
        ("turn", "urls", '["stun:turn.example.org"]'),
        ("turn", "urls", '["turn:turn.example.org"]'),
        ("turn", "ttl_s", "1"),
        ("relay", "enabled", '"yes"'),
        ("relay", "port", "65536"),
        ("relay", "port", "8080"),
        ("relay", "hosts", "[]"),
        ("relay", "hosts", '["call.example.org"]'),
        ("relay", "hosts", '["ff02::1"]'),
        ("relay", "hosts", '["fe80::1%eth0"]'),
        ("relay", "public_addresses", '"9.9.9.9"'),
        ("relay", "public_addresses", '["call.example.org"]'),
        ("relay", "public_addresses", '["0.0.0.0"]'),
        ("relay", "public_addresses", '["224.0.0.1"]'),
        ("relay", "public_addresses", '["203.0.113.5"]'),
        ("relay", "public_addresses", '["2001:db8::5"]'),
        ("relay", "public_addresses", '["fe80::1%eth0"]'),
        ("relay", "public_addresses", str(["9.9.9.9"] * 9).replace("'", '"')),
        ("relay", "bridges_max", "0"),
        ("relay", "bridge_kbps_max", "500000"),
        ("relay", "kbps_max", "0"),
        ("relay", "control", '"\\u0000"'),
        ("mail", "port", "0"),
        ("mail", "tls", '"ssl"'),
        ("mail", "reminders_before_min", "[1]"),
        ("mail", "reminders_before_min", "[1440, 60, 45, 40, 35, 30, 25, 20, 15]"),
        ("mail", "host", '"mail.example.org"'),
        ("mail", "host", '"mail example"'),
        ("mail", "discreet", '"yes"'),
        ("practice", "language", '"german, please"'),
        ("sms", "url", '"sms.example.org"'),
        ("sms", "url", '"http://sms.example.org/send"'),
        ("sms", "url", '"https://user:word@sms.example.org/send"'),
        ("sms", "url", '"https://sms.example.org:99999/send"'),
        ("sms", "url", '"https://sms.example.org/send"'),
        ("sms", "sender", '"A sender with too long a name"'),
        ("sms", "reminders_before_min", "[5]"),
        ("retention", "appointments_days", "0"),
        ("retention", "journal_days", "1e3"),
        ("signin", "idle_min", "0"),
        ("signin", "argon2_memory_kib", "1"),
        ("limits", "sockets_per_address", "0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    folder: Path, section: str, key: str, value: str
) -> None:
    said = complaint(folder, f"[{section}]\n{key} = {value}")
    assert f"{section}." in said, said


@pytest.mark.parametrize(
    "text", ["[server", "port = ", "\0", "[server]\nport = 1\nport = 2", "x = " + "[" * 5000]
)
def test_what_is_not_toml_is_said_with_its_place(folder: Path, text: str) -> None:
    assert "config.toml is not TOML" in complaint(folder, text)


def test_bytes_that_are_no_text_are_not_toml(folder: Path) -> None:
    (folder / "config.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not TOML"):
        load(folder / "config.toml")


def test_a_missing_file_is_said_with_what_to_do(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"copy config\.example\.toml"):
        load(folder / "config.toml")


def test_a_public_address_has_no_slash_at_its_end(folder: Path) -> None:
    config = loaded(folder, '[server]\npublic_url = "https://Call.example.org:8443/"')
    assert config.server.public_url == "https://call.example.org:8443"


def test_the_key_is_made_once_for_the_service_alone(folder: Path) -> None:
    config = loaded(folder, "")
    before = os.umask(0)
    try:
        config.keyring()
    finally:
        os.umask(before)
    path = folder / "videocall.key"
    key = path.read_bytes()
    assert len(key) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    config.keyring()
    assert path.read_bytes() == key


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused_with_the_way_out(folder: Path, mode: int) -> None:
    config = loaded(folder, "")
    config.keyring()
    (folder / "videocall.key").chmod(mode)
    with pytest.raises(ConfigError, match=r"chmod 600 .*videocall\.key"):
        config.keyring()


def test_a_key_that_is_missing_beside_its_database_is_not_made_anew(folder: Path) -> None:
    config = loaded(folder, "")
    config.database.write_bytes(b"")
    with pytest.raises(ConfigError, match="from your backup"):
        config.keyring()
    assert not (folder / "videocall.key").exists()


def test_a_short_or_empty_key_is_refused(folder: Path) -> None:
    path = folder / "videocall.key"
    for content in (b"", b"short"):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(ConfigError, match="32 bytes"):
            loaded(folder, "").keyring()


@pytest.mark.parametrize(
    "text", ['key_file = "missing/key"', 'key_file = "."', 'key_file = "\\u0000"']
)
def test_a_key_that_cannot_be_made_is_said_in_one_line(folder: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"store\.key_file") as refusal:
        loaded(folder, f"[store]\n{text}").keyring()
    assert "\n" not in refusal.value.text


def test_the_key_never_lies_in_the_database(folder: Path) -> None:
    said = complaint(folder, '[store]\ndatabase = "one"\nkey_file = "./one"')
    assert "store.key_file" in said


def test_secrets_are_read_from_their_files(folder: Path) -> None:
    (folder / "turn.secret").write_text("north\n")
    config = loaded(
        folder,
        '[turn]\nurls = ["turn:turn.example.org"]\nsecret_file = "turn.secret"\n'
        "[calls]\naddress_privacy = true\n",
    )
    rules = config.ice_rules()
    assert rules.turn_secret == "north"
    assert config.metrics_token() == ""


def test_a_secret_that_cannot_be_read_or_is_empty_is_named(folder: Path) -> None:
    text = '[turn]\nurls = ["turn:turn.example.org"]\nsecret_file = "turn.secret"'
    with pytest.raises(ConfigError, match=r"turn\.secret_file"):
        loaded(folder, text).ice_rules()
    (folder / "turn.secret").write_text("\n")
    with pytest.raises(ConfigError, match=r"turn\.secret_file"):
        loaded(folder, text).ice_rules()


def test_address_privacy_needs_a_relay_of_ours_or_another(folder: Path) -> None:
    private = "[calls]\naddress_privacy = true\n"
    said = complaint(folder, f"{private}[relay]\nenabled = false")
    assert "calls.address_privacy: needs relay.enabled or turn.urls" in said
    assert loaded(folder, private).is_relayed
    turn = '[turn]\nurls = ["turn:turn.example.org"]\nsecret_file = "turn.secret"\n'
    assert loaded(folder, f"{private}{turn}[relay]\nenabled = false").is_relayed


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.7", "fd00::7"])
@pytest.mark.parametrize(
    ("host", "allowed"),
    [("call.example.org", False), ("9.9.9.9", False), ("nas.lan", True), ("10.0.0.7", True)],
)
def test_a_private_address_is_told_only_where_the_host_is_private(
    folder: Path, address: str, host: str, allowed: bool
) -> None:
    text = f'[server]\npublic_url = "https://{host}"\n[relay]\npublic_addresses = ["{address}"]'
    if allowed:
        assert [str(each) for each in loaded(folder, text).relay_place.configured] == [address]
    else:
        said = complaint(folder, text)
        assert f"relay.public_addresses: {address}" in said
        assert "server.public_url is localhost or a private host" in said


def test_a_public_address_needs_somebody_who_listens_on_its_family(folder: Path) -> None:
    only_six = '[relay]\nhosts = ["::"]\npublic_addresses = ["{}"]'
    assert loaded(folder, only_six.format("2620:fe::9")).relay_place.configured
    assert "IPv4 for 9.9.9.9" in complaint(folder, only_six.format("9.9.9.9"))


MAIL = '[mail]\nhost = "mail.example.org"\n'


def test_mail_is_off_without_a_host(folder: Path) -> None:
    assert loaded(folder, "").letter_rules is None
    rules = loaded(folder, MAIL + 'sender = "a@example.org"').letter_rules
    assert rules is not None
    assert rules.reminders_before_min == (1440, 60)


def test_texts_go_with_and_without_mail(folder: Path) -> None:
    text = '[sms]\nurl = "https://sms.example.org/send"\nsecret_file = "sms.secret"\n'
    rules = loaded(folder, text).letter_rules
    assert rules is not None
    assert (rules.mails, rules.texts, rules.texts_before_min) == (False, True, (1440,))
    both = loaded(folder, text + MAIL + 'sender = "a@example.org"').letter_rules
    assert both is not None
    assert (both.mails, both.texts) == (True, True)
    (folder / "sms.secret").write_text("whsec_abc\n")
    assert loaded(folder, text).sms_secret() == "whsec_abc"
    local = text.replace("https://sms.example.org", "http://localhost:8025")
    assert loaded(folder, local).sms.url == "http://localhost:8025/send"


def test_the_sender_is_a_name_and_an_address(folder: Path) -> None:
    sender = loaded(folder, MAIL + 'sender = "Willow  House <Office@example.org>"').sender
    assert (sender.name, sender.email) == ("Willow House", "office@example.org")
    for wrong in ("", "Willow House", "office@", "<>"):
        assert "mail.sender" in complaint(folder, f'{MAIL}sender = "{wrong}"')


def test_a_mail_password_needs_its_user_and_never_travels_in_the_clear(folder: Path) -> None:
    sender = 'sender = "a@example.org"\n'
    both = 'username = "office"\npassword_file = "mail.secret"\n'
    assert "mail.password_file" in complaint(folder, MAIL + sender + 'username = "office"')
    assert "mail.tls" in complaint(folder, MAIL + sender + both + 'tls = "none"')
    (folder / "mail.secret").write_text("right\n")
    assert loaded(folder, MAIL + sender + both).mail_password() == "right"


def test_a_section_is_what_its_readers_get(folder: Path) -> None:
    config = loaded(
        folder,
        "[door]\nopens_before_min = 5\ncloses_after_min = 6\n"
        "[retention]\nappointments_days = 7\njournal_days = 8\n"
        "[signin]\nargon2_memory_kib = 64\nargon2_passes = 2\nargon2_lanes = 3\n",
    )
    given: dict[str, Any] = {
        "door": (config.door_rules.opens_before_min, config.door_rules.closes_after_min),
        "kept": (config.kept.appointments_days, config.kept.journal_days),
        "argon2": (config.argon2.memory_kib, config.argon2.passes, config.argon2.lanes),
    }
    assert given == {"door": (5, 6), "kept": (7, 8), "argon2": (64, 2, 3)}
