// What both Node.js peers answer, and how they know a phone system by its signature.
'use strict';

const { createHmac, timingSafeEqual } = require('node:crypto');

const secret = process.env.SECRET;
const origin = process.env.PUBLIC_URL;

function isSigned(raw, signature) {
  const right = createHmac('sha256', secret).update(raw).digest();
  const given = Buffer.from(signature ?? '', 'hex');
  return given.length === right.length && timingSafeEqual(given, right);
}

const answer = (ring, { id, token }) => ({
  action: 'open',
  event: 'EventRinging',
  url: `${origin}/pane/${id}-${token}`,
  autopause: false,
  title: ring.caller,
});

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => String(text ?? '').replace(/[&<>"']/g, (character) => entities[character]);

const page = ({ call, earlier }) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escape(call.caller)}</title></head>
<body>
<h1>${escape(call.caller)}</h1>
<dl>
<dt>State</dt><dd>${escape(call.state)}</dd>
<dt>Queue</dt><dd>${escape(call.queue)}</dd>
<dt>Line</dt><dd>${escape(call.callee)}</dd>
<dt>Since</dt><dd>${new Date(call.at).toISOString()}</dd>
</dl>
<h2>Earlier calls</h2>
<ul>
${earlier.map((one) => `<li>${new Date(one.at).toISOString()} ${escape(one.queue)} ${escape(one.state)}</li>`).join('\n')}
</ul>
<form method="post"><textarea name="notes"></textarea><button>Done</button></form>
</body>
</html>
`;

module.exports = { answer, isSigned, page };
