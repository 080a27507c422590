import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedCluster, startEmbeddedCluster } from '../sandbox/cluster/start.ts';
import { connectionTo } from './cluster/connection.ts';
import type { ChangeRequest, DrainRequest, ListRequest, LogsRequest, RestoreRequest } from './command/request.ts';
import { type AdvanceOptions, createPitlane, type Pitlane } from './operate.ts';
import type { Listed, OperationEvent, Outcome } from './outcome.ts';
import { DRAIN, DRAINED_FROM } from './rotation/marks.ts';

let cluster: EmbeddedCluster;
let namespace: string;
let pitlane: Pitlane;

beforeAll(async () => {
  cluster = await startEmbeddedCluster({ kubelet: { startMs: 5 } });
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  namespace = `test-${randomUUID().slice(0, 8)}`;
  create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  create('deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'rng', namespace },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'rng' } },
      template: {
        metadata: { labels: { app: 'rng' } },
        spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
      },
    },
  });
  create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'rng', namespace },
    spec: { selector: { app: 'rng' }, ports: [{ port: 80 }] },
  });
  pitlane = pitlaneFor(namespace);
  await expect.poll(async () => (await list()).counts, { timeout: 15_000 }).toEqual({ 'in rotation': 4 });
});

afterEach(() => {
  cluster.setIntercept(undefined);
  cluster.api.delete('namespaces', undefined, namespace);
});

function create(resource: string, object: object): void {
  cluster.api.create(resource, object as Parameters<EmbeddedCluster['api']['create']>[1]);
}

function pitlaneFor(namespace: string): Pitlane {
  const connection = connectionTo(cluster.kubeConfig);
  return createPitlane({
    now: Date.now,
    connect: () => connection,
    service: (key) =>
      key === 'rng'
        ? {
            key,
            cluster: 'test',
            namespace,
            service: 'rng',
            policy: {
              maxDrained: 3,
              gate: { key: 'enabled', value: 'yes' },
              drain: { forSeconds: 3600, then: 'remind' },
            },
          }
        : undefined,
  });
}

const LIST: ListRequest = { command: 'list', service: 'rng', all: true };
const DRAIN_IT: DrainRequest = { command: 'drain', service: 'rng', dryRun: false, force: false };
const RESTORE_IT: RestoreRequest = { command: 'restore', service: 'rng', dryRun: false, force: false };

async function list(more: Partial<ListRequest> = {}): Promise<Listed> {
  const outcome = await pitlane.propose({ ...LIST, ...more }, { by: 'U042', requestId: 'list' });
  if (outcome.kind !== 'listed') {
    throw new Error(`not listed: ${JSON.stringify(outcome)}`);
  }
  return outcome;
}

async function somePod(index = 0): Promise<string> {
  return (await list()).members[index]?.pod.name ?? '';
}

async function advance(
  request: ChangeRequest,
  more: Partial<AdvanceOptions> & { requestId?: string; onEvent?: (event: OperationEvent) => void } = {},
): Promise<{ outcome: Outcome; events: readonly OperationEvent[] }> {
  const { requestId = randomUUID(), onEvent, ...options } = more;
  const events: OperationEvent[] = [];
  const work = pitlane.advance(
    request,
    { by: 'U042', requestId },
    { deadline: Date.now() + 15_000, confirmed: 'any', ...options },
  );
  for (;;) {
    const next = await work.next();
    if (next.done) {
      return { outcome: next.value, events };
    }
    events.push(next.value);
    onEvent?.(next.value);
  }
}

const podOf = (name: string) => cluster.api.get('pods', namespace, name);
const titles = (events: readonly OperationEvent[]): readonly string[] =>
  events.filter(({ kind }) => kind === 'wrote').map((event) => ('title' in event ? event.title : ''));
const isPodPatch = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'PATCH' && new RegExp(`/namespaces/${namespace}/pods/[^/]+$`).test(path);

/** The requests of a piece of work, without names that differ from run to run; watches apart. */
async function requestsOf(work: () => Promise<unknown>): Promise<string[]> {
  cluster.requests.clear();
  await work();
  await expect.poll(() => cluster.requests.records.some(({ path }) => path.includes('watch=true'))).toBe(true);
  return cluster.requests.records
    .filter(({ path, user }) => user !== 'kubelet' && path.includes(namespace))
    .map(({ method, path }) => `${path.includes('watch=true') ? 'WATCH' : method} ${path.split('?')[0]}`)
    .map((line) => line.replace(`namespaces/${namespace}`, 'ns').replace(/rng-[0-9a-z]+-[0-9a-z]{5}$/, 'POD'))
    .map((line) => line.replace(/rng-[0-9a-f]+$/, 'RS'))
    .sort();
}

