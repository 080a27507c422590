import { readFileSync } from 'node:fs';
import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import type { Exchange } from './exchange.ts';

/** The group version in the index: `api/v1`, `apis/apps/v1`. */
export function pathOf(groupVersion: string): string {
  return groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
}

const groupVersions = [...new Set(kinds.map(groupVersionOf))];

const fieldValidation = { name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } };

/** OpenAPI schemas by the names of Kubernetes' Go types. */
export type Schemas = Record<string, object>;

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
    const { 'x-kubernetes-group-version-kind': of = [] } = schema as { 'x-kubernetes-group-version-kind'?: Gvk[] };
    if (of.some((each) => groupVersionOf(each) === groupVersion && served.has(each.kind))) add(name);
  }
  return found;
}

type Gvk = Pick<Kind, 'group' | 'version' | 'kind'>;

const documents = new Map<string, string>();
let all: Schemas | undefined;

/**
 * The schemas for `kubectl explain`, and the part of the paths that tells kubectl that the server validates fields. Without
 * that, kubectl would validate by itself.
 */
function documentOf(groupVersion: string): string {
  let document = documents.get(groupVersion);
  if (document === undefined) {
    all ??= JSON.parse(readFileSync(new URL('./generated/openapi.json', import.meta.url), 'utf8')) as Schemas;
    const paths = kinds
      .filter((kind) => groupVersionOf(kind) === groupVersion && !kind.review)
      .map((kind) => [
        `/${pathOf(groupVersion)}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.resource}/{name}`,
        operations(kind),
      ]);
    document = JSON.stringify({
      openapi: '3.0.0',
      info: { title: 'Kubernetes', version: 'v1.36.2' },
      paths: Object.fromEntries(paths),
      components: { schemas: reachable(all, groupVersion) },
    });
    documents.set(groupVersion, document);
  }
  return document;
}

function operations({ group, version, kind }: Kind) {
  return {
    patch: {
      parameters: [fieldValidation],
      responses: { 200: { description: 'OK' } },
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group, version, kind },
    },
  };
}

export function answerOpenApi(exchange: Exchange): boolean {
  const { path } = exchange;
  if (path === '/openapi/v3') {
    const urls = groupVersions.map((groupVersion) => {
      const name = pathOf(groupVersion);
      return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=2` }];
    });
    exchange.sendJson(200, { paths: Object.fromEntries(urls) });
    return true;
  }
  const found = groupVersions.find((groupVersion) => path === `/openapi/v3/${pathOf(groupVersion)}`);
  if (found === undefined) return false;
  exchange.send(200, documentOf(found));
  return true;
}
