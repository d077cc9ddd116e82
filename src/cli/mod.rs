//! Which command? The command line, one file a group of commands.

mod access;
mod audit;
mod calls;
mod check;
mod configuration;
mod contacts;
mod context;
mod demo;
mod explain;
mod frames;
mod guard;
mod operators;
mod outbox;
mod output;
mod probe;
mod serve;
mod settings;
mod sources;
mod tokens;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

use crate::domain::delivery;
use crate::store::DeliveryFilter;

/// Answers the agent's desktop when a call rings, and opens the right page for that call.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Settings come from the environment or from custom.env; \
    `callpane settings` lists them."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve agents' desktops and pages, phone systems' hooks, the console and the API.
    Serve,
    /// Serve with a stand-in agent application and CRM, sample rules and a temporary database.
    Demo,
    /// Check settings, templates, database and configuration; or, with a URL, whether that works as a
    /// `THIRD_PARTY_URL`: preflight, headers, answer, and whether its page may be framed.
    Check {
        /// The endpoint to check, Callpane's or anyone else's. It receives one sample ring.
        url: Option<String>,
        /// The origin of the agents' desktop; unset: an invented one with the same scheme as the URL.
        #[arg(long)]
        origin: Option<String>,
    },
    /// Apply a configuration (TOML), after showing what changes. Running servers use it within a second.
    Apply {
        /// Files, or folders of *.toml files, which together form one document; - for standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        consent: configuration::Consent,
    },
    /// Print the configuration that is in force (TOML).
    Export {
        /// Print this earlier version instead.
        #[arg(long)]
        version: Option<i64>,
    },
    /// List the versions of the configuration: when each was applied, from where, and what it changed.
    History {
        /// Only this version, with everything that it changed.
        version: Option<i64>,
        /// How many, the newest first.
        #[arg(long, default_value_t = 20)]
        limit: u16,
        /// One JSON object per line.
        #[arg(long)]
        json: bool,
    },
    /// Apply an earlier version of the configuration again, as a new version.
    Rollback {
        /// Its number, as `callpane history` lists it.
        version: i64,
        #[command(flatten)]
        consent: configuration::Consent,
    },
    /// List the events of phone systems and the rings of desktops that were accepted recently, and why no
    /// page was opened.
    Events {
        /// Only from this source; xivo for the rings of XucMgt.
        source: Option<String>,
        /// How many, the newest first.
        #[arg(long, default_value_t = 20)]
        limit: u16,
        /// With the bodies, as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List calls: a line for each agent that a call rang for, the newest first.
    Calls(calls::Wanted),
    /// Explain why a page opened for an agent, or why nothing did.
    Explain(explain::Asked),
    /// List the refused requests of phone systems, and why they were refused.
    Refusals {
        /// Only this source's.
        source: Option<String>,
        /// How many, the newest first.
        #[arg(long, default_value_t = 20)]
        limit: u16,
        /// With the requests, as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what a request of a phone system would mean, without storing any of it.
    Try {
        /// The source, as the configuration names it.
        source: String,
        /// A file with the request as HTTP text, or only its body; - for standard input.
        file: PathBuf,
        /// A configuration (TOML) that is not in force yet.
        #[arg(long)]
        draft: Option<PathBuf>,
    },
    /// List deliveries: what was sent to destinations, and what is waiting.
    Deliveries {
        /// Only to this destination.
        #[arg(long)]
        destination: Option<String>,
        /// Only in this state.
        #[arg(long, value_parser = PossibleValuesParser::new(delivery::filters()))]
        state: Option<String>,
        /// How many, the newest first.
        #[arg(long, default_value_t = 20)]
        limit: u16,
    },
    /// Show one delivery: every attempt, with its request and its answer (JSON).
    Delivery {
        /// Its id.
        id: String,
    },
    /// Resend deliveries: the ones named, whatever became of them, or all that have failed since a time.
    Resend {
        /// These deliveries, whatever became of them.
        ids: Vec<String>,
        /// All that have failed since this time (those still owed are tried anyway), such as 2026-09-21T14:15:23Z.
        #[arg(long)]
        since: Option<String>,
        /// With --since: only to this destination.
        #[arg(long)]
        destination: Option<String>,
    },
    /// Show the exact request that a destination would get, as JSON and as a curl command.
    Test {
        /// The destination.
        destination: String,
        /// The event; unset: `call.ended`, or the first one that the destination receives.
        #[arg(long)]
        event: Option<String>,
        /// Use this past call instead of a sample: its id in Callpane, which `delivery ID` shows as `call`.
        #[arg(long)]
        call: Option<String>,
        /// Send it, and show the answer.
        #[arg(long)]
        send: bool,
    },
    /// Pause a destination: what is owed to it waits until it is resumed.
    Pause {
        /// The destination.
        destination: String,
    },
    /// Resume a paused destination.
    Resume {
        /// The destination.
        destination: String,
    },
    /// Manage contacts: imported lists, and what lookups know.
    Contacts {
        #[command(subcommand)]
        verb: contacts::Verb,
    },
    /// List the agents: their presence, where a phone system reports it, and their personal links to the
    /// built-in desktop.
    Agents {
        /// Sign this agent out of the built-in desktop, on every device.
        #[arg(long, value_name = "ID")]
        sign_out: Option<String>,
        /// Revoke this agent's personal link and end its sessions; `callpane agents` then prints the new link.
        #[arg(long, value_name = "ID", conflicts_with = "sign_out")]
        new_link: Option<String>,
        /// With everything that is known about their presence, as JSON.
        #[arg(long, conflicts_with_all = ["sign_out", "new_link"])]
        json: bool,
    },
    /// Create a new server key, which signs the addresses of pages and personal links. Open pages keep working.
    RotateKey {
        /// The old key has leaked: revoke it at once, with every address, personal link and session.
        #[arg(long)]
        compromised: bool,
    },
    /// List the operators of the console, or change who may sign in.
    Operators {
        /// Add an operator, and print the link by which they choose their password.
        #[arg(long, value_name = "NAME", requires = "role")]
        add: Option<String>,
        /// Give this operator another role, which ends their sessions.
        #[arg(long, value_name = "NAME", requires = "role", conflicts_with = "add")]
        change: Option<String>,
        /// With --add or --change: what they may do.
        #[arg(long, value_parser = PossibleValuesParser::new(operators::roles()))]
        role: Option<String>,
        /// Remove an operator, which ends their sessions.
        #[arg(long, value_name = "NAME", conflicts_with_all = ["add", "change"])]
        remove: Option<String>,
        /// Print a link that signs this operator in once, within 15 minutes.
        #[arg(long, value_name = "NAME", conflicts_with_all = ["add", "change", "remove"])]
        sign_in_link: Option<String>,
    },
    /// List the tokens of programs that use the API, or change them.
    Tokens {
        /// Create a token with this name, and print it.
        #[arg(long, value_name = "NAME", requires = "role")]
        add: Option<String>,
        /// With --add: what it may do.
        #[arg(long, value_parser = PossibleValuesParser::new(tokens::roles()))]
        role: Option<String>,
        /// With --add: how long it is valid, such as 90d, at most 3650d; unset: it never expires.
        #[arg(long, value_name = "SPAN", requires = "add")]
        expires: Option<String>,
        /// Revoke a token.
        #[arg(long, value_name = "ID", conflicts_with = "add")]
        revoke: Option<String>,
    },
    /// List who did what, the newest first.
    Audit {
        /// Only what this operator or token did.
        #[arg(long)]
        actor: Option<String>,
        /// Only this act.
        #[arg(long, value_parser = PossibleValuesParser::new(audit::acts()))]
        act: Option<String>,
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: u16,
        /// One JSON object per line.
        #[arg(long)]
        json: bool,
    },
    /// List the settings.
    Settings {
        /// As a table to read, as custom.env, or as a page of documentation.
        #[arg(long, value_enum, default_value_t = settings::Format::Table)]
        format: settings::Format,
    },
}

/// Reads the command line and does what it says.
pub async fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve => serve::run().await,
        Command::Demo => demo::run().await,
        Command::Check { url: Some(url), origin } => check::check_url(&url, origin).await,
        Command::Check { url: None, .. } => check::check().await,
        Command::Apply { files, consent } => configuration::apply(&files, &consent).await,
        Command::Export { version } => configuration::export(version).await,
        Command::History { version, limit, json } => {
            configuration::history(version, limit, json).await
        }
        Command::Rollback { version, consent } => configuration::rollback(version, &consent).await,
        Command::Events { source, limit, json } => sources::events(source, limit, json).await,
        Command::Calls(wanted) => calls::list(wanted).await,
        Command::Explain(asked) => explain::explain(asked).await,
        Command::Refusals { source, limit, json } => sources::refusals(source, limit, json).await,
        Command::Try { source, file, draft } => {
            sources::try_out(&source, &file, draft.as_deref()).await
        }
        Command::Deliveries { destination, state, limit } => {
            outbox::list(DeliveryFilter { destination, state, ..DeliveryFilter::default() }, limit)
                .await
        }
        Command::Delivery { id } => outbox::show(&id).await,
        Command::Resend { ids, since, destination } => {
            outbox::resend(&ids, since, destination).await
        }
        Command::Test { destination, event, call, send } => {
            outbox::test(&destination, event.as_deref(), call, send).await
        }
        Command::Pause { destination } => outbox::set_paused(&destination, true).await,
        Command::Resume { destination } => outbox::set_paused(&destination, false).await,
        Command::Contacts { verb } => contacts::run(verb).await,
        Command::Agents { sign_out: Some(id), .. } => access::sign_out(&id).await,
        Command::Agents { new_link: Some(id), .. } => access::new_link(&id).await,
        Command::Agents { sign_out: None, new_link: None, json } => access::agents(json).await,
        Command::RotateKey { compromised } => access::rotate_key(compromised).await,
        Command::Operators { add: Some(name), role, .. } => operators::add(&name, role).await,
        Command::Operators { change: Some(name), role, .. } => operators::change(&name, role).await,
        Command::Operators { remove: Some(name), .. } => operators::remove(&name).await,
        Command::Operators { sign_in_link: Some(name), .. } => operators::link(&name).await,
        Command::Operators { .. } => operators::list().await,
        Command::Tokens { add: Some(name), role, expires, .. } => {
            tokens::add(&name, role, expires).await
        }
        Command::Tokens { revoke: Some(id), .. } => tokens::revoke(&id).await,
        Command::Tokens { .. } => tokens::list().await,
        Command::Audit { actor, act, limit, json } => audit::list(actor, act, limit, json).await,
        Command::Settings { format } => settings::list(format).await,
    };
    output::end(outcome)
}
