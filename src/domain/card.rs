//! Cards: what any system with a token shows on the live page of a call. Plain text throughout, and no
//! more of it than an agent reads in a glance.

use serde::{Deserialize, Serialize};
use url::Url;

use super::text::plain;

/// Cards of one call; on a full one, a new card takes the place of the oldest by the same hand.
pub const MOST: usize = 20;

const LONGEST_TITLE: usize = 120;
const LONGEST_TEXT: usize = 1000;
const LONGEST_LINK: usize = 2000;
const LONGEST_LABEL: usize = 60;
const LONGEST_VALUE: usize = 300;
const LONGEST_KEY: usize = 60;
const MOST_LINES: usize = 20;

/// A card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// What a later card names to take the place of this one.
    pub key: Option<String>,
    pub title: String,
    pub text: Option<String>,
    pub link: Option<String>,
    #[serde(default)]
    pub lines: Vec<Line>,
}

/// A line of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub label: String,
    pub value: String,
}

impl Card {
    /// The card as it is kept; complains of what no card may have.
    pub fn checked(self) -> Result<Self, String> {
        let title = bounded("title", &self.title, LONGEST_TITLE)?;
        if title.is_empty() {
            return Err("title: a card needs one".to_owned());
        }
        if self.lines.len() > MOST_LINES {
            return Err(format!("lines: at most {MOST_LINES}"));
        }
        let lines = self.lines.iter().map(|line| {
            let label = bounded("label", &line.label, LONGEST_LABEL)?;
            Ok(Line { label, value: bounded("value", &line.value, LONGEST_VALUE)? })
        });
        Ok(Self {
            title,
            lines: lines.collect::<Result<_, String>>()?,
            key: optional("key", self.key.as_deref(), LONGEST_KEY)?,
            text: optional("text", self.text.as_deref(), LONGEST_TEXT)?,
            link: optional("link", self.link.as_deref(), LONGEST_LINK)?
                .as_deref()
                .map(link)
                .transpose()?,
        })
    }
}

fn bounded(name: &str, text: &str, longest: usize) -> Result<String, String> {
    let text = plain(text.trim()).into_owned();
    if text.chars().count() > longest {
        return Err(format!("{name}: at most {longest} characters"));
    }
    Ok(text)
}

/// Nothing is as good as an empty text.
fn optional(name: &str, text: Option<&str>, longest: usize) -> Result<Option<String>, String> {
    let text = text.map(|text| bounded(name, text, longest)).transpose()?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// An agent may click on it, so it is the address of a page and nothing else.
fn link(text: &str) -> Result<String, String> {
    let read = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    read.map(String::from)
        .ok_or_else(|| "link: an address that begins with https:// or http://".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(json: serde_json::Value) -> Result<Card, String> {
        let card: Card = serde_json::from_value(json).map_err(|error| error.to_string())?;
        card.checked()
    }

    #[test]
    fn a_card_is_bounded_and_leads_to_pages_only() {
        let json = |more: &str| {
            serde_json::from_str(&format!("{{\"title\":\"Open order\"{more}}}")).unwrap()
        };
        let kept =
            card(json(r#","text":" \u0000late\u202e ","key":"","link":"https://example.com/a b""#));
        let kept = kept.unwrap();
        assert_eq!((kept.text.as_deref(), kept.key), (Some("late"), None));
        assert_eq!(kept.link.as_deref(), Some("https://example.com/a%20b"));
        for (wrong, said) in [
            (r#","link":"javascript:alert(1)""#.to_owned(), "link: an address"),
            (r#","link":"/relative""#.to_owned(), "link: an address"),
            (r#","html":"<b>""#.to_owned(), "unknown field"),
            (format!(",\"text\":\"{}\"", "x".repeat(1001)), "text: at most 1000 characters"),
            (
                format!(",\"lines\":[{}]", [r#"{"label":"a","value":"b"}"#; 21].join(",")),
                "lines: at most 20",
            ),
        ] {
            let refused = card(json(&wrong)).unwrap_err();
            assert!(refused.starts_with(said), "{wrong}: {refused}");
        }
        assert!(card(serde_json::json!({ "title": " " })).is_err());
    }
}
