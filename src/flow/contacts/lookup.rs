//! Lookups: other systems are asked who a number belongs to, after the ring was answered. What they
//! say is kept, and shown on the pages of the calls that it is about.
//!
//! An answer that is fresh is not asked for again; an older one is shown while it is. The lookups are
//! asked in their order until one knows somebody. Each has its deadline, and one that fails again and
//! again is left alone for a while.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::configuration::Unknown;
use crate::crm::{self, Prepared};
use crate::domain::breaker::Breaker;
use crate::domain::contact::Contact;
use crate::domain::ids::Id;
use crate::domain::lookup::Lookup;
use crate::domain::phone::{Party, Region};
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;
use crate::flow::contacts::find::{Contacts, Question};
use crate::flow::contacts::known::{self, AGAIN, Known, forms};
use crate::flow::context::{Context, InForce, cause};
use crate::flow::sender::Response;
use crate::store::{Error as StoreError, LookedUpRow, Notification, Topic};
use crate::transport::client::Client;

/// Numbers that are asked about at the same time.
const AT_ONCE: usize = 16;

/// One request of a lookup, and its answer if it was sent.
#[derive(Debug)]
pub struct TestedLookup {
    /// The request, in which `%name%` stands for what must not be seen.
    pub request: Prepared,
    pub answer: Option<Answer>,
}

/// A lookup with what came of asking it last.
#[derive(Debug)]
pub struct LookupStatus {
    pub name: String,
    /// The preset that it is made from.
    pub preset: Option<String>,
    /// What it said last, and when.
    pub last: Option<LookedUpRow>,
}

/// Why a lookup was not tried out.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// No such lookup is configured.
    #[error(transparent)]
    NoLookup(#[from] Unknown),
    /// There is nothing to ask, or it cannot be written.
    #[error("{0}")]
    NothingToAsk(String),
}

/// What a lookup answered.
#[derive(Debug)]
pub struct Answer {
    /// The status; none when nothing came.
    pub status: Option<u16>,
    pub body: String,
    /// The contacts in it, or why there are none.
    pub understood: Result<Vec<Contact>, String>,
}

impl Contacts {
    /// Asks a lookup about a number and shows everything; keeps nothing.
    pub async fn test_lookup(
        &self,
        name: &str,
        number: &str,
        send: bool,
    ) -> Result<Vec<TestedLookup>, TestError> {
        let in_force = self.context.in_force();
        let lookup = in_force.configuration.known_lookup(name)?;
        let region = self.context.options.region;
        let caller = Party::read(number, None, region);
        if caller.key().is_none() {
            let why = format!("\"{number}\" is not a phone number");
            return Err(TestError::NothingToAsk(why));
        }
        let client = client(&self.context, lookup).map_err(TestError::NothingToAsk)?;
        let mut all = Vec::new();
        for form in forms(lookup, &caller, region) {
            let prepared = question(&in_force, lookup, &caller, &form, region);
            let prepared = prepared.map_err(TestError::NothingToAsk)?;
            let mut answer = None;
            if send {
                let answered = ask(&client, lookup, &prepared, self.context.now()).await;
                let understood = understood(&in_force, lookup, &answered);
                let body = String::from_utf8_lossy(&answered.body).into_owned();
                answer = Some(Answer { status: answered.status, body, understood });
            }
            all.push(TestedLookup { request: prepared.tried(&lookup.connection), answer });
        }
        if all.is_empty() {
            let why = format!("{number} cannot be written in any of the forms that {name} uses");
            return Err(TestError::NothingToAsk(why));
        }
        Ok(all)
    }

    /// Every lookup with what came of asking it last.
    pub async fn lookups(&self) -> Result<Vec<LookupStatus>, StoreError> {
        let in_force = self.context.in_force();
        let found = self.context.store.read(move |tx| {
            let status = |lookup: &Lookup| {
                Ok(LookupStatus {
                    name: lookup.name.clone(),
                    preset: lookup.preset.clone(),
                    last: tx.find_last_asked(&lookup.name)?,
                })
            };
            in_force.configuration.lookups().iter().map(status).collect()
        });
        found.await
    }
}

fn client(context: &Context, lookup: &Lookup) -> Result<Client, String> {
    let client = Client::new(&lookup.connection, &context.options.private_targets);
    client.map_err(|error| cause(&error))
}

