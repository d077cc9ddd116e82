//! Which command?

mod access;
mod contacts;
mod guard;
mod outbox;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use callpane::configuration::{Configuration, Surroundings};
use callpane::domain::delivery;
use callpane::domain::ids::Id;
use callpane::domain::pane::DesktopToken;
use callpane::domain::secret::Secret;
use callpane::domain::text;
use callpane::domain::time::{Clock, SystemClock};
use callpane::flow::{Flow, InForce};

use callpane::flow::calls::refusals::{self, TriedOut};
use callpane::flow::configuration::apply;
use callpane::flow::probe;
use callpane::pbx::Pasted;
use callpane::settings::{self, Settings};
use callpane::store::{self, Opener, Store, Wanted};
use callpane::view::View;
use callpane::web::answers::{Refusal, Trial, refusal_status};
use callpane::{app, telemetry};
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand, ValueEnum};

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
    /// Serve desktops and pages.
    Serve,
    /// Serve with a stand-in agent application and CRM, sample rules and a throw-away database.
    Demo,
    /// Check settings, templates, database and configuration; or, with a URL, whether that is a
    /// good `THIRD_PARTY_URL`: preflight, headers, answer, and whether its page may be framed.
    Check {
        /// The endpoint to check, ours or anyone's. It is sent one sample ring.
        url: Option<String>,
        /// The origin of the agents' desktop; unset: an invented one with the URL's own scheme.
        #[arg(long)]
        origin: Option<String>,
    },
    /// Put a configuration (TOML) in force. Running servers take it up within a second.
    Apply {
        /// The file; - for standard input.
        file: PathBuf,
    },
    /// Print the configuration that is in force (TOML).
    Export,
    /// Say what was refused, and why: requests of phone systems that were not taken.
    Refusals {
        /// Only of this source.
        source: Option<String>,
        /// How many, the newest first.
        #[arg(long, default_value_t = 20)]
        limit: u16,
        /// With the requests, as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what a request of a phone system would mean, without keeping anything of it.
    Try {
        /// The source, as the configuration names it.
        source: String,
        /// A file with the request as HTTP text, or only its body; - for standard input.
        file: PathBuf,
        /// A configuration (TOML) that is not in force yet.
        #[arg(long)]
        draft: Option<PathBuf>,
    },
    /// List what was sent to destinations, and what is owed.
    Deliveries {
        /// Only to this destination.
        #[arg(long)]
        destination: Option<String>,
        /// Only in this state.
        #[arg(long, value_parser = PossibleValuesParser::new(delivery::states()))]
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
    /// Send again what did not arrive.
    Resend {
        /// These deliveries.
        ids: Vec<String>,
        /// All that did not arrive since this moment, as 2026-09-21T14:15:23Z.
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
        /// For which event.
        #[arg(long, default_value = "call.ended")]
        event: String,
        /// Of this past call instead of a sample: its id here, `call` in what `delivery ID` shows.
        #[arg(long)]
        call: Option<String>,
        /// Send it, and show the answer.
        #[arg(long)]
        send: bool,
    },
    /// Let a paused destination hear again.
    Resume {
        /// The destination.
        destination: String,
    },
    /// Say who callers are: lists of contacts, and what look-ups know.
    Contacts {
        #[command(subcommand)]
        verb: contacts::Verb,
    },
    /// List the agents, and their personal links to the built-in desktop.
    Agents {
        /// Sign this agent out of the built-in desktop, on every device.
        #[arg(long, value_name = "ID")]
        sign_out: Option<String>,
        /// End this agent's personal link and its sessions: a new link takes its place.
        #[arg(long, value_name = "ID", conflicts_with = "sign_out")]
        new_link: Option<String>,
    },
    /// Make a new server key, which signs the addresses of pages and personal links. Open pages go on.
    RotateKey {
        /// The old key has become known: end it at once, with every address, personal link and session.
        #[arg(long)]
        compromised: bool,
    },
    /// List the settings.
    Settings {
        /// As a table for people, as custom.env, or as a page of documentation.
        #[arg(long, value_enum, default_value_t = SettingsFormat::Table)]
        format: SettingsFormat,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SettingsFormat {
    Table,
    Env,
    Markdown,
}

/// What a command that cannot do it says, and nothing more.
type Outcome = Result<(), String>;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve => serve().await,
        Command::Demo => demo().await,
        Command::Check { url: Some(url), origin } => check_url(&url, origin).await,
        Command::Check { url: None, .. } => check().await,
        Command::Apply { file } => apply(file).await,
        Command::Export => export().await,
        Command::Refusals { source, limit, json } => refusals(source, limit, json).await,
        Command::Try { source, file, draft } => try_out(&source, &file, draft).await,
        Command::Deliveries { destination, state, limit } => {
            outbox::list(Wanted { destination, state, ..Wanted::default() }, limit).await
        }
        Command::Delivery { id } => outbox::show(&id).await,
        Command::Resend { ids, since, destination } => {
            outbox::resend(&ids, since, destination).await
        }
        Command::Test { destination, event, call, send } => {
            outbox::test(&destination, &event, call, send).await
        }
        Command::Resume { destination } => outbox::resume(&destination).await,
        Command::Contacts { verb } => contacts::run(verb).await,
        Command::Agents { sign_out: Some(id), .. } => access::sign_out(&id).await,
        Command::Agents { new_link: Some(id), .. } => access::new_link(&id).await,
        Command::Agents { sign_out: None, new_link: None } => agents().await,
        Command::RotateKey { compromised } => access::rotate_key(compromised).await,
        Command::Settings { format } => list_settings(format).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nothing is left to tell when even that cannot be written.
            drop(writeln!(std::io::stderr(), "{}", text::visible_lines(&message)));
            ExitCode::FAILURE
        }
    }
}

