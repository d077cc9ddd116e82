//! What does it look like? Typed pages over the templates, in the reader's language.
//!
//! Each page is a type with samples: one test renders every page with every sample, and
//! `callpane check` does the same with an operator's own files.

mod api_page;
mod assets;
pub mod console;
mod language;
mod numbers;
mod pages;
mod samples;
mod scripts;
pub mod sentence;

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::decision::WRAPPER;
pub use crate::template::Error;
use crate::template::{Pages, Texts};
pub use api_page::{ApiGroup, ApiMember, ApiOperation, ApiPage, ApiRefusal, ApiWords};
pub use assets::find_asset;
use console::{
    Access, Account, Alone, AuditPage, Deliveries, Events, Explain, Framed, FullDelivery, Home,
    Live, Refusals, Refused, SignIn, SignInLink,
};
pub use language::{Language, Languages};
pub use pages::{
    Agent, Banner, Call, Callee, Caller, Card, Choice, Contact, Datum, Desktop, DesktopCalls,
    DesktopPane, Detail, EarlierCall, Ending, Gone, ListedCall, Nowhere, OwnPresence, Pane,
    PanePage, Progress, Queue, SignInPage, Wrapped, time_of_day,
};

/// A page with everything that its template shows.
pub trait Page: Serialize {
    /// The template's file name.
    fn template(&self) -> String;
    /// Examples, from the usual to the odd.
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}

/// Renders pages.
#[derive(Debug)]
pub struct View {
    pages: Pages,
    languages: Arc<Languages>,
}

impl View {
    /// Compiles all pages. `base` is the path that the outside reaches us under, `folder` the
    /// operator's own templates.
    pub fn new(base: &str, folder: Option<&Path>) -> Result<Self, Error> {
        let mistaken = format!("{}.html", pages::DEFAULT);
        if folder.is_some_and(|folder| folder.join(&mistaken).exists()) {
            let message = "would never be shown; to replace the hosted page, name it pane.html";
            return Err(Error { template: mistaken, line: None, message: message.to_owned() });
        }
        let languages = Arc::new(Languages::new(folder)?);
        let (texts, prefix) = (Arc::clone(&languages), base.to_owned());
        let scripts = Arc::clone(&languages);
        let texts = Texts {
            text: Arc::new(move |language, key, values| texts.text(language, key, values)),
            for_script: Arc::new(move |language, key| scripts.text_for_script(language, key)),
            asset: Arc::new(move |name| assets::address(&prefix, name)),
            number: Arc::new(|language, plain| {
                let language = Language::parse(language).unwrap_or(Language::En);
                numbers::written(language.marks(), plain)
            }),
        };
        let codes = Language::ALL.map(Language::code);
        let constants = [("base", base.to_owned())];
        let pages = Pages::new(assets::templates(), folder, &codes, &constants, &texts)?;
        Ok(Self { pages, languages })
    }

    /// A quantity with its unit, in a language.
    pub fn measured(&self, language: Language, plain: &str, unit: &str) -> String {
        numbers::measured(language.marks(), plain, unit)
    }

    /// A page as HTML.
    pub fn render<P: Page>(&self, page: &P, language: Language) -> Result<String, Error> {
        self.pages.render(language.code(), &page.template(), page)
    }

    /// The same of what somebody may see of a page.
    pub fn render_seen(
        &self,
        template: &str,
        seen: &serde_json::Value,
        language: Language,
    ) -> Result<String, Error> {
        self.pages.render(language.code(), template, seen)
    }

    /// The parts of a call's page that change while it is open.
    pub fn render_pane_parts(&self, page: &PanePage, language: Language) -> Result<String, Error> {
        self.pages.render(language.code(), "pane/parts.html", page)
    }

    /// The parts of a desktop that change while it is open.
    pub fn render_desktop_parts(
        &self,
        calls: &DesktopCalls,
        language: Language,
    ) -> Result<String, Error> {
        self.pages.render(language.code(), "desktop/parts.html", calls)
    }

    /// What goes on, while the console shows it.
    pub fn render_live_parts(
        &self,
        live: &serde_json::Value,
        language: Language,
    ) -> Result<String, Error> {
        let values = serde_json::json!({ "page": live });
        self.pages.render(language.code(), "console/live_stream.html", &values)
    }

    /// The texts of every language.
    pub fn languages(&self) -> &Languages {
        &self.languages
    }

    /// The names of the pages that a rule may open: the built-in one and the operator's own files
    /// that are not pages of ours.
    pub fn call_pages(&self) -> Vec<String> {
        let ours: Vec<String> = assets::templates().map(|(name, _)| name).collect();
        let own = self.pages.names().into_iter().filter(|name| !ours.contains(name));
        let own = own.filter_map(|name| name.strip_suffix(".html").map(str::to_owned));
        std::iter::once(pages::DEFAULT.to_owned()).chain(own).collect()
    }

