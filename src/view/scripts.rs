//! A page's scripts, joined into one: a browser fetches one file instead of a dozen, none of which it would
//! know of before it had the one that imports it. The files stay modules of their own, as the linter, the
//! tests and their readers see them.
//!
//! Each module becomes a function that is called once and answers what the module exports. Only the forms of
//! `import` and `export` that our own files have are understood, one on a line.

use std::fmt::Write as _;

/// The scripts that stand for a whole page.
pub(super) const PAGES: [&str; 4] = ["pane.js", "wrapper.js", "desktop.js", "console.js"];

/// A script with everything that it imports, each of `read`'s files once.
pub(super) fn joined(entry: &str, read: impl Fn(&str) -> Option<String>) -> Option<String> {
    let source = read(entry)?;
    let mut joined = Joined { read, modules: Vec::new(), text: String::new() };
    let body = joined.body(&source)?;
    joined.text.push_str(&body.text);
    Some(joined.text)
}

struct Joined<F> {
    read: F,
    /// The files that are in it, or on their way: a module is called by its place here.
    modules: Vec<String>,
    text: String,
}

/// A module without its `import` and `export`.
#[derive(Default)]
struct Body {
    text: String,
    exports: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Joined<F> {
    /// Adds a module, unless it is there; answers what it is called.
    fn add(&mut self, file: &str) -> Option<String> {
        let name = |at: usize| format!("m{at}");
        if let Some(at) = self.modules.iter().position(|known| known == file) {
            return Some(name(at));
        }
        let name = name(self.modules.len());
        self.modules.push(file.to_owned());
        let source = (self.read)(file)?;
        let Body { text, exports } = self.body(&source)?;
        let exports = exports.join(", ");
        let _infallible =
            write!(self.text, "const {name} = (() => {{\n{text}return {{ {exports} }};\n}})();\n");
        Some(name)
    }

    /// Reads a module, and adds those that it imports before it.
    fn body(&mut self, source: &str) -> Option<Body> {
        let mut body = Body::default();
        // Comments and indentation are for whoever reads the files; no text goes over several lines.
        let lines = source.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with("//")) {
            if let Some(import) = line.strip_prefix("import ") {
                let (names, file) = import.strip_suffix("\";")?.split_once("\"./")?;
                let name = self.add(file)?;
                if let Some(names) = names.strip_suffix(" from ") {
                    let _infallible = writeln!(body.text, "const {names} = {name};");
                }
            } else if let Some(export) = line.strip_prefix("export ") {
                body.export(export);
            } else {
                body.text.push_str(line);
                body.text.push('\n');
            }
        }
        Some(body)
    }
}

impl Body {
    fn export(&mut self, export: &str) {
        if let Some(names) = export.strip_prefix('{') {
            self.exports.push(names.trim_end_matches(';').trim_end_matches('}').trim().to_owned());
            return;
        }
        let words = export.split([' ', '(']).filter(|word| !word.is_empty());
        let mut words = words.skip_while(|word| ["async", "const", "function"].contains(word));
        self.exports.extend(words.next().map(str::to_owned));
        self.text.push_str(export);
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Option<String> {
        let text = match name {
            "entry.js" => {
                "// An entry.\nimport \"./side.js\";\nimport { two } from \"./numbers.js\";\n\
                 import { one } from \"./numbers.js\";\nshow(one, two);\n"
            }
            "side.js" => "import { one } from \"./numbers.js\";\nnote(one);\n",
            "numbers.js" => {
                "export const one = 1; // the first\n  // not seen\nexport async function two(a) {\n\
                 }\nclass Three {}\nexport { Three };\n"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }

    #[test]
    fn modules_are_joined_each_once_and_before_who_imports_them() {
        let text = joined("entry.js", file).unwrap();
        assert_eq!(
            text,
            "const m1 = (() => {\nconst one = 1; // the first\nasync function two(a) {\n}\n\
             class Three {}\nreturn { one, two, Three };\n})();\n\
             const m0 = (() => {\nconst { one } = m1;\nnote(one);\nreturn {  };\n})();\n\
             const { two } = m1;\nconst { one } = m1;\nshow(one, two);\n"
        );
        assert_eq!(joined("none.js", file), None);
    }
}