/// Says something that may have several lines. Whatever stands in it, the terminal obeys none of it.
fn say(words: &str) -> Outcome {
    print(&text::visible_lines(words))
}

/// Says one line of a list: what came from outside cannot make it two.
fn say_row(row: &str) -> Outcome {
    print(&text::visible(row))
}

/// Writes text exactly as it is: only for what is an operator's own, and may be read in again.
fn print(text: &str) -> Outcome {
    writeln!(std::io::stdout(), "{text}").map_err(|error| error.to_string())
}

fn read_settings() -> Result<Settings, String> {
    let given = settings::surroundings().map_err(|complaint| complaint.to_string())?;
    check_settings(&given)
}

fn check_settings(given: &BTreeMap<String, String>) -> Result<Settings, String> {
    settings::read(given).map_err(|complaints| joined(&complaints))
}

fn joined(complaints: &[impl ToString]) -> String {
    complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

async fn serve() -> Outcome {
    let settings = read_settings()?;
    let log = telemetry::start(&settings.log);
    let running = app::start(&settings, Arc::new(SystemClock::default()));
    let running = running.await.map_err(|error| error.to_string())?;
    tracing::info!(address = %running.address, public_url = running.public_url, "callpane serves");
    stopped().await?;
    tracing::info!("stopping: requests under way are finished first");
    running.stop().await;
    drop(log);
    Ok(())
}

/// Waits for whoever stops us: a person at the terminal, or the service manager.
async fn stopped() -> Outcome {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| error.to_string())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(|error| error.to_string()),
        _ = terminate.recv() => Ok(()),
    }
}

/// The rules of the demo; its CRM page lives at whatever address the demo got.
const DEMO_RULES: &str = include_str!("../demo.toml");
const DEMO_ADDRESS: &str = "http://localhost:8080";

