"""The peer with FastAPI: every ring and every event once, in SQLite, flushed before it is answered."""

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import time
from datetime import datetime, timezone
from html import escape
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

SECRET = os.environ["SECRET"].encode()
PUBLIC_URL = os.environ["PUBLIC_URL"]

db = sqlite3.connect(os.environ["DATABASE"], isolation_level=None)
db.row_factory = sqlite3.Row
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA synchronous = FULL")
db.executescript(Path(__file__).with_name("schema.sql").read_text())

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["POST"], allow_headers=["*"])


class User(BaseModel, extra="allow"):
    userId: int
    token: str | None = None


class Queue(BaseModel, extra="allow"):
    name: str


class Ring(BaseModel):
    user: User
    callee: str
    caller: str
    userData: dict[str, str] = {}
    callDataCallId: str
    queue: Queue | None = None


class Answer(BaseModel):
    action: str = "open"
    event: str = "EventRinging"
    url: str
    autopause: bool = False
    title: str


# Handlers are asynchronous and write where they are: a thread for each request costs more than it gains.
@app.post("/thirdparty")
async def thirdparty(ring: Ring) -> Answer:
    token = secrets.token_hex(16)
    kept = db.execute(
        "INSERT INTO call (external_id, at, caller, callee, queue, agent, token, state, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'ringing', ?) ON CONFLICT (external_id) DO NOTHING",
        (ring.callDataCallId, int(time.time() * 1000), ring.caller, ring.callee,
         ring.queue and ring.queue.name, str(ring.user.userId), token,
         ring.model_dump_json(exclude={"user": {"token"}})),
    )
    number = kept.lastrowid
    if kept.rowcount == 0:
        number, token = db.execute(
            "SELECT id, token FROM call WHERE external_id = ?", (ring.callDataCallId,)
        ).fetchone()
    return Answer(url=f"{PUBLIC_URL}/pane/{number}-{token}", title=ring.caller)


def moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat()


@app.get("/pane/{address}", response_class=HTMLResponse)
async def pane(address: str) -> str:
    number, _, token = address.partition("-")
    call = db.execute("SELECT * FROM call WHERE id = ? AND token = ?", (number, token)).fetchone()
    if call is None:
        raise HTTPException(404)
    earlier = db.execute(
        "SELECT at, queue, state FROM call WHERE caller = ? AND id < ? ORDER BY id DESC LIMIT 5",
        (call["caller"], call["id"]),
    )
    lines = "\n".join(
        f"<li>{moment(one['at'])} {escape(one['queue'] or '')} {escape(one['state'])}</li>" for one in earlier
    )
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(call['caller'])}</title></head>
<body>
<h1>{escape(call['caller'])}</h1>
<dl>
<dt>State</dt><dd>{escape(call['state'])}</dd>
<dt>Queue</dt><dd>{escape(call['queue'] or '')}</dd>
<dt>Line</dt><dd>{escape(call['callee'] or '')}</dd>
<dt>Since</dt><dd>{moment(call['at'])}</dd>
</dl>
<h2>Earlier calls</h2>
<ul>
{lines}
</ul>
<form method="post"><textarea name="notes"></textarea><button>Done</button></form>
</body>
</html>
"""


@app.post("/hooks/office", status_code=202)
async def hooks(request: Request) -> dict[str, int]:
    raw = await request.body()
    right = hmac.new(SECRET, raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, request.headers.get("x-signature", "")):
        raise HTTPException(401)
    event = json.loads(raw)
    data, call, text = event["data"], event["id"], raw.decode()
    db.execute("BEGIN IMMEDIATE")
    try:
        new = db.execute(
            "INSERT INTO event (key, call, at, body) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (f"{call} {event['type']} {data['status']} {event['time']}", call, event["time"], text),
        ).rowcount
        if new:
            db.execute(
                "INSERT INTO call (external_id, at, caller, callee, queue, state, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (external_id)"
                " DO UPDATE SET state = excluded.state, callee = excluded.callee",
                (call, event["time"], data["caller"]["phone"], (data["callee"] or {}).get("phone"),
                 data["queueName"], data["status"] or event["type"], text),
            )
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    return {"events": new, "repeats": 1 - new}
