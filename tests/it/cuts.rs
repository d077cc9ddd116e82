//! A delivery is cut by `kill -9` between every two of its steps, and somebody goes on: everything
//! arrives, in order within its call, under the same id if it comes again, and never twice at once.
//!
//! On SQLite the same server starts again. On PostgreSQL that is shown too, and once more with another
//! node that was there all the time.

use serde_json::{Value, json};

use crate::checks::Command;
use crate::harness::{Database, PHONE_SYSTEMS, SECRETS, eventually, lab};
use crate::hold::Hold;
use crate::server::Server;
use crate::slow_crm::SlowCrm;

const TOKEN: &str = "a-token-of-programs-0";
const LINE: [&str; 3] = ["call.ringing", "call.answered", "call.ended"];

/// Who goes on after a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heir {
    /// The server itself, started again.
    Itself,
    /// Another node on the same database.
    AnotherNode,
}

impl Heir {
    /// An SQLite file serves one node.
    fn all() -> &'static [Self] {
        let postgres = std::env::var("TEST_POSTGRES").is_ok();
        if postgres { &[Self::Itself, Self::AnotherNode] } else { &[Self::Itself] }
    }
}

/// A CRM that hears of calls, the server that tells it, and whoever goes on after that one.
struct House {
    heir: Heir,
    database: Database,
    command: Command,
    crm: SlowCrm,
    http: reqwest::Client,
    /// The first one is cut.
    servers: Vec<Server>,
}

impl House {
    /// A CRM that holds its answers back is given up only after a minute: no test takes as long.
    async fn new(heir: Heir) -> Self {
        Self::with(heir, "timeout = \"1m\"").await
    }

    /// With more said of the destination.
    async fn with(heir: Heir, more: &str) -> Self {
        let (crm, database) = (SlowCrm::start().await, Database::new().await);
        let mut command = Command::serving(&database)
            .set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1")
            .set("CALLPANE_API_TOKEN", TOKEN);
        for (name, value) in SECRETS {
            command = command.set(name, value);
        }
        let destination = format!(
            "[[destination]]\nname = \"crm\"\non = [\"call.*\"]\nurl = \"{}/\"\nsign = \"env:LAB_KEY\"\n\
             json = {{ call = \"{{{{ call.id }}}}\", kind = \"{{{{ event.kind }}}}\" }}\n{more}\n",
            crm.url
        );
        let file = command.file("all.toml", &format!("{PHONE_SYSTEMS}{destination}"));
        let applied = command.run(&["apply", &file]).await;
        assert!(applied.success, "{applied:?}");
        let servers = vec![Server::start(&command)];
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { heir, database, command, crm, http, servers }
    }

    /// The phone system tells of a call from its beginning to its end, and is answered.
    async fn is_told_of(&self, call: &str) {
        for event in ["ring", "answer", "hangup"] {
            let body = lab(event, call, "+33199005577", "310").to_string();
            let request = self.post("/hooks/lab").header("x-key", "vector-lab").body(body);
            assert_eq!(request.send().await.unwrap().status().as_u16(), 202);
        }
    }

