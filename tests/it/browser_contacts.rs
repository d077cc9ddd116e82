//! What contacts know, on the page of a call in a real browser.

use callpane::inside::{Choice, Contact, Detail, Language, Page as _, Pane, PanePage};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::sample::{Sample, contact, page};

async fn begin(contact: Contact) -> (Sample, Browser) {
    let (sample, browser) = (Sample::start(), Browser::start("en").await);
    sample.is(&page(contact), Language::En);
    browser.driver().goto(&sample.url).await.unwrap();
    (sample, browser)
}

/// Of several, the one whom an agent chose on an earlier call.
fn last_time() -> Contact {
    let mut all = PanePage::samples().into_iter().map(|page| page.contact);
    all.find(|contact| contact.last.is_some()).unwrap()
}

async fn until_state(browser: &Browser, state: &str) {
    let shown = format!("document.querySelector('#contact').dataset.state === '{state}'");
    browser.until(state, &shown).await;
}

async fn until_named(browser: &Browser, name: &str) {
    let named = format!("document.querySelector('#caller').textContent === '{name}'");
    browser.until(name, &named).await;
}

async fn value(browser: &Browser, selector: &str) -> String {
    browser.one(selector).await.prop("value").await.unwrap().unwrap()
}

fn completed(page: PanePage) -> PanePage {
    PanePage { pane: Pane { completed: true, ..page.pane.clone() }, ..page }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contacts_know_is_accessible_and_fits_in_every_state() {
    let sample = Sample::start();
    let known = page(contact("known", false));
    let pages = [
        ("known", known.clone()),
        ("chosen", page(contact("known", true))),
        ("several", page(contact("several", false))),
        ("last-time", page(last_time())),
        ("unknown", page(contact("unknown", false))),
        ("form", page(contact("unknown", false))),
        ("looking", page(contact("looking", false))),
        ("away", page(contact("away", false))),
        ("done", completed(known)),
    ];
    for (language, code) in [(Language::En, "en"), (Language::Fr, "fr")] {
        let browser = Browser::start(code).await;
        for (name, page) in &pages {
            sample.is(page, language);
            browser.driver().goto(&sample.url).await.unwrap();
            if *name == "form" {
                browser.click("#contact-add summary").await;
            }
            for (width, theme) in [(320, "light"), (320, "dark"), (900, "light"), (900, "dark")] {
                browser.appear(width, theme).await;
                let shown = format!("contact {name} {code} {width} {theme}");
                let wide = browser.run("return document.documentElement.scrollWidth;").await;
                assert!(wide.as_u64().unwrap() <= u64::from(width), "{shown}: {wide} px wide");
                if (width == 320) == (theme == "dark") {
                    assert_eq!(browser.complaints().await, Vec::<String>::new(), "{shown}");
                }
                browser.picture(&shown.replace(' ', "-")).await;
            }
        }
        browser.stop().await;
    }
}

/// Everything that a reader has of the contact.
const SEEN: &str = "const isSeen = (e) => e.checkVisibility();
    const seen = (e) => isSeen(e) ? e.innerText.replace(/\\s+/g, ' ').trim() : null;
    const part = (id) => seen(document.getElementById(id));
    const all = (selector) => [...document.querySelectorAll(selector)].filter(isSeen);
    return { title: document.title, name: part('caller'), last: part('last'), company: part('company'),
      number: part('number'), card: part('contact-card'), more: part('contact-more'),
      links: all('#contact a').map((a) => a.getAttribute('href')),
      choices: all('#contact-choices form').map((f) => [...new FormData(f).values()]) };";

/// A page that hears of it shows the same as one that was opened with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_is_learnt_is_shown_as_one_that_was_known() {
    let odd = Contact {
        company: Some("\"Brûlé\" <Fils> $& %count%".to_owned()),
        email: Some("zoe?bcc=a&b#%41@example.com".to_owned()),
        link: Some("javascript:alert(1)".to_owned()),
        book: None,
        data: vec![Detail { label: "<b>VIP</b>".to_owned(), value: "<i>yes</i>".to_owned() }],
        ..contact("known", false)
    };
    let nameless = Contact {
        create: Some("javascript:alert(1)".to_owned()),
        search: Some("data:text/html,x".to_owned()),
        choices: vec![
            Choice {
                last: false,
                book: "list".to_owned(),
                id: "<7>".to_owned(),
                name: None,
                company: Some("Brûlé & Fils".to_owned()),
                email: Some("desk@example.com".to_owned()),
            },
            Choice {
                last: false,
                book: "list".to_owned(),
                id: "8".to_owned(),
                name: None,
                company: None,
                email: None,
            },
        ],
        ..contact("several", false)
    };
    let bare = Contact { state: "known", ..Contact::default() };
    let (sample, browser) = begin(contact("known", false)).await;
    for learnt in [
        contact("known", false),
        contact("known", true),
        contact("several", false),
        last_time(),
        contact("unknown", false),
        contact("away", false),
        contact("looking", false),
        contact("nobody", false),
        odd,
        nameless,
        bare,
    ] {
        let before = if learnt.state == "looking" { "unknown" } else { "looking" };
        sample.is(&page(learnt.clone()), Language::En);
        browser.driver().goto(&sample.url).await.unwrap();
        let wanted = browser.run(SEEN).await;
        sample.is(&page(contact(before, false)), Language::En);
        browser.driver().refresh().await.unwrap();
        until_state(&browser, before).await;
        sample.tells(learnt.clone());
        until_state(&browser, learnt.state).await;
        assert_eq!(browser.run(SEEN).await, wanted, "{learnt:?}");
        assert!(!wanted["links"].to_string().contains("javascript:"), "{wanted}");
        assert!(!wanted["links"].to_string().contains("data:"), "{wanted}");
    }
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_press_chooses_among_several_and_the_choice_can_be_taken_back() {
    let (sample, browser) = begin(contact("several", false)).await;
    sample.takes(contact("known", true));
    browser.click("#contact-choices li:nth-child(2) button").await;
    until_named(&browser, "Zoë Brûlé <Transports>").await;
    let company = browser.one("#company").await.text().await.unwrap();
    assert_eq!(company, "Brûlé & Fils");
    let there = "document.activeElement.matches('#contact-back button')";
    browser.until("the keyboard goes on from there", there).await;
    sample.takes(contact("several", false));
    browser.click("#contact-back button").await;
    until_state(&browser, "several").await;
    until_named(&browser, "Zoë Brûlé").await;
    sample.refuses(422, json!({ "code": "no-such-contact", "detail": "43 is gone" }));
    browser.click("#contact-choices li:nth-child(2) button").await;
    browser.one("#contact-error:not([hidden])").await;
    let chosen = json!({ "book": "crm", "id": "43" });
    assert_eq!(sample.got(), [chosen.clone(), json!({ "book": "", "id": "" }), chosen]);
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_it_was_the_last_time_is_named_beside_the_company_and_confirmed_in_one_press() {
    let (sample, browser) = begin(last_time()).await;
    assert_eq!(browser.one("#caller").await.text().await.unwrap(), "Brûlé & Fils");
    assert_eq!(browser.one("#last").await.text().await.unwrap(), "last time: Zoë Brûlé");
    assert_eq!(browser.one("#number").await.text().await.unwrap(), "01 99 00 55 77");
    let first = browser.one("#contact-choices li:first-child button").await.text().await.unwrap();
    assert!(first.starts_with("Zoë Brûlé") && first.ends_with("last time"), "{first}");
    sample.takes(contact("known", true));
    browser.click("#contact-choices li:first-child button").await;
    until_named(&browser, "Zoë Brûlé <Transports>").await;
    assert_eq!(sample.got(), [json!({ "book": "crm", "id": "42" })]);
    assert!(!browser.one("#last").await.is_displayed().await.unwrap());
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_being_created_stays_typed_whatever_arrives() {
    let (sample, browser) = begin(contact("unknown", false)).await;
    browser.click("#contact-add summary").await;
    browser.fill("#contact-new-name", "Ada").await;
    browser.fill("#contact-new-company", "Hartley").await;
    for state in ["looking", "several", "away", "known", "nobody", "unknown"] {
        sample.tells(contact(state, false));
        until_state(&browser, state).await;
        let focused = browser.run("return document.activeElement.id;").await;
        assert_eq!(focused, "contact-new-company", "{state}");
        assert_eq!(value(&browser, "#contact-new-name").await, "Ada", "{state}");
        assert!(browser.one("#contact-new").await.is_displayed().await.unwrap(), "{state}");
    }
    sample.refuses(503, json!({}));
    browser.run("document.activeElement.form.requestSubmit();").await;
    browser.one("#contact-error:not([hidden])").await;
    browser
        .run("globalThis.kept = fetch; globalThis.fetch = () => Promise.reject(new TypeError());")
        .await;
    browser.run("document.querySelector('#contact-error').textContent = '';").await;
    browser.click("#contact-new button").await;
    let said = "document.querySelector('#contact-error:not([hidden])')?.textContent";
    browser.until("it is said", said).await;
    browser.run("globalThis.fetch = globalThis.kept;").await;
    assert_eq!(value(&browser, "#contact-new-company").await, "Hartley");
    sample.refuses(422, json!({ "code": "contact-name-missing", "detail": "a name is missing" }));
    browser.fill("#contact-new-name", "").await;
    browser.click("#contact-new button").await;
    browser.one("#contact-new-name[aria-invalid=true]:focus").await;
    browser.fill("#contact-new-name", "Ada").await;
    let created = Contact { name: Some("Ada".to_owned()), ..contact("known", false) };
    sample.takes(created);
    browser.click("#contact-new button").await;
    until_named(&browser, "Ada").await;
    browser.until("the form is gone", "document.querySelector('#contact-add').hidden").await;
    let last = sample.got().pop();
    assert_eq!(
        last,
        Some(json!({ "name": "Ada", "company": "Hartley", "email": "zoe@example.com" }))
    );
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_below_stays_where_it_is_when_contacts_are_found() {
    let (sample, browser) = begin(contact("looking", false)).await;
    browser.appear(320, "light").await;
    browser.fill("#notes", "Two trucks.").await;
    let top = "return document.activeElement.getBoundingClientRect().top;";
    let before = browser.run(top).await.as_f64().unwrap();
    for state in ["several", "known", "unknown", "looking"] {
        sample.tells(contact(state, false));
        until_state(&browser, state).await;
        let moved = browser.run(top).await.as_f64().unwrap() - before;
        assert!(moved.abs() < 2.0, "{state}: {moved} px");
        assert_eq!(browser.run("return document.activeElement.id;").await, "notes");
    }
    assert_eq!(value(&browser, "#notes").await, "Two trucks.");
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn done_asks_once_before_it_leaves_a_typed_contact_out() {
    let (sample, browser) = begin(contact("unknown", false)).await;
    browser.click("#contact-add summary").await;
    browser.fill("#contact-new-company", "Hartley").await;
    let unsaved = "document.querySelector('[data-unsaved=true]')";
    browser.until("it is marked as unsaved", unsaved).await;
    browser.click("#close").await;
    browser.one("#contact-error:focus").await;
    assert_eq!(browser.run("return document.querySelector('#finished').hidden;").await, true);
    browser.click("#close").await;
    browser.until("it is finished", "!document.querySelector('#finished').hidden").await;
    assert_eq!(sample.got(), Vec::<Value>::new());
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_page_shows_the_contact_and_asks_for_nothing() {
    let (sample, browser) = begin(contact("known", true)).await;
    for state in ["known", "several", "unknown", "away", "looking"] {
        let chosen = state == "known";
        sample.is(&completed(page(contact(state, chosen))), Language::En);
        browser.driver().goto(&sample.url).await.unwrap();
        let asked = "return [...document.querySelectorAll('#contact :is(form, details, ul, p)')]
            .filter((e) => e.checkVisibility()).map((e) => e.id);";
        let shown = if chosen { json!(["contact-reach"]) } else { json!([]) };
        assert_eq!(browser.run(asked).await, shown, "{state}");
    }
    browser.stop().await;
}

/// Without scripts the forms send the same names as the scripts do.
#[test]
fn the_forms_of_a_page_without_scripts_send_the_same_names() {
    let view = callpane::inside::View::new("", None).unwrap();
    let html = |state| view.render(&page(contact(state, false)), Language::En).unwrap();
    let several = html("several");
    assert_eq!(several.matches("action=\"/pane/sample/contact\"").count(), 5, "{several}");
    for field in ["name=\"book\" value=\"crm\"", "name=\"id\" value=\"43\""] {
        assert!(several.contains(field), "{field}");
    }
    let unknown = html("unknown");
    for name in ["name", "company", "email"] {
        assert!(unknown.contains(&format!("name=\"{name}\"")), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_finished_elsewhere_is_said_to_be_so() {
    let (sample, browser) = begin(contact("several", false)).await;
    sample.refuses(410, json!({ "code": "page-completed", "detail": "completed" }));
    browser.click("#contact-choices button").await;
    browser.one("#gone:not([hidden])").await;
    browser.until("nothing more is asked", "document.querySelector('#contact').hidden").await;
    browser.stop().await;
}
