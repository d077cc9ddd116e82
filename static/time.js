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