describe('drain', () => {
  test('takes the pod out, alive; its controller replaces it; each step is told as it happens', async () => {
    const name = await somePod();
    const { outcome, events } = await advance({ ...DRAIN_IT, pod: name.slice(-5), because: '5xx' });
    expect(outcome.kind).toBe('done');
    expect(titles(events)).toEqual([`take the label app=rng off ${name}`]);
    expect((await list()).counts).toEqual({ 'in rotation': 4, drained: 1 });
    expect(podOf(name)?.metadata.ownerReferences ?? []).toEqual([]);
    expect(outcome).toMatchObject({ proof: [{}, {}, {}, {}].map(() => ({ isMet: true })), notes: [] });
  });

  test('leaves a record on the pod and Events on the pod and the Service', async () => {
    const name = await somePod();
    await advance({ ...DRAIN_IT, pod: name, because: '5xx' });
    expect(JSON.parse(podOf(name)?.metadata.annotations?.[DRAIN] ?? '')).toMatchObject({ by: 'U042', because: '5xx' });
    const events = cluster.api.list('events', namespace).filter(({ reason }) => reason === 'Drained');
    const regarding = events.map((event) => (event.regarding ?? event.involvedObject).kind);
    expect(regarding.sort()).toEqual(['Pod', 'Service']);
  });

  test('asks these things of the API server, and nothing else', async () => {
    const name = await somePod();
    expect(await requestsOf(() => advance({ ...DRAIN_IT, pod: name }))).toMatchInlineSnapshot(`
      [
        "GET /api/v1/ns/pods",
        "GET /api/v1/ns/pods",
        "GET /api/v1/ns/pods",
        "GET /api/v1/ns/pods/POD",
        "GET /api/v1/ns/resourcequotas",
        "GET /api/v1/ns/services",
        "GET /api/v1/ns/services/rng",
        "GET /apis/apps/v1/ns/deployments/rng",
        "GET /apis/apps/v1/ns/replicasets/RS",
        "GET /apis/autoscaling/v2/ns/horizontalpodautoscalers",
        "GET /apis/coordination.k8s.io/v1/ns/leases/pitlane-rng",
        "GET /apis/discovery.k8s.io/v1/ns/endpointslices",
        "GET /apis/networking.k8s.io/v1/ns/networkpolicies",
        "GET /apis/policy/v1/ns/poddisruptionbudgets",
        "PATCH /api/v1/ns/pods/POD",
        "PATCH /api/v1/ns/pods/rng-57474bc599-psrhn/status",
        "PATCH /api/v1/ns/pods/rng-57474bc599-psrhn/status",
        "POST /apis/coordination.k8s.io/v1/ns/leases",
        "POST /apis/events.k8s.io/v1/ns/events",
        "POST /apis/events.k8s.io/v1/ns/events",
        "PUT /apis/coordination.k8s.io/v1/ns/leases/pitlane-rng",
        "WATCH /api/v1/ns/pods",
        "WATCH /api/v1/ns/pods",
        "WATCH /apis/apps/v1/ns/replicasets",
        "WATCH /apis/discovery.k8s.io/v1/ns/endpointslices",
      ]
    `);
  });

  test('the same request, delivered again, writes nothing and is done', async () => {
    const name = await somePod();
    await advance({ ...DRAIN_IT, pod: name }, { requestId: 'one' });
    const { outcome, events } = await advance({ ...DRAIN_IT, pod: name }, { requestId: 'one' });
    expect(outcome.kind).toBe('done');
    expect(titles(events)).toEqual([]);
  });

  test('two at once never take the service under its minimum', async () => {
    const names = (await list()).members.map(({ pod }) => pod.name);
    // 3 of 4 must stay: the second may go only once the first one's replacement is in rotation.
    const results = await Promise.all(names.map((name) => advance({ ...DRAIN_IT, pod: name })));
    const kinds = results.map(({ outcome }) => outcome.kind).sort();
    expect(kinds.filter((kind) => kind === 'done').length).toBeGreaterThan(0);
    const taken = results.flatMap(({ outcome }) => (outcome.kind === 'done' ? outcome.plan.checks : []));
    expect(taken.filter(({ code, level }) => code === 'BelowMinimum' && level !== 'ok')).toEqual([]);
    for (const { outcome } of results) {
      if (outcome.kind !== 'done') {
        expect(outcome.kind).toBe('refusal');
      }
    }
  });

  test('a dry run says what the API server would do, and changes nothing', async () => {
    const name = await somePod();
    const { outcome } = await advance({ ...DRAIN_IT, pod: name, dryRun: true });
    expect(outcome).toMatchObject({
      kind: 'proposal',
      why: 'dryRun',
      tried: [`The API server would take the label app=rng off ${name}.`],
    });
    expect(podOf(name)?.metadata.labels?.[DRAINED_FROM]).toBeUndefined();
  });

  test('a pod that nobody knows: the nearest names', async () => {
    const name = await somePod();
    const typo = `${name.slice(-5, -1)}_`;
    const { outcome } = await advance({ ...DRAIN_IT, pod: typo });
    expect(outcome).toEqual({
      kind: 'notUnderstood',
      message: `No pod of rng is called ${typo}, or begins or ends so.`,
      instead: [`drain ${name}`],
    });
  });

  test('a pod of another service is told apart from one that does not exist', async () => {
    create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'redis-0', namespace },
      spec: { containers: [{ name: 'redis', image: 'redis' }] },
    });
    const { outcome } = await advance({ ...DRAIN_IT, pod: 'redis-0' });
    expect(outcome).toMatchObject({ message: `redis-0 is a pod in ${namespace}, but rng has nothing to do with it.` });
  });

  test('no pod named, or too little of a name: the candidates', async () => {
    const none = await advance(DRAIN_IT);
    expect(none.outcome).toMatchObject({ kind: 'choice', message: 'Which pod of rng?' });
    const many = await advance({ ...DRAIN_IT, pod: 'rng-' });
    expect(many.outcome).toMatchObject({ kind: 'choice', message: '4 pods of rng fit rng-. Which one?' });
  });

  test('a service that is not configured: a sentence', async () => {
    const { outcome } = await advance({ ...DRAIN_IT, service: 'hasher' });
    expect(outcome).toMatchObject({ kind: 'notUnderstood', message: 'No service is configured as hasher.' });
  });
});

