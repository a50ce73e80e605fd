"""The control socket: our user's alone, never taken from a relay that lives."""

import socket
from pathlib import Path

import pytest

from videocall.errors import ConfigError
from videocall.relay.gate import gate


def test_it_is_for_its_own_user_alone_and_gone_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "run" / "control"
    with gate(path):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not path.exists()


def test_a_socket_at_which_nobody_answers_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as died:
        died.bind(str(path))
    assert path.exists()
    with gate(path) as bound:
        bound.listen()
        with socket.socket(socket.AF_UNIX) as knock:
            knock.connect(str(path))


def test_a_relay_that_lives_keeps_its_socket(tmp_path: Path) -> None:
    path = tmp_path / "control"
    with gate(path) as bound:
        bound.listen()
        with pytest.raises(ConfigError, match=r"relay\.control: another relay answers"), gate(path):
            pass
        assert path.exists()


def test_what_is_no_socket_is_never_removed(tmp_path: Path) -> None:
    path = tmp_path / "control"
    path.write_text("precious")
    with pytest.raises(ConfigError, match="no socket"), gate(path):
        pass
    assert path.read_text() == "precious"


def test_a_folder_in_which_others_can_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigError, match="others can write"), gate(tmp_path / "control"):
        pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"relay\.control"), gate(tmp_path / "file" / "control"):
        pass
