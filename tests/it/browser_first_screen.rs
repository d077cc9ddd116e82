//! Two seconds: what an agent needs is on the first screen of a call's page and nothing lies over it, at
//! the size of a pane beside an agent application and at the narrowest, in every state, in both languages.

use callpane::inside::{Banner, Call, Contact, Datum, Ending, Language, Pane, PanePage, Progress};
use serde_json::json;

use crate::browser::Browser;
use crate::harness::Callpane;
use crate::sample::{Sample, contact, page};

const SIZES: [(u32, u32); 2] = [(900, 600), (320, 640)];

const OUTCOMES: &str = r#"
[[rule]]
name = "all"
autopause = true
[[disposition]]
options = ["Sold", "Call back", "Wrong number", "Complaint"]
"#;

/// What of these parts is not whole on the screen, or has something else lying over it. Of a part that may
/// scroll by itself, its own box counts.
const HIDDEN: &str = "const [parts] = arguments;
    const covered = (part) => {
      const box = part.getBoundingClientRect();
      if (!part.checkVisibility() || box.width < 8 || box.height < 8) return 'is not shown';
      if (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight) {
        return `is outside: ${Math.round(box.top)} to ${Math.round(box.bottom)}`;
      }
      const middle = box.top + box.height / 2;
      const points = [[box.left + 4, middle], [box.right - 4, middle], [box.left + box.width / 2, box.top + 3],
        [box.left + box.width / 2, box.bottom - 3]];
      const over = points.map(([x, y]) => document.elementFromPoint(x, y)).find((each) => {
        return !(part.contains(each) || (each?.contains(part) && each.tagName !== 'HTML'));
      });
      return over === undefined ? null : `is covered by ${over?.id || over?.className || over}`;
    };
    return parts.flatMap((selector) => {
      const all = [...document.querySelectorAll(selector)];
      if (all.length === 0) return [`${selector} does not exist`];
      return all.map(covered).filter(Boolean).map((why) => `${selector} ${why}`);
    });";

/// Three rows of notes can be seen, and the strip is no higher than it may be.
const MEASURES: &str = "const notes = document.querySelector('#notes');
    const line = parseFloat(getComputedStyle(notes).lineHeight);
    return [Math.max(0, Math.floor((notes.clientHeight - 8) / line)), document.querySelector('.strip').offsetHeight,
      document.documentElement.scrollWidth];";

/// A state of the page, and what an agent has to see in it besides what is always there.
struct State {
    name: &'static str,
    page: PanePage,
    sees: &'static [&'static str],
}

const ALWAYS: [&str; 4] = ["#caller", "#queue", "#state", "#close"];
const WORK: [&str; 2] = ["#notes", ".option"];
const KNOWN: &[&str] = &["#timer", "#company", "#vip", "#number", "#why", "#contact-open"];

fn known() -> PanePage {
    let page = page(contact("known", false));
    let outcomes = ["Sold", "Call back", "Wrong number", "Complaint"];
    PanePage { disposition_options: outcomes.map(str::to_owned).to_vec(), ..page }
}

fn progress(page: &PanePage, change: impl FnOnce(&mut Progress)) -> PanePage {
    let mut progress = page.call.progress.clone();
    change(&mut progress);
    PanePage { call: Call { progress, ..page.call.clone() }, ..page.clone() }
}

fn ended(page: &PanePage, kind: &'static str) -> PanePage {
    progress(page, |progress| {
        progress.phase = "ended";
        progress.became = Some(Ending { kind, name: Some("Marcus Lee".to_owned()) });
        (progress.rang, progress.talked) = (Some(5), (kind == "talked").then_some(200));
    })
}

/// As much of everything as there may be: long names, thirty keys, long values, a warning.
fn crowded() -> PanePage {
    let page = known();
    let long =
        "Marie-Antoinette de La Rochefoucauld-Montmorency, Direction des achats internationaux";
    let datum = |at: usize| Datum {
        key: format!("USR_key_{at}"),
        label: format!("Key {at}"),
        value: if at.is_multiple_of(5) { "word ".repeat(400) } else { format!("value {at}") },
        technical: false,
    };
    let company = "Transports Brûlé, Fils & Cie, Société par actions simplifiée";
    let mut history: Vec<_> = page.history.clone();
    for call in &mut history {
        call.notes = Some("Wants two trucks. ".repeat(120));
    }
    let outcomes =
        ["Sold", "Call back", "Wrong number", "Offer wanted", "Complaint", "Passed on to accounts"];
    PanePage {
        contact: Contact {
            name: Some(long.to_owned()),
            company: Some(company.to_owned()),
            ..page.contact.clone()
        },
        data: (0..30).map(datum).collect(),
        attached: 30,
        history: history.iter().cycle().take(10).cloned().collect(),
        disposition_options: outcomes.map(str::to_owned).to_vec(),
        newest: Some(Banner {
            kind: "rings",
            display: "+44 1632 960001".to_owned(),
            name: Some("Priya Nair".to_owned()),
            path: Some("/pane/other".to_owned()),
        }),
        ..page
    }
}

