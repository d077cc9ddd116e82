//! What is true? Values and decisions, with no I/O and nothing asynchronous.
//!
//! # Glossary
//!
//! One word a thing, and the field's own word where there is one.
//!
//! | word | what it names |
//! |---|---|
//! | [`Source`](ring::Source) | the system that told us of a call: a desktop or, later, a PBX |
//! | [`Ring`](ring::Ring) | "this agent's phone rings with this call", as a desktop reported it |
//! | [`Party`](phone::Party) | who is at one end: a number, an extension, somebody anonymous |
//! | [`PhoneNumber`](phone::PhoneNumber) | a public number in E.164 |
//! | [`Agent`](ring::Agent), [`Queue`](ring::Queue) | who is rung, and from which waiting line |
//! | [`Conditions`](rule::Conditions) | what must hold for a rule to decide |
//! | [`Decision`](decision::Decision) | what the desktop shall do: the first rule that matches decides |
//! | [`Pane`](token::PaneToken) | "this agent shall see this page for this call" (the field's screen pop) |
//! | [`PaneToken`](token::PaneToken) | a pane's unguessable, expiring address |
//! | Session | a browser that is signed in to the built-in desktop; its cookie holds a [`SessionToken`](session::SessionToken) |
//! | [`ServerKeys`](server_key::ServerKeys) | what addresses and personal links are signed with |
//! | [`Contact`](contact::Contact), [`Who`](contact::Who) | somebody with a number; who a caller is, as far as anybody knows |
//! | [`Facts`](facts::Facts) | everything that templates can say of a call, under one set of names |
//! | [`Connection`](endpoint::Connection) | the way to another system: its endpoint, authentication and timeout |
//! | [`LookUp`](lookup::LookUp) | a system that is asked who a number belongs to |
//! | [`Identity`](identity::Identity) | whether XuC knows the agent who asked for a page |
//! | Disposition | the outcome the agent chooses at the end of a call |
pub mod breaker;
pub mod call;
pub mod contact;
pub mod decision;
pub mod delivery;
pub mod destination;
pub mod endpoint;
pub mod event;
pub mod facts;
pub mod identity;
pub mod ids;
mod leg;
pub mod lookup;
pub mod network;
pub mod origin;
pub mod phone;
pub mod problem;
pub mod ring;
pub mod rule;
pub mod secret;
pub mod server_key;
pub mod session;
pub mod text;
pub mod throttle;
pub mod time;
pub mod token;
pub mod word;
