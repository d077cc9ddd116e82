//! A month of calls, with what becomes of them: copies of one call that was rung and reported.

use std::fmt::Write as _;

use crate::Outcome;

const DAYS: i64 = 30;

/// Two hundred agents and one who left, a phone system, a CRM that is told, one that is asked.
pub(super) fn document() -> String {
    let mut text = r#"
        [[source]]
        name = "xuc"
        kind = "xuc"
        auth = { header = { name = "X-Key", value = "env:BENCH_KEY" } }

        [[destination]]
        name = "crm"
        on = ["call.ended"]
        url = "https://crm.example.com/calls"
        json = { call = "{{ call.id }}" }

        [[lookup]]
        name = "crm"
        url = "https://crm.example.com/find"
        query = { q = "{{ lookup.number }}" }
        contact = { id = "/id", name = "/name" }

        [[rule]]
        name = "everybody"
        autopause = true
    "#
    .to_owned();
    for agent in (0..200).chain([9999]) {
        let at = format!("at = {{ xuc = \"2{agent}\" }}");
        let _infallible =
            writeln!(text, "[[agent]]\nid = \"a{agent}\"\nname = \"Agent {agent}\"\n{at}");
    }
    text
}

/// What makes the copies, in the words of either database.
pub(super) fn copies(calls: usize, is_sqlite: bool) -> Outcome<String> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis();
    let (calls, month) = (i64::try_from(calls)?, DAYS * 86_400_000);
    let (step, first) = (month / calls, i64::try_from(now)? - month);
    let numbers = [("?1", calls), ("?2", first), ("?3", step)]
        .iter()
        .fold(NUMBERS.to_owned(), |text, (name, value)| text.replace(name, &value.to_string()));
    let own = if is_sqlite { &SQLITE[..] } else { &[] };
    let statements = [&STATEMENTS[..], own].concat().join("; ");
    Ok(format!("BEGIN; {numbers}; {statements}; COMMIT"))
}

/// One agent in two hundred rang only in the first days, and one queue; of ten rings one opens nothing, and
/// of the pages of the others nine in ten were seen. One call in five is reported by the phone system.
const NUMBERS: &str = "
    CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS
         (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
     SELECT i, (?2 + i * ?3) << 21 AS id, ?2 + i * ?3 AS at, i % 5 = 0 AS reported,
         'agent:a' || CASE WHEN i % 200 = 9 AND i < ?1 / 10 THEN 9999 ELSE i % 200 END AS agent,
         CASE WHEN i % 20 = 4 AND i < ?1 / 10 THEN 'rare' ELSE 'queue_' || substr(CAST(10000 + i % 20 AS TEXT), 2) END AS queue,
         '+331990' || substr(CAST(100000 + CASE WHEN i = ?1 / 2 THEN 99999 ELSE i * 7919 % 10000 END AS TEXT), 2) AS caller,
         i > ?1 - 2000 AS is_new
     FROM n";

const STATEMENTS: [&str; 12] = [
    "CREATE TEMP TABLE was AS SELECT * FROM event WHERE kind = 'call.ringing' AND source IS NULL",
    "INSERT INTO call (id, source, external_id, direction, caller, caller_raw, caller_name, dialled, queue,
                       queue_display, queue_number, rings, state)
     SELECT n.id, c.source, 'b-' || n.i, c.direction, n.caller, n.caller, c.caller_name, c.dialled, n.queue,
            n.queue, c.queue_number, 1,
            CASE WHEN n.reported THEN replace(c.state, (SELECT agent FROM was), n.agent) END
     FROM n CROSS JOIN (SELECT * FROM call LIMIT 1) c",
    "INSERT INTO event (id, call_id, kind, agent, pane_id, body, contact, rule, action, moment, page, autopause,
                        carried, title, agent_name, callee, opened_at, completed_at, notes, version)
     SELECT n.id + 1, n.id, e.kind, n.agent, CASE WHEN n.i % 10 > 0 THEN n.id + 1 END,
            replace(e.body, '\"fullName\":', '\"fullName\":\"' || n.agent || '\",\"was\":'), e.contact,
            'everybody', e.action, e.moment, e.page, e.autopause, e.carried, e.title, n.agent, e.callee,
            CASE WHEN n.i % 10 > 1 THEN n.at + 900 END, CASE WHEN n.i % 20 > 2 THEN n.at + 90000 END,
            e.notes, e.version
     FROM n CROSS JOIN was e",
    "INSERT INTO event (id, call_id, kind, agent, source, name, happened_at, dedupe, body)
     SELECT n.id + 1 + e.id - (SELECT id FROM was), n.id, e.kind, n.agent, e.source, e.name, n.at,
            e.kind || n.i, e.body
     FROM n CROSS JOIN event e WHERE n.reported AND e.source = 'xuc'",
    "INSERT INTO newest_ring (agent, event_id, call_id) SELECT agent, MAX(id) + 1, MAX(id) FROM n GROUP BY agent
     ON CONFLICT DO NOTHING",
    "INSERT INTO delivery_facts (id, line, facts) SELECT id + 5, id, '{}' FROM n WHERE reported",
    "INSERT INTO delivery (id, destination, call_id, line, kind, facts_id, attempts, due_at, settled_at, outcome,
                           reason)
     SELECT id + 5, 'crm', id, id, 'call.ended', id + 5, 1, at, CASE WHEN NOT is_new THEN at + 300 END,
            CASE WHEN is_new THEN NULL WHEN i % 100 = 0 THEN 'rejected' WHEN i % 100 = 5 THEN 'exhausted'
                 ELSE 'delivered' END,
            CASE WHEN i % 100 = 0 THEN 'the answer was 422' WHEN i % 100 = 5 THEN 'the answer was 503' END
     FROM n WHERE reported",
    "INSERT INTO attempt (id, delivery_id, number, request, status, answer, millis, verdict)
     SELECT id + 6, id + 5, 1, '{}', 422, 'no such contact', 80, 'rejected' FROM n WHERE reported AND NOT is_new",
    // By hand, so that nothing is sent.
    "INSERT INTO destination (name, failing_since, paused_at, reason)
     SELECT 'crm', 4102444800000, MAX(at), 'paused by hand' FROM n WHERE TRUE
     ON CONFLICT (name) DO UPDATE SET paused_at = excluded.paused_at, failing_since = excluded.failing_since",
    "INSERT INTO ring_timing (id, timings) SELECT id + 7, '[[' || (id + 1) || ',180,420]]' FROM n",
    "INSERT INTO looked_up (number, lookup, contacts, asked_at, answered_at)
     SELECT '+33199' || substr(CAST(1000000 + i AS TEXT), 2), 'crm', '[]', at, at + 90 FROM n WHERE i % 4 = 0",
    "INSERT INTO audit (id, actor, via, act, subject, became)
     SELECT id + 8, 'admin', 'console', 'page_closed', CAST(i AS TEXT), 'closed' FROM n WHERE i % 20 = 0",
];

/// Its index of callers, which PostgreSQL keeps by itself.
const SQLITE: [&str; 2] = [
    "INSERT INTO caller_call (caller, call_id) SELECT caller, id FROM n ORDER BY caller, id",
    "INSERT INTO setting (name, value) SELECT 'callers_indexed_to', CAST(MAX(id) AS TEXT) FROM n
     WHERE TRUE ON CONFLICT (name) DO UPDATE SET value = excluded.value",
];