    /// Renders every page with every sample, in every language; each with its result.
    pub fn render_samples(&self) -> Vec<Result<String, Error>> {
        let mut results = self.render_samples_of::<Gone>();
        results.extend(self.render_samples_of::<Nowhere>());
        results.extend(self.render_samples_of::<ApiPage>());
        results.extend(self.render_samples_of::<Desktop>());
        results.extend(self.render_samples_of::<SignInPage>());
        results.extend(self.render_samples_of::<Alone<SignIn>>());
        results.extend(self.render_samples_of::<Alone<SignInLink>>());
        results.extend(self.render_samples_of::<Alone<Refused>>());
        results.extend(self.render_samples_of::<Framed<Account>>());
        results.extend(self.render_samples_of::<Framed<Access>>());
        results.extend(self.render_samples_of::<Framed<AuditPage>>());
        results.extend(self.render_samples_of::<Framed<Home>>());
        results.extend(self.render_samples_of::<Framed<Live>>());
        results.extend(self.render_samples_of::<Framed<console::Calls>>());
        results.extend(self.render_samples_of::<Framed<console::Found>>());
        results.extend(self.render_samples_of::<Framed<Explain>>());
        results.extend(self.render_samples_of::<Framed<Deliveries>>());
        results.extend(self.render_samples_of::<Framed<FullDelivery>>());
        results.extend(self.render_samples_of::<Framed<Events>>());
        results.extend(self.render_samples_of::<Framed<Refusals>>());
        let calls = samples::desktop_calls();
        for language in Language::ALL {
            results.push(self.render_desktop_parts(&calls, language));
            for page in PanePage::samples() {
                results.push(self.render_pane_parts(&page, language));
            }
        }
        let wrapped = |framed| {
            let url = "https://crm.example.com/?q=1&n=<b>".to_owned();
            Some(Wrapped { url, origin: "https://crm.example.com".to_owned(), framed })
        };
        for framed in [true, false] {
            let page = WRAPPER.to_owned();
            let around =
                |sample| PanePage { page: page.clone(), wrapped: wrapped(framed), ..sample };
            results.extend(self.render_all(PanePage::samples().into_iter().map(around)));
        }
        for page in self.call_pages() {
            let samples = PanePage::samples().into_iter();
            let samples = samples.map(|sample| PanePage { page: page.clone(), ..sample });
            results.extend(self.render_all(samples));
        }
        results
    }

    /// The same of one page.
    pub fn render_samples_of<P: Page>(&self) -> Vec<Result<String, Error>> {
        self.render_all(P::samples()).collect()
    }

    fn render_all<P: Page>(
        &self,
        samples: impl IntoIterator<Item = P>,
    ) -> impl Iterator<Item = Result<String, Error>> {
        samples
            .into_iter()
            .flat_map(|page| Language::ALL.map(|language| self.render(&page, language)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_renders_with_every_sample_in_every_language() {
        let view = View::new("/prefix", None).unwrap();
        let results = view.render_samples();
        assert!(results.len() > 10);
        for html in results {
            let html = html.unwrap();
            let missing = html.find(">[").or_else(|| html.find("\"["));
            let missing = missing.map(|at| html[at..].chars().take(60).collect::<String>());
            assert_eq!(missing, None, "a text without translation");
        }
    }

    #[test]
    fn an_operators_page_that_fails_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine.html"), "<p>\n{{ caller.nosuch }}").unwrap();
        let results = View::new("", Some(folder.path())).unwrap().render_samples();
        let failures: Vec<Error> = results.into_iter().filter_map(Result::err).collect();
        assert_eq!((failures[0].template.as_str(), failures[0].line), ("mine.html", Some(2)));
        std::fs::write(folder.path().join("mine.html"), "<p>\n{% if %}").unwrap();
        let failure = View::new("", Some(folder.path())).unwrap_err();
        assert_eq!((failure.template.as_str(), failure.line), ("mine.html", Some(2)));
    }

    #[test]
    fn an_operators_page_replaces_ours_and_new_ones_can_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("gone.html"), "mine: {{ reason }}").unwrap();
        std::fs::write(folder.path().join("trucks.html"), "{{ caller.display }}").unwrap();
        let view = View::new("", Some(folder.path())).unwrap();
        let page = Gone { reason: "expired", desktop_origin: "*".into() };
        assert_eq!(view.render(&page, Language::En).unwrap(), "mine: expired");
        assert_eq!(view.call_pages(), ["default", "trucks"]);
    }

    #[test]
    fn an_operators_own_texts_are_text_on_our_pages_whatever_they_say() {
        let folder = tempfile::tempdir().unwrap();
        let own = "close = A & {\"{{ b }}\"}\nclose-hint = <i>c\n";
        std::fs::write(folder.path().join("en.ftl"), own).unwrap();
        let view = View::new("", Some(folder.path())).unwrap();
        let page = Gone { reason: "expired", desktop_origin: "*".into() };
        let html = view.render(&page, Language::En).unwrap();
        assert!(html.contains(">A &amp; {{ b }}<") && html.contains(">&lt;i&gt;c<"), "{html}");
        assert!(!view.render(&page, Language::Fr).unwrap().contains("A &amp;"));
    }
}
