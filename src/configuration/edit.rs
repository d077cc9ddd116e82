//! Changes to a configuration's text that keep its comments, its order and its layout.

use toml_edit::{DocumentMut, Item, Value};

/// Why a change cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is not TOML.
    #[error("{0}")]
    NotToml(#[from] toml_edit::TomlError),
    /// There is no such table.
    #[error("there is no {section}[{number}]")]
    NoSuchTable {
        /// Which of them: `rule`, `agent`.
        section: String,
        /// Its number, from 1.
        number: usize,
    },
    /// The agent's table is written in another way.
    #[error(
        "agent \"{0}\" is not written as [[agent]]; raise link by hand and apply the configuration"
    )]
    NoSuchAgent(String),
}

impl Error {
    fn no_such_table(section: &str, at: usize) -> Self {
        Self::NoSuchTable { section: section.to_owned(), number: at + 1 }
    }
}

/// The text in which an agent's personal link is this one, so that those before it are over.
pub fn with_link(text: &str, id: &str, link: i64) -> Result<String, Error> {
    let mut edit = Edit::of(text)?;
    let at = edit.find("agent", "id", id).ok_or_else(|| Error::NoSuchAgent(id.to_owned()))?;
    edit.set("agent", at, "link", link)?;
    Ok(edit.text())
}

/// A text under change. Tables are numbered from 0, as in lists.
#[derive(Debug)]
pub struct Edit(DocumentMut);

impl Edit {
    /// Begins with a text.
    pub fn of(text: &str) -> Result<Self, Error> {
        Ok(Self(text.parse()?))
    }

    /// Which table of a section has this value under a key.
    pub fn find(&self, section: &str, key: &str, value: &str) -> Option<usize> {
        let tables = self.0.get(section)?.as_array_of_tables()?;
        tables.iter().position(|table| table.get(key).and_then(Item::as_str) == Some(value))
    }

    /// Sets a key of a table; what stands around its value stays.
    pub fn set(
        &mut self,
        section: &str,
        at: usize,
        key: &str,
        value: impl Into<Value>,
    ) -> Result<(), Error> {
        let tables = self.0.get_mut(section).and_then(Item::as_array_of_tables_mut);
        let table = tables.and_then(|tables| tables.get_mut(at));
        let table = table.ok_or_else(|| Error::no_such_table(section, at))?;
        let mut value = value.into();
        if let Some(old) = table.get(key).and_then(Item::as_value) {
            *value.decor_mut() = old.decor().clone();
        }
        match table.get_mut(key) {
            Some(item) => *item = Item::Value(value),
            None => drop(table.insert(key, Item::Value(value))),
        }
        Ok(())
    }

    /// The text as it is now.
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# Who is shown what.

[[rule]]
name = "trucks" # the fleet
when = { queue = "trucks" }

# People.
[[agent]]
id = "priya"
at = { office = "310" } # her desk
link = 1   # raised in May

# Everybody else.
[[rule]]
name = "rest"
"#;

    fn edited(change: impl FnOnce(&mut Edit) -> Result<(), Error>) -> String {
        let mut edit = Edit::of(TEXT).unwrap();
        change(&mut edit).unwrap();
        edit.text()
    }

    #[test]
    fn a_key_is_set_and_all_around_it_stays() {
        let set = edited(|edit| {
            let at = edit.find("agent", "id", "priya").unwrap();
            edit.set("agent", at, "link", 2)
        });
        assert_eq!(set, TEXT.replace("link = 1   #", "link = 2   #"));
        let new = edited(|edit| edit.set("rule", 0, "action", "none"));
        assert_eq!(new, TEXT.replace("\"trucks\" }\n", "\"trucks\" }\naction = \"none\"\n"));
    }

    #[test]
    fn what_is_not_there_is_not_changed() {
        let mut edit = Edit::of(TEXT).unwrap();
        let missing = edit.set("agent", 1, "link", 2).unwrap_err();
        assert_eq!(missing.to_string(), "there is no agent[2]");
        assert_eq!(edit.text(), TEXT);
        assert_eq!(edit.find("agent", "id", "marcus"), None);
        assert!(Edit::of("[[rule]").is_err());
    }
}
