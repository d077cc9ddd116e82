// What both Node.js peers keep: every ring and every event once, in SQLite, flushed to disk before
// it is answered. GROUP=1 flushes whatever came in one turn of the event loop together.
'use strict';

const { randomBytes } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const Database = require('better-sqlite3');

const db = new Database(process.env.DATABASE);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(readFileSync(join(__dirname, 'schema.sql'), 'utf8'));

const insertRing = db.prepare(`
  INSERT INTO call (external_id, at, caller, callee, queue, agent, token, state, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, 'ringing', ?) ON CONFLICT (external_id) DO NOTHING`);
const findCall = db.prepare('SELECT id, token FROM call WHERE external_id = ?');
const insertEvent = db.prepare(`
  INSERT INTO event (key, call, at, body) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`);
const upsertCall = db.prepare(`
  INSERT INTO call (external_id, at, caller, callee, queue, state, body)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (external_id) DO UPDATE SET state = excluded.state, callee = excluded.callee`);
const readCall = db.prepare('SELECT * FROM call WHERE id = ? AND token = ?');
const readEarlier = db.prepare(`
  SELECT at, queue, state FROM call WHERE caller = ? AND id < ? ORDER BY id DESC LIMIT 5`);

function keepRing(ring) {
  const token = randomBytes(16).toString('hex');
  const { token: _secret, ...user } = ring.user;
  const kept = insertRing.run(
    ring.callDataCallId, Date.now(), ring.caller, ring.callee, ring.queue?.name ?? null,
    String(user.userId), token, JSON.stringify({ ...ring, user }),
  );
  return kept.changes === 1 ? { id: kept.lastInsertRowid, token } : findCall.get(ring.callDataCallId);
}

function keepEvent({ event, raw }) {
  const { data } = event;
  const key = `${event.id} ${event.type} ${data.status} ${event.time}`;
  const isNew = insertEvent.run(key, event.id, event.time, raw).changes === 1;
  if (isNew) {
    upsertCall.run(
      event.id, event.time, data.caller.phone, data.callee?.phone ?? null, data.queueName ?? null,
      data.status ?? event.type, raw,
    );
  }
  return isNew;
}

const together = db.transaction((works) => works.map(({ keep, what }) => keep(what)));

let waiting = [];

function flush() {
  const works = waiting;
  waiting = [];
  try {
    const kept = together(works);
    works.forEach((work, at) => work.resolve(kept[at]));
  } catch (error) {
    works.forEach((work) => work.reject(error));
  }
}

function grouped(keep, what) {
  return new Promise((resolve, reject) => {
    waiting.push({ keep, what, resolve, reject });
    if (waiting.length === 1) setImmediate(flush);
  });
}

const isGrouped = process.env.GROUP === '1';

module.exports = {
  keepRing: isGrouped ? (ring) => grouped(keepRing, ring) : async (ring) => keepRing(ring),
  // An event is two rows: one transaction.
  keepEvent: isGrouped
    ? (event) => grouped(keepEvent, event)
    : async (event) => together([{ keep: keepEvent, what: event }])[0],
  page(id, token) {
    const call = readCall.get(id, token);
    return call && { call, earlier: readEarlier.all(call.caller, call.id) };
  },
};