    /// Somebody asks for it at the door for programs.
    async fn is_asked(&self, path: &str, body: &Value) -> Value {
        let request = self.post(path).bearer_auth(TOKEN).body(body.to_string());
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status().as_u16(), 200, "{path}");
        serde_json::from_str(&reply.text().await.unwrap()).unwrap()
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.servers[0].address);
        self.http.post(url).header("content-type", "application/json")
    }

    async fn pauses(&self) {
        self.is_asked("/api/v1/destinations/crm/pause", &json!({})).await;
    }

    async fn resumes(&self) {
        self.is_asked("/api/v1/destinations/crm/resume", &json!({})).await;
    }

    /// Sends again what the CRM was told first of this call; answers how many that were.
    async fn resends_the_first_of(&self, call: &str) -> Value {
        let id = self.crm.heard(call)[0].id.replace("msg_", "");
        self.is_asked("/api/v1/deliveries/resend", &json!({ "ids": [id] })).await["resent"].clone()
    }

    /// From here on two nodes look for what is due.
    fn another_node_joins(&mut self) {
        if self.heir == Heir::AnotherNode {
            self.servers.push(Server::start(&self.command));
        }
    }

    /// The server is no more, nor are its connections.
    async fn is_cut(&mut self) {
        self.servers.remove(0).kill();
        self.crm.is_left_alone().await;
    }

    /// The same where another node may be sending what is owed of other calls than this one.
    async fn is_cut_off_from(&mut self, call: &str) {
        self.servers.remove(0).kill();
        self.crm.is_left_alone_by(call).await;
    }

    fn goes_on(&mut self) {
        if self.heir == Heir::Itself {
            self.servers.push(Server::start(&self.command));
        }
    }

    /// What is owed of a call, and what has become of it: kind, attempts, outcome.
    async fn owes(&self, call: &str) -> Vec<String> {
        let sql = format!(
            "SELECT d.kind, d.attempts, COALESCE(d.outcome, 'owed')
             FROM delivery d JOIN call c ON c.id = d.call_id
             WHERE c.external_id = '{call}' ORDER BY d.id"
        );
        self.database.query(&sql).await
    }

    async fn comes_to_owe(&self, call: &str, expected: &[&str]) {
        let what = format!("{call} stands so: {expected:?}");
        eventually(&what, async || (self.owes(call).await == expected).then_some(())).await;
    }

    /// Tells the CRM of another call, which it can only after it has looked for what is due. Whatever
    /// else would have been due is claimed by then.
    async fn leaves_alone(&self, call: &str) {
        let (owed, heard) = (self.owes(call).await, self.crm.kinds(call));
        self.is_told_of("another").await;
        let told = LINE.map(|kind| format!("{kind}|1|delivered"));
        self.comes_to_owe("another", &told.each_ref().map(String::as_str)).await;
        assert_eq!(self.owes(call).await, owed, "not yet: {:?}", self.heir);
        assert_eq!(self.crm.kinds(call), heard, "not yet: {:?}", self.heir);
    }

    /// The lease, or the wait before a repeat, is over now: the test puts the moment into the past,
    /// where it would come by itself in a while.
    async fn time_passes(&self) {
        self.database.query("UPDATE delivery SET due_at = 0 WHERE settled_at IS NULL").await;
    }

    /// In the end all of it has arrived, and the CRM has heard exactly this of the call.
    async fn has_told(&self, call: &str, expected: &[&str]) {
        eventually("nothing is owed any more", async || {
            let owed = "SELECT id FROM delivery WHERE settled_at IS NULL";
            self.database.query(owed).await.is_empty().then_some(())
        })
        .await;
        assert_eq!(self.crm.kinds(call), expected, "{:?}", self.heir);
        let outcomes = self.owes(call).await;
        assert_eq!(outcomes.len(), LINE.len());
        assert!(outcomes.iter().all(|owed| owed.ends_with("|delivered")), "{outcomes:?}");
        let heard = self.crm.heard(call);
        for (one, other) in heard.iter().flat_map(|one| heard.iter().map(move |two| (one, two))) {
            assert_eq!(one.id == other.id, one.kind == other.kind, "one id for each: {heard:?}");
        }
    }

    fn never_sent_twice_at_once(&self) {
        assert_eq!(self.crm.beside_themselves(), [""; 0], "{:?}", self.heir);
    }
}

/// Step 1: the event is answered, nothing is claimed.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_between_the_answer_and_the_claim() {
    for heir in Heir::all() {
        let mut house = House::new(*heir).await;
        house.crm.answers(200);
        // Nothing is claimed for a destination that is paused.
        house.pauses().await;
        house.is_told_of("c1").await;
        house.another_node_joins();
        house.is_cut().await;
        let untouched = ["call.ringing|0|owed", "call.answered|0|owed", "call.ended|0|owed"];
        assert_eq!(house.owes("c1").await, untouched);
        house.goes_on();
        house.resumes().await;
        house.has_told("c1", &LINE).await;
        house.never_sent_twice_at_once();
    }
}

/// Step 2: it is claimed, and has not left the house.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_between_the_claim_and_the_request() {
    for heir in Heir::all() {
        // Before the request stands a token, and whoever gives it is slow.
        let authority = SlowCrm::start().await;
        let oauth = format!(
            "timeout = \"1m\"\nauth = {{ oauth2 = {{ token_url = \"{}/\", client_id = \"callpane\", \
             client_secret = \"env:LAB_KEY\" }} }}",
            authority.url
        );
        let mut house = House::with(*heir, &oauth).await;
        house.crm.answers(200);
        house.is_told_of("c1").await;
        authority.holds(1).await;
        house.another_node_joins();
        house.is_cut().await;
        authority.is_left_alone().await;
        let claimed = ["call.ringing|1|owed", "call.answered|0|owed", "call.ended|0|owed"];
        assert_eq!(house.owes("c1").await, claimed);
        assert_eq!(house.crm.kinds("c1"), [""; 0]);
        authority.answers(200);
        house.goes_on();
        house.leaves_alone("c1").await;
        house.time_passes().await;
        house.has_told("c1", &LINE).await;
        house.never_sent_twice_at_once();
    }
}