async fn demo() -> Outcome {
    let folder = std::env::temp_dir().join(format!("callpane-demo-{}", std::process::id()));
    let mut given = settings::surroundings().map_err(|complaint| complaint.to_string())?;
    let database = format!("sqlite:{}", folder.join("demo.db").display());
    given.insert("CALLPANE_DATABASE".to_owned(), database.clone());
    given.insert("CALLPANE_DEMO".to_owned(), "true".to_owned());
    let secret = Secret::random().map_err(|error| error.to_string())?;
    given.insert("DEMO_SECRET".to_owned(), secret.expose().to_owned());
    // The stand-in CRM is on this machine.
    given.insert("CALLPANE_PRIVATE_TARGETS".to_owned(), "127.0.0.0/8,::1".to_owned());
    let settings = check_settings(&given)?;
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let outcome = run_demo(settings, &database).await;
    // It was thrown away with the last words; a leftover in the temporary folder harms nobody.
    drop(std::fs::remove_dir_all(&folder));
    outcome
}

async fn run_demo(mut settings: Settings, database: &str) -> Outcome {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    settings.bind = free(settings.bind)?;
    settings.demo = settings.demo.map(free).transpose()?;
    let log = telemetry::start(&settings.log);
    let public = app::public_url(&settings, settings.bind);
    let document = DEMO_RULES.replace(DEMO_ADDRESS, &public);
    let store = app::open(&settings, Opener::Command).await.map_err(|error| error.to_string())?;
    apply_to(&store, clock.as_ref(), &settings, document, "demo".to_owned()).await?;
    drop(store);
    let running = app::start(&settings, clock).await.map_err(|error| error.to_string())?;
    let desktop = running.demo_url.clone().unwrap_or_default();
    let built_in = running.flow.sessions.first_link().unwrap_or_default();
    let third_party = &running.third_party_url;
    say(&format!(
        "\nCallpane demo\n\n\
         Open {desktop}/demo/desktop and press Ring: a stand-in agent application, on its own\n\
         origin as XucMgt is. The queue Billing opens the stand-in CRM, {public}/demo/crm\n\n\
         Further down, Play the call sends another phone system's own requests. Watch them ring at\n\
         an agent's built-in desktop: {built_in}\n\n\
         For XiVO's own custom.env:  THIRD_PARTY_URL={third_party}\n\
         Is that address good?       callpane check {third_party}\n\
         Other rules?                CALLPANE_DATABASE={database} callpane apply FILE\n\n\
         The database is thrown away at the end. Stop with Ctrl+C.\n",
    ))?;
    stopped().await?;
    running.stop().await;
    drop(log);
    Ok(())
}

/// The address if nobody listens there, else one that the system chooses.
fn free(wanted: std::net::SocketAddr) -> Result<std::net::SocketAddr, String> {
    let any = std::net::SocketAddr::new(wanted.ip(), 0);
    let listener =
        std::net::TcpListener::bind(wanted).or_else(|_| std::net::TcpListener::bind(any));
    listener
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("{wanted}: {error}"))
}

async fn check_url(url: &str, origin: Option<String>) -> Outcome {
    let scheme = url.split_once("://").map_or("https", |(scheme, _)| scheme);
    let origin = origin.unwrap_or_else(|| format!("{scheme}://xucmgt.example.com"));
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let findings = probe::probe(url, &origin, &SystemClock::default()).await;
    for finding in &findings {
        say_row(&finding.to_string())?;
    }
    let failed = findings.iter().filter(|finding| finding.verdict == probe::Verdict::Fails).count();
    match failed {
        0 => say("\nThis is a good THIRD_PARTY_URL."),
        1 => Err("\n1 thing does not hold.".to_owned()),
        failed => Err(format!("\n{failed} things do not hold.")),
    }
}

