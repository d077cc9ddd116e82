// Of several windows of one browser, one shows the pages: two that show the same call would be in each
// other's way. The others wait; when the one that shows is closed, the next takes over by itself.
//
//   const place = showInOneWindow(name, { show() {}, wait() {} });
//   place.take(); // show here, whoever showed before

// Web Locks: the browser keeps the order, and knows when a window is gone.
function byLocks(name, { show, wait }) {
  const SOON = 300;
  let queued = null;

  async function ask(options) {
    const held = () => {
      clearTimeout(late);
      show();
      return new Promise(() => {}); // until this window is closed, or another one takes it
    };
    try {
      await navigator.locks.request(name, options, held);
    } catch {
      if (options.signal?.aborted) return; // this window takes it instead of waiting
      wait();
      queue();
    }
  }

  function queue() {
    queued = new AbortController();
    ask({ signal: queued.signal });
  }

  const late = setTimeout(wait, SOON);
  queue();
  return {
    take: () => {
      queued.abort();
      ask({ steal: true });
    },
  };
}

// Without them (they need HTTPS): who waits asks every other second, who shows answers.
function byChannel(name, { show, wait }) {
  const PULSE = 2000;
  const PATIENCE = 600;
  const channel = new BroadcastChannel(name);
  let showing = false;
  let answered = false;
  let next = 0;

  function take() {
    clearTimeout(next);
    if (!showing) show();
    showing = true;
    channel.postMessage("mine");
  }

  function knock() {
    answered = false;
    channel.postMessage("who");
    // Not two at the same moment.
    next = setTimeout(() => {
      if (!answered) take();
    }, PATIENCE * (1 + Math.random()));
  }

  function yieldTo(first) {
    answered = true;
    if (showing || first) wait();
    showing = false;
    clearTimeout(next);
    next = setTimeout(knock, PULSE);
  }

  let heard = false;
  channel.addEventListener("message", ({ data }) => {
    if (data === "who" && showing) channel.postMessage("here");
    if (data === "mine" || (data === "here" && !showing)) {
      yieldTo(!heard);
      heard = true;
    }
    if (data === "gone" && !showing) {
      clearTimeout(next);
      next = setTimeout(knock, Math.random() * 200);
    }
  });
  window.addEventListener("pagehide", () => {
    if (showing) channel.postMessage("gone");
  });
  knock();
  return { take };
}

export function showInOneWindow(name, handlers) {
  if (navigator.locks) return byLocks(name, handlers);
  if (globalThis.BroadcastChannel) return byChannel(name, handlers);
  handlers.show();
  return { take: handlers.show };
}
