//! `[[disposition]]`: the outcomes that agents choose from at the end of a call.

use std::collections::HashSet;

use super::reader::{Reader, Table, join};
use super::{Dispositions, QueueDispositions};

impl Reader<'_> {
    pub(super) fn disposition(
        &mut self,
        table: &Table<'_>,
        path: &str,
        at: usize,
    ) -> Option<QueueDispositions> {
        self.only(table, path, &["queue", "options", "required"]);
        let queue = self.text(table, path, "queue").map(|queue| queue.to_lowercase());
        let required = self.truth(table, path, "required");
        let options = self.options(table, path, at)?;
        Some(QueueDispositions { queue, offered: Dispositions { options, required } })
    }

    fn options(&mut self, table: &Table<'_>, path: &str, at: usize) -> Option<Vec<String>> {
        let node = table.get("options");
        let list = node.and_then(|node| node.get_ref().as_array());
        let texts = list.map(|list| {
            list.iter().filter_map(|node| node.get_ref().as_str().map(str::to_owned)).collect()
        });
        let texts: Vec<String> = texts.unwrap_or_default();
        let at = node.map_or(at, |node| node.span().start);
        let distinct: HashSet<&str> = texts.iter().map(|text| text.trim()).collect();
        let complete = list.is_some_and(|list| list.len() == texts.len() && !list.is_empty())
            && distinct.len() == texts.len()
            && !distinct.contains("");
        if !complete {
            let message = "must be a list of different texts: [\"Sold\", \"Call back\"]";
            self.complain(at, &join(path, "options"), message);
        }
        complete.then_some(texts)
    }
}
