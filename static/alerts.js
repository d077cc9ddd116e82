// Tells an agent who is looking elsewhere that a call rings: by a notification, and by a soft sound. Both are
// off until the agent switches them on; they are offered once, and then stand behind the bell.

import { byId, say } from "./page.js";

const KEPT = "callpane-alerts";
const QUIET = { notification: false, sound: false };
const NOTES = [[0, 659], [0.2, 880]]; // seconds from the beginning, hertz
const LOUDNESS = 0.06;

// A browser may keep nothing: then the choice holds as long as the window is open.
function recall() {
  try {
    return JSON.parse(localStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

function keep(wanted) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(wanted));
  } catch {
    // Nothing to be done about that.
  }
}

export function startAlerts() {
  const menu = byId("alerts");
  if (!menu) return { offer() {}, show() {} };

  const [notification, sound] = ["alert-notification", "alert-sound"].map(byId);
  const known = recall();
  const wanted = { ...QUIET, ...known };
  const shown = new Map(); // by call: its notification, null where there is none
  let audio = null;

  const mayNotify = () => globalThis.Notification?.permission === "granted";

  function showChoices() {
    notification.checked = wanted.notification && mayNotify();
    sound.checked = wanted.sound;
    byId("alerts-refused").hidden = !wanted.notification || mayNotify();
    menu.toggleAttribute("data-on", notification.checked || sound.checked);
  }

  function choose(what, on) {
    wanted[what] = on;
    keep(wanted);
    showChoices();
  }

  notification.addEventListener("change", async () => {
    const on = notification.checked;
    if (on && !mayNotify()) await globalThis.Notification?.requestPermission();
    choose("notification", on);
  });
  sound.addEventListener("change", () => {
    choose("sound", sound.checked);
    if (sound.checked) chime();
  });
  menu.addEventListener("toggle", () => {
    if (!menu.open) keep(wanted);
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!menu.contains(target)) menu.open = false;
  });
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  function chime() {
    audio ??= new AudioContext();
    audio.resume();
    for (const [after, pitch] of NOTES) {
      const [tone, volume, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime + after];
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.45);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.5);
    }
  }

  function notify({ id, who, about }) {
    let note;
    try {
      note = new Notification(say("desk-title-rings", { who }), { body: about, tag: `callpane-${id}` });
    } catch {
      return null; // Chrome on Android only lets service workers notify
    }
    note.addEventListener("click", () => {
      window.focus();
      note.close();
    });
    return note;
  }

  function alert(pane) {
    menu.open = false;
    if (document.hasFocus()) return null;
    if (wanted.sound) chime();
    return wanted.notification && mayNotify() ? notify(pane) : null;
  }

  showChoices();
  return {
    // Once, and only when no call would lie under it.
    offer() {
      menu.open = known === null;
    },
    // Which calls ring now; of those that rang already when the desktop was opened nothing is said.
    show(ringing, isFirst) {
      const now = new Set(ringing.map(({ id }) => id));
      for (const [id, note] of shown) {
        if (now.has(id)) continue;
        note?.close();
        shown.delete(id);
      }
      for (const pane of ringing) if (!shown.has(pane.id)) shown.set(pane.id, isFirst ? null : alert(pane));
    },
  };
}