/// Asks, several numbers at a time and each number once, until no more questions can come.
pub async fn run(contacts: Arc<Contacts>, mut questions: mpsc::Receiver<Question>) {
    let lookups = Lookups { contacts: Arc::clone(&contacts), known: tokio::sync::Mutex::default() };
    let mut waiting: HashMap<String, Vec<Id>> = HashMap::new();
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            question = questions.recv(), if under_way.len() < AT_ONCE => {
                let Some(Question { caller, call }) = question else { return };
                let Some(number) = caller.key().map(str::to_owned) else { continue };
                if let Some(calls) = waiting.get_mut(&number) {
                    calls.push(call);
                } else {
                    waiting.insert(number.clone(), vec![call]);
                    under_way.push(lookups.ask(number, caller, call));
                }
            }
            Some((number, kept)) = under_way.next(), if !under_way.is_empty() => {
                // Those whose question came while it was under way have read what was known before.
                // Where nothing is kept nothing is new, and a page that is woken would ask again.
                let calls = waiting.remove(&number).unwrap_or_default();
                for call in calls.into_iter().filter(|_| kept) {
                    contacts.context.hub.wake(&Notification::Of(Topic::call(call)));
                }
            }
        }
    }
}

/// A connection and a circuit breaker for each lookup.
struct Lookups {
    contacts: Arc<Contacts>,
    known: tokio::sync::Mutex<HashMap<String, Connection>>,
}

struct Connection {
    lookup: Lookup,
    client: Arc<Client>,
    breaker: Breaker,
}

impl Lookups {
    /// Asks everybody who is to be asked about a number; answers the number, and whether what they
    /// said is kept.
    async fn ask(&self, number: String, caller: Party, call: Id) -> (String, bool) {
        let asked = self.ask_in_order(&number, &caller, call).await;
        if let Err(error) = &asked {
            tracing::error!(error = cause(error), "lookup answers could not be stored");
        }
        (number, asked.is_ok())
    }

    async fn ask_in_order(&self, number: &str, caller: &Party, call: Id) -> Result<(), StoreError> {
        let in_force = self.contacts.context.in_force();
        let (shared, asked) = (Arc::clone(&in_force), caller.clone());
        let now = self.contacts.context.clock.now();
        let known = self
            .contacts
            .context
            .store
            .read(move |tx| known::known(tx, &shared.configuration, &asked, Some(call), now));
        let known = known.await?;
        // Lists come first.
        if known.listed {
            return Ok(());
        }
        for lookup in in_force.configuration.lookups() {
            let texts: Vec<String> =
                forms(lookup, caller, self.contacts.context.options.region).collect();
            if texts.is_empty() {
                continue;
            }
            let knew = known.knows(lookup);
            let knows = if self.still_true(lookup, &known, knew) {
                knew
            } else {
                let says = self.ask_one(&in_force, lookup, (number, caller), &texts, call).await?;
                says.unwrap_or(knew)
            };
            if knows {
                break;
            }
        }
        Ok(())
    }

    /// Whether a lookup need not be asked: its answer is fresh, or it failed over this number just
    /// now.
    fn still_true(&self, lookup: &Lookup, known: &Known, knows: bool) -> bool {
        known.answer(lookup).is_some_and(|row| {
            let holds = if row.reason.is_some() { AGAIN } else { lookup.fresh(knows) };
            self.contacts.context.clock.now().since(row.asked_at) < holds
        })
    }

