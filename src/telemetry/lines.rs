//! A log line as one JSON object: the very line that tracing-subscriber writes, without its detours. It
//! writes a line for each ring, and would take more time for it than the rules.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes lines.
pub(super) struct Lines {
    /// Writes those that stand in a span. Ours never do, those of libraries may.
    pub(super) in_spans: Format<Json>,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if event.parent().is_some() || context.lookup_current().is_some() {
            return self.in_spans.format_event(context, writer, event);
        }
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        writer.write_str("\",\"level\":\"")?;
        writer.write_str(event.metadata().level().as_str())?;
        writer.write_char('"')?;
        let mut members = Members { writer, written: Ok(()) };
        event.record(&mut members);
        members.written?;
        members.writer.write_str("}\n")
    }
}

/// Writes the fields of an event as members of an object.
struct Members<'a> {
    writer: Writer<'a>,
    written: fmt::Result,
}

impl Members<'_> {
    fn add(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.written.is_ok() {
            self.written = self.try_add(field, value);
        }
    }

    fn try_add(
        &mut self,
        field: &Field,
        value: impl FnOnce(&mut Writer<'_>) -> fmt::Result,
    ) -> fmt::Result {
        self.writer.write_str(",\"")?;
        escape(&mut self.writer, field.name())?;
        self.writer.write_str("\":")?;
        value(&mut self.writer)
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, |writer| {
            writer.write_char('"')?;
            escape(writer, value)?;
            writer.write_char('"')
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, |writer| {
            writer.write_char('"')?;
            write!(Escaped(writer), "{value:?}")?;
            writer.write_char('"')
        });
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, |writer| write!(writer, "{}", serde_json::Value::from(value)));
    }
}

/// What is written into a JSON string.
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text)
    }
}

/// Writes a text as it stands between the quotes of a JSON string.
fn escape(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    if !text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        return writer.write_str(text);
    }
    let quoted = serde_json::Value::from(text).to_string();
    let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    writer.write_str(inside.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc::{Sender, channel};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    /// Where lines are written to.
    #[derive(Clone)]
    struct Lined(Sender<Vec<u8>>);

    impl io::Write for Lined {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lined {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    /// Everything that a line may hold.
    fn log() {
        let error = io::Error::other("it \"failed\"\n");
        tracing::info!(
            name = "Zoë \u{1b}[2J\u{7f}",
            absent = None::<&str>,
            micros = 17_u128,
            "ring"
        );
        tracing::warn!(n = -7, big = u64::MAX, real = 1.5, whole = 2.0, nan = f64::NAN, yes = true);
        tracing::error!(%error, text = "a\\b\"c\td", debug = ?Some("x\"y"), "one {}", "\u{1}\r\n");
        let cause: &dyn std::error::Error = &error;
        tracing::error!(error = cause, bytes = ?b"\x00", "odd.name" = 1);
        let span = tracing::info_span!("span", within = "x");
        tracing::info!(parent: &span, "in a span");
        span.in_scope(|| tracing::info!(n = 1, "entered"));
    }

    fn lines(ours: bool) -> Vec<String> {
        let (sender, written) = channel();
        let builder = tracing_subscriber::fmt().with_writer(Lined(sender)).with_target(false);
        let builder = builder.json().flatten_event(true);
        if ours {
            let subscriber = builder.map_event_format(|in_spans| Lines { in_spans }).finish();
            tracing::subscriber::with_default(subscriber, log);
        } else {
            tracing::subscriber::with_default(builder.finish(), log);
        }
        let bytes: Vec<u8> = written.try_iter().flatten().collect();
        String::from_utf8(bytes).unwrap().split_inclusive('\n').map(str::to_owned).collect()
    }

    /// Without the moment, whose place and length are checked.
    fn timeless(line: &str) -> (&str, &str) {
        let (begin, rest) = line.split_at(r#"{"timestamp":""#.len());
        let (moment, rest) = rest.split_at("2026-01-02T03:04:05.678901Z".len());
        assert!(moment.starts_with("20") && moment.ends_with('Z'), "{line}");
        (begin, rest)
    }

    #[test]
    fn a_line_is_the_one_that_the_library_writes() {
        let (ours, theirs) = (lines(true), lines(false));
        assert_eq!(ours.len(), 6);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(timeless(ours), timeless(theirs));
            let read: serde_json::Value = serde_json::from_str(ours).unwrap();
            assert!(read["level"].is_string());
        }
        assert_eq!(ours.len(), theirs.len());
    }
}
