//! The colours that tell queues apart on a page: as many as an agent tells apart, in light and in dark.

use super::word::Word;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Red,
    Orange,
    Amber,
    Olive,
    Lime,
    Green,
    Teal,
    Cyan,
    Blue,
    Violet,
    Purple,
    Pink,
}

impl Word for Colour {
    const ALL: &'static [(&'static str, Self)] = &[
        ("red", Self::Red),
        ("orange", Self::Orange),
        ("amber", Self::Amber),
        ("olive", Self::Olive),
        ("lime", Self::Lime),
        ("green", Self::Green),
        ("teal", Self::Teal),
        ("cyan", Self::Cyan),
        ("blue", Self::Blue),
        ("violet", Self::Violet),
        ("purple", Self::Purple),
        ("pink", Self::Pink),
    ];
}
