// Tells the agent's desktop that the work on this page is over. Used by every page that can be closed.

// The desktop's origin as the page was given it: one, several, or "*" when it is not known.
const origins = (document.body.dataset.desktopOrigin || "*").split(/[\s,]+/).filter(Boolean);
const framed = window.parent !== window;

// Callpane's own desktop need not be named among them.
function isOurs(target) {
  try {
    return target.location.origin === location.origin;
  } catch {
    return false;
  }
}

function post(target) {
  for (const origin of isOurs(target) ? ["*"] : origins) {
    try {
      target.postMessage("closeThirdParty", origin);
    } catch {
      // Not an origin, or the window is gone: the others are still told.
    }
  }
}

export function close() {
  // Not framed, `parent` is this window: harmless, and what the desktop's documentation does.
  if (framed || origins.includes("*")) post(window.parent);
  if (window.opener) post(window.opener);
  if (!framed) window.close(); // only has an effect where a script opened this window
}

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => {
    close();
    // Still here: nobody listened, so say what the reader can do.
    setTimeout(() => {
      const hint = document.querySelector("[data-close-hint]");
      if (hint) hint.hidden = false;
    }, 300);
  });
}
