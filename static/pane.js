// The page of one call: what contacts know, notes and outcome, and the call itself as it goes on. Each part
// does without the others, so that a page of an operator's own may leave any of them out.

import { startCall } from "./call.js";
import { startContact } from "./contact.js";
import { startCopying } from "./copy.js";
import { startNotes } from "./notes.js";

const contact = startContact({
  answered: (html) => call.show(html),
  refused: (code) => notes.end(code),
});
const notes = startNotes({
  mayFinish: () => contact.mayFinish(),
  done() {
    contact.finish();
    call.stop();
  },
});
const call = startCall({
  showContact: contact.show,
  confirmed: notes.confirmed,
  ended: notes.end,
});
startCopying();
notes.begin();
