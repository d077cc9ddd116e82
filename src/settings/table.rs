//! Every setting, once: what reads them and what documents them looks here.

use std::fmt::Write as _;

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
pub const TABLE: &[Setting] = &[
    setting("CALLPANE_BIND", "127.0.0.1:8080", "Address and port to listen on."),
    setting(
        "CALLPANE_PUBLIC_URL",
        "http://localhost:8080",
        "Callpane's address as agents' browsers reach it; a path prefix is allowed. Unset: localhost with \
         the port of CALLPANE_BIND.",
    ),
    setting(
        "CALLPANE_DESKTOP_ORIGINS",
        "*",
        "Origins of the agents' desktops, separated by commas: who may send rings (CORS), frame pages, and \
         be notified that a page is done.",
    ),
    secret(
        "CALLPANE_DESKTOP_KEY",
        "",
        "The secret last part of THIRD_PARTY_URL and of sheets' addresses (/thirdparty/KEY, /sheet/KEY), \
         16 characters or more; `off`: none. Unset: if agents on other machines can reach Callpane and no \
         other guard is set, one is generated and kept in the database.",
    ),
    setting(
        "CALLPANE_AGENT_NETWORKS",
        "",
        "Networks that agents' browsers are in, separated by commas, such as 10.0.0.0/8: nobody else may \
         request pages. Unset: everybody may.",
    ),
    setting(
        "CALLPANE_TRUSTED_PROXIES",
        "",
        "Networks of the reverse proxies whose X-Forwarded-For is trusted, separated by commas.",
    ),
    setting(
        "CALLPANE_HOOKS_BIND",
        "",
        "Address and port for phone systems alone: /hooks is then served here and nowhere else. \
         Unset: on CALLPANE_BIND.",
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
        "CALLPANE_ZONE",
        "",
        "Time zone in which the console and `callpane explain` write and read times, such as Europe/Paris. \
         Unset: that of TZ, or UTC.",
    ),
    setting(
        "CALLPANE_LANGUAGE",
        "auto",
        "Language of the pages: en, fr, or auto for each reader's own.",
    ),
    setting(
        "CALLPANE_TEMPLATES",
        "",
        "A folder whose .html pages and en.ftl, fr.ftl texts replace the built-in ones or add to \
         them.",
    ),
    setting(
        "CALLPANE_TLS_CERT",
        "",
        "Certificate chain (PEM file); together with CALLPANE_TLS_KEY it switches on https.",
    ),
    setting("CALLPANE_TLS_KEY", "", "Private key of the certificate (PEM file)."),
    secret(
        "CALLPANE_SERVER_KEY",
        "",
        "Signs the addresses of pages and personal links. NEW,OLD rotates it: the first signs, all \
         verify. Unset: generated at the first start and kept in the database; `callpane rotate-key` \
         rotates it.",
    ),
    secret(
        "CALLPANE_API_TOKEN",
        "",
        "Bearer token with the role admin for programs that use /api/v1, 16 characters or more. It never \
         expires; `callpane tokens` creates others. Unset: only those are accepted.",
    ),
    secret(
        "CALLPANE_CONSOLE_PASSWORD",
        "",
        "Password of the console's operator admin, 10 characters or more, or its Argon2 hash as a PHC \
         string, in single quotes. Unset: as long as nobody is an administrator (`callpane operators`), \
         every start prints a link that signs in once, within 15 minutes.",
    ),
    setting(
        "CALLPANE_OIDC_ISSUER",
        "",
        "Single sign-on to the console: the address of the OpenID Connect provider, exactly as its discovery \
         document names its issuer. Unset: people sign in only with passwords and links.",
    ),
    setting("CALLPANE_OIDC_CLIENT_ID", "", "The name that the provider has given Callpane."),
    secret("CALLPANE_OIDC_CLIENT_SECRET", "", "The secret that the provider has given Callpane."),
    setting(
        "CALLPANE_OIDC_ROLES",
        "",
        "Which claims give which role, separated by commas, as CLAIM:VALUE=ROLE: \
         groups:callcentre-admins=admin,groups:callcentre=viewer. The highest counts; nobody else gets in.",
    ),
    setting(
        "CALLPANE_OIDC_SCOPES",
        "openid profile email",
        "What the provider is asked for, separated by spaces; some send groups only if asked for groups, too.",
    ),
    setting(
        "CALLPANE_OIDC_NAME",
        "",
        "What the button on the sign-in page calls the provider, such as Example ID. Unset: single sign-on.",
    ),
    setting(
        "CALLPANE_SESSION_LIFETIME",
        "12h",
        "How long a session of the console lasts when it is not used. After 7 days it ends in any case.",
    ),
    setting(
        "CALLPANE_PRIVATE_TARGETS",
        "",
        "Private networks that Callpane may connect to, separated by commas, such as 10.0.0.0/8: for \
         deliveries, lookups, message queues, the endpoints of rules and single sign-on.",
    ),
    setting(
        "CALLPANE_XUC_URL",
        "",
        "XuC's address, to ask whether an agent's token is valid: until XuC confirms it, pages show only \
         the ring. Unset: XuC is not asked.",
    ),
    setting(
        "CALLPANE_XUC_AWAY",
        "withhold",
        "What pages do while XuC cannot be reached: show everything, or withhold history, contact \
         and notes.",
    ),
    setting("CALLPANE_PANE_LIFETIME", "12h", "How long the address of a page is valid."),
    setting(
        "CALLPANE_RING_DEADLINE",
        "500ms",
        "How long a ring waits for the database, and for endpoints that rules ask, before it is answered \
         without them.",
    ),
    setting("CALLPANE_RETENTION", "90d", "How long calls, notes and events are kept."),
    setting(
        "CALLPANE_DEMO",
        "false",
        "true opens the demo endpoints /demo/desktop and /demo/crm to anyone who can reach them.",
    ),
    setting(
        "CALLPANE_DEMO_BIND",
        "127.0.0.1:8081",
        "Address and port of the demo desktop: another origin, so that CORS applies as it does to \
         a real one.",
    ),
    setting("CALLPANE_LOG", "info", "What is logged: error, warn, info, debug, or a filter."),
    setting("CALLPANE_LOG_FORMAT", "text", "text or json."),
];

/// The table as `custom.env.example`.
pub fn as_env() -> String {
    let mut text = String::from(
        "# For XiVO: this one line goes into XiVO's own /etc/docker/compose/custom.env, with the\n\
         # address at which the agents' browsers reach Callpane; `callpane settings` prints it with its \
         KEY.\n\
         #THIRD_PARTY_URL=https://callpane.example.com/thirdparty/KEY\n\n\
         # For Callpane: copy this file to custom.env, in the folder that callpane is started in or\n\
         # beside the program. The environment takes precedence over it. Each line shows the default.\n# \
         Put values with spaces, $ or # in single quotes.\n",
    );
    for setting in TABLE {
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
         `callpane` is started in, or beside the program; the environment takes precedence. In that file, \
         put values with spaces, `$` or `#` in single quotes. `callpane check` reads them all and names \
         every one that is not valid. A duration is a whole number with `ms`, `s`, `m`, `h` or `d`.\n\n\
         | setting | default | what it is for |\n|---|---|---|\n",
    );
    for setting in TABLE {
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
        format!("{} Can be read from a file instead: {}_FILE.", setting.help, setting.name)
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
