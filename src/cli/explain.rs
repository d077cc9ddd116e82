//! Why a page opened, or nothing.

use clap::Args;

use super::calls::words;
use super::context::{beside, read_settings};
use super::output::{Outcome, counted, say};
use crate::configuration::{Needed, TracedCondition, TracedRule};
use crate::domain::time::NamedTime;
use crate::flow::explain::{Decided, Explained, Heard, Question, Step};
use crate::view::sentence::{Clock, Sentence};
use crate::view::{Language, View};
use crate::web::explained::Explanation;

/// What is asked about.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// The agent: user id, agent id, line, name, or their id in the configuration.
    #[arg(long)]
    agent: Option<String>,
    /// Around when: 10:42, 10:42:07, "2026-11-21 10:42" (in `CALLPANE_ZONE`), or RFC 3339. Unset: the
    /// agent's newest ring.
    #[arg(long)]
    at: Option<String>,
    /// The caller's number, with the time of the call.
    #[arg(long, requires = "at")]
    number: Option<String>,
    /// The call: its id in Callpane, or at the phone system.
    #[arg(long)]
    call: Option<String>,
    /// Everything, as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn explain(asked: Asked) -> Outcome {
    let Asked { agent, at, number, call, json } = asked;
    let given = |text: &String| !text.trim().is_empty();
    let (agent, number, call) = (agent.filter(given), number.filter(given), call.filter(given));
    if agent.is_none() && number.is_none() && call.is_none() {
        return Err("name what to explain: --agent AGENT, --call ID, or --number NUMBER --at TIME"
            .to_owned());
    }
    let flow = beside(Needed::None).await?;
    let (zone, now) = (&flow.context.options().zone, flow.context.now());
    let read = |text: &str| {
        NamedTime::read(text, zone, now).ok_or_else(|| {
            format!("\"{text}\" is not a time; write 10:42, \"2026-11-21 10:42\" or RFC 3339")
        })
    };
    let at = at.as_deref().map(read).transpose()?;
    let found = flow.explanations.explain(Question { call, agent, at, number }).await;
    let Some(found) = found.map_err(words)? else {
        return Err(
            "nothing was found: no such call, or no ring from that number at that time".to_owned()
        );
    };
    let view = View::new("", read_settings()?.templates.as_deref());
    let view = view.map_err(|error| error.to_string())?;
    let clock = Clock { zone, now };
    if json {
        let explanation = Explanation::of(&found, &view, clock);
        return say(&serde_json::to_string_pretty(&explanation).map_err(|e| e.to_string())?);
    }
    say(&Written { view: &view, clock }.explanation(&found))
}

/// Writes an explanation as text.
struct Written<'a> {
    view: &'a View,
    clock: Clock<'a>,
}

impl Written<'_> {
    fn text(&self, sentence: &Sentence) -> String {
        self.view.sentence(Language::En, sentence, self.clock)
    }

    fn explanation(&self, found: &Explained) -> String {
        let mut lines = vec![self.text(&found.verdict.sentence)];
        lines.extend(found.notes.iter().map(|note| self.text(note)));
        lines.extend(found.causes.iter().map(|cause| format!("- {}", self.text(cause))));
        let also = |ring: &Heard| format!("{} --call {}", self.text(&ring.sentence()), ring.row.id);
        lines.extend(found.also.iter().map(also));
        if !found.steps.is_empty() {
            lines.push(String::new());
            lines.extend(found.steps.iter().map(|step| self.step(step)));
        }
        if let Some(decided) = &found.decided {
            lines.push(String::new());
            lines.extend(self.decided(decided));
        }
        lines.extend(found.today.as_ref().map(|today| self.text(&today.sentence())));
        lines.join("\n")
    }

    /// A moment, the gap to the one before, and what happened.
    fn step(&self, step: &Step) -> String {
        let shown = step.moment().map(|at| self.clock.zone.shows(at).millisecond());
        let gap = step.gap.map(gap).unwrap_or_default();
        format!("{:12}  {gap:>10}  {}", shown.unwrap_or_default(), self.text(&step.sentence()))
    }

    fn decided(&self, decided: &Decided) -> Vec<String> {
        let Decided { version, applied_at, agrees, trace } = decided;
        let since = applied_at.map(|at| {
            let shown = self.clock.zone.shows(at);
            format!(", in force since {} {}", shown.date(), shown.minute())
        });
        let mut lines = vec![format!("Configuration {version}{}:", since.unwrap_or_default())];
        if !agrees {
            lines.push(
                "  Its decision differs from the recorded one: the rules were changed in that second, or what \
                 they saw cannot be restored."
                    .to_owned(),
            );
        }
        lines.extend(trace.rules.iter().flat_map(|rule| rule_lines(rule, trace.winner)));
        let after = trace.total.saturating_sub(trace.rules.len());
        if after > 0 {
            lines.push(format!("  {} not reached", counted(after, "rule")));
        }
        lines
    }
}

fn rule_lines(rule: &TracedRule, winner: Option<usize>) -> Vec<String> {
    let what = match (winner == Some(rule.number), rule.holds) {
        (true, _) => "decided",
        (false, true) => "matches; its endpoint did not decide",
        (false, false) => "does not match",
    };
    let mut lines = vec![format!("  {} {}: {what}", rule.number, rule.name)];
    lines.extend(rule.when.iter().map(|condition| condition_line("when", condition)));
    lines.extend(rule.unless.iter().map(|condition| condition_line("unless", condition)));
    lines
}

fn condition_line(word: &str, condition: &TracedCondition) -> String {
    let TracedCondition { field, wanted, saw, holds } = condition;
    let (wanted, mark) = (wanted.join(" or "), if *holds { "true" } else { "false" });
    let saw = if saw.is_empty() { "not known".to_owned() } else { saw.join(", ") };
    format!("      {word} {field} = {wanted}: {mark}, was {saw}")
}

/// Microseconds, in the unit that people read.
fn gap(micros: i64) -> String {
    if micros < 10_000 {
        return format!("+{}.{} ms", micros / 1000, micros % 1000 / 100);
    }
    if micros < 10_000_000 {
        return format!("+{} ms", micros / 1000);
    }
    format!("+{} s", micros / 1_000_000)
}
