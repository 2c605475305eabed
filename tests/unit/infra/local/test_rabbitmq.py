import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.local import rabbitmq
from infra.local.rabbitmq import Node, Ports
from shared.messaging.accounts import accounts, hashed
from shared.parts import Process


@pytest.fixture
def node(tmp_path: Path) -> Node:
    node = Node(tmp_path, Ports(amqp=21001, distribution=21002, epmd=21003), vhosts=["/", "gw0"])
    node._write_files()
    return node


def test_a_virtual_host_is_quoted_in_its_address(node: Node):
    assert node.url("/").endswith("@127.0.0.1:21001/%2F")


def test_the_password_is_kept(node: Node):
    before = node.url()

    node._write_files()

    assert node.url() == before


def test_secrets_are_for_their_owner_only(node: Node):
    for name in ("password", "accounts.json", ".erlang.cookie", "definitions.json"):
        assert (node.directory / name).stat().st_mode & 0o077 == 0


def test_the_user_has_every_right_to_each_virtual_host(node: Node):
    definitions = json.loads((node.directory / "definitions.json").read_text())

    assert [
        (right["vhost"], right["configure"]) for right in definitions["permissions"] if right["user"] == rabbitmq.USER
    ] == [("/", ".*"), ("gw0", ".*")]


def test_each_process_has_an_account_without_such_rights_in_the_first_virtual_host(node: Node):
    definitions = json.loads((node.directory / "definitions.json").read_text())
    others = [right for right in definitions["permissions"] if right["user"] != rabbitmq.USER]

    assert {right["user"] for right in others} == {f"sila-{account.name}" for account in accounts()}
    assert all(right["vhost"] == "/" for right in others)
    assert not any(".*" in (right["configure"], right["write"], right["read"]) for right in others)
    assert [user["tags"] for user in definitions["users"] if user["name"] != rabbitmq.USER] == [""] * len(others)
    assert urlsplit(node.url_of(Process.MATCHING)).username == "sila-matching"


def test_the_definitions_hold_no_password_in_the_clear(node: Node):
    passwords = [
        (node.directory / "password").read_text(),
        *json.loads((node.directory / "accounts.json").read_text()).values(),
    ]

    assert not any(password in (node.directory / "definitions.json").read_text() for password in passwords)


def test_a_password_is_hashed_as_rabbitmq_does():
    kept = base64.b64decode(hashed("secret")["password_hash"])

    assert hashlib.sha256(kept[:4] + b"secret").digest() == kept[4:]


def test_the_log_of_written_messages_is_kept_small(node: Node):
    assert "raft.wal_max_size_bytes = 33554432" in (node.directory / "rabbitmq.conf").read_text()


@pytest.mark.parametrize(("major", "policies"), [(3, 0), (4, 2)])
def test_only_rabbitmq_4_is_told_to_drop_nothing(monkeypatch: pytest.MonkeyPatch, major: int, policies: int):
    monkeypatch.setattr(rabbitmq, "major_version", lambda: major)

    assert len(rabbitmq._policies(["/", "gw0"])) == policies


def test_settings_of_another_node_are_not_inherited(node: Node, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RABBITMQ_NODENAME", "other@host")
    monkeypatch.setenv("RABBITMQ_FEATURE_FLAGS", "none")

    environment = node._environment()

    assert environment["RABBITMQ_NODENAME"] == "sila@localhost"
    assert "RABBITMQ_FEATURE_FLAGS" not in environment
