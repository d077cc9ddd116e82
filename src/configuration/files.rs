//! One document in several files: joined in their order, and what is wrong in it is said of the file and
//! the line where it stands.

use super::reader::Reader;
use super::value;
use super::{Complaint, Configuration, Surroundings};

/// The files of a document.
#[derive(Debug)]
pub struct Files {
    /// The document, as it is kept: of several files, each begins with a comment that names it.
    text: String,
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    name: String,
    text: String,
    /// How many lines of the document stand before it.
    before: usize,
}

impl Files {
    /// Joins files, of which each has a name and a text.
    pub fn join(files: Vec<(String, String)>) -> Self {
        let several = files.len() > 1;
        let mut joined = Self { text: String::new(), files: Vec::new() };
        for (name, text) in files {
            if several {
                let shown: String = name.chars().filter(|c| !c.is_control()).collect();
                joined.text.extend(["# From ", &shown, "\n"]);
            }
            let before = joined.text.lines().count();
            joined.text.push_str(&text);
            if several && !text.ends_with('\n') {
                joined.text.push('\n');
            }
            joined.files.push(File { name, text, before });
        }
        joined
    }

    /// The whole document.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Reads the document and compiles it.
    pub fn read(&self, surroundings: &Surroundings) -> Result<Configuration, Vec<Complaint>> {
        let wrong: Vec<Complaint> = self.files.iter().flat_map(|file| self.alone(file)).collect();
        if wrong.is_empty() { Configuration::read(&self.text, surroundings) } else { Err(wrong) }
    }

    /// What is wrong with a file by itself that would be said of another one, or of nothing, once they are
    /// joined: a text that does not end, and keys that would become those of the last table before them.
    fn alone(&self, file: &File) -> Vec<Complaint> {
        let mut reader = Reader::new(&file.text);
        match value::parse(&file.text) {
            Err(errors) => {
                for (at, message) in errors {
                    reader.complain(at, "", message);
                }
            }
            Ok(table) if self.files.len() > 1 => {
                for key in table.keys() {
                    let at = key.span().start;
                    let before = file.text.get(..at).unwrap_or_default();
                    if !before.trim_end().ends_with('[') {
                        let message = "comes before the first table; where several files form one document, \
                                       put it below [[rule]], [[source]], …";
                        reader.complain(at, key.get_ref(), message);
                    }
                }
            }
            Ok(_) => {}
        }
        for complaint in &mut reader.complaints {
            complaint.line += file.before;
        }
        reader.complaints
    }

    /// A complaint with the file that it is about.
    pub fn placed(&self, complaint: &Complaint) -> String {
        let Complaint { line, key, message, other } = complaint;
        let key = if key.is_empty() { String::new() } else { format!(" {key}") };
        let other = other.map(|line| format!(" ({})", self.place(line))).unwrap_or_default();
        format!("{}:{key} {message}{other}", self.place(*line))
    }

    /// A line of the document, as `FILE:LINE`.
    fn place(&self, line: usize) -> String {
        let file = self.files.iter().rfind(|file| file.before < line).or(self.files.first());
        let (name, before) = file.map_or(("", 0), |file| (&*file.name, file.before));
        format!("{name}:{}", line.saturating_sub(before))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Secrets;
    use super::*;
    use crate::domain::phone::Region;

    /// What is said of files whose names are a, b, c.
    fn said(texts: &[&str]) -> Vec<String> {
        let named = ["a", "b", "c"].iter().zip(texts);
        let files = Files::join(
            named.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
        );
        let region = Region::parse("FR").unwrap();
        let pages = vec!["default".to_owned()];
        let around = Surroundings { region, pages, secrets: Secrets::new(|_| None) };
        let wrong = files.read(&around).err().unwrap_or_default();
        wrong.iter().map(|complaint| files.placed(complaint)).collect()
    }

    const RULE: &str = "[[rule]]\nname = \"one\"\n";

    #[test]
    fn what_is_wrong_is_said_of_its_file_and_line() {
        let two = "\n[[rule]]\nname = \"two\"\naction = \"opne\"";
        assert!(said(&[RULE, two])[0].starts_with("b:4: rule[2].action \"opne\" is not known"));
        assert!(said(&[two, RULE])[0].starts_with("a:4: rule[1].action"));
        assert!(said(&[two])[0].starts_with("a:4: rule[1].action"));
        assert_eq!(said(&["# none\r\n", "", &RULE.replace('\n', "\r\n")]), [""; 0]);
    }

    #[test]
    fn a_name_that_stands_twice_is_said_with_both_places() {
        let both = ["b:3: rule[2].name \"one\" is the name of another rule (a:2)"];
        assert_eq!(said(&[RULE, &format!("\n{RULE}")]), both);
        let agents = "[[agent]]\nid = \"priya\"\n";
        let both = ["c:1: agent[2].id \"priya\" is the id of another agent (a:1)"];
        assert_eq!(said(&[agents, RULE, agents]), both);
    }

    #[test]
    fn a_file_does_not_reach_into_the_next_one() {
        let open = said(&["[[rule]]\nname = \"\"\"one\n", RULE]);
        assert!(open[0].starts_with("a:3:"), "{open:?}");
        let stray = said(&[RULE, "# of the rule before?\naction = \"none\"\n"]);
        assert!(stray[0].starts_with("b:2: action comes before the first table"), "{stray:?}");
        assert_eq!(stray.len(), 1);
        let listed = said(&["agent = [{ id = \"priya\" }]\n", RULE]);
        assert!(listed[0].starts_with("a:1: agent comes before"), "{listed:?}");
    }
}
