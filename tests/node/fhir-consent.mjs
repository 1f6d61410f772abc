// The register of consents with a FHIR client that others wrote:  node fhir-consent.mjs <baseUrl>
// A court refers; consents are given, read, found, kept in versions and revoked over FHIR; the clinic sees what they open.
// Needs the demonstration world.
import { isDeepStrictEqual } from 'node:util';
import { base, check, done, fhirOf, refusalOf, token } from './world.mjs';

const [court, clinic, stranger] = [await fhirOf('juzgado-central'), await fhirOf('centro-esperanza'), await fhirOf('hospital-ajeno')];
const number = `FHIR-C-${Date.now()}`;
const answer = await fetch(`${base}/v1/referrals`, {
  method: 'POST',
  headers: { authorization: `Bearer ${await token('juzgado-central')}`, 'content-type': 'application/json' },
  body: JSON.stringify({
    person: { familyName: 'Pérez', givenNames: ['Ana'], birthDate: '1990-02-03', sex: 'female', language: 'es', identifiers: [{ system: 'urn:dpi', value: number }] },
    matter: { number, jurisdiction: 'GT' }, intercept: 'arrest', service: 'outpatient', needs: [], providerId: 'centro-esperanza', reporting: [],
  }),
});
const referral = await answer.json();
const { id, personId } = referral;

const concept = (system, code) => ({ coding: [{ system, code }] });
const organisation = value => ({ identifier: { system: 'urn:interop:organisation', value } });
const consent = {
  resourceType: 'Consent', language: 'es', status: 'active',
  extension: [
    { url: 'urn:interop:consent-signature', extension: [{ url: 'method', valueCode: 'paper' }, { url: 'at', valueDateTime: new Date().toISOString() }, { url: 'by', valueString: 'Ana Pérez' }] },
    { url: 'urn:interop:consent-matter', valueIdentifier: { system: 'urn:interop:matter', value: number } },
    { url: 'urn:ehr:shelf', valueString: 'B-12' },
  ],
  identifier: [{ system: 'urn:ehr', value: number }],
  scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
  category: [concept('urn:interop:consent-kind', 'referral')],
  patient: { reference: `Patient/${personId}` },
  dateTime: new Date().toISOString().slice(0, 10),
  organization: [organisation('juzgado-central')],
  policyRule: concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN'),
  provision: {
    type: 'permit', period: { end: `${new Date().getFullYear() + 1}` },
    actor: [{ role: concept('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP'), reference: organisation('centro-esperanza') }],
    purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
    code: [concept('urn:interop:report-category', 'referral')],
  },
};

const wrong = await refusalOf(() => court.create({ resourceType: 'Consent', body: { ...consent, provision: { ...consent.provision, period: undefined }, organization: [organisation('nadie')] } }));
check('what is wrong is named where it stands', wrong.status === 422 && ['Consent.provision.period.end', 'Consent.organization'].every(e => wrong.outcome?.issue?.some(i => i.expression?.[0] === e)), wrong);
check('without consent there is no Task', (await refusalOf(() => clinic.read({ resourceType: 'Task', id }))).status === 404);
const given = await court.create({ resourceType: 'Consent', body: consent });
check('it was given', given.status === 'active' && given.meta.versionId === '1', given.meta);
check('with consent there is', (await clinic.read({ resourceType: 'Task', id })).status === 'requested');

const read = await court.read({ resourceType: 'Consent', id: given.id });
const { id: _id, meta: _meta, ...written } = read;
check('it comes back as it was written', isDeepStrictEqual(written, consent), written);
const scope = await clinic.read({ resourceType: 'Consent', id: given.id });
check('its recipient sees its scope alone', scope.provision.code[0].coding[0].code === 'referral' && !JSON.stringify(scope).includes('B-12'), scope);
const found = await court.search({ resourceType: 'Consent', searchParams: { patient: personId, status: 'active', category: 'urn:interop:consent-kind|referral', actor: 'centro-esperanza' } });
check('it is found', found.total === 1 && found.entry[0].resource.id === given.id, found.total);

const update = (body, version) => court.update({ resourceType: 'Consent', id: given.id, body, options: { headers: { 'If-Match': `W/"${version}"` } } });
const noted = await update({ ...read, sourceReference: { display: 'Folio 3' } }, 1);
check('what stands beside it is a version', noted.meta.versionId === '2' && noted.sourceReference.display === 'Folio 3');
check('what was signed is not changed', (await refusalOf(() => update({ ...noted, dateTime: '2020-01-01' }, 2))).status === 422);
const revoked = await update({ ...noted, status: 'inactive' }, 2);
check('it was revoked', revoked.status === 'inactive' && revoked.meta.versionId === '3');
check('and the Task is gone', (await refusalOf(() => clinic.read({ resourceType: 'Task', id }))).status === 404);
const history = await court.history({ resourceType: 'Consent', id: given.id });
check('every version is there', history.entry.map(e => e.resource.meta.versionId).join() === '3,2,1');
check('the first as it was', (await court.vread({ resourceType: 'Consent', id: given.id, version: '1' })).status === 'active');

const there = await refusalOf(() => stranger.read({ resourceType: 'Consent', id: given.id }));
const absent = await refusalOf(() => stranger.read({ resourceType: 'Consent', id: '01890000-0000-7000-8000-000000000000' }));
check('the stranger learns nothing', there.status === 404 && JSON.stringify(there) === JSON.stringify(absent), there);
const codes = await (await fetch(`${base}/fhir/CodeSystem?url=urn:interop:purpose`)).json();
check('the justice-monitoring purpose is published', codes.entry[0].resource.concept.some(c => c.code === 'justice-monitoring'));
done('The register holds.');
