//! Changes to a configuration's text that keep its comments, its order and its layout.

use toml_edit::{DocumentMut, Item, Table, Value};

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

    /// Puts a table, written without its heading, before the one that stands there; past the end it
    /// becomes the last one.
    pub fn insert(&mut self, section: &str, at: usize, text: &str) -> Result<(), Error> {
        let mut table = text.parse::<DocumentMut>()?.as_table().clone();
        table.decor_mut().set_prefix("\n");
        let mut all = self.tables(section);
        table.set_position(match all.first() {
            // The first one of its section ends the text.
            None => self.last_position().map(|last| last + 1),
            Some(first) if at == 0 => first.position(),
            // Without a position it follows the one before it.
            Some(_) => None,
        });
        all.insert(at.min(all.len()), table);
        self.put(section, all);
        Ok(())
    }

    /// Takes a table out, with the comments before it.
    pub fn remove(&mut self, section: &str, at: usize) -> Result<(), Error> {
        let mut all = self.tables(section);
        if at >= all.len() {
            return Err(Error::no_such_table(section, at));
        }
        drop(all.remove(at));
        self.put(section, all);
        Ok(())
    }

    /// The text as it is now.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    fn last_position(&self) -> Option<isize> {
        let sections = self.0.iter().filter_map(|(_, item)| item.as_array_of_tables());
        sections.flatten().filter_map(Table::position).max()
    }

    fn tables(&self, section: &str) -> Vec<Table> {
        let tables = self.0.get(section).and_then(Item::as_array_of_tables);
        tables.into_iter().flatten().cloned().collect()
    }

    fn put(&mut self, section: &str, tables: Vec<Table>) {
        drop(self.0.insert(section, Item::ArrayOfTables(tables.into_iter().collect())));
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
    fn a_table_is_put_where_it_belongs_and_taken_out_again() {
        let with = edited(|edit| edit.insert("rule", 1, "name = \"vip\" # first\n"));
        let vip = "\n[[rule]]\nname = \"vip\" # first\n";
        assert_eq!(with, TEXT.replace("\n# People.", &format!("{vip}\n# People.")));
        let mut edit = Edit::of(&with).unwrap();
        edit.remove("rule", 1).unwrap();
        assert_eq!(edit.text(), TEXT);
        let first = edited(|edit| edit.insert("rule", 0, "name = \"vip\"\n"));
        assert_eq!(Edit::of(&first).unwrap().find("rule", "name", "vip"), Some(0));
        assert!(first.find("vip") < first.find("trucks"), "{first}");
        let last = edited(|edit| edit.insert("disposition", 7, "options = [\"Sold\"]\n"));
        assert_eq!(last, format!("{TEXT}\n[[disposition]]\noptions = [\"Sold\"]\n"));
    }

    #[test]
    fn what_is_not_there_is_not_changed() {
        let mut edit = Edit::of(TEXT).unwrap();
        let missing = edit.set("agent", 1, "link", 2).unwrap_err();
        assert_eq!(missing.to_string(), "there is no agent[2]");
        assert!(edit.remove("source", 0).is_err() && edit.text() == TEXT);
        assert_eq!(edit.find("agent", "id", "marcus"), None);
        assert!(Edit::of("[[rule]").is_err());
    }
}
