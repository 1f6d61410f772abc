// Clients that others wrote, against the authorization server: discovery, private_key_jwt with RS384 and ES384, and what must
// be refused. Usage: node openid-client.mjs http://127.0.0.1:8080 (a demonstration world). Exit code 0 where all of it holds.
import { randomUUID } from 'node:crypto';
import * as jose from 'jose';
import * as oidc from 'openid-client';

const base = new URL(process.argv[2] ?? 'http://127.0.0.1:8080/');
const insecure = { execute: [oidc.allowInsecureRequests] };
const run = randomUUID().slice(0, 8);
let failed = 0;

function check(what, holds, seen) {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}${holds ? '' : `: ${JSON.stringify(seen)}`}`);
  if (!holds) failed++;
}

const tokenEndpoint = new URL('connect/token', base).href;

async function post(path, form, headers = {}) {
  const response = await fetch(new URL(path, base), { method: 'POST', body: new URLSearchParams(form), headers });
  const text = await response.text();
  let body = text;
  try { body = JSON.parse(text); } catch { /* shown as it is */ }
  return { status: response.status, body };
}

async function api(method, path, token, body) {
  const response = await fetch(new URL(path, base), {
    method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body),
  });
  return { status: response.status, body: await response.json().catch(() => null) };
}

const secretOf = (id) => oidc.discovery(base, id, undefined, oidc.ClientSecretBasic(`${id}-secret`), insecure);
const admin = (await oidc.clientCredentialsGrant(await secretOf('admin'))).access_token;

for (const alg of ['RS384', 'ES384']) {
  const id = `node-${alg.toLowerCase()}-${run}`;
  const kid = randomUUID();
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await jose.exportJWK(publicKey)), kid, use: 'sig', alg };
  const registered = await api('POST', 'v1/clients', admin, { clientId: id, organisation: 'centro-esperanza', jwks: { keys: [jwk] } });
  check(`${alg}: registered with its public key`, registered.status === 201 && registered.body.secret === undefined, registered);

  const client = await oidc.discovery(base, id, { token_endpoint_auth_method: 'private_key_jwt' }, oidc.PrivateKeyJwt({ key: privateKey, kid }), insecure);
  const answer = await oidc.clientCredentialsGrant(client, { scope: 'system/Task.r referrals:read' });
  check(`${alg}: openid-client gets a token`, answer.scope === 'system/Task.r referrals:read' && answer.expires_in >= 290, answer);
  const keys = jose.createRemoteJWKSet(new URL(client.serverMetadata().jwks_uri));
  const { payload, protectedHeader } = await jose.jwtVerify(answer.access_token, keys, { issuer: client.serverMetadata().issuer, typ: 'at+jwt' });
  check(`${alg}: the token verifies and names its organisation`,
    payload.org === 'centro-esperanza' && payload.org_kind === 'provider' && payload.client_id === id && payload.sub === id && protectedHeader.typ === 'at+jwt', payload);
  const read = await api('GET', 'v1/directory/organisations', answer.access_token);
  check(`${alg}: a scope that was not asked for is not there`, read.status === 403, read);

  const assert = async ({ header = {}, claims = {}, key = privateKey, life = 60 } = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const jwt = new jose.SignJWT({ iss: id, sub: id, aud: tokenEndpoint, jti: randomUUID(), iat: now, exp: now + life, ...claims });
    return jwt.setProtectedHeader({ alg, kid, typ: 'JWT', ...header }).sign(key);
  };
  const grant = (assertion, more = {}) => post('connect/token', {
    grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion, ...more,
  });
  const refuses = async (what, assertion, more) => {
    const seen = await grant(assertion, more);
    check(`${alg}: ${what} is refused`, seen.status === 401 && seen.body.error === 'invalid_client', seen);
  };

  const good = await assert();
  const once = await grant(good);
  check(`${alg}: SMART's own request, aud the token endpoint`, once.status === 200 && once.body.scope.includes('system/Task.rus'), once);
  await refuses('a replay', good);
  const noType = await grant(await assert({ header: { typ: undefined }, claims: { aud: client.serverMetadata().issuer } }));
  check(`${alg}: without typ, aud the issuer`, noType.status === 200, noType);
  const explicitType = await grant(await assert({ header: { typ: 'client-authentication+jwt' } }), { client_id: id });
  check(`${alg}: typ client-authentication+jwt, with client_id`, explicitType.status === 200, explicitType);
  const twins = await assert();
  const raced = await Promise.all([1, 2, 3, 4].map(() => grant(twins)));
  check(`${alg}: of four at once with one jti, one gets a token`, raced.filter((r) => r.status === 200).length === 1, raced.map((r) => r.status));

  // What follows are failures, nine of them in all: the lockout begins at ten a minute.
  const other = await jose.generateKeyPair(alg, { extractable: true });
  await refuses('another audience', await assert({ claims: { aud: 'https://elsewhere.example/token' } }));
  await refuses('an expired assertion', await assert({ life: -120 }));
  await refuses('an assertion that lives an hour', await assert({ life: 3600 }));
  await refuses('an unknown kid', await assert({ header: { kid: 'unknown' } }));
  await refuses('another key under the same kid', await assert({ key: other.privateKey }));
  const none = `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')}.${good.split('.')[1]}.`;
  await refuses('alg none', none);
}

