//! `[[disposition]]`: the outcomes that agents choose from at the end of a call.

use std::collections::HashSet;

use super::compiler::Compiler;
use super::document::{Position, WrittenDisposition};
use super::value::join;
use super::{Dispositions, QueueDispositions};

impl Compiler<'_> {
    pub(super) fn disposition(
        &mut self,
        written: &WrittenDisposition,
    ) -> Option<QueueDispositions> {
        let queue = written.queue.get().map(|queue| queue.to_lowercase());
        let required = written.required.copied().unwrap_or_default();
        let options = self.options(written)?;
        Some(QueueDispositions { queue, offered: Dispositions { options, required } })
    }

    fn options(&mut self, written: &WrittenDisposition) -> Option<Vec<String>> {
        let Position { at, path } = &written.position;
        let list = written.options.get().and_then(|node| node.get_ref().as_array());
        let texts = list.map(|list| {
            list.iter().filter_map(|node| node.get_ref().as_str().map(str::to_owned)).collect()
        });
        let texts: Vec<String> = texts.unwrap_or_default();
        let at = written.options.at().unwrap_or(*at);
        let distinct: HashSet<&str> = texts.iter().map(|text| text.trim()).collect();
        let complete = list.is_some_and(|list| list.len() == texts.len() && !list.is_empty())
            && distinct.len() == texts.len()
            && !distinct.contains("");
        if !complete {
            let message = "must be a list of different strings: [\"Sold\", \"Call back\"]";
            self.complain(at, &join(path, "options"), message);
        }
        complete.then_some(texts)
    }
}
