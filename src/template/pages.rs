//! Whole HTML pages: the built-in ones, with an operator's own files in the place of any of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};

use super::{Error, fixed};

/// Text in a language: language, key, values.
pub type Translate = Arc<dyn Fn(&str, &str, &[(String, String)]) -> String + Send + Sync>;

/// Text for a script, in which it fills in the rest: language, key.
pub type TranslateForScript = Arc<dyn Fn(&str, &str) -> String + Send + Sync>;

/// The address of a static file, where there is one.
pub type Asset = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A number in a language: language, the number as programs write it.
pub type Number = Arc<dyn Fn(&str, &str) -> String + Send + Sync>;

/// What templates ask for.
#[derive(Clone)]
pub struct Texts {
    pub text: Translate,
    pub for_script: TranslateForScript,
    pub asset: Asset,
    pub number: Number,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Texts")
    }
}

/// Pages, compiled once for each language.
pub struct Pages(Vec<(&'static str, Tera)>);

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl Pages {
    /// Compiles the built-in pages; a file of the same name in `folder` replaces its page, and any
    /// other `.html` file there is a page of its own. `constants` are values that every page has.
    pub fn new(
        built_in: impl Iterator<Item = (String, String)>,
        folder: Option<&Path>,
        languages: &[&'static str],
        constants: &[(&'static str, String)],
        texts: &Texts,
    ) -> Result<Self, Error> {
        let mut sources: BTreeMap<String, String> = built_in.collect();
        if let Some(folder) = folder {
            sources.extend(read_folder(folder)?);
        }
        let compiled = languages.iter().map(|language| {
            let mut engine = engine(language, texts);
            engine.global_context().insert("lang", language);
            for (name, value) in constants {
                engine.global_context().insert(*name, value);
            }
            Ok((*language, compile(engine, &sources)?))
        });
        Ok(Self(compiled.collect::<Result<_, Error>>()?))
    }

    /// The file names of all pages, in order.
    pub fn names(&self) -> Vec<String> {
        let names = self.0.iter().take(1).flat_map(|(_, engine)| engine.get_template_names());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort_unstable();
        names
    }

    /// Renders a page, in one of the languages.
    pub fn render(
        &self,
        language: &str,
        name: &str,
        values: &impl Serialize,
    ) -> Result<String, Error> {
        let fail = |error: tera::Error| Error::from_tera(&error, name);
        let mut compiled = self.0.iter().filter(|(known, _)| *known == language);
        let Some((_, engine)) = compiled.next().or(self.0.first()) else {
            return Err(fail(tera::Error::message("there is no language")));
        };
        let context = Context::from_serialize(values).map_err(fail)?;
        engine.render(name, &context).map_err(fail)
    }
}

/// Compiles the templates as they are, and then, with the help of these, as they are in one language.
fn compile(mut engine: Tera, sources: &BTreeMap<String, String>) -> Result<Tera, Error> {
    let fail = |error: tera::Error| Error::from_tera(&error, "templates");
    let whole = sources.iter().map(|(name, source)| (name.as_str(), source.as_str()));
    engine.add_raw_templates(whole).map_err(fail)?;
    let render = |fixed: &str| engine.render_str(fixed, &Context::new(), true).ok();
    let put_in: Vec<(&str, String)> = sources
        .iter()
        .map(|(name, source)| (name.as_str(), fixed::put_in(source, render)))
        .collect();
    engine.add_raw_templates(put_in).map_err(fail)?;
    Ok(engine)
}

/// An engine whose functions speak one language.
fn engine(language: &'static str, texts: &Texts) -> Tera {
    let mut tera = Tera::new();
    tera.autoescape_on([".html"]);
    let Texts { text, for_script, asset, number } = texts.clone();
    tera.register_filter("number", move |plain: tera::Value, _: Kwargs, _: &State<'_>| {
        number(language, &plain.to_string())
    });
    tera.register_function("t", move |arguments: Kwargs, _: &State<'_>| {
        let key: Cow<'_, str> = arguments.must_get("key")?;
        let values = arguments.iter().filter(|(name, _)| name.as_str() != Some("key"));
        let values: Vec<(String, String)> =
            values.map(|(name, value)| (name.to_string(), value.to_string())).collect();
        tera::TeraResult::Ok(text(language, &key, &values))
    });
    tera.register_function("t_script", move |arguments: Kwargs, _: &State<'_>| {
        let key: Cow<'_, str> = arguments.must_get("key")?;
        tera::TeraResult::Ok(for_script(language, &key))
    });
    tera.register_function("asset", move |arguments: Kwargs, _: &State<'_>| {
        let name: Cow<'_, str> = arguments.must_get("name")?;
        asset(&name).ok_or_else(|| tera::Error::message(format!("no static file named {name}")))
    });
    tera
}

fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, Error> {
    let fail = |path: &Path, error: &std::io::Error| Error {
        template: path.display().to_string(),
        line: None,
        message: format!("cannot be read: {error}"),
    };
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| fail(folder, &error))? {
        let path = entry.map_err(|error| fail(folder, &error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.extension().is_some_and(|extension| extension == "html") {
            let text = std::fs::read_to_string(&path).map_err(|error| fail(&path, &error))?;
            pages.push((name.to_owned(), text));
        }
    }
    Ok(pages)
}