async fn check() -> Outcome {
    let settings = read_settings()?;
    say("ok    settings")?;
    say(&guard::guarded(&settings))?;
    let view = View::new("", settings.templates.as_deref()).map_err(|error| error.to_string())?;
    let rendered = view.rehearse().map_err(|failures| joined(&failures))?;
    say(&format!("ok    templates: {rendered} pages rendered with samples"))?;
    if let Some(path) = missing(&settings) {
        return say(&format!("note  database: {path} is not there yet; serve or apply makes it"));
    }
    let store = app::open(&settings, Opener::Command).await.map_err(|error| error.to_string())?;
    say("ok    database")?;
    let surroundings = Surroundings {
        region: settings.region,
        pages: view.call_pages(),
        secrets: settings.secrets.clone(),
    };
    let in_force = apply::load(&store, &surroundings).await;
    let in_force = in_force.map_err(|error| app::Error::from(error).to_string())?;
    let configuration = &in_force.configuration;
    let (rules, sources) = (configuration.rule_count(), configuration.sources().count());
    let (version, agents) = (in_force.version, configuration.agents().len());
    let (destinations, lookups) =
        (configuration.destinations().len(), configuration.lookups().len());
    say(&format!(
        "ok    configuration: version {version}, {rules} rules, {sources} phone systems, {agents} agents, \
         {destinations} destinations, {lookups} look-ups"
    ))
}

/// The SQLite file, if there is none yet: looking must not make one.
fn missing(settings: &Settings) -> Option<String> {
    match &settings.database {
        store::Options::Sqlite(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let could = folder.is_none_or(Path::is_dir);
            (could && !path.exists()).then(|| path.display().to_string())
        }
        store::Options::Postgres(_) => None,
    }
}

async fn apply(file: PathBuf) -> Outcome {
    let settings = read_settings()?;
    let name = file.display().to_string();
    let document = read_file(&file)?;
    // Before the database is touched: a wrong file is wrong whether or not the database is there.
    let surroundings = surroundings(&settings)?;
    if let Err(complaints) = Configuration::read(&document, &surroundings) {
        return Err(refused(&name, &complaints));
    }
    let store = app::open(&settings, Opener::Command).await.map_err(|error| error.to_string())?;
    apply_to(&store, &SystemClock::default(), &settings, document, name).await
}

/// A file's text; - is standard input.
fn read_file(file: &Path) -> Result<String, String> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| format!("{}: {error}", file.display()))
}

/// What a configuration is checked against.
fn surroundings(settings: &Settings) -> Result<Surroundings, String> {
    let view = View::new("", settings.templates.as_deref()).map_err(|error| error.to_string())?;
    Ok(Surroundings {
        region: settings.region,
        pages: view.call_pages(),
        secrets: settings.secrets.clone(),
    })
}

async fn apply_to(
    store: &Store,
    clock: &dyn Clock,
    settings: &Settings,
    document: String,
    name: String,
) -> Outcome {
    let surroundings = surroundings(settings)?;
    match apply::apply(store, clock, document, name.clone(), &surroundings).await {
        Ok((version, rules)) => {
            let database = &settings.database;
            say(&format!("{name}: in force in {database} as version {version}, {rules} rules"))
        }
        Err(apply::Error::Wrong(complaints)) => Err(refused(&name, &complaints)),
        Err(error) => Err(app::Error::from(error).to_string()),
    }
}

fn refused(name: &str, complaints: &[callpane::configuration::Complaint]) -> String {
    let lines = complaints.iter().map(|complaint| {
        let key =
            if complaint.key.is_empty() { String::new() } else { format!(" {}", complaint.key) };
        format!("{name}:{}:{key} {}", complaint.line, complaint.message)
    });
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!("{lines}\nNothing was changed: the old configuration stays in force.")
}

async fn export() -> Outcome {
    let (store, _) = existing_store().await?;
    match apply::export(&store).await {
        Ok(Some(row)) => print(row.document.trim_end()),
        Ok(None) => say("# No configuration was ever applied: every ring opens the hosted page."),
        Err(error) => Err(app::Error::from(error).to_string()),
    }
}