describe('restore', () => {
  test('puts the pod back, the surplus pod goes, and no mark is left', async () => {
    const name = await somePod();
    const before = podOf(name)?.metadata;
    await advance({ ...DRAIN_IT, pod: name });
    const { outcome } = await advance({ ...RESTORE_IT, pod: name });
    expect(outcome.kind).toBe('done');
    const after = podOf(name)?.metadata;
    expect(after?.labels).toEqual(before?.labels);
    expect(after?.annotations ?? {}).toEqual(before?.annotations ?? {});
    expect(after?.ownerReferences).toEqual(before?.ownerReferences);
    await expect.poll(async () => (await list()).counts).toEqual({ 'in rotation': 4 });
  });

  test('one that died after the first write is finished by the next run', async () => {
    const name = await somePod();
    await advance({ ...DRAIN_IT, pod: name });
    const ending = new AbortController();
    const first = await advance(
      { ...RESTORE_IT, pod: name },
      { requestId: 'one', signal: ending.signal, onEvent: ({ kind }) => kind === 'wrote' && ending.abort() },
    );
    expect(first.outcome.kind).toBe('unfinished');
    const { outcome, events } = await advance({ ...RESTORE_IT, pod: name }, { requestId: 'one' });
    expect(outcome.kind).toBe('done');
    expect(titles(events)).toEqual([`take pitlane's marks off ${name}`]);
    expect(podOf(name)?.metadata.annotations?.[DRAIN]).toBeUndefined();
  });

  test('nothing is drained: said so, with what to type instead', async () => {
    const { outcome } = await advance(RESTORE_IT);
    expect(outcome).toEqual({
      kind: 'notUnderstood',
      message: 'No pod of rng is drained, so there is none to restore.',
      instead: ['list'],
    });
  });
});

