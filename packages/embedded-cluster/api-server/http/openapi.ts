import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import type { Exchange } from './exchange.ts';

/** The group version in the index: `api/v1`, `apis/apps/v1`. */
function pathOf(groupVersion: string): string {
  return groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
}

const groupVersions = [...new Set(kinds.map(groupVersionOf))];

const fieldValidation = { name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } };

/**
 * The part of OpenAPI v3 that tells kubectl that the server validates fields. Without it kubectl would fetch the
 * schemas of all kinds and validate by itself.
 */
function documentOf(groupVersion: string) {
  const paths = kinds
    .filter((kind) => groupVersionOf(kind) === groupVersion && !kind.review)
    .map((kind) => [
      `/${pathOf(groupVersion)}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.resource}/{name}`,
      operations(kind),
    ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.2' },
    paths: Object.fromEntries(paths),
  };
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
      return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=1` }];
    });
    exchange.sendJson(200, { paths: Object.fromEntries(urls) });
    return true;
  }
  const found = groupVersions.find((groupVersion) => path === `/openapi/v3/${pathOf(groupVersion)}`);
  if (found === undefined) return false;
  exchange.sendJson(200, documentOf(found));
  return true;
}