/// Step 3: the CRM has the request, and has not answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_between_the_request_and_the_answer() {
    for heir in Heir::all() {
        let mut house = House::new(*heir).await;
        house.is_told_of("c1").await;
        house.crm.holds(1).await;
        house.another_node_joins();
        house.is_cut().await;
        let sent = ["call.ringing|1|owed", "call.answered|0|owed", "call.ended|0|owed"];
        assert_eq!(house.owes("c1").await, sent);
        house.crm.answers(200);
        house.goes_on();
        house.leaves_alone("c1").await;
        house.time_passes().await;
        house
            .has_told("c1", &["call.ringing", "call.ringing", "call.answered", "call.ended"])
            .await;
        house.never_sent_twice_at_once();
    }
}

/// The same without a hand in the database: it comes again by itself, and not before its time.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_outlives_its_holder_and_ends_by_itself() {
    let heir = Heir::all().last().unwrap();
    // The lease is this and ten seconds more.
    let mut house = House::with(*heir, "timeout = \"2s\"").await;
    house.another_node_joins();
    house.is_told_of("c1").await;
    house.crm.holds(1).await;
    // Either node may have it.
    house.servers.iter_mut().for_each(Server::kill);
    house.servers.clear();
    house.crm.is_left_alone().await;
    let due = house.database.query("SELECT due_at FROM delivery WHERE attempts = 1").await;
    house.crm.answers(200);
    house.servers.push(Server::start(&house.command));
    house.another_node_joins();
    house.has_told("c1", &["call.ringing", "call.ringing", "call.answered", "call.ended"]).await;
    let heard = house.crm.heard("c1");
    let lease = due[0].parse::<i64>().unwrap();
    assert!(lease - heard[0].at > 10_000, "the lease lasts longer than the answer may take");
    assert!(heard[1].at >= lease, "{} ms too early", lease - heard[1].at);
}

/// Step 4: the CRM has answered, and nobody has written it down.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_between_the_answer_and_its_settlement() {
    for heir in Heir::all() {
        let mut house = House::new(*heir).await;
        house.is_told_of("c1").await;
        house.crm.holds(1).await;
        house.another_node_joins();
        let hold = Hold::deliveries(&house.database).await;
        house.crm.answers(200);
        house.crm.is_understood().await;
        house.is_cut().await;
        hold.release();
        let unsettled = ["call.ringing|1|owed", "call.answered|0|owed", "call.ended|0|owed"];
        assert_eq!(house.owes("c1").await, unsettled);
        house.goes_on();
        house.leaves_alone("c1").await;
        house.time_passes().await;
        house
            .has_told("c1", &["call.ringing", "call.ringing", "call.answered", "call.ended"])
            .await;
        house.never_sent_twice_at_once();
        let kept = house.database.query("SELECT number FROM attempt WHERE number > 1").await;
        assert_eq!(kept, ["2"], "the answer that was lost counts as an attempt");
    }
}

/// Step 5: it is settled, and the next of its line is not claimed.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_between_a_settlement_and_the_next_of_the_line() {
    for heir in Heir::all() {
        let mut house = House::new(*heir).await;
        house.is_told_of("c1").await;
        house.crm.holds(1).await;
        // What is under way is finished; nothing more is claimed.
        house.pauses().await;
        house.another_node_joins();
        house.crm.answers(200);
        let settled = ["call.ringing|1|delivered", "call.answered|0|owed", "call.ended|0|owed"];
        house.comes_to_owe("c1", &settled).await;
        house.is_cut().await;
        assert_eq!(house.owes("c1").await, settled);
        house.goes_on();
        house.resumes().await;
        house.has_told("c1", &LINE).await;
        house.never_sent_twice_at_once();
    }
}

/// Step 6: the CRM is not ready, and it is not yet time to try again.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_between_a_refusal_and_the_repeat() {
    for heir in Heir::all() {
        let mut house = House::new(*heir).await;
        house.is_told_of("c1").await;
        house.crm.holds(1).await;
        house.another_node_joins();
        house.crm.answers(503);
        eventually("the refusal is on disk", async || {
            let kept = "SELECT id FROM attempt WHERE status = 503";
            (house.database.query(kept).await.len() == 1).then_some(())
        })
        .await;
        house.is_cut().await;
        let waits = ["call.ringing|1|owed", "call.answered|0|owed", "call.ended|0|owed"];
        assert_eq!(house.owes("c1").await, waits);
        house.crm.answers(200);
        house.goes_on();
        house.leaves_alone("c1").await;
        house.time_passes().await;
        house
            .has_told("c1", &["call.ringing", "call.ringing", "call.answered", "call.ended"])
            .await;
        house.never_sent_twice_at_once();
    }
}

