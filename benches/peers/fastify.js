// The peer with Fastify.
'use strict';

const fastify = require('fastify');
const cors = require('@fastify/cors');
const { answer, isSigned, page } = require('./answers');
const store = require('./store');

const ring = {
  body: {
    type: 'object',
    required: ['user', 'caller', 'callee', 'callDataCallId'],
    properties: {
      user: { type: 'object', required: ['userId'] },
      caller: { type: 'string' },
      callee: { type: 'string' },
      callDataCallId: { type: 'string' },
      userData: { type: 'object' },
      queue: { type: 'object' },
    },
  },
  response: {
    200: {
      type: 'object',
      properties: {
        action: { type: 'string' },
        event: { type: 'string' },
        url: { type: 'string' },
        autopause: { type: 'boolean' },
        title: { type: 'string' },
      },
    },
  },
};

const app = fastify();
app.register(cors, { origin: '*', methods: ['POST'] });

app.post('/thirdparty', { schema: ring }, async ({ body }) => answer(body, await store.keepRing(body)));

app.get('/pane/:token', async ({ params }, reply) => {
  const [id, token] = params.token.split('-');
  const found = store.page(id, token);
  if (!found) return reply.code(404).send();
  return reply.type('text/html; charset=utf-8').send(page(found));
});

// A signature is one of bytes: here the body is parsed only afterwards.
app.register(async (hooks) => {
  hooks.removeContentTypeParser('application/json');
  hooks.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  hooks.post('/hooks/office', async ({ body, headers }, reply) => {
    if (!isSigned(body, headers['x-signature'])) return reply.code(401).send();
    const raw = body.toString();
    const isNew = await store.keepEvent({ event: JSON.parse(raw), raw });
    return reply.code(202).send({ events: isNew ? 1 : 0, repeats: isNew ? 0 : 1 });
  });
});

app.listen({ host: '127.0.0.1', port: Number(process.env.PORT), backlog: 2048 });
