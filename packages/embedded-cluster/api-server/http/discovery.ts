import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import { allSchemas, pathOf, reachable } from '../openapi/schemas.ts';
import type { Exchange } from './exchange.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const partVerbs = ['get', 'patch', 'update'];

/** The release that the cluster imitates. */
export const release = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: 'unknown',
  gitTreeState: 'clean',
  buildDate: '2026-06-01T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: 'linux/amd64',
};

interface Subresource {
  name: string;
  kind: string;
  verbs: readonly string[];
  /** Those of a kind from another group. */
  group?: string;
  version?: string;
}

const ofResource: Record<string, readonly Subresource[]> = {
  pods: [
    { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: partVerbs },
    { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    { name: 'resize', kind: 'Pod', verbs: partVerbs },
  ],
  namespaces: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  serviceaccounts: [
    { name: 'token', group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] },
  ],
};

const scale: Subresource = { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: partVerbs };

export function subresourcesOf(kind: Kind): readonly Subresource[] {
  return [
    ...(ofResource[kind.resource] ?? []),
    ...(kind.scale ? [scale] : []),
    ...(kind.status ? [{ name: 'status', kind: kind.kind, verbs: partVerbs }] : []),
  ];
}

const kindsByVersion = Map.groupBy(kinds, groupVersionOf);
/** The group of v1 is ''. */
const versionsByGroup = Map.groupBy(kindsByVersion.keys(), (groupVersion) => groupVersion.split('/').at(-2) ?? '');
const groups = [...versionsByGroup].filter(([group]) => group !== '');

/** The parts of a resource that both forms of discovery have. */
function traitsOf({ review, resource, shortNames, categories }: Kind) {
  const isNamespace = resource === 'namespaces';
  return {
    verbs: review ? ['create'] : verbs.filter((verb) => !isNamespace || verb !== 'deletecollection'),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
}

function resourceList(groupVersion: string, served: readonly Kind[]) {
  const resources = served.flatMap((of) => {
    const { resource: name, singular: singularName, namespaced, kind } = of;
    const parts = subresourcesOf(of).map(({ name: part, ...rest }) => {
      return { name: `${name}/${part}`, singularName: '', namespaced, ...rest };
    });
    return [{ name, singularName, namespaced, kind, ...traitsOf(of) }, ...parts];
  });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

const apiGroups = groups.map(([name, groupVersions]) => {
  const versions = groupVersions.map((groupVersion) => ({ groupVersion, version: groupVersion.split('/')[1] }));
  return { name, versions, preferredVersion: versions[0] };
});

/** The answers to `/apis` and to the paths below `/api` and `/apis`. */
const answers = new Map<string, object>([
  ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: apiGroups }],
  ...apiGroups.map((group) => [`/apis/${group.name}`, { kind: 'APIGroup', apiVersion: 'v1', ...group }] as const),
  ...kindsByVersion
    .entries()
    .map(([version, served]) => [`/${pathOf(version)}`, resourceList(version, served)] as const),
]);

/** All resources in one answer, which newer clients request first (apidiscovery.k8s.io/v2). */
function aggregated(of: typeof groups) {
  const items = of.map(([group, groupVersions]) => ({
    metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
    versions: groupVersions.map((groupVersion) => ({
      version: groupVersion.split('/').at(-1),
      resources: kindsByVersion.get(groupVersion)?.map(aggregatedResource),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function aggregatedResource(kind: Kind) {
  const subresources = subresourcesOf(kind).map(({ name, group = '', version = '', kind, verbs }) => ({
    subresource: name,
    responseKind: { group, version, kind },
    verbs,
  }));
  return {
    resource: kind.resource,
    responseKind: { group: '', version: '', kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    ...traitsOf(kind),
    ...(subresources.length > 0 && { subresources }),
  };
}

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Answers discovery requests; returns false for other paths. */
export function answerDiscovery(exchange: Exchange): boolean {
  const { accept = '', host } = exchange.request.headers;
  const path = exchange.path.replace(/\/$/, '');
  const isCore = path === '/api';
  if ((isCore || path === '/apis') && accept.replaceAll(' ', '').includes(aggregatedType)) {
    exchange.send(200, JSON.stringify(aggregated(isCore ? [['', ['v1']]] : groups)), aggregatedType);
    return true;
  }
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: host }];
  const core = { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
  const answer = isCore ? core : answers.get(path);
  if (answer !== undefined) exchange.sendJson(200, answer);
  return answer !== undefined;
}

const fieldValidation = { name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } };

const documents = new Map<string, string>();

/**
 * The schemas for `kubectl explain`, and the part of the paths that tells kubectl that the server validates fields. Without
 * that, kubectl would validate by itself.
 */
function documentOf(groupVersion: string, served: readonly Kind[]): string {
  let document = documents.get(groupVersion);
  if (document === undefined) {
    const paths = served
      .filter(({ review }) => !review)
      .map(({ group, version, kind, resource, namespaced }) => {
        const path = `/${pathOf(groupVersion)}/${namespaced ? 'namespaces/{namespace}/' : ''}${resource}/{name}`;
        const patch = {
          parameters: [fieldValidation],
          responses: { 200: { description: 'OK' } },
          'x-kubernetes-action': 'patch',
          'x-kubernetes-group-version-kind': { group, version, kind },
        };
        return [path, { patch }];
      });
    document = JSON.stringify({
      openapi: '3.0.0',
      info: { title: 'Kubernetes', version: release.gitVersion },
      paths: Object.fromEntries(paths),
      components: { schemas: reachable(allSchemas(), groupVersion) },
    });
    documents.set(groupVersion, document);
  }
  return document;
}

/** Answers for OpenAPI; returns false for other paths. */
export function answerOpenApi(exchange: Exchange): boolean {
  const { path } = exchange;
  if (path === '/openapi/v3') {
    const names = kindsByVersion.keys().map(pathOf);
    const urls = names.map((name) => [name, { serverRelativeURL: `${path}/${name}?hash=2` }] as const);
    exchange.sendJson(200, { paths: Object.fromEntries(urls) });
    return true;
  }
  const found = kindsByVersion.entries().find(([version]) => path === `/openapi/v3/${pathOf(version)}`);
  if (found !== undefined) exchange.send(200, documentOf(...found));
  return found !== undefined;
}