async fn refusals(source: Option<String>, limit: u16, json: bool) -> Outcome {
    let (store, _) = existing_store().await?;
    let read = refusals::list(&store, source, None, limit.into()).await;
    let rows = read.map_err(|error| app::Error::from(error).to_string())?;
    if rows.is_empty() {
        return say("No request was refused.");
    }
    for row in &rows {
        let at = row.id.minted();
        if json {
            say(&serde_json::to_string(&Refusal::from(row)).map_err(|error| error.to_string())?)?;
        } else {
            let (source, detail) = (&row.source, &row.detail);
            let status = refusal_status(row);
            say_row(&format!("{at}  {source}  {status} {}  {detail}", row.code))?;
        }
    }
    Ok(())
}

async fn try_out(source: &str, file: &Path, draft: Option<PathBuf>) -> Outcome {
    let pasted = Pasted::read(&read_file(file)?);
    let settings = read_settings()?;
    let surroundings = surroundings(&settings)?;
    let configuration = match draft {
        Some(draft) => {
            let document = read_file(&draft)?;
            let name = draft.display().to_string();
            Configuration::read(&document, &surroundings).map_err(|wrong| refused(&name, &wrong))?
        }
        None => in_force(&settings).await?.configuration,
    };
    let Some(source) = configuration.source(source) else {
        let known: Vec<&str> = configuration.sources().map(|known| known.name.as_str()).collect();
        return Err(format!("there is no source \"{source}\"; there are {}", known.join(", ")));
    };
    let tried = TriedOut::of(source, &pasted, SystemClock::default().now());
    say(&serde_json::to_string_pretty(&Trial::from(&tried)).map_err(|error| error.to_string())?)
}

/// The verbs, beside whatever server runs on the same database.
async fn beside() -> Result<Arc<Flow>, String> {
    let (store, settings) = existing_store().await?;
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let surroundings = surroundings(&settings)?;
    let flow = app::beside(&settings, store, &surroundings, Arc::new(SystemClock::default())).await;
    flow.map(Arc::new).map_err(|error| error.to_string())
}

fn read_id(text: &str) -> Result<Id, String> {
    Id::parse(text).ok_or_else(|| format!("\"{text}\" is no id"))
}

async fn agents() -> Outcome {
    let settings = read_settings()?;
    let in_force = in_force(&settings).await?;
    let (store, settings) = existing_store().await?;
    let keys = app::server_keys(&store, &settings, &SystemClock::default()).await;
    let keys = keys.map_err(|error| error.to_string())?;
    let base = app::public_url(&settings, settings.bind);
    if in_force.configuration.agents().is_empty() {
        return say("No [[agent]] is configured.");
    }
    for agent in in_force.configuration.agents() {
        let token = DesktopToken::issue(&keys, &agent.id, agent.link);
        say_row(&format!("{:<16} {:<24} {base}/desktop/{token}", agent.id, agent.name))?;
    }
    Ok(())
}

/// The configuration that is in force.
async fn in_force(settings: &Settings) -> Result<InForce, String> {
    let surroundings = surroundings(settings)?;
    let (store, _) = existing_store().await?;
    let read = apply::load(&store, &surroundings).await;
    read.map_err(|error| app::Error::from(error).to_string())
}

/// A database that is there: looking must not make one.
async fn existing_store() -> Result<(Store, Settings), String> {
    let settings = read_settings()?;
    if let Some(path) = missing(&settings) {
        return Err(format!(
            "{path} is not there; CALLPANE_DATABASE says which database to look in"
        ));
    }
    let store = app::open(&settings, Opener::Command).await.map_err(|error| error.to_string())?;
    Ok((store, settings))
}

async fn list_settings(format: SettingsFormat) -> Outcome {
    match format {
        SettingsFormat::Env => say(settings::as_env().trim_end()),
        SettingsFormat::Markdown => say(settings::as_markdown().trim_end()),
        SettingsFormat::Table => {
            for setting in &settings::TABLE {
                say(&format!("{:<26} {:<22} {}", setting.name, setting.default, setting.help))?;
            }
            guard::say_third_party_url().await
        }
    }
}
