//! The reader's language: Fluent texts, in the files of `templates/lang`.

use std::fmt;
use std::path::Path;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::{Error, assets};

/// A language that the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
}

/// A language code that no page speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not one of en, fr")]
pub struct UnknownLanguage;

impl Language {
    /// All of them; the first is the one for readers who ask for none of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Fr];

    /// Its ISO 639 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// The language of a code; a region after it (`fr-CH`) does not matter.
    pub fn parse(code: &str) -> Result<Self, UnknownLanguage> {
        let primary = code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|known| known.code() == primary).ok_or(UnknownLanguage)
    }

    /// The language that a reader likes best of those spoken here, from an `Accept-Language` header.
    pub fn wished(header: &str) -> Self {
        let wishes = header.split(',').filter_map(|wish| {
            let (code, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=")?.trim().parse().ok()?;
            Some((Self::parse(code.trim()).ok()?, weight))
        });
        // Of equal wishes the first one counts.
        let best = wishes.reduce(|best, wish| if wish.1 > best.1 { wish } else { best });
        best.map_or(Self::En, |(language, _)| language)
    }
}

/// What scripts fill in themselves: each stands in their texts between % signs.
const FILLED_IN_BY_SCRIPTS: [&str; 13] = [
    "action", "count", "event", "ms", "origin", "program", "reason", "status", "text", "time",
    "title", "url", "who",
];

/// The texts of one language.
struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// Every language's texts.
pub struct Languages(Vec<Texts>);

impl fmt::Debug for Languages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|texts| texts.language)).finish()
    }
}

impl Languages {
    /// Reads the built-in texts; those of an operator's `en.ftl` or `fr.ftl` take their place.
    pub(super) fn new(folder: Option<&Path>) -> Result<Self, Error> {
        let texts = |language| Ok(Texts { language, bundle: bundle(language, folder)? });
        Ok(Self(Language::ALL.map(texts).into_iter().collect::<Result<_, Error>>()?))
    }

    /// A text in a language, English where it has none; a text that does not exist at all shows its
    /// key, which the tests look for.
    pub fn text(&self, code: &str, key: &str, values: &[(String, String)]) -> String {
        let found = self.of(code).and_then(|texts| self.write(texts, key, values));
        found.unwrap_or_else(|| format!("[{key}]"))
    }

    /// A text for a script, which fills in the rest.
    pub(super) fn text_for_script(&self, code: &str, key: &str) -> String {
        let marked = FILLED_IN_BY_SCRIPTS.map(|name| (name.to_owned(), format!("%{name}%")));
        self.text(code, key, &marked)
    }

    fn of(&self, code: &str) -> Option<&Texts> {
        let language = Language::parse(code).unwrap_or(Language::En);
        self.0.iter().find(|texts| texts.language == language).or(self.0.first())
    }

    fn write(&self, texts: &Texts, key: &str, values: &[(String, String)]) -> Option<String> {
        let mut found = std::iter::once(texts).chain(self.0.first());
        found.find_map(|texts| format(&texts.bundle, key, values))
    }
}

fn bundle(
    language: Language,
    folder: Option<&Path>,
) -> Result<FluentBundle<FluentResource>, Error> {
    let name = format!("{}.ftl", language.code());
    let fail = |message: String| Error { template: name.clone(), line: None, message };
    let identifier = language.code().parse().map_err(|error| fail(format!("{error}")))?;
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    // The marks that keep right-to-left values apart would only be in the way of these languages.
    bundle.set_use_isolating(false);
    let built_in = assets::text(&format!("lang/{name}")).unwrap_or_default();
    let own = folder.map(|folder| folder.join(&name)).filter(|path| path.exists());
    let own = own.map(std::fs::read_to_string).transpose();
    let own = own.map_err(|error| fail(format!("cannot be read: {error}")))?;
    for source in std::iter::once(built_in).chain(own) {
        let resource = FluentResource::try_new(source);
        let resource =
            resource.map_err(|(_, errors)| fail(format!("is not valid Fluent: {errors:?}")))?;
        bundle.add_resource_overriding(resource);
    }
    Ok(bundle)
}

fn format(
    bundle: &FluentBundle<FluentResource>,
    key: &str,
    values: &[(String, String)],
) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut arguments = FluentArgs::new();
    for (name, value) in values {
        arguments.set(name.as_str(), argument(value));
    }
    let mut problems = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut problems);
    problems.is_empty().then(|| text.into_owned())
}

