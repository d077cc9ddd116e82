//! `callpane operators`: who may sign in to the console.

use super::context::{actor, beside};
use super::output::{Outcome, explained, say, say_row};
use crate::configuration::Needed;
use crate::domain::role::Role;
use crate::domain::word::Word as _;
use crate::flow::operators::Error;

/// What an operator can be.
pub(super) fn roles() -> impl Iterator<Item = &'static str> {
    Role::of_people().map(Role::word)
}

pub(super) async fn list() -> Outcome {
    let all = beside(Needed::None).await?.operators.list().await.map_err(explained)?;
    if all.is_empty() {
        return say(
            "There are no operators yet. `callpane operators --add NAME --role admin` adds one; \
             `callpane operators --sign-in-link admin` prints a link that signs in the built-in admin.",
        );
    }
    for one in all {
        let password = match (one.created_at, one.has_password) {
            (None, _) => "password set by CALLPANE_CONSOLE_PASSWORD",
            _ if one.single_sign_on => "single sign-on",
            (Some(_), true) => "has a password",
            (Some(_), false) => "no password yet",
        };
        say_row(&format!("{:<24} {:<10} {password}", one.name, one.role.word()))?;
    }
    Ok(())
}

pub(super) async fn add(name: &str, role: Option<String>) -> Outcome {
    let flow = beside(Needed::None).await?;
    let link = flow.operators.add(&actor(), name, read(role.as_deref())?).await.map_err(words)?;
    say(&format!("{name} was added. This link signs them in once, within 15 minutes:\n{link}"))
}

pub(super) async fn change(name: &str, role: Option<String>) -> Outcome {
    let (flow, role) = (beside(Needed::None).await?, read(role.as_deref())?);
    flow.operators.change_role(&actor(), name, role).await.map_err(words)?;
    say(&format!("{name} now has the role {}; their sessions have ended.", role.word()))
}

pub(super) async fn remove(name: &str) -> Outcome {
    beside(Needed::None).await?.operators.remove(&actor(), name).await.map_err(words)?;
    say(&format!("{name} was removed; their sessions have ended."))
}

pub(super) async fn link(name: &str) -> Outcome {
    let flow = beside(Needed::None).await?;
    let link = flow.operators.make_link(&actor(), name).await.map_err(words)?;
    say(&format!("This link signs {name} in once, within 15 minutes:\n{link}"))
}

fn read(role: Option<&str>) -> Result<Role, String> {
    let role = role.and_then(Role::read);
    role.ok_or_else(|| Error::Role.to_string())
}

fn words(error: Error) -> String {
    match error {
        Error::Store(error) => explained(error),
        error => error.to_string(),
    }
}
