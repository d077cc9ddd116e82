//! XML as a phone system sent it, read as the same members that JSON would have: an element is a member of
//! the one that it stands in, and what stands in the outermost is what the request says. A document that
//! declares a type is refused, so that nothing in it expands.

use std::borrow::Cow;

use std::ops::Range;

use roxmltree::{Document, Node};

use super::Refusal;
use super::json::Json;

/// A body that is not nested deeper than so many levels. Attributes are members too; elements of one name
/// are a list.
pub(super) fn read(bytes: &[u8], deepest: usize) -> Result<Json<'static>, Refusal> {
    let refuse = |error: &str| Refusal::NotUnderstood(format!("the body is not XML: {error}"));
    let text = std::str::from_utf8(bytes).map_err(|error| refuse(&error.to_string()))?;
    let document =
        Document::parse(text.trim_start()).map_err(|error| refuse(&error.to_string()))?;
    value(document.root_element(), deepest).ok_or_else(|| {
        Refusal::NotUnderstood(format!("the body is nested deeper than {deepest} levels"))
    })
}

/// Where in a text the values of elements and attributes of such a name are, the last one first; none if
/// it is not XML.
pub(super) fn places(text: &str, is_named: fn(&str) -> bool) -> Option<Vec<Range<usize>>> {
    let document = Document::parse(text).ok()?;
    let mut places = Vec::new();
    for node in document.descendants() {
        let of_it = node.ancestors().any(|one| is_named(one.tag_name().name()));
        if node.is_text() && of_it {
            places.push(node.range());
        }
        let named = node.attributes().filter(|attribute| of_it || is_named(attribute.name()));
        places.extend(named.map(|attribute| attribute.range_value()));
    }
    places.sort_by_key(|place| std::cmp::Reverse(place.start));
    Some(places)
}

/// Members of one element that are read: each is looked for among those before it.
const MOST: usize = 1000;

/// What an element says; nothing if more than so many levels are in it.
fn value(element: Node<'_, '_>, levels: usize) -> Option<Json<'static>> {
    let mut members: Vec<(Cow<'static, str>, Json<'static>)> = Vec::new();
    for attribute in element.attributes() {
        members.push((attribute.name().to_owned().into(), text(attribute.value())));
    }
    for child in element.children().filter(Node::is_element).take(MOST) {
        let one = value(child, levels.checked_sub(1)?)?;
        add(&mut members, child.tag_name().name(), one);
    }
    if members.is_empty() {
        let parts = element.children().filter(Node::is_text).filter_map(|part| part.text());
        return Some(text(parts.collect::<String>().trim()));
    }
    Some(Json::Object(members))
}

fn text(text: &str) -> Json<'static> {
    Json::Text(text.to_owned().into())
}

/// Adds a member, to those of its name if there are any.
fn add(members: &mut Vec<(Cow<'static, str>, Json<'static>)>, name: &str, one: Json<'static>) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some((_, Json::List(list))) => list.push(one),
        Some((_, known)) => {
            let first = std::mem::replace(known, Json::Null);
            *known = Json::List(vec![first, one]);
        }
        None => members.push((name.to_owned().into(), one)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<String, String> {
        read(text.as_bytes(), 4).map(|json| json.to_string()).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_flat_document_has_the_names_that_json_would_have() {
        let body = "\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>
            <!-- of a profile --><x:call xmlns:x=\"urn:x\" version=\"2\">
              <call_id> 7 </call_id><x:caller_name>Moss &amp; <![CDATA[<Sons>]]></x:caller_name><dnis/>
              <tag>a</tag><tag>b</tag><tag>c</tag><agent><name>Lena</name></agent></x:call>";
        let read = "{\"version\":\"2\",\"call_id\":\"7\",\"caller_name\":\"Moss & <Sons>\",\"dnis\":\"\",\
                    \"tag\":[\"a\",\"b\",\"c\"],\"agent\":{\"name\":\"Lena\"}}";
        assert_eq!(read_text(body).unwrap(), read);
        assert_eq!(read_text("<call>7</call>").unwrap(), "\"7\"");
    }

    #[test]
    fn what_expands_or_is_not_xml_is_refused_with_its_place() {
        let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
        assert!(read_text(laughs).unwrap_err().contains("DTD"), "{:?}", read_text(laughs));
        for body in ["<call>", "<a></b>", "", "<call>&nbsp;</call>", "<a/><b/>"] {
            assert!(read_text(body).unwrap_err().contains("not XML"), "{body}");
        }
        assert!(read(b"<a>\xff</a>", 4).is_err());
        let nested = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
        assert!(read_text(&nested(5)).is_ok());
        assert!(read_text(&nested(36_000)).is_err());
        assert!(read_text(&nested(6)).unwrap_err().contains("nested"));
    }
}
