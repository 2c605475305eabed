import base64
import hashlib
import json
from pathlib import Path

import pytest

from infra.local import rabbitmq
from infra.local.rabbitmq import Node, Ports
from shared.messaging.accounts import hashed as hashed_as


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
    for name in ("password", ".erlang.cookie", "definitions.json"):
        assert (node.directory / name).stat().st_mode & 0o077 == 0


def test_the_user_has_every_right_to_each_virtual_host(node: Node):
    definitions = json.loads((node.directory / "definitions.json").read_text())

    of_user = [right for right in definitions["permissions"] if right["user"] == rabbitmq.USER]
    assert [(right["vhost"], right["configure"]) for right in of_user] == [
        ("/", ".*"),
        ("gw0", ".*"),
    ]


def test_the_definitions_hold_no_password_in_the_clear(node: Node):
    password = (node.directory / "password").read_text()

    assert password not in (node.directory / "definitions.json").read_text()


def test_a_password_is_hashed_as_rabbitmq_does():
    hashed = base64.b64decode(hashed_as("secret")["password_hash"])

    assert hashlib.sha256(hashed[:4] + b"secret").digest() == hashed[4:]


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
