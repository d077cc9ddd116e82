//! Which database, and who opens it.

use std::path::PathBuf;

use crate::domain::secret::Secret;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Options {
    /// A file, kept by the SQLite inside this program.
    Sqlite(PathBuf),
    /// A PostgreSQL server: a `postgres://` address, with its password.
    Postgres(Secret),
}

impl Options {
    /// Reads `sqlite:PATH` or `postgres://…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let odd = path.is_empty() || path.contains(":memory:") || path.contains('?');
            if odd {
                return Err(
                    "names no file; write sqlite:callpane.db or sqlite:/var/lib/x.db".into()
                );
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return match text.parse::<::postgres::Config>() {
                Ok(_) => Ok(Self::Postgres(Secret::new(text))),
                Err(error) => Err(format!("is not a PostgreSQL address: {error}")),
            };
        }
        Err("is neither sqlite:PATH nor postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
    }
}

/// Which database, without its password.
impl std::fmt::Display for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(_) => f.write_str("PostgreSQL"),
        }
    }
}

/// Who opens the store: a server is the only one of its kind, a command passes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// Serves: on SQLite, alone.
    Server,
    /// Looks, or changes the configuration, beside a server.
    Command,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_a_file_or_a_server() {
        let path = |text| match Options::parse(text) {
            Ok(Options::Sqlite(path)) => Some(path.display().to_string()),
            _ => None,
        };
        assert_eq!(path("sqlite:a.db").as_deref(), Some("a.db"));
        assert_eq!(path("sqlite:///var/a.db").as_deref(), Some("/var/a.db"));
        assert_eq!(path("sqlite:/var/a.db").as_deref(), Some("/var/a.db"));
        for wrong in
            ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite:a.db?x", "a.db", "mysql://x"]
        {
            assert!(Options::parse(wrong).is_err(), "{wrong}");
        }
        let postgres = Options::parse("postgres://u:hunter2@db.example.com/x").unwrap();
        assert!(!format!("{postgres} {postgres:?}").contains("hunter2"));
    }
}
