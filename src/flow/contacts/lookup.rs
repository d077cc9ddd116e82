//! Look-ups: other systems are asked who a number belongs to, after the ring was answered. What they
//! say is kept, and shown on the pages of the calls that it is about.
//!
//! An answer that is fresh is not asked for again; an older one is shown while it is. The look-ups are
//! asked in their order until one knows somebody. Each has its deadline, and one that fails again and
//! again is left alone for a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::crm::{self, Prepared};
use crate::domain::breaker::Breaker;
use crate::domain::contact::Contact;
use crate::domain::ids::Id;
use crate::domain::lookup::LookUp;
use crate::domain::phone::{Party, Region};
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::flow::InForce;
use crate::flow::cause;
use crate::flow::contacts::known::{self, Known};
use crate::flow::outbox::dispatch::Answered;
use crate::store::{Error as StoreError, LookedUpRow, Topic, Wake};
use crate::transport::client::Client;

/// A caller to ask about, and the call whose pages shall show the answer.
#[derive(Debug)]
pub struct Question {
    caller: Party,
    call: Id,
}

/// Questions that may wait, and numbers that are asked about at the same time.
const WAITING: usize = 1024;
const AT_ONCE: usize = 16;

/// How long after a failure a number is asked about again.
pub(crate) const AGAIN: Duration = Duration::from_secs(10);

/// What the ring's side knows of all this.
#[derive(Debug)]
pub struct People {
    questions: mpsc::Sender<Question>,
    /// Whether anybody could be known, in the lowest bit: a ring that knows it cannot looks nobody
    /// up. Above it, how often somebody became known here.
    known: AtomicU64,
}

impl People {
    /// With the end that questions come out of.
    pub fn new() -> (Self, mpsc::Receiver<Question>) {
        let (questions, asked) = mpsc::channel(WAITING);
        (Self { questions, known: AtomicU64::new(0) }, asked)
    }

    /// Whether anybody could be known.
    pub(crate) fn any(&self) -> bool {
        self.seen() & 1 == 1
    }

    /// What `looked` needs of the moment before looking.
    pub(crate) fn seen(&self) -> u64 {
        self.known.load(Ordering::Relaxed)
    }

    /// Somebody became known.
    pub(crate) fn learnt(&self) {
        self.known.fetch_add(2, Ordering::Relaxed);
        self.known.fetch_or(1, Ordering::Relaxed);
    }

    /// Whether the database has anybody, whom another node or a command may have brought. Whoever
    /// became known since it was `seen` is not forgotten over it.
    pub(crate) fn looked(&self, seen: u64, any: bool) {
        let now = seen & !1 | u64::from(any);
        let order = Ordering::Relaxed;
        let _before = self.known.compare_exchange(seen, now, order, order);
    }
}

impl Flow {
    /// Asks about a caller, if anybody can be asked. Never waits.
    pub(crate) fn ask_about(&self, caller: &Party, call: Id) {
        if caller.key().is_none() || self.in_force.load().configuration.lookups().is_empty() {
            return;
        }
        let question = Question { caller: caller.clone(), call };
        if self.people.questions.try_send(question).is_err() {
            tracing::warn!(%call, "nobody is asked who this caller is: too many questions wait");
        }
    }

    /// Asks a look-up about a number and shows everything; keeps nothing. None without such a
    /// look-up; a refusal says why there is nothing to ask.
    pub async fn try_lookup(
        self: &Arc<Self>,
        name: &str,
        number: &str,
        send: bool,
    ) -> Option<Result<Vec<Tried>, String>> {
        let in_force = self.in_force();
        let lookup = in_force.configuration.lookups().iter().find(|known| known.name == name)?;
        let region = self.options.region;
        let caller = Party::read(number, None, region);
        let client = match self.client(lookup) {
            Ok(client) => client,
            Err(why) => return Some(Err(why)),
        };
        let mut all = Vec::new();
        for form in forms(lookup, &caller, region) {
            let prepared = match question(&in_force, lookup, &caller, &form, region) {
                Ok(prepared) => prepared,
                Err(why) => return Some(Err(why)),
            };
            let shown = prepared.clone().tried(&lookup.connection);
            let mut tried = Tried { request: json!(shown), curl: shown.as_curl(), answer: None };
            if send {
                let answered = ask(&client, lookup, &prepared, self.clock.now()).await;
                let understood = understood(&in_force, lookup, &answered);
                let body = String::from_utf8_lossy(&answered.body).into_owned();
                tried.answer = Some(Answer { status: answered.status, body, understood });
            }
            all.push(tried);
        }
        let unfit = || format!("{number} cannot be written in any form that {name} is asked for");
        Some(if all.is_empty() { Err(unfit()) } else { Ok(all) })
    }

