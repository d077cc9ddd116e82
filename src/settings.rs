//! What was decided before the start? Settings come from the environment, or from a `custom.env`
//! file; one table describes them all, reads them, and writes their documentation.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::configuration::Secrets;
use crate::domain::origin::DesktopOrigins;
use crate::domain::phone::Region;
use crate::domain::secret::Secret;
use crate::domain::time::span;
use crate::store;
use crate::telemetry;
use crate::transport::vetting::PrivateTargets;
use crate::view::Language;

/// One setting as it is documented.
#[derive(Debug)]
pub struct Setting {
    /// Its environment variable.
    pub name: &'static str,
    /// What holds when it is unset; empty for nothing.
    pub default: &'static str,
    /// What it is for, in one sentence or two.
    pub help: &'static str,
    /// Whether its value is a secret, which may also stand in a file named by `NAME_FILE`.
    pub secret: bool,
}

const fn setting(name: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting { name, default, help, secret: false }
}

const fn secret(name: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting { name, default, help, secret: true }
}

/// Every setting.
pub const TABLE: [Setting; 20] = [
    setting("CALLPANE_BIND", "127.0.0.1:8080", "Address and port to listen at."),
    setting(
        "CALLPANE_PUBLIC_URL",
        "http://localhost:8080",
        "Our address as agents' browsers reach it; a path prefix is allowed. Unset: localhost with \
         the port of CALLPANE_BIND.",
    ),
    setting(
        "CALLPANE_DESKTOP_ORIGINS",
        "*",
        "Origins of the agents' desktops, separated by commas: who may ask (CORS), frame pages, and \
         hear that a page is done.",
    ),
    secret(
        "CALLPANE_DATABASE",
        "sqlite:callpane.db",
        "sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE for several nodes.",
    ),
    setting(
        "CALLPANE_REGION",
        "FR",
        "Country of numbers without an international prefix, as an ISO 3166 code.",
    ),
    setting(
        "CALLPANE_LANGUAGE",
        "auto",
        "Language of the pages: en, fr, or auto for each reader's own.",
    ),
    setting(
        "CALLPANE_TEMPLATES",
        "",
        "A folder whose .html pages and en.ftl, fr.ftl texts replace or add to the built-in ones.",
    ),
    setting("CALLPANE_TLS_CERT", "", "Certificate chain (PEM file); with CALLPANE_TLS_KEY: https."),
    setting("CALLPANE_TLS_KEY", "", "Private key of the certificate (PEM file)."),
    secret(
        "CALLPANE_SERVER_KEY",
        "",
        "Signs the addresses of pages and personal links. NEW,OLD rotates it: the first signs, all \
         verify. Unset: made at the first start and kept in the database; `callpane rotate-key` \
         rotates it.",
    ),
    secret(
        "CALLPANE_API_TOKEN",
        "",
        "Bearer token of programs that use /api/v1, 16 characters or more. Unset: nobody may.",
    ),
    setting(
        "CALLPANE_PRIVATE_TARGETS",
        "",
        "Networks inside the house that deliveries and look-ups may reach, separated by commas, as \
         10.0.0.0/8.",
    ),
    setting(
        "CALLPANE_XUC_URL",
        "",
        "XuC's address, to ask whether an agent's token is good. Unset: nobody is asked.",
    ),
    setting("CALLPANE_PANE_LIFETIME", "12h", "How long the address of a page lives."),
    setting(
        "CALLPANE_RING_DEADLINE",
        "500ms",
        "How long a ring waits for the database before it is answered without.",
    ),
    setting("CALLPANE_RETENTION", "90d", "How long calls, notes and events are kept."),
    setting(
        "CALLPANE_DEMO",
        "false",
        "true opens the demo doors /demo/desktop and /demo/crm, to whoever reaches them.",
    ),
    setting(
        "CALLPANE_DEMO_BIND",
        "127.0.0.1:8081",
        "Address and port of the demo desktop: another origin, so that CORS is real.",
    ),
    setting("CALLPANE_LOG", "info", "What is logged: error, warn, info, debug, or a filter."),
    setting("CALLPANE_LOG_FORMAT", "text", "text or json."),
];