describe('bad days', () => {
  /** Does this to the first requests that fit, and lets all others pass. */
  function disturb(
    fits: (request: { method: string; path: string; query: URLSearchParams }) => boolean,
    ...verdicts: NonNullable<ReturnType<NonNullable<Parameters<EmbeddedCluster['setIntercept']>[0]>>>[]
  ): void {
    cluster.setIntercept((request) => (fits(request) ? (verdicts.shift() ?? 'pass') : 'pass'));
  }

  test('a write whose answer was lost is not written twice', async () => {
    const name = await somePod();
    disturb(isPodPatch, 'lose-answer');
    cluster.requests.clear();
    const { outcome } = await advance({ ...DRAIN_IT, pod: name });
    expect(outcome.kind).toBe('done');
    expect(cluster.requests.records.filter(isPodPatch)).toHaveLength(1);
  });

  test('a write that never arrived is written again, and told', async () => {
    const name = await somePod();
    disturb(isPodPatch, 'drop');
    const { outcome, events } = await advance({ ...DRAIN_IT, pod: name });
    expect(outcome.kind).toBe('done');
    expect(events.filter(({ kind }) => kind === 'retrying')).toEqual([
      {
        kind: 'retrying',
        why: `The cluster could not patch Pod ${name} in namespace ${namespace}: the connection broke off. Nothing was changed; attempt 2 follows.`,
      },
    ]);
  });

  test('a pod that changed meanwhile is looked at again', async () => {
    const name = await somePod();
    disturb(isPodPatch, { status: 409 }, { status: 422 });
    const { outcome, events } = await advance({ ...DRAIN_IT, pod: name });
    expect(outcome.kind).toBe('done');
    expect(events.filter(({ kind }) => kind === 'retrying')).toHaveLength(2);
  });

  test('a pod that changes all the time: given up after 5 times, nothing changed', async () => {
    const name = await somePod();
    disturb(isPodPatch, ...Array.from({ length: 9 }, () => ({ status: 409 })));
    const { outcome } = await advance({ ...DRAIN_IT, pod: name });
    expect(outcome).toMatchObject({ kind: 'failed', stands: [], undo: [] });
    expect(cluster.requests.records.filter(isPodPatch).length).toBeGreaterThanOrEqual(6);
  });

  test('a busy and stumbling API server is waited for', async () => {
    const name = await somePod();
    disturb(
      ({ method }) => method === 'GET',
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 503 },
      'drop',
    );
    const { outcome } = await advance({ ...DRAIN_IT, pod: name });
    expect(outcome.kind).toBe('done');
  });

  test('watches that are cut while we wait are resumed', async () => {
    const name = await somePod();
    const { outcome } = await advance(
      { ...DRAIN_IT, pod: name },
      { onEvent: ({ kind }) => kind === 'wrote' && cluster.dropConnections() },
    );
    expect(outcome.kind).toBe('done');
  });

  test('the pod is deleted between the look and the write: a clear refusal', async () => {
    const name = await somePod();
    disturb((request) => {
      if (isPodPatch(request) && podOf(name)) {
        cluster.api.delete('pods', namespace, name, { gracePeriodSeconds: 0 });
      }
      return false;
    });
    const { outcome } = await advance({ ...DRAIN_IT, pod: name });
    expect(outcome).toMatchObject({ kind: 'refusal', checks: [{ code: 'PodGone' }] });
  });

  test('out of time before the proof is in: unfinished, with what is still missing', async () => {
    const name = await somePod();
    disturb(({ query }) => query.get('watch') === 'true', ...Array.from({ length: 50 }, () => 'hang' as const));
    const { outcome } = await advance({ ...DRAIN_IT, pod: name }, { deadline: Date.now() + 1_500 });
    expect(outcome).toMatchObject({ kind: 'unfinished', proof: [{ isMet: false }, {}, {}, {}] });
    expect(podOf(name)?.metadata.labels?.[DRAINED_FROM]).toBe('rng');
  });

  test('no right to leases: the missing permission, nothing changed', async () => {
    const name = await somePod();
    disturb(({ path, method }) => path.includes('/leases') && method === 'POST', {
      status: 403,
      body: {
        kind: 'Status',
        message: `leases.coordination.k8s.io is forbidden: User "sam" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "${namespace}"`,
      },
    });
    const { outcome } = await advance({ ...DRAIN_IT, pod: name });
    expect(outcome).toEqual({
      kind: 'failed',
      message: `The user sam may not create leases.coordination.k8s.io in namespace ${namespace} (403).`,
      stands: [],
      undo: [],
    });
  });

  test('no right to write Events: done all the same, with a note', async () => {
    const name = await somePod();
    disturb(
      ({ path, method }) => path.includes('events.k8s.io') && method === 'POST',
      { status: 403 },
      { status: 403 },
    );
    const { outcome } = await advance({ ...DRAIN_IT, pod: name });
    expect(outcome).toMatchObject({
      kind: 'done',
      notes: [expect.stringContaining('No Kubernetes Event was written')],
    });
  });

  test('a plan with warnings waits for a confirmation of exactly that plan', async () => {
    create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'rng-bare', namespace, labels: { app: 'rng' } },
      spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
    });
    await expect.poll(async () => (await list()).counts).toEqual({ 'in rotation': 5 });
    const request = { ...DRAIN_IT, pod: 'rng-bare' };
    const asked = await advance(request, { confirmed: undefined as never });
    expect(asked.outcome).toMatchObject({ kind: 'proposal', why: 'needsConfirmation' });
    const plan = asked.outcome.kind === 'proposal' ? asked.outcome.plan : undefined;
    const confirmation = {
      id: 'x',
      request,
      pod: plan?.operation.pod ?? { name: '', uid: '' },
      fingerprint: 'another',
    };
    expect((await advance(request, { confirmed: confirmation })).outcome).toMatchObject({ why: 'changed' });
    const right = { ...confirmation, fingerprint: plan?.fingerprint ?? '' };
    expect((await advance(request, { confirmed: right })).outcome.kind).toBe('done');
  });
});

