// The committed description of the interface, by a validator that others wrote: the document against OpenAPI 3.1, and each of
// its examples against the schema beside it. Usage: node openapi.mjs <document.json>. Exit code 0 where all of it holds.
import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const document = JSON.parse(await readFile(process.argv[2], 'utf8'));
let failed = 0;
const fail = (what, seen) => { failed++; console.log(`FAIL ${what}: ${JSON.stringify(seen)}`); };

const { valid, errors } = await new Validator().validate(structuredClone(document));
if (!valid) fail('OpenAPI 3.1', errors);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addFormat('int32', true).addFormat('int64', true).addFormat('byte', true);
ajv.addSchema({ $id: 'https://interop.example/openapi', ...document });
const resolve = x => (x?.$ref ? x.$ref.slice(2).split('/').reduce((at, step) => at[step.replaceAll('~1', '/').replaceAll('~0', '~')], document) : x);
const absolute = schema => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"https://interop.example/openapi#/components/'));

let examples = 0;
function check(where, content) {
  for (const [type, media] of Object.entries(content ?? {})) {
    if (media.example === undefined) continue;
    examples++;
    const matches = ajv.compile(absolute(media.schema));
    if (!matches(media.example)) fail(`${where} ${type}`, matches.errors);
  }
}
for (const [path, item] of Object.entries(document.paths))
  for (const [method, operation] of Object.entries(item)) {
    check(`${method} ${path} request`, resolve(operation.requestBody)?.content);
    for (const [status, response] of Object.entries(operation.responses)) check(`${method} ${path} ${status}`, resolve(response).content);
  }
console.log(`${examples} examples`);
process.exit(failed || examples === 0 ? 1 : 0);