/// All settings, read and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Our address from outside, where it is set.
    pub public_url: Option<Url>,
    /// Where desktops live.
    pub origins: DesktopOrigins,
    /// Where the database is.
    pub database: store::Options,
    /// The country of numbers without a prefix.
    pub region: Region,
    /// The language of every page, where it is set.
    pub language: Option<Language>,
    /// The operator's templates.
    pub templates: Option<PathBuf>,
    /// Certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Signs addresses; and those that only verify, while it is rotated.
    pub server_key: Option<(Secret, Vec<Secret>)>,
    /// XuC.
    pub xuc_url: Option<Url>,
    /// How long a pane's address lives.
    pub pane_lifetime: Duration,
    /// How long a ring waits for the database.
    pub ring_deadline: Duration,
    /// How long calls are remembered.
    pub retention: Duration,
    /// Where the demo desktop listens, if it does.
    pub demo: Option<SocketAddr>,
    /// The log.
    pub log: telemetry::Options,
    /// Who may read what programs may read.
    pub api_token: Option<Secret>,
    /// Networks inside the house that deliveries may reach.
    pub private_targets: PrivateTargets,
    /// Where the configuration's secrets are looked up: everything that was given.
    pub secrets: Secrets,
}

/// A setting that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct Complaint {
    /// The variable.
    pub name: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Reads the environment, and `custom.env` in the working folder and beside the program; what is
/// said first counts, in this order.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn surroundings() -> Result<BTreeMap<String, String>, Complaint> {
    let beside =
        std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("custom.env")));
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for file in [Some(PathBuf::from("custom.env")), beside].into_iter().flatten() {
        if !file.exists() {
            continue;
        }
        let fail = |error: dotenvy::Error| Complaint {
            name: file.display().to_string(),
            // The line itself may hold a secret and is not repeated.
            message: match error {
                dotenvy::Error::LineParse(..) => "has a line that is not NAME=value; put values \
                     with spaces, $ or # in single quotes"
                    .to_owned(),
                other => other.to_string(),
            },
        };
        for entry in dotenvy::from_path_iter(&file).map_err(fail)? {
            let (name, value) = entry.map_err(fail)?;
            found.entry(name).or_insert(value);
        }
    }
    let text = |value: std::ffi::OsString| value.into_string().ok();
    found.extend(std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))));
    Ok(found)
}

/// Reads and checks all settings; all complaints at once.
pub fn read(given: &BTreeMap<String, String>) -> Result<Settings, Vec<Complaint>> {
    let mut reader = Reader { given, complaints: strangers(given) };
    let settings = reader.settings();
    match settings {
        Some(settings) if reader.complaints.is_empty() => Ok(settings),
        _ => Err(reader.complaints),
    }
}

/// A variable of ours that does not exist is a slip of the pen.
fn strangers(given: &BTreeMap<String, String>) -> Vec<Complaint> {
    let known = |name: &str| {
        TABLE.iter().any(|setting| {
            name == setting.name
                || (setting.secret && name.strip_suffix("_FILE") == Some(setting.name))
        })
    };
    // Kubernetes gives these to every container beside a service that is named callpane.
    let injected = |name: &str| {
        ["CALLPANE_PORT", "CALLPANE_SERVICE_"].iter().any(|prefix| name.starts_with(prefix))
    };
    let ours = given.keys().filter(|name| name.starts_with("CALLPANE_"));
    let ours = ours.filter(|name| !known(name) && !injected(name));
    let complaint = |name: &String| {
        let close = TABLE.iter().map(|setting| setting.name);
        let meant = close.min_by_key(|known| strsim::damerau_levenshtein(name, known));
        let message = format!("is no setting; did you mean {}?", meant.unwrap_or_default());
        Complaint { name: name.clone(), message }
    };
    ours.map(complaint).collect()
}

