"""The dashboards: messaging, the doors, texts and notices, families' files. No label anywhere is personal."""

from infra.grafana.panels import Dashboard, Panel, Query, number, panel

MESSAGING = Dashboard(
    "sila-messaging",
    "Sila: messaging",
    (
        (
            number(
                "Parts that answer", "short", 'sum(up{job="sila"})', "Processes whose metrics could be read; 8 of them."
            ),
            number("Parked messages", "short", "sum(sila_parked_messages) or vector(0)", "Wait for a person.", alarm=1),
            number(
                "Without a queue", "short", "sum(sila_outbox_unroutable_rows)", "`sila migrate` was not run.", alarm=1
            ),
            number(
                "Databases without a relay",
                "short",
                "count(max by (part) (sila_relay_active) < 1) or vector(0)",
                "What these parts say reaches nobody.",
                alarm=1,
            ),
            number(
                "Services whose queues nobody reads",
                "short",
                "count(max by (service) (sila_consuming) < 1) or vector(0)",
                "Their processes live, and none reads its queues.",
                alarm=1,
            ),
            number(
                "Broker takes no messages",
                "short",
                "max(sila_broker_blocked)",
                "1: its memory or its disk is full, and outboxes grow.",
                alarm=1,
            ),
            number(
                "Last look for what is due",
                "s",
                "max(time() - max by (part) (sila_due_looked_at_timestamp_seconds))",
                "A relay looks each second: reminders, further tries, contact rounds.",
                alarm=60,
            ),
            number(
                "Columns out of bounds",
                "short",
                "sum(max by (part) (sila_columns_out_of_bounds)) or vector(0)",
                "Their rows show nowhere until somebody has corrected a day or moment.",
                alarm=1,
            ),
        ),
        (
            panel(
                "Messages handled",
                "ops",
                "sum by (service) (rate(sila_messages_handled_total[5m]))",
                "{{service}}",
                "By consumer, whatever became of them.",
            ),
            panel(
                "What became of them",
                "ops",
                "sum by (outcome) (rate(sila_messages_handled_total[5m]))",
                "{{outcome}}",
                "A refusal is an answer and no failure.",
            ),
            panel(
                "Published",
                "ops",
                "sum by (part) (rate(sila_outbox_published_total[5m]))",
                "{{part}}",
                "Confirmed by the broker and removed from the outbox.",
            ),
        ),
        (
            panel(
                "Outbox: rows that wait",
                "short",
                "max by (part) (sila_outbox_rows)",
                "{{part}}",
                "Grows while the broker is away; nothing is lost.",
            ),
            panel(
                "Outbox: age of the oldest",
                "s",
                "max by (part) (sila_outbox_oldest_age_seconds)",
                "{{part}}",
                "More than a minute: no relay, or no broker.",
                alarm=60,
            ),
            panel(
                "Due rows overdue",
                "s",
                "max by (part) (sila_due_oldest_overdue_seconds)",
                "{{part}}",
                "Reminders, further tries and rounds that nothing fires.",
                alarm=120,
            ),
        ),
        (
            panel(
                "From published to handled, 99 of 100",
                "s",
                "histogram_quantile(0.99, sum by (service, le) (rate(sila_message_age_seconds_bucket[5m])))",
                "{{service}}",
                "How far behind a consumer is.",
                alarm=60,
            ),
            panel(
                "A batch takes, 99 of 100",
                "s",
                "histogram_quantile(0.99, sum by (service, le) (rate(sila_message_batch_seconds_bucket[5m])))",
                "{{service}}",
                "One transaction, up to a hundred messages.",
            ),
            panel(
                "Tried again",
                "ops",
                "sum by (service, message) (rate(sila_message_retries_total[5m]))",
                "{{service}} {{message}}",
                "Messages that failed and are tried again when due.",
                alarm=1,
            ),
        ),
        (
            panel(
                "Wait for another try",
                "short",
                "max by (part) (sila_retrying_messages)",
                "{{part}}",
                "With those that wait behind one of their key.",
            ),
            panel(
                "Waits for a database",
                "ops",
                "sum by (service) (rate(sila_database_away_total[5m]))",
                "{{service}}",
                "Nothing is acknowledged meanwhile.",
            ),
            panel(
                "Connections made to the broker",
                "short",
                "sum by (process) (increase(sila_broker_connections_total[15m]))",
                "{{process}}",
                "More than a few: connections break.",
            ),
        ),
    ),
)