/// Somebody sends the first of a line again while the second is under way: the cut takes both.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_while_something_is_sent_again() {
    for heir in Heir::all() {
        let mut house = House::new(*heir).await;
        house.is_told_of("c1").await;
        house.crm.holds(1).await;
        house.crm.answers_the_first(200);
        house
            .comes_to_owe(
                "c1",
                &["call.ringing|1|delivered", "call.answered|1|owed", "call.ended|0|owed"],
            )
            .await;
        house.crm.holds(1).await;
        assert_eq!(house.resends_the_first_of("c1").await, 1);
        house.crm.holds(2).await;
        house.another_node_joins();
        house.is_cut().await;
        let both = ["call.ringing|2|owed", "call.answered|1|owed", "call.ended|0|owed"];
        assert_eq!(house.owes("c1").await, both);
        house.crm.answers(200);
        house.goes_on();
        house.leaves_alone("c1").await;
        house.time_passes().await;
        let first = ["call.ringing", "call.answered", "call.ringing"];
        let again = ["call.ringing", "call.answered", "call.ended"];
        house.has_told("c1", &[first, again].concat()).await;
        house.never_sent_twice_at_once();
    }
}

/// Whoever wants to see something sent again that is just being sent gets it once.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_not_sent_again_beside_itself() {
    for heir in Heir::all() {
        let mut house = House::new(*heir).await;
        house.is_told_of("c1").await;
        house.crm.holds(1).await;
        house.another_node_joins();
        assert_eq!(house.resends_the_first_of("c1").await, 0, "it is being sent");
        // Another call gets through to the CRM; so would this one.
        house.is_told_of("c2").await;
        house.crm.holds(2).await;
        house.never_sent_twice_at_once();
        house.is_cut_off_from("c1").await;
        house.crm.answers(200);
        house.goes_on();
        assert_eq!(house.resends_the_first_of("c1").await, 0, "for all that is known");
        house.leaves_alone("c1").await;
        house.time_passes().await;
        house
            .has_told("c1", &["call.ringing", "call.ringing", "call.answered", "call.ended"])
            .await;
        house.never_sent_twice_at_once();
    }
}

/// A lease that ends while its holder still waits: whoever comes second settles, and the line waits
/// for them.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_overtaken_settles_nothing_and_lets_nothing_pass() {
    for heir in Heir::all() {
        let mut house = House::new(*heir).await;
        house.is_told_of("c1").await;
        house.crm.holds(1).await;
        house.another_node_joins();
        house.time_passes().await;
        house.crm.holds(2).await;
        house.crm.answers_the_first(200);
        eventually("the late answer is on disk", async || {
            let kept = "SELECT id FROM attempt WHERE number = 1";
            (house.database.query(kept).await.len() == 1).then_some(())
        })
        .await;
        let overtaken = ["call.ringing|2|owed", "call.answered|0|owed", "call.ended|0|owed"];
        assert_eq!(house.owes("c1").await, overtaken);
        house.crm.answers(200);
        house
            .has_told("c1", &["call.ringing", "call.ringing", "call.answered", "call.ended"])
            .await;
    }
}

/// Both nodes reach for the same delivery at the same moment: one waits for the table, the other
/// for its turn at the destination.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_that_reach_for_a_delivery_one_has_it() {
    if !Heir::all().contains(&Heir::AnotherNode) {
        return; // SQLite serves one node.
    }
    let mut house = House::new(Heir::AnotherNode).await;
    house.another_node_joins();
    house.pauses().await;
    house.is_told_of("c1").await;
    let hold = Hold::deliveries(&house.database).await;
    house.resumes().await;
    eventually("both reach for it", async || {
        let waiting = "SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database
                       WHERE datname = current_database() AND NOT granted
                         AND (locktype = 'advisory' OR relation = 'delivery'::regclass)";
        (house.database.query(waiting).await.len() == 2).then_some(())
    })
    .await;
    hold.release();
    house.crm.holds(1).await;
    let claimed = ["call.ringing|1|owed", "call.answered|0|owed", "call.ended|0|owed"];
    assert_eq!(house.owes("c1").await, claimed);
    house.crm.answers(200);
    house.has_told("c1", &LINE).await;
    house.never_sent_twice_at_once();
}
