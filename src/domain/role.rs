//! Roles: what an operator or a program with a token may do.

use super::word::Word;

/// What somebody is allowed to be; each higher one may more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Only puts cards on live pages: for tokens, never for people.
    Cards,
    /// Sees everything, with numbers masked.
    Viewer,
    /// Sees whole numbers, and runs the daily business: contacts, deliveries, agents.
    Supervisor,
    /// Also decides who else may come in.
    Admin,
}

impl Word for Role {
    const ALL: &'static [(&'static str, Self)] = &[
        ("cards", Self::Cards),
        ("viewer", Self::Viewer),
        ("supervisor", Self::Supervisor),
        ("admin", Self::Admin),
    ];
}

/// What an endpoint asks of whoever uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// To put cards on pages.
    Cards,
    /// To look.
    See,
    /// To change what calls, contacts and deliveries do.
    Supervise,
    /// To change who may come in.
    Administer,
}

impl Role {
    /// Whether this role is enough.
    pub fn may(self, need: Need) -> bool {
        match need {
            Need::Cards => self != Self::Viewer,
            Need::See => self >= Self::Viewer,
            Need::Supervise => self >= Self::Supervisor,
            Need::Administer => self >= Self::Admin,
        }
    }

    /// Whether numbers are shown whole.
    pub fn sees_numbers(self) -> bool {
        self >= Self::Supervisor
    }

    /// The roles that a person can have.
    pub fn of_people() -> impl Iterator<Item = Self> {
        Self::ALL.iter().map(|(_, role)| *role).filter(|role| *role != Self::Cards)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_its_line_says() {
        let needs = [Need::Cards, Need::See, Need::Supervise, Need::Administer];
        let may = |role: Role| needs.map(|need| role.may(need));
        assert_eq!(may(Role::Cards), [true, false, false, false]);
        assert_eq!(may(Role::Viewer), [false, true, false, false]);
        assert_eq!(may(Role::Supervisor), [true, true, true, false]);
        assert_eq!(may(Role::Admin), [true; 4]);
        assert!(!Role::Viewer.sees_numbers() && Role::Supervisor.sees_numbers());
    }
}
