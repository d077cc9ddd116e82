//! How many streams may be open: each holds a descriptor for as long as its page is.
//!
//! Whoever is one too many is refused, and the ones before keep theirs: a page that gets no stream asks
//! for its state every few seconds and shows the same, and looks for a stream again a minute later. If
//! the newest won instead, two windows beyond the limit would throw each other out without end. What
//! stays behind when a network breaks counts until the system notices, so there is room for some.

use std::collections::HashMap;
use std::sync::Arc;

/// Streams of one page, and of one agent's built-in desktop: two windows and a few that were left
/// behind.
const A_SUBJECT: usize = 6;

/// Streams of one agent together. A browser has three for pages and one for a desktop.
const AN_AGENT: usize = 16;

/// Why there is no stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooMany {
    /// All streams are taken.
    #[error("this server cannot open more streams; request the state instead")]
    InAll,
    /// Those of this page or desktop are.
    #[error("this page already has {A_SUBJECT} streams open; request the state instead")]
    OfSubject,
    /// Those of this agent are.
    #[error("this agent already has {AN_AGENT} streams open; request the state instead")]
    OfAgent,
}

/// Who streams go to: a page or a desktop, and its agent where one is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscriber {
    pub(crate) subject: String,
    pub(crate) agent: Option<String>,
}

/// All that are open.
#[derive(Debug)]
pub(crate) struct Streams {
    most: usize,
    #[expect(clippy::disallowed_types, reason = "held to count, never across an await")]
    open: std::sync::Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    subjects: HashMap<String, usize>,
    agents: HashMap<String, usize>,
}

impl Streams {
    /// At most so many in all.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, open: Open::default().into() }
    }

    /// Counts one more, until what this answers is dropped.
    pub(crate) fn open(self: &Arc<Self>, reader: Subscriber) -> Result<Stream, TooMany> {
        let mut open = self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = |of: &HashMap<String, usize>, key| of.get(key).copied().unwrap_or_default();
        if open.all >= self.most {
            return Err(TooMany::InAll);
        }
        if count(&open.subjects, &reader.subject) >= A_SUBJECT {
            return Err(TooMany::OfSubject);
        }
        if reader.agent.as_ref().is_some_and(|agent| count(&open.agents, agent) >= AN_AGENT) {
            return Err(TooMany::OfAgent);
        }
        open.all += 1;
        *open.subjects.entry(reader.subject.clone()).or_default() += 1;
        if let Some(agent) = &reader.agent {
            *open.agents.entry(agent.clone()).or_default() += 1;
        }
        drop(open);
        Ok(Stream { streams: Arc::clone(self), reader })
    }
}

/// One that is open.
#[derive(Debug)]
pub(crate) struct Stream {
    streams: Arc<Streams>,
    reader: Subscriber,
}

impl Drop for Stream {
    fn drop(&mut self) {
        let open = &self.streams.open;
        let mut open = open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        release(&mut open.subjects, &self.reader.subject);
        if let Some(agent) = &self.reader.agent {
            release(&mut open.agents, agent);
        }
    }
}

/// Counts one less, and forgets who has none.
fn release(counts: &mut HashMap<String, usize>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(page: usize, agent: Option<&str>) -> Subscriber {
        Subscriber { subject: format!("page {page}"), agent: agent.map(str::to_owned) }
    }

    #[test]
    fn streams_are_counted_in_all_and_for_each_page_and_agent() {
        let streams = Arc::new(Streams::new(30));
        let open = |page, agent| streams.open(reader(page, agent));
        let mut held: Vec<_> = (0..A_SUBJECT).map(|_| open(1, Some("priya")).unwrap()).collect();
        assert_eq!(open(1, Some("priya")).unwrap_err(), TooMany::OfSubject);
        held.extend((A_SUBJECT..AN_AGENT).map(|page| open(page, Some("priya")).unwrap()));
        assert_eq!(open(99, Some("priya")).unwrap_err(), TooMany::OfAgent);
        held.push(open(99, Some("marcus")).unwrap());
        held.extend((held.len()..30).map(|page| open(page + 100, None).unwrap()));
        assert_eq!(open(98, Some("marcus")).unwrap_err(), TooMany::InAll);
        held.remove(0);
        drop(open(1, Some("priya")).unwrap());
        held.clear();
        let left = streams.open.lock().unwrap();
        assert_eq!((left.all, left.subjects.len(), left.agents.len()), (0, 0, 0));
    }
}
