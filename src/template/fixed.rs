//! What is the same on every page in a language is put into the source of a template before it is compiled:
//! most of what a page says. It is then written out as any other text, and no page asks for it.
//!
//! Two things are put in, wherever they stand: calls of our functions with nothing but literals, such as
//! `{{ t(key="done") }}`, and whatever stands between the comments `fixed` and `end fixed`. What needs the
//! values of a page, or might be read as something else in its new place, is left for the page.

/// The comments around what is put in whole.
const BEGIN: &str = "{#- fixed -#}";
const END: &str = "{#- end fixed -#}";

/// The functions whose answers depend on their arguments and the language alone.
const FUNCTIONS: [&str; 3] = ["t", "t_script", "asset"];

/// A source with everything in it that `render` makes the same text of on every page.
pub(super) fn put_in(source: &str, render: impl Fn(&str) -> Option<String>) -> String {
    let (mut done, mut rest) = (String::with_capacity(source.len()), source);
    while let Some((before, tag)) = at(rest, rest.find('{')) {
        done.push_str(before);
        rest = if let Some(left) = whole(tag, &mut done, &render) {
            left
        } else if let Some(left) = call(tag, &mut done, &render) {
            left
        } else {
            // Of a comment, of raw text, of any other tag, and of a brace that is none of these.
            let (kept, left) = tag.split_at(length(tag));
            done.push_str(kept);
            left
        };
    }
    done.push_str(rest);
    done
}

fn at(text: &str, place: Option<usize>) -> Option<(&str, &str)> {
    text.split_at_checked(place?)
}

/// Puts in what stands between the two comments at the beginning of `tag`; answers what follows them.
fn whole<'a>(
    tag: &'a str,
    done: &mut String,
    render: impl Fn(&str) -> Option<String>,
) -> Option<&'a str> {
    let (inside, after) = tag.strip_prefix(BEGIN)?.split_once(END)?;
    let text = render(inside).filter(|text| !text.contains('{'))?;
    done.truncate(done.trim_end().len());
    done.push_str(text.trim());
    Some(after.trim_start())
}

/// Puts in what the call at the beginning of `tag` answers, if it has nothing but literals; answers what
/// follows it.
fn call<'a>(
    tag: &'a str,
    done: &mut String,
    render: impl Fn(&str) -> Option<String>,
) -> Option<&'a str> {
    let (inside, after) = tag.strip_prefix("{{")?.split_once("}}")?;
    let (trims_before, inside) = trimmed(inside, inside.strip_prefix('-'));
    let (trims_after, inside) = trimmed(inside, inside.strip_suffix('-'));
    if !is_literal(inside.trim()) {
        return None;
    }
    let text = render(&format!("{{{{ {} }}}}", inside.trim()))?;
    // Beside a tag that trims, spaces of the text itself would go; a second line would shift the
    // numbers of the lines after it, which complaints name.
    if text.is_empty() || text.trim() != text || text.contains(['{', '\n']) {
        return None;
    }
    if trims_before {
        done.truncate(done.trim_end().len());
    }
    done.push_str(&text);
    Some(if trims_after { after.trim_start() } else { after })
}

fn trimmed<'a>(inside: &'a str, without: Option<&'a str>) -> (bool, &'a str) {
    (without.is_some(), without.unwrap_or(inside))
}

/// Whether an expression is one call, with nothing but texts for arguments: `t(key="done")`.
fn is_literal(expression: &str) -> bool {
    let call = expression.strip_suffix(')').and_then(|call| call.split_once('('));
    let Some((function, arguments)) = call else { return false };
    // Between quotes there is an argument's text, outside of them its name; the last one is empty.
    let mut parts = arguments.split('"');
    let texts = arguments.matches('"').count() / 2;
    let named = (0..texts).all(|at| {
        let name = parts.next().unwrap_or_default().trim();
        let name = if at == 0 { Some(name) } else { name.strip_prefix(',').map(str::trim) };
        let name = name.and_then(|name| name.strip_suffix('='));
        parts.next().is_some() && name.is_some_and(is_name)
    });
    FUNCTIONS.contains(&function)
        && texts > 0
        && named
        && parts.next() == Some("")
        && parts.next().is_none()
        && !arguments.contains('\\')
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())
}

/// How much of what begins with a brace is passed over: a comment and raw text to their ends.
fn length(tag: &str) -> usize {
    let to = |end: &str| tag.find(end).map_or(tag.len(), |at| at + end.len());
    if tag.starts_with("{#") && !tag.starts_with(BEGIN) {
        return to("#}");
    }
    let raw = tag.strip_prefix("{%").map(|tag| tag.trim_start_matches('-').trim_start());
    match raw {
        Some(tag) if tag.starts_with("raw") => to("endraw"),
        _ => {
            if tag.starts_with("{{") {
                2
            } else {
                1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `t(key="a")` gives `A`, beside what cannot be put in.
    fn put(source: &str) -> String {
        put_in(source, |fixed| match fixed {
            r#"{{ t(key="a") }}"# => Some("A".to_owned()),
            r#"{{ t(key="a", b="%b%") }}"# => Some("A %b%".to_owned()),
            r#"{{ t(key="brace") }}"# => Some("{{ b }}".to_owned()),
            r#"{{ t(key="empty") }}"# => Some(String::new()),
            r#"{{ t(key="spaces") }}"# => Some(" a ".to_owned()),
            " {% for a in [1] %} {{ a }} {% endfor %} " => Some(" 1 ".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn what_is_the_same_on_every_page_is_put_in() {
        for (source, expected) in [
            (r#"<p>{{ t(key="a") }}</p>"#, "<p>A</p>"),
            (r#" {{t(key="a")}} {{- t( key="a" ) -}} "#, r#" A {{- t( key="a" ) -}} "#),
            (r#"x {{- t(key="a") -}} y {{ t(key="a") -}} z"#, "xAy Az"),
            (r#"é {{ t(key="a", b="%b%") }}{{ t(key="a") }}"#, "é A %b%A"),
            ("a {#- fixed -#} {% for a in [1] %} {{ a }} {% endfor %} {#- end fixed -#} b", "a1b"),
        ] {
            assert_eq!(put(source), expected, "{source}");
        }
    }

    #[test]
    fn what_a_page_has_to_say_itself_is_left_alone() {
        for source in [
            r#"{{ t(key="a" ~ b) }} {{ t(key=a) }} {{ t(key="a") | upper }} {{ a.t(key="a") }} {{ u(key="a") }}"#,
            r#"{{ t(key="a", b=b) }} {{ t() }} {{ t(key="a" "b") }} {{ t(key="\"a") }} {{ t(key="a"#,
            r#"{{ t(key="brace") }} {{ t(key="empty") }} {{ t(key="spaces") }} {{ t(key="none") }}"#,
            r#"{# {{ t(key="a") }} #} {% raw %}{{ t(key="a") }}{% endraw %} {%- raw -%}{{ t(key="a") }}"#,
            "{#- fixed -#}{{ a }}{#- end fixed -#} {#- fixed -#}{{ a }} { é",
            r#"{% if t(key="a") == "b" %}{% endif %} {# "#,
        ] {
            assert_eq!(put(source), source);
        }
    }
}
