// An identity provider for the tests: oidc-provider with people of its own. It prints the port that it listens on.
//   node oidc-provider.mjs
// Its form asks for a name, and believes it. `PUT /people/NAME` changes what it says of somebody. `PUT /client` names
// where its client is reached, and under which name its key goes from then on; key by key, it puts the claims
// where the specification has them (with the access token's endpoint), and into the id token, as many do.

import { generateKeyPair } from "node:crypto";
import { createServer } from "node:http";
import { promisify } from "node:util";

import Provider from "oidc-provider";

const people = new Map([
  ["anna", { preferred_username: "anna", groups: ["callcentre", "callcentre-admins"] }],
  ["vera", { preferred_username: "vera", groups: ["callcentre"] }],
  ["otto", { preferred_username: "otto", groups: ["accounts"] }],
]);

async function key(kid) {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
}

const configuration = async (redirect, kid) => ({
  clients: [{ client_id: "callpane", client_secret: "a secret of the tests", redirect_uris: [redirect] }],
  jwks: { keys: [await key(kid)] },
  cookies: { keys: ["a key of the tests"] },
  claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email"], groups: ["groups"] },
  scopes: ["openid", "profile", "email", "groups"],
  pkce: { required: () => true },
  findAccount: (_, id) => people.has(id) && { accountId: id, claims: () => ({ sub: id, ...people.get(id) }) },
  // Everybody who is known has agreed to everything.
  async loadExistingGrant(context) {
    const { client, session, provider } = context.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid profile email groups");
    await grant.save();
    return grant;
  },
  conformIdTokenClaims: kid === "conforming",
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/who/${interaction.uid}` },
});

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

// Asks who somebody is.
async function interact(provider, request, response) {
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end('<!doctype html><title>Who?</title><form method="post"><input name="login"><button name="as">In</button><button name="no" value="1">No</button></form>');
    return;
  }
  const form = new URLSearchParams(await body(request));
  const result = form.has("no")
    ? { error: "access_denied", error_description: "nobody wanted to" }
    : { login: { accountId: form.get("login") } };
  await provider.interactionFinished(request, response, result);
}

const server = createServer();
server.listen(0, "127.0.0.1", async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let provider;
  server.on("request", async (request, response) => {
    const person = request.url.match(/^\/people\/(\w+)$/);
    if (person) {
      people.set(person[1], JSON.parse(await body(request)));
      response.end();
    } else if (request.url === "/client") {
      const { redirect, key: kid } = JSON.parse(await body(request));
      provider = new Provider(issuer, await configuration(redirect, kid));
      response.end();
    } else if (request.url.startsWith("/who/")) {
      await interact(provider, request, response);
    } else {
      provider.callback()(request, response);
    }
  });
  console.log(server.address().port);
});
