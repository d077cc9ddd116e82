// How long to wait before the server is asked again.

const SLOWEST = 15000;

// After so many failures in a row, in milliseconds.
export const afterFailures = (every, failures) =>
  failures > 0 ? Math.min(every * 2 ** failures, Math.max(every, SLOWEST)) : every;

// A tenth more or less, so that not all pages ask at the same moment after the server was away.
export const spread = (delay, random = Math.random()) => delay * (0.9 + random * 0.2);