DOORS = Dashboard(
    "sila-doors",
    "Sila: the doors",
    (
        (
            panel(
                "Requests",
                "reqps",
                "sum by (status) (rate(sila_http_requests_total[5m]))",
                "{{status}}",
                "By the answer's status.",
            ),
            panel(
                "Failed",
                "percentunit",
                'sum(rate(sila_http_requests_total{status=~"5.."}[5m])) / sum(rate(sila_http_requests_total[5m]))',
                "failed",
                "The share of requests that we did not answer.",
                alarm=0.01,
            ),
        ),
        (
            panel(
                "An answer takes, 95 of 100",
                "s",
                "histogram_quantile(0.95, sum by (le) (rate(sila_http_request_seconds_bucket[5m])))",
                "all routes",
                "From a request's arrival to the end of its answer.",
            ),
            panel(
                "The slowest routes, 95 of 100",
                "s",
                "topk(8, histogram_quantile(0.95, sum by (route, le) (rate(sila_http_request_seconds_bucket[5m]))))",
                "{{route}}",
                "By the route's template; no path is kept.",
            ),
        ),
        (
            panel(
                "Log-ins",
                "ops",
                "sum by (door, by, outcome) (rate(sila_log_ins_total[5m]))",
                "{{door}} by {{by}}: {{outcome}}",
                "Families by code or PIN, staff by password and one-time code.",
            ),
            panel(
                "Calls of institutions turned away",
                "ops",
                "sum by (reason) (rate(sila_api_refused_total[5m]))",
                "{{reason}}",
                "Wrong keys, scopes, and limits.",
            ),
            Panel(
                "Turned away otherwise",
                "ops",
                (
                    Query("sum by (webhook) (rate(sila_webhook_refusals_total[5m]))", "webhook {{webhook}}"),
                    Query("sum(rate(sila_search_limit_reached_total[5m]))", "searches over the limit"),
                ),
                "Signatures that are not the carrier's; keys that search more than they may.",
            ),
            Panel(
                "Slowed down, cut off",
                "ops",
                (
                    Query("sum by (limit, outcome) (rate(sila_requests_slowed_total[5m]))", "{{limit}}: {{outcome}}"),
                    Query("sum by (reason) (rate(sila_connections_closed_total[5m]))", "connections: {{reason}}"),
                ),
                "Requests of busy addresses; half-sent requests and connections beyond the limit.",
            ),
            panel(
                "Institutions' keys: time left",
                "s",
                "min by (institution) (sila_api_key_ends_timestamp_seconds) - time()",
                "{{institution}}",
                "Until the first key ends that no newer one has replaced.",
            ),
        ),
    ),
)

OUTREACH = Dashboard(
    "sila-outreach",
    "Sila: texts and notices",
    (
        (
            number(
                "Unsettled",
                "short",
                "max(sila_texts_unsettled)",
                "Nobody can say whether the carrier has them.",
                alarm=1,
            ),
            number("Sent twice", "short", "sum(sila_texts_sent_twice_total) or vector(0)", "Must stay 0.", alarm=1),
            number(
                "The oldest urgent text waits",
                "s",
                'max(sila_texts_oldest_waiting_seconds{lane="urgent"})',
                "One-time codes and answers.",
                alarm=30,
            ),
        ),
        (
            panel(
                "Texts",
                "ops",
                "sum by (direction, status) (rate(sila_texts_total[5m]))",
                "{{direction}} {{status}}",
                "Out and in, by what became of them.",
            ),
            panel(
                "Due and waiting",
                "short",
                "max by (lane) (sila_texts_waiting)",
                "{{lane}}",
                "The bulk lane waits during a notice; the urgent one never should.",
            ),
            panel(
                "The oldest waits",
                "s",
                "max by (lane) (sila_texts_oldest_waiting_seconds)",
                "{{lane}}",
                "By lane.",
            ),
        ),
        (
            panel(
                "The carrier answers, 95 of 100",
                "s",
                "histogram_quantile(0.95, sum by (request, le) (rate(sila_carrier_request_seconds_bucket[5m])))",
                "{{request}}",
                "Sending, listing, fetching.",
            ),
            panel(
                "The carrier refuses",
                "ops",
                "sum by (code) (rate(sila_carrier_errors_total[5m]))",
                "{{code}}",
                "By its own code: docs/alerts.md says what each asks for.",
            ),
            panel(
                "Had to be settled",
                "short",
                "sum by (outcome) (increase(sila_text_leases_over_total[1h]))",
                "{{outcome}}",
                "Texts whose answer was lost, and how that ended.",
            ),
        ),
        (
            panel(
                "Notices",
                "short",
                "max by (state) (sila_notices)",
                "{{state}}",
                "By state.",
            ),
            panel(
                "Recipients",
                "short",
                "max by (state) (sila_notice_recipients)",
                "{{state}}",
                "Of all notices, by where their texts are.",
            ),
            panel(
                "Answers", "short", "max by (answer) (sila_replies)", "{{answer}}", "To notices, by text or at a desk."
            ),
        ),
    ),
)

CASES = Dashboard(
    "sila-cases",
    "Sila: families' files",
    (
        (
            panel(
                "Reports taken in",
                "ops",
                'sum by (outcome) (rate(sila_messages_handled_total{service="reports", message="accept_report"}[15m]))',
                "{{outcome}}",
                "From every door.",
            ),
            panel(
                "Links proposed",
                "short",
                "sum(increase(sila_links_proposed_total[1h]))",
                "proposed",
                "Reports that may be about one person, for a reviewer.",
            ),
            panel(
                "Links decided",
                "short",
                "sum by (decision) (increase(sila_link_decisions_total[1h]))",
                "{{decision}}",
                "By people.",
            ),
        ),
        (
            panel(
                "Records compared with a report, 95 of 100",
                "short",
                "histogram_quantile(0.95, sum by (le) (rate(sila_link_candidates_bucket[15m])))",
                "compared",
                "How much a new report costs.",
            ),
            panel(
                "Bookings",
                "short",
                "sum by (outcome) (increase(sila_bookings_total[1h]))",
                "{{outcome}}",
                "Wishes for places, by what became of them.",
            ),
            panel("Visits", "short", "max by (state) (sila_visits)", "{{state}}", "By state."),
        ),
        (
            panel(
                "Places free",
                "short",
                "max by (governorate) (sila_places_free)",
                "{{governorate}}",
                "At open sessions to come.",
            ),
            panel("Reference samples", "short", "max by (specimen) (sila_samples)", "{{specimen}}", "Registered."),
            panel(
                "Answers that are late",
                "short",
                "max by (kind) (sila_concerns_late)",
                "{{kind}}",
                "To what families say.",
            ),
        ),
    ),
)

DASHBOARDS = (MESSAGING, DOORS, OUTREACH, CASES)
