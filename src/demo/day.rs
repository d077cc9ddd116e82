//! The calls of the demo's last day: what the console has to show. Some pages were finished, one was left open,
//! one was never fetched, and a queue opened nothing.

/// A call of the last day.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayCall {
    /// How many minutes before the start of the demo it rang.
    pub(super) before: u64,
    pub(super) caller: &'static str,
    pub(super) queue: &'static str,
    /// The agent's line.
    pub(super) line: &'static str,
    pub(super) then: Then,
}

/// What became of its page.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then {
    /// It was opened and finished, with a note and an outcome.
    Finished(&'static str, &'static str),
    /// It was opened, and nobody was done with it.
    Opened,
    /// Nobody fetched it.
    Unfetched,
    /// There was none.
    Nothing,
}

const fn call(
    before: u64,
    caller: &'static str,
    queue: &'static str,
    line: &'static str,
    then: Then,
) -> DayCall {
    DayCall { before, caller, queue, line, then }
}

const ILSE: &str = "1087";
const NADIA: &str = "1088";

use Then::{Finished, Nothing, Opened, Unfetched};

/// The oldest first.
pub(super) const CALLS: [DayCall; 24] = [
    call(
        1390,
        "0199005511",
        "trucks",
        ILSE,
        Finished("Wants a test drive on Friday.", "Call back"),
    ),
    call(
        1371,
        "+441632960117",
        "support_fr",
        NADIA,
        Finished("Portal in English sent.", "Resolved"),
    ),
    call(1355, "0199005512", "quiet", ILSE, Nothing),
    call(1322, "0199005513", "support_fr", NADIA, Finished("Invoice sent again.", "Resolved")),
    call(1298, "anonymous", "trucks", ILSE, Finished("Hung up at once.", "Wrong number")),
    call(1254, "+12025550155", "billing", NADIA, Unfetched),
    call(1207, "0199005514", "trucks", NADIA, Finished("Compares two offers.", "Call back")),
    call(1166, "0199005515", "support_fr", ILSE, Finished("New password set.", "Resolved")),
    call(724, "0199005516", "trucks", ILSE, Finished("Two trucks, delivery in May.", "Sold")),
    call(688, "0199005517", "quiet", NADIA, Nothing),
    call(611, "+441632960118", "trucks", NADIA, Finished("Asks for the price list.", "Call back")),
    call(544, "0199005513", "support_fr", NADIA, Finished("The invoice has arrived.", "Resolved")),
    call(497, "0199005518", "billing", ILSE, Unfetched),
    call(452, "0199005519", "trucks", ILSE, Finished("Meant another company.", "Wrong number")),
    call(401, "+12025550156", "support_fr", NADIA, Finished("Login works again.", "Resolved")),
    call(356, "0199005511", "trucks", ILSE, Finished("Test drive moved to Monday.", "Call back")),
    call(298, "0199005520", "support_fr", ILSE, Finished("Contract explained.", "Resolved")),
    call(243, "0199005521", "trucks", NADIA, Finished("One truck, paid at once.", "Sold")),
    call(187, "anonymous", "support_fr", NADIA, Unfetched),
    call(141, "0199005522", "quiet", ILSE, Nothing),
    call(98, "+441632960119", "trucks", ILSE, Finished("Wants a tail lift.", "Call back")),
    call(64, "0199005523", "support_fr", NADIA, Finished("Address corrected.", "Resolved")),
    call(41, "0199005524", "trucks", NADIA, Opened),
    call(17, "0199005525", "support_fr", ILSE, Unfetched),
];
