import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import { allSchemas, pathOf, reachable } from '../openapi/schemas.ts';
import type { Exchange } from './exchange.ts';

const groupVersions = [...new Set(kinds.map(groupVersionOf))];

const fieldValidation = { name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } };

const documents = new Map<string, string>();

/**
 * The schemas for `kubectl explain`, and the part of the paths that tells kubectl that the server validates fields. Without
 * that, kubectl would validate by itself.
 */
function documentOf(groupVersion: string): string {
  let document = documents.get(groupVersion);
  if (document === undefined) {
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
      components: { schemas: reachable(allSchemas(), groupVersion) },
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
    const urls = groupVersions.map(pathOf).map((name) => [name, { serverRelativeURL: `${path}/${name}?hash=2` }]);
    exchange.sendJson(200, { paths: Object.fromEntries(urls) });
    return true;
  }
  const found = groupVersions.find((groupVersion) => path === `/openapi/v3/${pathOf(groupVersion)}`);
  if (found === undefined) return false;
  exchange.send(200, documentOf(found));
  return true;
}