fn states() -> Vec<State> {
    let known = known();
    let state = |name, page: &PanePage, sees| State { name, page: page.clone(), sees };
    let with = |contact: Contact| PanePage { contact, vip: false, ..known.clone() };
    let first = PanePage { history: Vec::new(), ..with(contact("unknown", false)) };
    let withheld =
        Pane { identity: Some("unconfirmed"), withheld: Some("unconfirmed"), ..known.pane.clone() };
    let withheld = PanePage { pane: withheld, history: Vec::new(), ..with(Contact::nobody()) };
    let done = Pane { completed: true, ..known.pane.clone() };
    let several = PanePage { history: crowded().history, ..with(contact("several", false)) };
    let answered = progress(&known, |progress| progress.phase = "answered");
    let held = progress(&known, |progress| progress.phase = "held");
    let rang = progress(&known, |progress| {
        (progress.phase, progress.reported) = ("started", false);
    });
    vec![
        state("ringing", &known, KNOWN),
        state("talking", &answered, KNOWN),
        state("held", &held, KNOWN),
        state("wrap-up", &ended(&known, "talked"), KNOWN),
        state("missed", &ended(&known, "missed"), &["#became", "#why", "#vip", "#contact-open"]),
        state("elsewhere", &ended(&known, "elsewhere"), &["#became", "#why", "#vip"]),
        state("rang", &rang, &["#unreported", "#company", "#vip", "#why", "#contact-open"]),
        state("several", &several, &["#timer", "#why", "#contact-choices li:first-child button"]),
        state("unknown", &first, &["#timer", "#first", "#contact-add summary"]),
        state("withheld", &withheld, &["#timer", "#withheld"]),
        state(
            "finished",
            &PanePage { pane: done, ..known.clone() },
            &["#finished", "#vip", "#why"],
        ),
        state("crowded", &crowded(), &["#timer", "#company", "#vip", "#why", "#newest .button"]),
        state(
            "crowded-missed",
            &ended(&crowded(), "missed"),
            &["#became", "#why", "#newest .button"],
        ),
    ]
}

/// What is wrong with the page that is shown, in these words.
async fn faults(browser: &Browser, state: &State, width: u32) -> Vec<String> {
    let works = !state.page.pane.completed;
    let mut wanted: Vec<&str> = ALWAYS.iter().chain(state.sees).copied().collect();
    wanted.extend(WORK.iter().filter(|_| works));
    let hidden = browser.driver().execute(HIDDEN, vec![json!(wanted)]).await.unwrap();
    let mut faults: Vec<String> = hidden.convert().unwrap();
    let measured = browser.run(MEASURES).await;
    let [rows, strip, wide] = [0, 1, 2].map(|at| measured[at].as_u64().unwrap());
    if works && rows < 3 {
        faults.push(format!("only {rows} rows of notes"));
    }
    if strip > 120 {
        faults.push(format!("the strip is {strip} px high"));
    }
    if wide > u64::from(width) {
        faults.push(format!("{wide} px wide"));
    }
    faults
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_needs_is_on_the_first_screen_in_every_state() {
    let sample = Sample::start();
    let mut found = Vec::new();
    for (language, code) in [(Language::En, "en"), (Language::Fr, "fr")] {
        let browser = Browser::start(code).await;
        for state in &states() {
            sample.is(&state.page, language);
            browser.driver().goto(&sample.url).await.unwrap();
            for (width, height) in SIZES {
                let shown = format!("{} {code} {width}", state.name);
                for theme in ["dark", "light"] {
                    browser.appear_in(width, height, theme).await;
                    browser.picture(&format!("first {shown} {theme}").replace(' ', "-")).await;
                }
                let faults = faults(&browser, state, width).await;
                found.extend(faults.iter().map(|fault| format!("{shown}: {fault}")));
            }
            let complaints = browser.complaints().await;
            found.extend(complaints.iter().map(|it| format!("{} {code}: {it}", state.name)));
        }
        browser.stop().await;
    }
    assert_eq!(found, Vec::<String>::new());
}

/// Bytes over the wire, with their headers, of everything that the page that is open has loaded.
const LOADED: &str = "return [...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource')].filter((each) => !/stream|state/.test(each.name))
    .reduce((sum, each) => sum + each.transferSize, 0);";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_small_at_first_sight_and_smaller_afterwards() {
    let callpane = Callpane::setup().rules(OUTCOMES).ticking().start().await;
    let browser = Browser::start("en").await;
    for (sight, most) in [("first", 25 * 1024), ("second", 8 * 1024)] {
        let answer = callpane.desktop(87).rings("0199005577", "trucks").await;
        browser.driver().goto(answer["url"].as_str().unwrap()).await.unwrap();
        browser.until("it is loaded", "document.readyState === 'complete'").await;
        let loaded = browser.run(LOADED).await.as_u64().unwrap();
        assert!((1_000..=most).contains(&loaded), "{sight} sight: {loaded} bytes");
    }
    browser.stop().await;
}
