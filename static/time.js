// How times are written.

const two = (number) => String(number).padStart(2, "0");

// A duration as a clock shows it: 00:07, 59:59, 1:02:03.
export function clock(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}:` : ""}${two(minutes)}:${two(seconds % 60)}`;
}

export const timeOfDay = (at, locale) => new Date(at).toLocaleTimeString(locale, { timeStyle: "short" });

export const dayAndTime = (at, locale) =>
  new Date(at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });

// As somebody says it: today and yesterday by their names, this week by its days, what is older by its date.
export function recently(at, locale, now = new Date()) {
  const then = new Date(at);
  const days = Math.round((midnight(now) - midnight(then)) / 86400000);
  if (days < 0 || days > 6) return then.toLocaleDateString(locale, { dateStyle: "medium" });
  const day = days < 2
    ? new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-days, "day")
    : then.toLocaleDateString(locale, { weekday: "long" });
  return `${day.charAt(0).toLocaleUpperCase(locale)}${day.slice(1)} ${timeOfDay(at, locale)}`;
}

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
