// Somebody else's page in ours. One that says by itself that the work is over, as it would in the agent
// application, presses Done.

import { byId } from "./page.js";
import "./pane.js";

const frame = byId("wrapped");

window.addEventListener("message", ({ source, origin, data }) => {
  const isTheirs = frame && source === frame.contentWindow && origin === frame.dataset.origin;
  if (isTheirs && data === "closeThirdParty") byId("close").click();
});
