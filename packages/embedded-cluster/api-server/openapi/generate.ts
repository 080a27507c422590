import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupVersionOf, kinds } from '../../api/kinds.ts';
import { pathOf, reachable, type Schemas } from './schemas.ts';

/**
 * Writes generated/openapi.json: the schemas of the served kinds, one a line, from the real control plane that KUBECONFIG
 * names (`npm run cluster:real`). Run after an upgrade: `npm run generate:openapi`.
 */
const schemas: Schemas = {};
for (const groupVersion of new Set(kinds.map(groupVersionOf))) {
  const path = `/openapi/v3/${pathOf(groupVersion)}`;
  const text = execFileSync('kubectl', ['get', '--raw', path], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  Object.assign(schemas, reachable(JSON.parse(text).components.schemas, groupVersion));
}
const lines = Object.keys(schemas)
  .sort()
  .map((name) => `${JSON.stringify(name)}: ${JSON.stringify(schemas[name])}`);
writeFileSync(join(import.meta.dirname, 'generated', 'openapi.json'), `{\n${lines.join(',\n')}\n}\n`);