struct Reader<'a> {
    given: &'a BTreeMap<String, String>,
    complaints: Vec<Complaint>,
}

impl Reader<'_> {
    fn settings(&mut self) -> Option<Settings> {
        let bind = self.required("CALLPANE_BIND", address);
        let public_url = self.optional("CALLPANE_PUBLIC_URL", web_address);
        let origins = self.required("CALLPANE_DESKTOP_ORIGINS", DesktopOrigins::parse);
        let database = self.required("CALLPANE_DATABASE", store::Options::parse);
        let region = self.required("CALLPANE_REGION", |code| {
            Region::parse(code)
                .ok_or_else(|| format!("\"{code}\" is no ISO 3166 country code, as FR"))
        });
        let language = self.required("CALLPANE_LANGUAGE", language);
        let templates = self.optional("CALLPANE_TEMPLATES", folder);
        let tls = self.tls();
        let server_key = self.optional("CALLPANE_SERVER_KEY", rotated);
        let xuc_url = self.optional("CALLPANE_XUC_URL", web_address);
        let pane_lifetime = self.required("CALLPANE_PANE_LIFETIME", span);
        let ring_deadline = self.required("CALLPANE_RING_DEADLINE", span);
        let retention = self.required("CALLPANE_RETENTION", span);
        let demo = self.required("CALLPANE_DEMO", truth);
        let demo_bind = self.required("CALLPANE_DEMO_BIND", address);
        let private_targets = self.required("CALLPANE_PRIVATE_TARGETS", PrivateTargets::parse);
        let api_token = self.optional("CALLPANE_API_TOKEN", strong);
        let filter = self.required("CALLPANE_LOG", |text| {
            telemetry::Options::check(text).map(|()| text.to_owned())
        });
        let format = self.required("CALLPANE_LOG_FORMAT", format);
        Some(Settings {
            bind: bind?,
            public_url,
            origins: origins?,
            database: database?,
            region: region?,
            language: language?,
            templates,
            tls,
            server_key,
            xuc_url,
            pane_lifetime: pane_lifetime?,
            ring_deadline: ring_deadline?,
            retention: retention?,
            demo: demo_bind.filter(|_| demo == Some(true)),
            log: telemetry::Options { filter: filter?, format: format? },
            api_token,
            private_targets: private_targets?,
            secrets: secrets(self.given.clone()),
        })
    }

    /// The value of a setting, or its default.
    fn required<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let given = self.value(name);
        let default = TABLE.iter().find(|setting| setting.name == name)?.default;
        self.parsed(name, given.as_deref().unwrap_or(default), parse)
    }

    /// The value of a setting that may be unset.
    fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let given = self.value(name)?;
        self.parsed(name, &given, parse)
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(text.trim()).map_err(|message| self.complain(name, message)).ok()
    }

    /// What was given, in the variable or in the file that `NAME_FILE` names; empty is unset.
    fn value(&mut self, name: &str) -> Option<String> {
        let given = self.given.get(name).filter(|value| !value.trim().is_empty()).cloned();
        let file_name = format!("{name}_FILE");
        let file = self.given.get(&file_name).filter(|value| !value.trim().is_empty());
        match (given, file) {
            (Some(_), Some(_)) => {
                self.complain(&file_name, format!("is set beside {name}; set one of them"));
                None
            }
            (Some(given), None) => Some(given),
            (None, Some(file)) => match std::fs::read_to_string(file) {
                Ok(text) => Some(text.trim_end().to_owned()),
                Err(error) => {
                    self.complain(&file_name, format!("{file} cannot be read: {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }

    fn tls(&mut self) -> Option<(PathBuf, PathBuf)> {
        let cert = self.optional("CALLPANE_TLS_CERT", file);
        let key = self.optional("CALLPANE_TLS_KEY", file);
        let has =
            |name| self.given.get(name).is_some_and(|value: &String| !value.trim().is_empty());
        let (has_cert, has_key) = (has("CALLPANE_TLS_CERT"), has("CALLPANE_TLS_KEY"));
        if has_cert != has_key {
            let missing = if has_cert { "CALLPANE_TLS_KEY" } else { "CALLPANE_TLS_CERT" };
            self.complain(missing, "is missing: https needs certificate and key".to_owned());
        }
        cert.zip(key)
    }

    fn complain(&mut self, name: &str, message: String) {
        self.complaints.push(Complaint { name: name.to_owned(), message });
    }
}

/// What was given at the start; a name that is new since then may stand in `custom.env` by now, so
/// that a secret can be rotated without a new start.
fn secrets(given: BTreeMap<String, String>) -> Secrets {
    Secrets::new(move |name| {
        let now = || surroundings().ok().and_then(|now| now.get(name).cloned());
        given.get(name).cloned().or_else(now)
    })
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().ok().ok_or_else(|| format!("\"{text}\" is no address and port, as 0.0.0.0:8080"))
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let plain = url.filter(|url| url.query().is_none() && url.fragment().is_none());
    plain.ok_or_else(|| format!("\"{text}\" is no address, as https://callpane.example.com"))
}

fn language(text: &str) -> Result<Option<Language>, String> {
    if text == "auto" {
        return Ok(None);
    }
    let known = Language::parse(text).map(Some);
    known.map_err(|error| format!("\"{text}\" {error}, auto"))
}

fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() { Ok(path) } else { Err(format!("\"{text}\" is no folder")) }
}

fn file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_file() { Ok(path) } else { Err(format!("\"{text}\" is no file")) }
}

/// Whoever guesses such a secret sees every call: sixteen characters are the least.
fn strong(text: &str) -> Result<Secret, String> {
    if text.len() < 16 {
        return Err("is shorter than 16 characters; try `openssl rand -hex 32`".to_owned());
    }
    Ok(Secret::new(text))
}

/// A key, and after commas those before it.
fn rotated(text: &str) -> Result<(Secret, Vec<Secret>), String> {
    let mut keys = text.split(',').map(|key| strong(key.trim()));
    let first = keys.next().unwrap_or_else(|| strong(""))?;
    Ok((first, keys.collect::<Result<_, _>>()?))
}

fn truth(text: &str) -> Result<bool, String> {
    text.parse().ok().ok_or_else(|| format!("\"{text}\" is neither true nor false"))
}

fn format(text: &str) -> Result<telemetry::Format, String> {
    match text {
        "text" => Ok(telemetry::Format::Text),
        "json" => Ok(telemetry::Format::Json),
        _ => Err(format!("\"{text}\" is neither text nor json")),
    }
}

/// The table as `custom.env.example`.
pub fn as_env() -> String {
    let mut text = String::from(
        "# For XiVO: this one line goes into XiVO's own /etc/docker/compose/custom.env, with the\n\
         # address at which the agents' browsers reach Callpane.\n\
         #THIRD_PARTY_URL=https://callpane.example.com/thirdparty\n\n\
         # For Callpane: copy this file to custom.env, in the folder that callpane is started in or\n\
         # beside the program. The environment wins over it. Each line shows the default. Values with\n\
         # spaces, $ or # stand in single quotes.\n",
    );
    for setting in &TABLE {
        text.push('\n');
        for line in wrapped(&described(setting), 96) {
            let _infallible = writeln!(text, "# {line}");
        }
        let _infallible = writeln!(text, "#{}={}", setting.name, setting.default);
    }
    text
}

/// The table as a page of the documentation.
pub fn as_markdown() -> String {
    let mut text = String::from(
        "# Settings\n\n\
         Each is an environment variable, or a line in a `custom.env` file in the folder that \
         `callpane` is started in, or beside the program; the environment wins. There, values with spaces, `$` or `#` \
         stand in single quotes. `callpane check` \
         reads them all and names every one that is wrong. Spans of time are a whole number with \
         `ms`, `s`, `m`, `h` or `d`.\n\n\
         | setting | default | what it is for |\n|---|---|---|\n",
    );
    for setting in &TABLE {
        let default = match setting.default {
            "" => "unset".to_owned(),
            default => format!("`{default}`"),
        };
        let _infallible =
            writeln!(text, "| `{}` | {default} | {} |", setting.name, described(setting));
    }
    text
}

fn described(setting: &Setting) -> String {
    if setting.secret {
        format!("{} May stand in a file: {}_FILE.", setting.help, setting.name)
    } else {
        setting.help.to_owned()
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn complaints(pairs: &[(&str, &str)]) -> Vec<String> {
        read(&given(pairs)).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = read(&given(&[])).unwrap();
        assert_eq!(settings.bind.port(), 8080);
        assert_eq!(settings.retention, Duration::from_hours(90 * 24));
        assert_eq!(settings.demo, None);
    }

    #[test]
    fn all_complaints_come_at_once_and_name_their_variable() {
        let complaints = complaints(&[
            ("CALLPANE_BIND", "8080"),
            ("CALLPANE_REGION", "XX"),
            ("CALLPANE_DATABASE", "mysql://x"),
            ("CALLPANE_RETENTION", "90 days"),
            ("CALLPANE_TLS_CERT", "/no/such/file"),
            ("CALLPANE_SERVER_KEY", "short"),
            ("CALLPANE_LANGUAGE", "de"),
            ("CALLPANE_DESKTOP_ORIGIN", "*"),
        ]);
        insta::assert_snapshot!(complaints.join("\n"), @r#"
        CALLPANE_DESKTOP_ORIGIN: is no setting; did you mean CALLPANE_DESKTOP_ORIGINS?
        CALLPANE_BIND: "8080" is no address and port, as 0.0.0.0:8080
        CALLPANE_DATABASE: is neither sqlite:PATH nor postgres://USER:PASSWORD@HOST/DATABASE
        CALLPANE_REGION: "XX" is no ISO 3166 country code, as FR
        CALLPANE_LANGUAGE: "de" is none of en, fr, auto
        CALLPANE_TLS_CERT: "/no/such/file" is no file
        CALLPANE_TLS_KEY: is missing: https needs certificate and key
        CALLPANE_SERVER_KEY: is shorter than 16 characters; try `openssl rand -hex 32`
        CALLPANE_RETENTION: "90 days" is no span of time, as 500ms, 30s, 15m, 12h or 90d
        "#);
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a secret of a decent length\n").unwrap();
        let path = file.path().to_str().unwrap();
        let settings = read(&given(&[("CALLPANE_SERVER_KEY_FILE", path)])).unwrap();
        let key = Secret::new("a secret of a decent length");
        assert_eq!(settings.server_key, Some((key, Vec::new())));
        assert!(!format!("{settings:?}").contains("decent"));
        let both = [("CALLPANE_SERVER_KEY_FILE", path), ("CALLPANE_SERVER_KEY", "x")];
        assert!(complaints(&both)[0].contains("is set beside CALLPANE_SERVER_KEY"));
    }

    #[test]
    fn a_server_key_is_rotated_with_the_one_before_it_after_a_comma() {
        let (new, old) = ("a new key of a decent length", "an old key of a decent length");
        let both = format!("{new}, {old}");
        let settings = read(&given(&[("CALLPANE_SERVER_KEY", &both)])).unwrap();
        assert_eq!(settings.server_key, Some((Secret::new(new), vec![Secret::new(old)])));
        let short = complaints(&[("CALLPANE_SERVER_KEY", &format!("{new},short"))]);
        assert!(short[0].contains("shorter than 16"), "{short:?}");
    }

    #[test]
    fn the_documents_are_what_the_table_says() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
        let hint = "write it anew with `cargo run -- settings --format …`";
        assert_eq!(read("custom.env.example"), as_env(), "{hint}");
        assert_eq!(read("docs/settings.md"), as_markdown(), "{hint}");
    }
}
