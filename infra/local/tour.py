"""The short tour that a person reads once everything runs."""

import json
from pathlib import Path
from typing import Any

from infra.local.plan import Plan

Demo = dict[str, Any]


def read_demo(file: Path) -> Demo:
    """What the demo data is, as `sila seed` wrote it; empty when there is none."""
    try:
        return json.loads(file.read_text())
    except FileNotFoundError:
        return {}


def tour(demo: Demo, plan: Plan) -> str:
    """Where to go and what to try, with a demo case, a phone and staff accounts."""
    lines = [("Families", f"{plan.base_url}/"), ("Staff", f"{plan.base_url}/staff/")]
    if plan.simulator:
        lines.append(("Phones", f"http://127.0.0.1:{plan.doors.simulator}/   every text, and the one-time passwords"))
    lines += [*_case(demo), *_staff(demo), *_institution(demo, plan)]
    body = "\n".join(f"  {name:<12}{text}" for name, text in lines)
    return f"\nSila runs. Try it:\n{body}\n\nCtrl-C stops everything and keeps the data.\n"


def _case(demo: Demo) -> list[tuple[str, str]]:
    cases = demo.get("cases") or []
    if not cases:
        return []
    # The first whose family has a PIN can be looked up in both ways.
    case = next((case for case in cases if case.get("pin")), cases[0])
    return [
        ("A case", f"reference {grouped(case['reference'])}, PIN {case.get('pin') or '-'}"),
        ("Its phone", f"{case['phone']}: text STATUS to {demo['twilio']['number']} from the page of phones"),
    ]


def _staff(demo: Demo) -> list[tuple[str, str]]:
    accounts = demo.get("staff") or []
    if not accounts:
        return []
    account = next((each for each in accounts if each["role"] == "outreach"), accounts[0])
    others = f"; {len(accounts) - 1} more in .local/demo.json" if len(accounts) > 1 else ""
    return [
        ("Log in as", f"{account['email']}  {account['password']}  ({account['role']}){others}"),
        ("", "the current one-time password stands on the page of phones"),
    ]


def _institution(demo: Demo, plan: Plan) -> list[tuple[str, str]]:
    if not demo.get("api_keys"):
        return []
    return [("API", f"{plan.base_url}/api/v1/openapi.json   keys in .local/demo.json")]


def grouped(reference: str) -> str:
    """A reference in groups of four, as it is read out."""
    digits = "".join(character for character in reference if character.isdigit())
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
