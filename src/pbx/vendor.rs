//! The fields of a make's requests, and what each of them becomes: one table, which the make reads from and
//! `docs/fields.md` shows.

/// A field as its vendor describes it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// What the vendor's page calls it.
    pub theirs: &'static str,
    /// What it is sent as, the usual name first; nothing where nobody sends it.
    pub sent: &'static [&'static str],
    /// The names in templates that it becomes; none where it only decides something.
    pub ours: &'static [&'static str],
    /// What else there is to know.
    pub note: &'static str,
    /// Whether it is for programs, and tells an agent nothing.
    pub technical: bool,
}

/// A field that is always the same thing.
pub(super) const fn field(
    theirs: &'static str,
    sent: &'static [&'static str],
    ours: &'static [&'static str],
) -> Field {
    Field { theirs, sent, ours, note: "", technical: false }
}

impl Field {
    pub(super) const fn but(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    pub(super) const fn technical(self) -> Self {
        Self { technical: true, ..self }
    }

    /// The keys of `data` that it becomes.
    pub(super) fn data(&self) -> impl Iterator<Item = &'static str> {
        self.ours.iter().filter_map(|name| name.strip_prefix("data."))
    }
}
