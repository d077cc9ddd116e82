//! What was decided before the start? Settings come from the environment, or from a `custom.env`
//! file; one table describes them all, reads them, and writes their documentation.

mod oidc;
mod table;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::configuration::Secrets;
use crate::domain::identity::WhenAway;
use crate::domain::network::Networks;
use crate::domain::origin::DesktopOrigins;
use crate::domain::password;
use crate::domain::phone::Region;
use crate::domain::secret::Secret;
use crate::domain::time::{Zone, span};
use crate::domain::word::Word as _;
use crate::store;
use crate::telemetry;
use crate::transport::vetting::PrivateTargets;
use crate::view::Language;

pub use oidc::Oidc;
pub use table::{TABLE, as_env, as_markdown};

/// What was decided about the secret part of the desktops' addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DesktopKey {
    /// Nothing: one is made where it is needed.
    Unset,
    /// None is needed.
    Off,
    /// This one.
    Given(Secret),
}

/// All settings, read and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Our address from outside, where it is set.
    pub public_url: Option<Url>,
    /// Where desktops live.
    pub origins: DesktopOrigins,
    /// The secret part of the desktops' addresses.
    pub desktop_key: DesktopKey,
    /// Where agents' browsers are; empty: anywhere.
    pub agent_networks: Networks,
    /// Proxies that say truly whom they speak for.
    pub trusted_proxies: Networks,
    /// Where phone systems alone are listened to, if not where everybody is.
    pub hooks_bind: Option<SocketAddr>,
    pub database: store::Options,
    /// The country of numbers without a prefix.
    pub region: Region,
    /// The zone in which operators read and name times.
    pub zone: Zone,
    /// The language of every page, where it is set.
    pub language: Option<Language>,
    /// The operator's templates.
    pub templates: Option<PathBuf>,
    /// Certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Signs addresses; and those that only verify, while it is rotated.
    pub server_key: Option<(Secret, Vec<Secret>)>,
    pub xuc_url: Option<Url>,
    /// What pages show while XuC is away.
    pub xuc_away: WhenAway,
    /// How long a pane's address lives.
    pub pane_lifetime: Duration,
    /// How long a ring waits for the database.
    pub ring_deadline: Duration,
    /// How long calls are remembered.
    pub retention: Duration,
    /// Where the demo desktop listens, if it does.
    pub demo: Option<SocketAddr>,
    pub log: telemetry::Options,
    /// Who may read what programs may read.
    pub api_token: Option<Secret>,
    /// The password of the console's operator admin.
    pub console_password: Option<password::Given>,
    /// Who else signs people in to the console.
    pub oidc: Option<Oidc>,
    /// How long a session of the console lasts unused.
    pub session_lifetime: Duration,
    /// Private networks that deliveries may reach.
    pub private_targets: PrivateTargets,
    /// Where the configuration's secrets are looked up: everything that was given.
    pub secrets: Secrets,
}

impl Settings {
    /// Whether agents' browsers on other machines reach us, as far as the settings tell.
    fn is_reached_from_elsewhere(&self) -> bool {
        let public = self.public_url.as_ref().and_then(Url::host);
        let named_elsewhere = public.is_some_and(|host| match host {
            url::Host::Domain(name) => name != "localhost" && !name.ends_with(".localhost"),
            url::Host::Ipv4(address) => !address.is_loopback(),
            url::Host::Ipv6(address) => !address.is_loopback(),
        });
        named_elsewhere || !self.bind.ip().is_loopback()
    }

    /// Whether nothing but a desktop key could keep others out.
    pub fn is_open_to_everybody(&self) -> bool {
        self.is_reached_from_elsewhere()
            && self.agent_networks.is_empty()
            && self.xuc_url.is_none()
            && !matches!(self.desktop_key, DesktopKey::Given(_))
    }

