// The peer with Express.
'use strict';

const express = require('express');
const cors = require('cors');
const { answer, isSigned, page } = require('./answers');
const store = require('./store');

const app = express();
app.disable('x-powered-by');
app.set('etag', false);

app.options('/thirdparty', cors({ methods: ['POST'] }));
app.post('/thirdparty', cors(), express.json(), async ({ body }, response) => {
  response.json(answer(body, await store.keepRing(body)));
});

app.get('/pane/:token', ({ params }, response) => {
  const [id, token] = params.token.split('-');
  const found = store.page(id, token);
  if (!found) return response.sendStatus(404);
  return response.type('html').send(page(found));
});

// A signature is one of bytes: here the body is parsed only afterwards.
app.post('/hooks/office', express.raw({ type: 'application/json' }), async (request, response) => {
  if (!isSigned(request.body, request.get('x-signature'))) return response.sendStatus(401);
  const raw = request.body.toString();
  const isNew = await store.keepEvent({ event: JSON.parse(raw), raw });
  return response.status(202).json({ events: isNew ? 1 : 0, repeats: isNew ? 0 : 1 });
});

app.listen(Number(process.env.PORT), '127.0.0.1', 2048);
