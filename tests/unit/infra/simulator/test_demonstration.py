"""The demo data is shown as it was written, and its absence is no failure."""

import json
from pathlib import Path

from pyotp.totp import TOTP

from infra.simulator.page.demonstration import read_demonstration

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_codes_and_cases_are_read(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    case = {"reference": "1234", "phone": "+9647701234567", "language": "ar", "pin": "123456", "status": "received"}
    staff = {"email": "a@b.example", "password": "p", "totp_secret": SECRET, "role": "operator", "institution": "X"}
    path.write_text(json.dumps({"base_url": "http://x", "cases": [case], "staff": [staff], "targets": [{"part": "x"}]}))

    demo = read_demonstration(path)

    assert demo.cases_of("+9647701234567") == demo.cases
    assert demo.cases_of("+9647700000000") == []
    assert TOTP(SECRET).verify(demo.staff[0].code, valid_window=1)


def test_a_bad_secret_shows_no_code(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    for secret in ("", "AAAA", "not base32!"):
        path.write_text(json.dumps({"staff": [{"email": "a", "totp_secret": secret}]}))
        assert read_demonstration(path).staff[0].code == ""


def test_no_file_or_half_a_file_is_no_demo_data(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    assert read_demonstration(path).cases == []
    path.write_text('{"cases": [{"refer')
    assert read_demonstration(path).cases == []