{
  // HS256 with the public key as the secret, the oldest trick.
  const id = `node-hs-${run}`;
  const { publicKey } = await jose.generateKeyPair('RS384', { extractable: true });
  const jwk = { ...(await jose.exportJWK(publicKey)), kid: 'k' };
  await api('POST', 'v1/clients', admin, { clientId: id, organisation: 'centro-esperanza', jwks: { keys: [jwk] } });
  const now = Math.floor(Date.now() / 1000);
  for (const alg of ['HS256', 'HS384']) {
    const assertion = await new jose.SignJWT({ iss: id, sub: id, aud: tokenEndpoint, jti: randomUUID(), iat: now, exp: now + 60 })
      .setProtectedHeader({ alg, kid: 'k', typ: 'JWT' }).sign(new TextEncoder().encode(await jose.exportSPKI(publicKey)));
    const seen = await post('connect/token', { grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion });
    check(`${alg} with the public key as secret is refused`, seen.status === 401 && seen.body.error === 'invalid_client', seen);
  }
}

{
  // Introspection, revocation, rotation, disablement.
  const client = await secretOf('clinica-del-valle');
  const { access_token: token } = await oidc.clientCredentialsGrant(client);
  const seen = await oidc.tokenIntrospection(client, token);
  check('introspection: active, with its scope', seen.active === true && seen.client_id === 'clinica-del-valle' && /referrals:read/.test(seen.scope ?? ''), seen);
  check('the token works', (await api('GET', 'v1/directory/organisations', token)).status === 200);
  await oidc.tokenRevocation(client, token);
  check('revoked: introspection says so', (await oidc.tokenIntrospection(client, token)).active === false);
  check('revoked: the API refuses it', (await api('GET', 'v1/directory/organisations', token)).status === 401);

  const id = `node-secret-${run}`;
  const { body: made } = await api('POST', 'v1/clients', admin, { clientId: id, organisation: 'juzgado-central' });
  const as = (secret) => oidc.discovery(base, id, undefined, oidc.ClientSecretPost(secret), insecure).then((c) => oidc.clientCredentialsGrant(c));
  const before = await as(made.secret);
  check('a generated secret works', before.token_type === 'bearer', before);
  const { body: rotated } = await api('POST', `v1/clients/${id}/rotation`, admin, {});
  check('rotated: the old token is cut off', (await api('GET', 'v1/directory/organisations', before.access_token)).status === 401);
  check('rotated: the old secret is refused', await as(made.secret).then(() => false, (e) => e.status === 401 || e.response?.status === 401));
  const after = await as(rotated.secret);
  check('rotated: the new token works', (await api('GET', 'v1/directory/organisations', after.access_token)).status === 200);
  await api('POST', `v1/clients/${id}/disablement`, admin);
  check('disabled: the token is cut off', (await api('GET', 'v1/directory/organisations', after.access_token)).status === 401);
  check('disabled: the secret is refused', await as(rotated.secret).then(() => false, (e) => e.status === 401 || e.response?.status === 401));
}

console.log(failed === 0 ? 'all held' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