/// A number only if it would be written the same: the extension 0042 and somebody called Nan are texts.
fn argument(value: &str) -> FluentValue<'_> {
    match FluentValue::try_number(value) {
        FluentValue::Number(number) if number.as_string() == value => number.into(),
        _ => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(language: Language) -> String {
        assets::text(&format!("lang/{}.ftl", language.code())).unwrap()
    }

    fn texts(source: &str) -> Vec<(&str, &str)> {
        let lines = source.lines().filter(|line| line.starts_with(char::is_alphabetic));
        let mut texts: Vec<_> = lines.filter_map(|line| line.split_once(" = ")).collect();
        texts.sort_unstable();
        texts
    }

    /// The keys of all texts, each with the values that it has places for.
    fn keys(language: Language) -> Vec<(String, Vec<String>)> {
        let values = |text: &str| {
            let rest = text.split("{ $").skip(1);
            let mut values: Vec<_> =
                rest.filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect();
            values.sort_unstable();
            values
        };
        let source = source(language);
        texts(&source).into_iter().map(|(key, text)| (key.to_owned(), values(text))).collect()
    }

    /// All scripts of the pages, one after the other.
    fn scripts() -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let paths = paths.filter(|path| path.extension().is_some_and(|ending| ending == "js"));
        paths.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// The texts that whoever explains something names in the source.
    fn sentences() -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let files = std::fs::read_dir(root.join("flow/explain")).unwrap();
        let files = files.map(|file| file.unwrap().path()).chain([root.join("view/sentence.rs")]);
        let sources: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let keys = sources.split("\"explain-").skip(1).filter_map(|rest| rest.split('"').next());
        keys.map(|key| format!("explain-{key}")).collect()
    }

    #[test]
    fn every_text_of_a_sentence_is_there() {
        let known: Vec<String> = keys(Language::En).into_iter().map(|(key, _)| key).collect();
        let missing: Vec<_> = sentences().into_iter().filter(|key| !known.contains(key)).collect();
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn every_language_has_the_same_texts() {
        let english = keys(Language::En);
        assert!(!english.is_empty());
        assert_eq!(english, keys(Language::Fr));
        let mut twice = english.windows(2).filter(|two| matches!(two, [a, b] if a.0 == b.0));
        assert_eq!(twice.next(), None, "the later one would count, unseen");
    }

    #[test]
    fn every_text_is_shown_somewhere() {
        let templates: String = assets::templates().map(|(_, text)| text).collect();
        let scripts = scripts();
        let literal = |after: &str| -> Vec<(String, String)> {
            let found = templates.split(after).skip(1).filter_map(|rest| rest.split_once('"'));
            found.map(|(text, rest)| (text.to_owned(), rest.to_owned())).collect()
        };
        let mut shown: Vec<String> = Vec::new();
        let mut built: Vec<(String, String)> = Vec::new();
        for (text, rest) in literal("key=\"") {
            let rest = rest.split(')').next().unwrap_or_default();
            if rest.starts_with(" ~ ") {
                // A key with a word in it that only the page knows.
                let end = rest.split('"').nth(1).unwrap_or_default();
                built.push((text, end.to_owned()));
            } else {
                shown.push(text);
            }
        }
        shown.extend(literal("\"key\": \"").into_iter().map(|(text, _)| text));
        for list in templates.split("set words = [").skip(1) {
            let list = list.split(']').next().unwrap_or_default();
            let words = list.split('"').skip(1).step_by(2).map(str::to_owned);
            shown.extend(words.filter(|word| scripts.contains(&format!("\"{word}\""))));
        }
        shown.extend(sentences());
        let is_built = |key: &str| {
            built.iter().any(|(start, end)| {
                let word = key
                    .strip_prefix(start.as_str())
                    .and_then(|rest| rest.strip_suffix(end.as_str()));
                word.is_some_and(|word| !word.is_empty() && !word.contains('-'))
            })
        };
        let keys = keys(Language::En).into_iter().map(|(key, _)| key);
        let unused: Vec<_> = keys.filter(|key| !shown.contains(key) && !is_built(key)).collect();
        assert_eq!(unused, Vec::<String>::new());
    }

    #[test]
    fn french_has_its_own_apostrophes_and_spaces() {
        let source = source(Language::Fr);
        let odd = ["'", " ;", " :", " !", " ?", " »", "« ", "\""];
        let wrong =
            texts(&source).into_iter().filter(|(_, text)| odd.iter().any(|odd| text.contains(odd)));
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<(&str, &str)>::new());
    }

    #[test]
    fn only_what_reads_back_the_same_is_a_number() {
        let bundle = bundle(Language::En, None).unwrap();
        let text = |key, name: &str, value: &str| {
            format(&bundle, key, &[(name.to_owned(), value.to_owned())]).unwrap()
        };
        for who in ["0042", "Nan", "1e3", "42"] {
            assert_eq!(text("desk-rings", "who", who), format!("{who} is calling."));
        }
        assert!(text("contact-several", "count", "3").contains("3 contacts"));
    }

    #[test]
    fn the_best_wish_that_is_spoken_here_counts() {
        for (header, expected) in [
            ("de-DE, fr-CH, en", Language::Fr),
            ("fr;q=0.1, en;q=0.9", Language::En),
            ("en;q=0.2,fr;q=0.8", Language::Fr),
            ("de", Language::En),
            ("", Language::En),
            ("fr;q=x", Language::En),
        ] {
            assert_eq!(Language::wished(header), expected, "{header}");
        }
    }

    #[test]
    fn an_operator_can_say_it_in_other_words() {
        let folder = tempfile::tempdir().unwrap();
        let (key, _) = keys(Language::En).remove(0);
        std::fs::write(folder.path().join("en.ftl"), format!("{key} = Otherwise\n")).unwrap();
        let languages = Languages::new(Some(folder.path())).unwrap();
        assert_eq!(languages.text("en", &key, &[]), "Otherwise");
        assert_eq!(languages.text("en", "no-such-text", &[]), "[no-such-text]");
    }
}