    /// Every look-up with what came of asking it last, as JSON.
    pub async fn lookups(&self) -> Result<Vec<Value>, StoreError> {
        let in_force = self.in_force();
        let shared = Arc::clone(&in_force);
        let last = self.store.read(move |tx| {
            let names = shared.configuration.lookups().iter().map(|lookup| lookup.name.as_str());
            names.map(|name| tx.find_last_asked(name)).collect::<Result<Vec<_>, _>>()
        });
        let lookups = in_force.configuration.lookups().iter().zip(last.await?);
        let listed = lookups.map(|(lookup, last)| {
            let last = last.as_ref();
            json!({
                "name": lookup.name,
                "preset": lookup.preset,
                "asked": last.map(|row| row.asked_at.to_string()),
                "answered": last.and_then(|row| row.answered_at).map(|at| at.to_string()),
                "reason": last.and_then(|row| row.reason.as_deref()),
            })
        });
        Ok(listed.collect())
    }

    fn client(&self, lookup: &LookUp) -> Result<Client, String> {
        let client = Client::new(&lookup.connection, &self.options.private_targets);
        client.map_err(|error| cause(&error))
    }
}

/// One request of a look-up, and its answer if it was sent.
#[derive(Debug)]
pub struct Tried {
    /// The request, in which `%name%` stands for what must not be seen.
    pub request: Value,
    /// The same as a command.
    pub curl: String,
    /// Its answer.
    pub answer: Option<Answer>,
}

/// What a look-up answered.
#[derive(Debug)]
pub struct Answer {
    /// The status; none when nothing came.
    pub status: Option<u16>,
    /// The body.
    pub body: String,
    /// The contacts in it, or why there are none.
    pub understood: Result<Vec<Contact>, String>,
}

/// What was tried, as JSON.
pub fn tried(tried: &Tried) -> Value {
    let answer = tried.answer.as_ref().map(|answer| {
        json!({
            "status": answer.status,
            "body": answer.body,
            "contacts": answer.understood.as_ref().ok(),
            "reason": answer.understood.as_ref().err(),
        })
    });
    json!({ "request": tried.request, "curl": tried.curl, "answer": answer })
}

/// The texts that a look-up is asked for, each once.
pub(crate) fn forms(
    lookup: &LookUp,
    caller: &Party,
    region: Region,
) -> impl Iterator<Item = String> {
    let mut texts: Vec<String> = Vec::new();
    for text in lookup.numbers.iter().filter_map(|form| form.write(caller, region)) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.into_iter()
}

/// Asks, several numbers at a time and each number once, until no more questions can come.
pub async fn run(flow: Arc<Flow>, mut questions: mpsc::Receiver<Question>) {
    let desk = Desk { flow: Arc::clone(&flow), books: tokio::sync::Mutex::default() };
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
                    under_way.push(desk.ask(number, caller, call));
                }
            }
            Some((number, kept)) = under_way.next(), if !under_way.is_empty() => {
                // Those whose question came while it was under way have read what was known before.
                // Where nothing is kept nothing is new, and a page that is woken would ask again.
                let calls = waiting.remove(&number).unwrap_or_default();
                for call in calls.into_iter().filter(|_| kept) {
                    flow.hub.wake(&Wake::Of(Topic::call(call)));
                }
            }
        }
    }
}

/// Where look-ups are asked from: a connection and a breaker for each.
struct Desk {
    flow: Arc<Flow>,
    books: tokio::sync::Mutex<HashMap<String, Book>>,
}

struct Book {
    lookup: LookUp,
    client: Arc<Client>,
    breaker: Breaker,
}

impl Desk {
    /// Asks everybody who is to be asked about a number; answers the number, and whether what they
    /// said is kept.
    async fn ask(&self, number: String, caller: Party, call: Id) -> (String, bool) {
        let asked = self.ask_in_order(&number, &caller, call).await;
        if let Err(error) = &asked {
            tracing::error!(error = cause(error), "what look-ups said is not kept");
        }
        (number, asked.is_ok())
    }

