// The clinic's side of the loop with a FHIR client that others wrote:  node fhir-loop.mjs <baseUrl>
// A court refers and captures consent over REST; the clinic finds, reads and answers over FHIR; a stranger finds nothing.
// Needs the demonstration world.
import { base, check, done, fhirOf, refusalOf, token } from './world.mjs';

const court = await token('juzgado-central');
const rest = async (path, body) => {
  const answer = await fetch(base + path, { method: 'POST', headers: { authorization: `Bearer ${court}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
};

const clinic = await fhirOf('centro-esperanza');
const stranger = await fhirOf('hospital-ajeno');
const search = (who, resourceType, searchParams) => who.search({ resourceType, searchParams });

const capability = await clinic.capabilityStatement();
check('the capability statement is R4', capability.fhirVersion === '4.0.1', capability.fhirVersion);
const requestedBefore = (await search(clinic, 'Task', { status: 'requested' })).total;

const number = `FHIR-${Date.now()}`;
const referral = await rest('/v1/referrals', {
  person: { familyName: 'Pérez', givenNames: ['Ana', 'Lucía'], birthDate: '1990-02-03', sex: 'female', language: 'es', identifiers: [{ system: 'urn:dpi', value: number }], contact: { phone: '+502 5555 0000' } },
  matter: { number, jurisdiction: 'GT', offence: 'possession' }, intercept: 'arrest', service: 'outpatient', needs: ['women'],
  providerId: 'centro-esperanza', reporting: [{ category: 'attendance', every: 'P7D' }], note: 'Evaluar',
});
const { id, personId } = referral;

check('without consent no Task is found', (await search(clinic, 'Task', { status: 'requested' })).total === requestedBefore);
check('without consent it is not there', (await refusalOf(() => clinic.read({ resourceType: 'Task', id }))).status === 404);

const day = offset => new Date(Date.now() + offset * 86400e3).toISOString().slice(0, 10);
await rest('/v1/consents', {
  personId, kind: 'referral', matter: referral.matter.id, discloser: 'juzgado-central', recipients: ['centro-esperanza'], purposes: ['treatment'],
  categories: ['referral'], from: day(0), until: day(365), signature: { method: 'electronic', at: new Date().toISOString(), by: 'Ana Pérez' }, language: 'es',
});

const found = await search(clinic, 'Task', { status: 'requested' });
check('with consent the total grows by one', found.total === requestedBefore + 1, found.total);
check('the newest match is the referral', found.entry?.[0].resource.id === id);
const task = await clinic.read({ resourceType: 'Task', id });
check('the Task is requested', task.status === 'requested' && task.businessStatus.coding[0].code === 'created');
check('it carries the label against redisclosure', task.meta.security?.[0].code === 'NORDSCLCD');
check('its owner is the clinic', task.owner.identifier.value === 'centro-esperanza');

const patient = await clinic.read({ resourceType: 'Patient', id: task.for.reference.split('/')[1] });
check('the Patient is named', patient.name[0].family === 'Pérez' && patient.birthDate === '1990-02-03' && patient.gender === 'female');
const request = await clinic.read({ resourceType: 'ServiceRequest', id: task.focus.reference.split('/')[1] });
check('the ServiceRequest says what is asked', request.code.coding[0].code === 'outpatient' && request.status === 'active');
check('a search by identifier finds the Patient', (await search(clinic, 'Patient', { identifier: `urn:dpi|${number}` })).total === 1);
check('a search by patient finds one Task', (await search(clinic, 'Task', { patient: personId })).total === 1);
const overRest = await (await fetch(`${base}/v1/referrals/${id}`, { headers: { authorization: `Bearer ${await token('centro-esperanza')}` } })).json();
const version = task.meta.versionId;
check('the REST view is of the same version', `${overRest.version}` === version, overRest.version);

const update = (body, version) => clinic.update({ resourceType: 'Task', id, body, options: { headers: { 'If-Match': `W/"${version}"` } } });
const withoutMatch = await refusalOf(() => clinic.update({ resourceType: 'Task', id, body: { ...task, status: 'accepted' } }));
check('an update without If-Match is 428', withoutMatch.status === 428, withoutMatch);
check('an update of what was changed since is 412', (await refusalOf(() => update({ ...task, status: 'accepted' }, 77))).status === 412);
const wrong = await refusalOf(() => update({ ...task, status: 'accepted', for: { reference: 'Patient/other' } }, version));
check('another patient is refused', wrong.status === 422, wrong);
check('what cannot follow is refused', (await refusalOf(() => update({ ...task, status: 'completed' }, version))).status === 409);

let now = await update({ ...task, status: 'received', identifier: [...task.identifier, { system: 'urn:ehr', value: number }], extension: [{ url: 'urn:ehr:bed', valueString: '12' }] }, version);
check('received is recorded', now.status === 'received' && Number(now.meta.versionId) === Number(version) + 1, now.meta);
check('a received Task is not requested any more', (await search(clinic, 'Task', { status: 'requested' })).total === requestedBefore);
for (const status of ['accepted', 'in-progress', 'completed']) {
  now = await update({ ...now, status }, now.meta.versionId);
  check(`the Task is ${status}`, now.status === status, now.status);
}
check('what the clinic wrote beside it is there', now.extension?.[0].valueString === '12' && now.identifier.some(i => i.system === 'urn:ehr'));
check('it is found by the clinic\'s own identifier', (await search(clinic, 'Task', { identifier: `urn:ehr|${number}` })).total === 1);
check('a completed Task has output', now.output?.length === 1);

check('the stranger finds no Task', (await search(stranger, 'Task', { patient: personId })).total === 0);
check('the stranger finds no Patient', (await search(stranger, 'Patient', { identifier: number })).total === 0);
for (const resourceType of ['Task', 'ServiceRequest', 'Patient']) {
  const there = await refusalOf(() => stranger.read({ resourceType, id: resourceType === 'Patient' ? personId : id }));
  const absent = await refusalOf(() => stranger.read({ resourceType, id: '01890000-0000-7000-8000-000000000000' }));
  check(`the stranger reads no ${resourceType}, and learns nothing from it`, there.status === 404 && JSON.stringify(there) === JSON.stringify(absent), there);
}
done('The loop holds.');
