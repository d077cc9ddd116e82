//! The page that shows what the API has.

use serde::Serialize;

use super::Page;

/// The API's reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiPage {
    /// Our address from outside.
    pub address: String,
    pub groups: Vec<ApiGroup>,
}

/// Operations that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiGroup {
    pub name: String,
    pub operations: Vec<ApiOperation>,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiOperation {
    pub id: String,
    /// GET, POST, PUT, DELETE.
    pub method: String,
    pub path: String,
    /// The least role that it needs.
    pub role: String,
    pub summary: Vec<ApiWords>,
    /// Behind the address, in an example: a query with what is required.
    pub query: String,
    /// The content type of the body in an example, and the body.
    pub body: Option<(String, String)>,
    /// What a request may say.
    pub parameters: Vec<ApiMember>,
    /// What an answer says.
    pub members: Vec<ApiMember>,
    pub refusals: Vec<ApiRefusal>,
}

/// A parameter, or a member of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiMember {
    /// With the names of those that it is in.
    pub name: String,
    /// path, query, header, or body; none for an answer's.
    pub place: Option<String>,
    /// What kind of value.
    pub kind: String,
    pub words: Vec<String>,
    pub required: bool,
    pub nullable: bool,
    pub description: Vec<ApiWords>,
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiWords {
    /// Whether it is something that is written so.
    pub is_code: bool,
    pub text: String,
}

/// How a request may be refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiRefusal {
    pub status: String,
    pub code: String,
    pub title: String,
}

impl Page for ApiPage {
    fn template(&self) -> String {
        "api.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let words = |text: &str| vec![ApiWords { is_code: true, text: text.to_owned() }];
        let member = |place: Option<&str>| ApiMember {
            name: "limit".to_owned(),
            place: place.map(str::to_owned),
            kind: "integer".to_owned(),
            words: vec!["on".to_owned(), "off".to_owned()],
            required: false,
            nullable: true,
            description: words("How many"),
        };
        let refusal = ApiRefusal {
            status: "404".to_owned(),
            code: "no-such-agent".to_owned(),
            title: "There is no such agent".to_owned(),
        };
        let operation = ApiOperation {
            id: "listEvents".to_owned(),
            method: "GET".to_owned(),
            path: "/api/v1/events".to_owned(),
            role: "viewer".to_owned(),
            summary: words("What was accepted"),
            query: "?limit=1".to_owned(),
            body: Some(("application/json".to_owned(), "{}".to_owned())),
            parameters: vec![member(Some("query"))],
            members: vec![member(None)],
            refusals: vec![refusal],
        };
        let group = ApiGroup { name: "Events".to_owned(), operations: vec![operation] };
        vec![Self { address: "https://callpane.example.com".to_owned(), groups: vec![group] }]
    }
}