    /// Whether a desktop key has to be made.
    pub fn needs_desktop_key(&self) -> bool {
        self.desktop_key == DesktopKey::Unset && self.is_open_to_everybody()
    }
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
    let mut reader = Reader { given, complaints: unknown_settings(given) };
    let settings = reader.settings();
    match settings {
        Some(settings) if reader.complaints.is_empty() => Ok(settings),
        _ => Err(reader.complaints),
    }
}

/// A variable of ours that does not exist is a slip of the pen.
fn unknown_settings(given: &BTreeMap<String, String>) -> Vec<Complaint> {
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
        let message = format!("is not a setting; did you mean {}?", meant.unwrap_or_default());
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
        let desktop_key = self.optional("CALLPANE_DESKTOP_KEY", desktop_key);
        let agent_networks = self.required("CALLPANE_AGENT_NETWORKS", Networks::parse);
        let trusted_proxies = self.required("CALLPANE_TRUSTED_PROXIES", Networks::parse);
        let hooks_bind = self.optional("CALLPANE_HOOKS_BIND", address);
        let database = self.required("CALLPANE_DATABASE", store::Options::parse);
        let region = self.required("CALLPANE_REGION", |code| {
            Region::parse(code)
                .ok_or_else(|| format!("\"{code}\" is not an ISO 3166 country code such as FR"))
        });
        let zone = self.optional("CALLPANE_ZONE", zone);
        let language = self.required("CALLPANE_LANGUAGE", language);
        let templates = self.optional("CALLPANE_TEMPLATES", folder);
        let tls = self.tls();
        let server_key = self.optional("CALLPANE_SERVER_KEY", rotated);
        let xuc_url = self.optional("CALLPANE_XUC_URL", web_address);
        let xuc_away = self.required("CALLPANE_XUC_AWAY", |text| {
            let unknown = || format!("\"{text}\" must be show or withhold");
            WhenAway::read(text).ok_or_else(unknown)
        });
        let pane_lifetime = self.required("CALLPANE_PANE_LIFETIME", span);
        let ring_deadline = self.required("CALLPANE_RING_DEADLINE", span);
        let retention = self.required("CALLPANE_RETENTION", span);
        let demo = self.required("CALLPANE_DEMO", truth);
        let demo_bind = self.required("CALLPANE_DEMO_BIND", address);
        let private_targets = self.required("CALLPANE_PRIVATE_TARGETS", PrivateTargets::parse);
        let api_token = self.optional("CALLPANE_API_TOKEN", strong);
        let console_password = self.optional("CALLPANE_CONSOLE_PASSWORD", password::Given::parse);
        let oidc = self.oidc();
        if oidc.is_some() && public_url.is_none() {
            self.needs_a_way_back(bind);
        }
        let session_lifetime = self.required("CALLPANE_SESSION_LIFETIME", span);
        let filter = self.required("CALLPANE_LOG", |text| {
            telemetry::Options::check(text).map(|()| text.to_owned())
        });
        let format = self.required("CALLPANE_LOG_FORMAT", format);
        Some(Settings {
            bind: bind?,
            public_url,
            origins: origins?,
            desktop_key: desktop_key.unwrap_or(DesktopKey::Unset),
            agent_networks: agent_networks?,
            trusted_proxies: trusted_proxies?,
            hooks_bind,
            database: database?,
            region: region?,
            zone: zone.unwrap_or_else(|| zone_of_machine(self.given)),
            language: language?,
            templates,
            tls,
            server_key,
            xuc_url,
            xuc_away: xuc_away?,
            pane_lifetime: pane_lifetime?,
            ring_deadline: ring_deadline?,
            retention: retention?,
            demo: demo_bind.filter(|_| demo == Some(true)),
            log: telemetry::Options { filter: filter?, format: format? },
            api_token,
            console_password,
            oidc,
            session_lifetime: session_lifetime?,
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
                self.complain(&file_name, format!("conflicts with {name}; set only one of them"));
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
            self.complain(
                missing,
                "is missing: https needs both a certificate and a key".to_owned(),
            );
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
    text.parse()
        .ok()
        .ok_or_else(|| format!("\"{text}\" is not an address and port such as 0.0.0.0:8080"))
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let plain = url.filter(|url| url.query().is_none() && url.fragment().is_none());
    plain
        .ok_or_else(|| format!("\"{text}\" is not an address such as https://callpane.example.com"))
}

fn language(text: &str) -> Result<Option<Language>, String> {
    if text == "auto" {
        return Ok(None);
    }
    let known = Language::parse(text).map(Some);
    known.map_err(|error| format!("\"{text}\" {error}, auto"))
}

fn zone(text: &str) -> Result<Zone, String> {
    Zone::parse(text).ok_or_else(|| format!("\"{text}\" is not a time zone such as Europe/Paris"))
}

/// What the machine says of itself; `TZ` may hold more than a name, which then says nothing here.
fn zone_of_machine(given: &BTreeMap<String, String>) -> Zone {
    let name = given.get("TZ").map(|name| name.trim_start_matches(':'));
    name.and_then(Zone::parse).unwrap_or_else(Zone::utc)
}

fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() { Ok(path) } else { Err(format!("\"{text}\" is not a folder")) }
}

fn file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_file() { Ok(path) } else { Err(format!("\"{text}\" is not a file")) }
}

