// The committed description of the events, by the parser that AsyncAPI itself publishes: the document against AsyncAPI 3.0, and
// each example against the schema beside it. Usage: node asyncapi.mjs <document.json>. Exit code 0 where all of it holds.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], 'utf8'));
// Severity 2 and above are advice.
for (const d of diagnostics.filter(d => d.severity < 2)) console.log(`FAIL ${d.path.join('.')}: ${d.message}`);
const messages = document?.channels().all().map(c => `${c.id()} ${c.messages().length}`) ?? [];
console.log(messages.join(', '));
process.exit(document && diagnostics.every(d => d.severity >= 2) && messages.length > 0 ? 0 : 1);