describe('reads', () => {
  test('list with a selector shows those that fit, and counts all', async () => {
    const name = await somePod();
    await advance({ ...DRAIN_IT, pod: name });
    const listed = await list({ selector: '!app' });
    expect(listed.members.map(({ pod, state }) => [pod.name, state])).toEqual([[name, 'drained']]);
    expect(listed.counts).toEqual({ 'in rotation': 4, drained: 1 });
  });

  test('a service that selects nothing names the nearest labels that would', async () => {
    cluster.api.mergePatch('services', namespace, 'rng', { spec: { selector: { app: 'rgn' } } });
    await expect
      .poll(async () => (await list()).notes)
      .toEqual(['rng selects no pod: none carries app=rgn.', 'Nearest: 4 pods carry app=rng.']);
  });

  test('inspect shows the containers and what happened to the pod', async () => {
    const name = await somePod();
    const outcome = await pitlane.propose(
      { command: 'inspect', service: 'rng', pod: name },
      { by: 'U042', requestId: 'inspect' },
    );
    expect(outcome).toMatchObject({
      kind: 'inspected',
      member: { state: 'in rotation' },
      containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1', state: 'running', restarts: 0 }],
      endpoints: [{ isReady: true }],
    });
  });

  const LOGS: LogsRequest = { command: 'logs', service: 'rng', previous: false, tail: 5, follow: false };

  test('logs of a container that the pod does not have: which ones it has', async () => {
    const name = await somePod();
    const outcome = await pitlane.propose(
      { ...LOGS, pod: name, container: 'sidecar' },
      { by: 'U042', requestId: 'logs' },
    );
    expect(outcome).toEqual({
      kind: 'notUnderstood',
      message: `${name} has no container sidecar; it has rng.`,
      instead: [`logs ${name} -c rng`],
    });
  });

  test('logs of an earlier run that there was not: a note', async () => {
    const name = await somePod();
    const outcome = await pitlane.propose({ ...LOGS, pod: name, previous: true }, { by: 'U042', requestId: 'logs' });
    expect(outcome).toMatchObject({
      kind: 'logged',
      logs: [],
      notes: [expect.stringContaining(`Container rng of ${name} has no earlier run to show`)],
    });
  });

  test('following ends with the signal', async () => {
    const name = await somePod();
    const ending = new AbortController();
    setTimeout(() => ending.abort(), 200);
    const lines = pitlane.followLogs({ ...LOGS, pod: name, follow: true }, ending.signal);
    let end = await lines.next();
    while (!end.done) {
      end = await lines.next();
    }
    expect(end.value).toEqual({ kind: 'logged', logs: [], notes: [] });
  });
});