/// A path segment as it stands, so that it can be copied into an address.
fn desktop_key(text: &str) -> Result<DesktopKey, String> {
    if text == "off" {
        return Ok(DesktopKey::Off);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if !text.chars().all(plain) {
        return Err("may hold letters, digits and -._~ only; try `openssl rand -hex 16`".to_owned());
    }
    strong(text).map(DesktopKey::Given)
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
    text.parse().ok().ok_or_else(|| format!("\"{text}\" must be true or false"))
}

fn format(text: &str) -> Result<telemetry::Format, String> {
    match text {
        "text" => Ok(telemetry::Format::Text),
        "json" => Ok(telemetry::Format::Json),
        _ => Err(format!("\"{text}\" must be text or json")),
    }
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
    fn times_are_those_of_the_zone_that_is_set_else_of_the_machine() {
        for (pairs, zone) in [
            (&[("CALLPANE_ZONE", "Europe/Paris"), ("TZ", "Asia/Tokyo")][..], "Europe/Paris"),
            (&[("TZ", ":Asia/Tokyo")], "Asia/Tokyo"),
            (&[("TZ", "CET-1CEST")], "UTC"),
            (&[], "UTC"),
        ] {
            assert_eq!(read(&given(pairs)).unwrap().zone.name(), zone, "{pairs:?}");
        }
        let wrong = complaints(&[("CALLPANE_ZONE", "Paris")]);
        assert_eq!(wrong, ["CALLPANE_ZONE: \"Paris\" is not a time zone such as Europe/Paris"]);
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
        CALLPANE_DESKTOP_ORIGIN: is not a setting; did you mean CALLPANE_DESKTOP_ORIGINS?
        CALLPANE_BIND: "8080" is not an address and port such as 0.0.0.0:8080
        CALLPANE_DATABASE: is neither sqlite:PATH nor postgres://USER:PASSWORD@HOST/DATABASE
        CALLPANE_REGION: "XX" is not an ISO 3166 country code such as FR
        CALLPANE_LANGUAGE: "de" is not one of en, fr, auto
        CALLPANE_TLS_CERT: "/no/such/file" is not a file
        CALLPANE_TLS_KEY: is missing: https needs both a certificate and a key
        CALLPANE_SERVER_KEY: is shorter than 16 characters; try `openssl rand -hex 32`
        CALLPANE_RETENTION: "90 days" is not a duration such as 500ms, 30s, 15m, 12h or 90d
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
        assert!(complaints(&both)[0].contains("conflicts with CALLPANE_SERVER_KEY"));
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
