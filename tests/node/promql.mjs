// Holds the dashboard and the alert rules against what a server exports: every expression parses as PromQL, every metric and label
// that one names is there. Usage: node promql.mjs http://127.0.0.1:9464/metrics
import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse as yaml } from 'yaml';

const folder = new URL('../../deploy/grafana/', import.meta.url);
const dashboard = JSON.parse(readFileSync(new URL('dashboard.json', folder), 'utf8'));
const rules = yaml(readFileSync(new URL('alerts.yml', folder), 'utf8'));
const readme = readFileSync(new URL('README.md', folder), 'utf8');
const exported = new Map();
for (const line of (await (await fetch(process.argv[2])).text()).split('\n')) {
  const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /.exec(line);
  if (!sample) continue;
  const labels = exported.get(sample[1]) ?? exported.set(sample[1], new Set()).get(sample[1]);
  for (const [, name] of (sample[2] ?? '').matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) labels.add(name);
}
// What Prometheus itself adds, and what a histogram's quantile is over.
const added = new Set(['job', 'instance', 'le']);
let failed = 0;
const fail = (what) => { console.log(`FAIL ${what}`); failed++; };

function check(where, expression) {
  const text = expression.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '1h');
  const tree = parser.parse(text);
  const named = [];
  let metric = null;
  tree.iterate({
    enter(node) {
      const word = text.slice(node.from, node.to);
      if (node.type.isError) fail(`${where}: no PromQL at ${node.from}: ${text}`);
      else if (node.name === 'VectorSelector') metric = null;
      else if (node.name === 'Identifier' && node.node.parent.name === 'VectorSelector') { metric = word; named.push(word); }
      else if (node.name === 'LabelName' && metric !== null && !added.has(word) && !named.some((m) => exported.get(m)?.has(word))) fail(`${where}: ${named.join(', ')} has no label ${word}`);
    },
  });
  if (named.length === 0) fail(`${where} names no metric: ${text}`);
  for (const name of named) if (name !== 'up' && !exported.has(name)) fail(`${where}: ${name} is not exported`);
  return named.length;
}

let metrics = 0;
const panels = dashboard.panels.flatMap((p) => [p, ...(p.panels ?? [])]).filter((p) => p.targets);
for (const panel of panels) for (const target of panel.targets) metrics += check(`panel "${panel.title}"`, target.expr);
const alerts = rules.groups.flatMap((g) => g.rules);
for (const alert of alerts) {
  metrics += check(`alert ${alert.alert}`, alert.expr);
  if (!alert.annotations?.summary || !alert.labels?.severity || !alert.for) fail(`alert ${alert.alert} lacks summary, severity or for`);
  if (!readme.includes(`### ${alert.alert}`)) fail(`alert ${alert.alert} is not explained in README.md`);
}
for (const [, name] of readme.matchAll(/^### (\w+)$/gm)) if (!alerts.some((a) => a.alert === name)) fail(`README.md explains ${name}, which is no alert`);
if (panels.length < 10 || alerts.length < 10) fail('less was read than is there');
console.log(`${panels.length} panels, ${alerts.length} alerts, ${metrics} metrics named, ${exported.size} exported`);
process.exit(failed === 0 ? 0 : 1);
