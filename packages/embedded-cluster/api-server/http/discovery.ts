import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import type { Exchange } from './exchange.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const partVerbs = ['get', 'patch', 'update'];

/** The release that the cluster imitates. */
export const version = {
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

const groups = [...new Set(kinds.map(({ group }) => group))].filter((group) => group !== '');

function versionsOf(group: string): string[] {
  return [...new Set(kinds.filter((kind) => kind.group === group).map(groupVersionOf))];
}

function groupOf(name: string) {
  const versions = versionsOf(name).map((groupVersion) => ({ groupVersion, version: groupVersion.split('/')[1] }));
  return { name, versions, preferredVersion: versions[0] };
}

/** The parts of a resource that both forms of discovery have. */
function traitsOf({ review, resource, shortNames, categories }: Kind) {
  const isNamespace = resource === 'namespaces';
  return {
    verbs: review ? ['create'] : verbs.filter((verb) => !isNamespace || verb !== 'deletecollection'),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
}

function resourceList(groupVersion: string) {
  const resources = kinds
    .filter((each) => groupVersionOf(each) === groupVersion)
    .flatMap((of) => {
      const { resource: name, singular: singularName, namespaced, kind } = of;
      const parts = subresourcesOf(of).map(({ name: part, ...rest }) => {
        return { name: `${name}/${part}`, singularName: '', namespaced, ...rest };
      });
      return [{ name, singularName, namespaced, kind, ...traitsOf(of) }, ...parts];
    });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

/** All resources in one answer, which newer clients request first (apidiscovery.k8s.io/v2). */
function aggregated(names: readonly string[]) {
  const items = names.map((group) => ({
    metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
    versions: versionsOf(group).map((groupVersion) => ({
      version: groupVersion.split('/').at(-1),
      resources: kinds.filter((kind) => groupVersionOf(kind) === groupVersion).map(aggregatedResource),
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
  if ((path === '/api' || path === '/apis') && accept.replaceAll(' ', '').includes(aggregatedType)) {
    exchange.send(200, JSON.stringify(aggregated(path === '/api' ? [''] : groups)), aggregatedType);
    return true;
  }
  const answer = discovered(path, host);
  if (answer !== undefined) exchange.sendJson(200, answer);
  return answer !== undefined;
}

function discovered(path: string, host: string | undefined): object | undefined {
  const [, prefix, first, second, ...rest] = path.split('/');
  if (rest.length > 0) return undefined;
  if (prefix === 'api') {
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: host }];
    if (first === undefined) return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
    return first === 'v1' && second === undefined ? resourceList('v1') : undefined;
  }
  if (prefix !== 'apis') return undefined;
  if (first === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) };
  if (!groups.includes(first)) return undefined;
  if (second === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(first) };
  const groupVersion = `${first}/${second}`;
  return versionsOf(first).includes(groupVersion) ? resourceList(groupVersion) : undefined;
}
