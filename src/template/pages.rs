//! Whole HTML pages: the built-in ones, with an operator's own files in the place of any of them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};

use super::Error;

/// Text in the reader's language: language, key, arguments.
pub type Translate = Arc<dyn Fn(&str, &str, &[(String, String)]) -> String + Send + Sync>;

/// Text for a script, in which it fills in the rest: language, key.
pub type TranslateForScript = Arc<dyn Fn(&str, &str) -> String + Send + Sync>;

/// The address of a static file, where there is one.
pub type Asset = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Compiled pages.
pub struct Pages(Tera);

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.get_template_names()).finish()
    }
}

impl Pages {
    /// Compiles the built-in pages; a file of the same name in `folder` replaces its page, and any
    /// other `.html` file there is a page of its own.
    pub fn new(
        built_in: impl Iterator<Item = (String, String)>,
        folder: Option<&Path>,
        (translate, for_script): (Translate, TranslateForScript),
        asset: Asset,
    ) -> Result<Self, Error> {
        let mut sources: BTreeMap<String, String> = built_in.collect();
        if let Some(folder) = folder {
            sources.extend(read_folder(folder)?);
        }
        let mut tera = Tera::new();
        tera.autoescape_on([".html"]);
        register(&mut tera, translate, for_script, asset);
        let all = sources.iter().map(|(name, source)| (name.as_str(), source.as_str()));
        tera.add_raw_templates(all).map_err(|error| Error::from_tera(&error, "templates"))?;
        Ok(Self(tera))
    }

    /// The file names of all pages, in order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.get_template_names().map(str::to_owned).collect();
        names.sort_unstable();
        names
    }

    /// Renders a page.
    pub fn render(&self, name: &str, values: &impl Serialize) -> Result<String, Error> {
        let fail = |error: tera::Error| Error::from_tera(&error, name);
        let context = Context::from_serialize(values).map_err(fail)?;
        self.0.render(name, &context).map_err(fail)
    }
}

fn register(tera: &mut Tera, translate: Translate, for_script: TranslateForScript, asset: Asset) {
    tera.register_function("t", move |arguments: Kwargs, state: &State<'_>| {
        let language: String = state.get("lang")?.unwrap_or_default();
        let key: String = arguments.must_get("key")?;
        let values = arguments.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let values: Vec<(String, String)> = values.filter(|(name, _)| name != "key").collect();
        tera::TeraResult::Ok(translate(&language, &key, &values))
    });
    tera.register_function("t_script", move |arguments: Kwargs, state: &State<'_>| {
        let language: String = state.get("lang")?.unwrap_or_default();
        let key: String = arguments.must_get("key")?;
        tera::TeraResult::Ok(for_script(&language, &key))
    });
    tera.register_function("asset", move |arguments: Kwargs, _: &State<'_>| {
        let name: String = arguments.must_get("name")?;
        asset(&name).ok_or_else(|| tera::Error::message(format!("no static file named {name}")))
    });
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