    async fn ask_in_order(&self, number: &str, caller: &Party, call: Id) -> Result<(), StoreError> {
        let in_force = self.flow.in_force();
        let (shared, asked) = (Arc::clone(&in_force), caller.clone());
        let now = self.flow.clock.now();
        let known = self
            .flow
            .store
            .read(move |tx| known::known(tx, &shared.configuration, &asked, Some(call), now));
        let known = known.await?;
        // Lists come first.
        if known.listed {
            return Ok(());
        }
        for lookup in in_force.configuration.lookups() {
            let texts: Vec<String> = forms(lookup, caller, self.flow.options.region).collect();
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

    /// Whether a look-up need not be asked: its answer is fresh, or it failed over this number just
    /// now.
    fn still_true(&self, lookup: &LookUp, known: &Known, knows: bool) -> bool {
        known.answer(lookup).is_some_and(|row| {
            let holds = if row.reason.is_some() { AGAIN } else { lookup.fresh(knows) };
            self.flow.clock.now().since(row.asked_at) < holds
        })
    }

    /// Asks one look-up and keeps what it says; answers whether it knows anybody, if it says so.
    async fn ask_one(
        &self,
        in_force: &InForce,
        lookup: &LookUp,
        (number, caller): (&str, &Party),
        texts: &[String],
        call: Id,
    ) -> Result<Option<bool>, StoreError> {
        let started = self.flow.clock.elapsed();
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
        let micros = self.flow.clock.elapsed().saturating_sub(started).as_micros();
        log(&lookup.name, caller, &found, micros);
        let now = self.flow.clock.now();
        let row = LookedUpRow {
            lookup: lookup.name.clone(),
            contacts: found.as_ref().ok().and_then(|all| serde_json::to_string(all).ok()),
            asked_at: now,
            answered_at: found.is_ok().then_some(now),
            reason: found.as_ref().err().cloned(),
        };
        let number = number.to_owned();
        let knows = found.ok().map(|contacts| !contacts.is_empty());
        // Before it is kept: whoever is woken by that looks for contacts only if there may be any.
        if knows == Some(true) {
            self.flow.people.learnt();
        }
        let kept = self.flow.store.write(move |tx| {
            tx.save_looked_up(&number, &row)?;
            known::announce(tx, call)
        });
        kept.await?;
        Ok(knows)
    }

    /// The forms of a number one after the other, until somebody is known.
    async fn find(
        &self,
        in_force: &InForce,
        lookup: &LookUp,
        client: &Client,
        caller: &Party,
        texts: &[String],
    ) -> Result<Vec<Contact>, String> {
        for text in texts {
            let region = self.flow.options.region;
            let prepared = question(in_force, lookup, caller, text, region)?;
            let answered = ask(client, lookup, &prepared, self.flow.clock.now()).await;
            let contacts = understood(in_force, lookup, &answered)?;
            if !contacts.is_empty() {
                return Ok(contacts);
            }
        }
        Ok(Vec::new())
    }

    /// What a look-up is asked through, if it may be asked now.
    async fn admitted(&self, lookup: &LookUp) -> Result<Arc<Client>, String> {
        let now = self.flow.clock.now();
        let mut books = self.books.lock().await;
        let known = books.get(&lookup.name).is_some_and(|book| book.lookup == *lookup);
        if !known {
            let client = Arc::new(self.flow.client(lookup)?);
            let book = Book { lookup: lookup.clone(), client, breaker: Breaker::default() };
            books.insert(lookup.name.clone(), book);
        }
        let book = books.get_mut(&lookup.name).ok_or("it is not configured any more")?;
        if book.breaker.admits(now) {
            Ok(Arc::clone(&book.client))
        } else {
            Err("not asked: it has failed again and again, and is tried again soon".to_owned())
        }
    }

    async fn heard(&self, name: &str, answered: bool) {
        let now = self.flow.clock.now();
        if let Some(book) = self.books.lock().await.get_mut(name) {
            book.breaker.heard(answered, now);
        }
    }
}

fn question(
    in_force: &InForce,
    lookup: &LookUp,
    caller: &Party,
    text: &str,
    region: Region,
) -> Result<Prepared, String> {
    let lines = in_force.configuration.delivery_lines();
    crm::lookup::question(lookup, lines, caller, text, region).map_err(|error| error.to_string())
}

async fn ask(client: &Client, lookup: &LookUp, prepared: &Prepared, now: Timestamp) -> Answered {
    Answered::of(client.send(prepared.revealed(&lookup.connection), now).await)
}

/// The contacts of an answer, or why it is none.
fn understood(
    in_force: &InForce,
    lookup: &LookUp,
    answered: &Answered,
) -> Result<Vec<Contact>, String> {
    let nothing = || answered.reason.clone().unwrap_or_else(|| "no answer".to_owned());
    let status = answered.status.ok_or_else(nothing)?;
    if lookup.none.contains(&status) {
        return Ok(Vec::new());
    }
    if !(200..300).contains(&status) {
        return Err(format!("it was answered {status}"));
    }
    let lines = in_force.configuration.delivery_lines();
    crm::lookup::contacts(lookup, lines, &answered.body).map_err(|error| error.to_string())
}

fn log(lookup: &str, caller: &Party, found: &Result<Vec<Contact>, String>, micros: u128) {
    let caller = caller.masked();
    match found {
        Ok(contacts) => {
            tracing::info!(lookup, caller, contacts = contacts.len(), micros, "look-up");
        }
        Err(reason) => tracing::warn!(lookup, caller, reason, micros, "look-up"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_became_known_while_somebody_looked_is_not_forgotten() {
        let (people, _questions) = People::new();
        let seen = people.seen();
        people.learnt();
        people.looked(seen, false);
        assert!(people.any());
        people.looked(people.seen(), false);
        assert!(!people.any());
        people.looked(people.seen(), true);
        assert!(people.any());
    }
}
