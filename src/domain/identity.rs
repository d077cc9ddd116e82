//! Whether the agent who asked for a page is who they say they are. Only XuC can tell; without XuC
//! nobody is asked, and a page has no identity.

use super::word::Word;

/// What XuC said of the token that came with a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// It is being asked.
    Pending,
    /// It knows the token.
    Confirmed,
    /// It does not know the token, or none came.
    Unconfirmed,
    /// It could not be asked.
    Away,
}

impl Word for Identity {
    const ALL: &'static [(&'static str, Self)] = &[
        ("pending", Self::Pending),
        ("confirmed", Self::Confirmed),
        ("unconfirmed", Self::Unconfirmed),
        ("away", Self::Away),
    ];
}

/// What an agent whom XuC could not confirm, because it is away, gets to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenAway {
    /// Everything.
    Show,
    /// The ring alone: no history, no contact, and nothing can be written.
    #[default]
    Withhold,
}

impl Word for WhenAway {
    const ALL: &'static [(&'static str, Self)] =
        &[("show", Self::Show), ("withhold", Self::Withhold)];
}

/// Whether XuC is asked at all and, if it is, what holds while it is away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// Nobody is asked: whoever has a page's address sees all of it.
    #[default]
    NotAsked,
    /// XuC is asked about everybody who asks for a page.
    Asked(WhenAway),
}

impl Confirmation {
    /// Because of which identity what Callpane knows of the caller is kept back from this agent, and
    /// nothing that they write is taken; none if they see everything. An agent of the built-in desktop
    /// has no identity: their link says who they are.
    pub fn withheld(self, identity: Option<Identity>) -> Option<Identity> {
        let Self::Asked(when_away) = self else { return None };
        identity.filter(|identity| match identity {
            Identity::Confirmed => false,
            Identity::Pending | Identity::Unconfirmed => true,
            Identity::Away => when_away == WhenAway::Withhold,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_confirmed_see_more_than_their_ring_unless_the_operator_says_so() {
        let withheld = |confirmation: Confirmation| {
            let kept =
                Identity::ALL.iter().filter(|(_, it)| confirmation.withheld(Some(*it)).is_some());
            kept.map(|(word, _)| *word).collect::<Vec<_>>()
        };
        let asked = |when_away| withheld(Confirmation::Asked(when_away));
        assert_eq!(asked(WhenAway::Withhold), ["pending", "unconfirmed", "away"]);
        assert_eq!(asked(WhenAway::Show), ["pending", "unconfirmed"]);
        assert!(withheld(Confirmation::NotAsked).is_empty());
        assert_eq!(Confirmation::Asked(WhenAway::Withhold).withheld(None), None);
    }
}
