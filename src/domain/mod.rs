//! What is true? Values and decisions, with no I/O and nothing asynchronous.
//!
//! # Glossary
//!
//! One word for one thing, and the field's own word where there is one.
//!
//! | word | what it names |
//! |---|---|
//! | source | the system that reports a call: a desktop or a phone system (PBX) |
//! | [`Ring`](ring::Ring) | "this agent's phone rings with this call", as a desktop reports it |
//! | [`CallEvent`](event::CallEvent) | what a phone system reports of a call |
//! | [`Call`](call::Call) | what has been put together of one call from everything that was reported |
//! | correlation | finding out which reports are about one call |
//! | [`Party`](phone::Party) | who is at one end: a number, an extension, somebody anonymous |
//! | [`PhoneNumber`](phone::PhoneNumber) | a public number in E.164 |
//! | [`Agent`](ring::Agent), [`Queue`](ring::Queue) | who is rung, and from which waiting line |
//! | [`Presence`](presence::Presence) | whether an agent is there, as phone systems report it |
//! | [`Conditions`](rule::Conditions) | what must hold for a rule to decide |
//! | [`Hours`](hours::Hours) | opening hours, by the clock of one place |
//! | [`Decision`](decision::Decision) | what the desktop shall do: the first rule that matches decides |
//! | [`Pane`](token::PaneToken) | "this agent shall see this page for this call" (the field's screen pop) |
//! | [`PaneToken`](token::PaneToken) | a pane's unguessable, expiring address |
//! | disposition | the outcome that the agent chooses at the end of a call |
//! | [`Identity`](identity::Identity) | whether XuC knows the agent who asked for a page |
//! | session | a browser that is signed in to the built-in desktop; its cookie holds a [`SessionToken`](session::SessionToken) |
//! | [`ServerKeys`](server_key::ServerKeys) | what addresses and personal links are signed with |
//! | [`Contact`](contact::Contact), [`Who`](contact::Who) | somebody with a number; who a caller is, as far as anybody knows |
//! | [`Lookup`](lookup::Lookup) | a system that is asked who a number belongs to |
//! | [`Destination`](destination::Destination) | a system that is told what happens: usually a CRM |
//! | [`Facts`](facts::Facts) | everything that templates can say of a call, under one set of names |
//! | outbox | what destinations are owed; an event is *enqueued* in it and *dispatched* from it |
//! | delivery, attempt, [`Verdict`](delivery::Verdict) | one event for one destination; one try at it; what its answer means |
//! | lease | for how long a delivery is one worker's to send |
//! | [`Connection`](endpoint::Connection) | the way to another system: its endpoint, authentication and timeout |
//! | [`Breaker`](breaker::Breaker) | a circuit breaker: a system that fails again and again is left alone for a while |
//! | notification | what wakes open pages when something of theirs has changed |
//! | [`Code`](problem::Code) | why a request was refused |
//! | operator | somebody who may sign in to the console |
//! | [`Role`](role::Role), [`Need`](role::Need) | what an operator or a token may do; what an endpoint asks |
//! | [`Actor`](actor::Actor) | who does something: an operator, a token, the command line |

pub mod actor;
pub mod audit;
pub mod breaker;
pub mod call;
pub mod card;
pub mod colour;
mod comparison;
pub mod contact;
pub mod decision;
pub mod delivery;
pub mod destination;
pub mod endpoint;
pub mod event;
pub mod facts;
pub mod framing;
pub mod histogram;
pub mod hours;
pub mod identity;
pub mod ids;
pub mod knew;
mod leg;
pub mod lookup;
pub mod network;
pub mod origin;
pub mod password;
pub mod phone;
pub mod presence;
pub mod problem;
pub mod reason;
pub mod ring;
pub mod role;
pub mod rule;
pub mod secret;
pub mod server_key;
pub mod session;
pub mod single_sign_on;
mod spans;
pub mod text;
pub mod throttle;
pub mod time;
pub mod token;
pub mod trace;
pub mod word;
