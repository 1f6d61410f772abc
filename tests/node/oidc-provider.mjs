// An authorization server that others wrote: issues JWT access tokens by client credentials to the court, for the audience that
// its one argument names. Prints its address, and serves until it is killed.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const audience = process.argv[2];
const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'k1', use: 'sig', alg: 'RS256' }] },
  clients: [{
    client_id: 'juzgado-central', client_secret: 'juzgado-central-secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
    token_endpoint_auth_method: 'client_secret_post', scope: 'referrals:read referrals:write',
  }],
  scopes: ['referrals:read', 'referrals:write'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      getResourceServerInfo: () => ({ scope: 'referrals:read referrals:write', audience, accessTokenTTL: 300, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
});
server.on('request', provider.callback());
console.log(issuer);
