from tests.chaos.alerts.prometheus import RULES, alerts_in, shortened

RULE = """
  - alert: RetryStorm
    expr: sum(rate(sila_message_retries_total[5m])) > 1 and max(sila_outbox_oldest_age_seconds) > 60
    for: 2m
"""


def test_waits_and_windows_are_shorter_and_thresholds_stay() -> None:
    rule = shortened(RULE, 20)
    assert "[15s]" in rule
    assert "for: 6s" in rule
    assert "> 60" in rule


def test_a_window_holds_three_samples_and_a_wait_is_a_second_at_least() -> None:
    rule = shortened(RULE, 1000)
    assert "[6s]" in rule
    assert "for: 1s" in rule


def test_no_alert_is_lost_on_the_way() -> None:
    rules = RULES.read_text()
    assert alerts_in(shortened(rules, 20)) == alerts_in(rules)
    assert len(alerts_in(rules)) > 20