    /// Asks one lookup and keeps what it says; answers whether it knows anybody, if it says so.
    async fn ask_one(
        &self,
        in_force: &InForce,
        lookup: &Lookup,
        (number, caller): (&str, &Party),
        texts: &[String],
        call: Id,
    ) -> Result<Option<bool>, StoreError> {
        let started = self.contacts.context.clock.elapsed();
        let found = match self.admitted(lookup).await {
            Ok(client) => {
                let patience = lookup.connection.timeout;
                let found = self.find(in_force, lookup, &client, caller, texts);
                let found = tokio::time::timeout(patience, found).await;
                let late = || format!("no answer within {} ms", patience.as_millis());
                let found = found.unwrap_or_else(|_late| Err(late()));
                self.heard(&lookup.name, found.is_ok()).await;
                found
            }
            Err(why) => Err(why),
        };
        let micros = self.contacts.context.clock.elapsed().saturating_sub(started).as_micros();
        log(&lookup.name, caller, &found, micros);
        let now = self.contacts.context.clock.now();
        let row = LookedUpRow {
            lookup: lookup.name.clone(),
            contacts: found.as_ref().ok().and_then(|all| serde_json::to_string(all).ok()),
            asked_at: now,
            answered_at: found.is_ok().then_some(now),
            reason: found.as_ref().err().cloned(),
        };
        let number = number.to_owned();
        let knows = found.ok().map(|contacts| !contacts.is_empty());
        let kept = self.contacts.context.store.write(move |tx| {
            tx.save_looked_up(&number, &row)?;
            known::announce(tx, call)
        });
        if knows == Some(true) {
            self.contacts.anybody.add_while(kept).await?;
        } else {
            kept.await?;
        }
        Ok(knows)
    }

    /// The forms of a number one after the other, until somebody is known.
    async fn find(
        &self,
        in_force: &InForce,
        lookup: &Lookup,
        client: &Client,
        caller: &Party,
        texts: &[String],
    ) -> Result<Vec<Contact>, String> {
        for text in texts {
            let region = self.contacts.context.options.region;
            let prepared = question(in_force, lookup, caller, text, region)?;
            let answered = ask(client, lookup, &prepared, self.contacts.context.now()).await;
            let contacts = understood(in_force, lookup, &answered)?;
            if !contacts.is_empty() {
                return Ok(contacts);
            }
        }
        Ok(Vec::new())
    }

    /// What a lookup is asked through, if it may be asked now.
    async fn admitted(&self, lookup: &Lookup) -> Result<Arc<Client>, String> {
        let now = self.contacts.context.clock.now();
        let mut connections = self.known.lock().await;
        let unchanged = connections.get(&lookup.name).is_some_and(|known| known.lookup == *lookup);
        if !unchanged {
            let client = Arc::new(client(&self.contacts.context, lookup)?);
            let connection =
                Connection { lookup: lookup.clone(), client, breaker: Breaker::default() };
            connections.insert(lookup.name.clone(), connection);
        }
        let connection = connections.get_mut(&lookup.name).ok_or("it is no longer configured")?;
        if connection.breaker.admits(now) {
            Ok(Arc::clone(&connection.client))
        } else {
            Err("not asked: it has failed repeatedly, and will be tried again soon".to_owned())
        }
    }

    async fn heard(&self, name: &str, answered: bool) {
        let now = self.contacts.context.clock.now();
        if let Some(connection) = self.known.lock().await.get_mut(name) {
            connection.breaker.heard(answered, now);
        }
    }
}

fn question(
    in_force: &InForce,
    lookup: &Lookup,
    caller: &Party,
    text: &str,
    region: Region,
) -> Result<Prepared, String> {
    let lines = in_force.configuration.delivery_lines();
    crm::lookup::question(lookup, lines, caller, text, region).map_err(|error| error.to_string())
}

async fn ask(client: &Client, lookup: &Lookup, prepared: &Prepared, now: Timestamp) -> Response {
    Response::of(client.send(prepared.revealed(&lookup.connection), now).await)
}

/// The contacts of an answer, or why it is none.
fn understood(
    in_force: &InForce,
    lookup: &Lookup,
    answered: &Response,
) -> Result<Vec<Contact>, String> {
    let nothing = || answered.reason.clone().unwrap_or_else(|| "no answer".to_owned());
    let status = answered.status.ok_or_else(nothing)?;
    if lookup.none.contains(&status) {
        return Ok(Vec::new());
    }
    if !(200..300).contains(&status) {
        return Err(Reason::Status(status).to_string());
    }
    let lines = in_force.configuration.delivery_lines();
    crm::lookup::contacts(lookup, lines, &answered.body).map_err(|error| error.to_string())
}

fn log(lookup: &str, caller: &Party, found: &Result<Vec<Contact>, String>, micros: u128) {
    let caller = caller.masked();
    match found {
        Ok(contacts) => {
            tracing::info!(lookup, caller, contacts = contacts.len(), micros, "lookup");
        }
        Err(reason) => tracing::warn!(lookup, caller, reason, micros, "lookup"),
    }
}
