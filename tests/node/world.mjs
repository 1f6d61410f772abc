// What scripts against the demonstration world share: node SCRIPT <baseUrl>. A script ends with `done`: exit code 0 when everything that
// it checked held, else 1.
import { Client } from 'fhir-kit-client';

export const base = (process.argv[2] ?? 'http://127.0.0.1:8080').replace(/\/$/, '');

let failed = 0;
export const check = (what, held, seen) => {
  if (!held) failed++;
  console.log(`${held ? 'ok  ' : 'FAIL'} ${what}${held || seen === undefined ? '' : `: ${JSON.stringify(seen)}`}`);
};
export const done = what => {
  console.log(failed === 0 ? what : `${failed} did not hold.`);
  process.exit(failed === 0 ? 0 : 1);
};

export const token = async who => {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: who, client_secret: `${who}-secret` });
  return (await (await fetch(`${base}/connect/token`, { method: 'POST', body })).json()).access_token;
};
export const fhirOf = async who => new Client({ baseUrl: `${base}/fhir`, bearerToken: await token(who) });
export const refusalOf = async act => {
  try { await act(); return { status: 0 }; } catch (e) { return { status: e.status ?? e.response?.status, outcome: e.body ?? e.response?.data }; }
};
