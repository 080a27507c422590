import { readFileSync } from 'node:fs';
import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import { memo } from '../../api/memo.ts';

/** The group version in the index: `api/v1`, `apis/apps/v1`. */
export function pathOf(groupVersion: string): string {
  return groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
}

/** OpenAPI schemas by the names of Kubernetes' Go types. */
export type Schemas = Record<string, Schema>;

interface Schema {
  properties?: Record<string, Property>;
  'x-kubernetes-group-version-kind'?: Gvk[];
}

interface Property {
  type?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-patch-merge-key'?: string;
}

/** The schemas of the group version's kinds, and those that they refer to. */
export function reachable(schemas: Schemas, groupVersion: string): Schemas {
  const served = new Set(kinds.filter((kind) => groupVersionOf(kind) === groupVersion).map(({ kind }) => kind));
  const found: Schemas = {};
  const add = (name: string) => {
    const schema = schemas[name];
    if (schema === undefined || found[name] !== undefined) return;
    found[name] = schema;
    for (const [, other] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) add(other as string);
  };
  for (const [name, schema] of Object.entries(schemas)) {
    const { 'x-kubernetes-group-version-kind': of = [] } = schema;
    if (of.some((each) => groupVersionOf(each) === groupVersion && served.has(each.kind))) add(name);
  }
  return found;
}

type Gvk = Pick<Kind, 'group' | 'version' | 'kind'>;

/** Written by generate.ts; read when it is first asked for. */
export const allSchemas = memo((): Schemas => {
  return JSON.parse(readFileSync(new URL('./generated/openapi.json', import.meta.url), 'utf8'));
});
