import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RESTORE_IT, RngOnEmbedded, titles } from '../../test/rng-on-embedded.ts';
import { during, pass, until } from '../../test/virtual-time.ts';
import { connectionTo } from '../cluster/connection.ts';
import { acquireLease } from '../cluster/lease.ts';
import type { ChangeRequest } from '../command/request.ts';
import { DRAIN, DRAINED_FROM } from '../rotation/marks.ts';
import type { Asker, Door } from './asker.ts';
import { Process } from './process.fixture.ts';

const rng = new RngOnEmbedded();

function isReady(status: { conditions?: readonly { type: string; status: string }[] } | undefined): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** The requests to the API server of a preview, and of carrying the change out. */
async function callsOf(request: ChangeRequest) {
  const asker: Asker = { by: 'U042', role: 'admin', requestId: 'counted' };
  rng.calls = [];
  await rng.pitlane.propose(request, asker);
  const proposing = rng.calls;
  rng.calls = [];
  const door: Door = { deadline: Date.now() + 15_000, decide: async () => ({ kind: 'carryOut', confirmed: 'any' }) };
  expect((await during(rng.pitlane.carryOut(request, asker, door))).kind).toBe('done');
  return { proposing, carryingOut: rng.calls };
}

/** `get /api/v1/namespaces/NS/pods/POD` as the page has it: `get pods/POD`. */
function shortened(call: string): string {
  const [verb = '', path = ''] = call.split(' ');
  const named = path.replace(/^\/(api|apis\/[\w.]+)\/v\w+\/(namespaces\/NS\/)?/, '');
  return `${verb === 'get' && !named.includes('/') ? 'list' : verb} ${named}`;
}

function createHeartbeat(services: string, agoMs = 0): void {
  const { namespace } = rng;
  rng.create('leases', {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'pitlane-tick', namespace, annotations: { 'pitlane.dev/looks-after': services } },
    spec: { renewTime: new Date(Date.now() - agoMs).toISOString().replace('Z', '000Z') },
  });
}

function byVerb(calls: readonly string[]): Record<string, number> {
  const counts = Map.groupBy(calls, (call) => call.split(' ')[0] ?? '');
  return Object.fromEntries([...counts].map(([verb, those]) => [verb, those.length]));
}

describe('drain', () => {
  test('takes the pod out of rotation alive, has it replaced, and reports each step', async () => {
    const name = await rng.somePod();
    const { outcome, events } = await rng.carryOut({ ...DRAIN_IT, pods: [name.slice(-5)], because: '5xx' });
    expect(outcome.kind).toBe('done');
    expect(titles(events)).toEqual([`remove label app=rng from ${name}`]);
    const wrote = events.flatMap((event) => (event.kind === 'wrote' ? event.key : []));
    expect(wrote).toEqual([`drain ${rng.pod(name)?.metadata.uid}`]);
    expect((await rng.list()).counts).toEqual({ 'in rotation': 4, drained: 1 });
    expect(rng.pod(name)?.metadata.ownerReferences ?? []).toEqual([]);
    expect(outcome).toMatchObject({ proof: [{}, {}, {}, {}].map(() => ({ isMet: true })), notes: [] });
  });

  test('leaves a record on the pod and Events on the pod and the Service', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name], because: '5xx' });
    expect(JSON.parse(rng.pod(name)?.metadata.annotations?.[DRAIN] ?? '')).toMatchObject({
      by: 'U042',
      because: '5xx',
    });
    const events = rng.cluster.api.list('events', rng.namespace).filter(({ reason }) => reason === 'Drained');
    const regarding = events.map((event) => (event.regarding ?? event.involvedObject).kind);
    expect(regarding.sort()).toEqual(['Pod', 'Service']);
  });

  test.each([
    ['a reminder where a tick looks after the service', 'rng,web', 0, 'Pitlane reminds you'],
    ['nothing where a tick looks after other services', 'web', 0, 'no tick of Pitlane is known to look after rng'],
    ['nothing where the tick stopped an hour ago', 'rng', 3_600_000, 'no tick of Pitlane is known to look after rng'],
  ])('promises %s', async (_, services, agoMs, want) => {
    createHeartbeat(services, agoMs);
    const asker: Asker = { by: 'U042', role: 'admin', requestId: 'promised' };
    const proposal = await rng.pitlane.propose({ ...DRAIN_IT, pods: [await rng.somePod()] }, asker);
    expect(JSON.stringify(proposal)).toContain(want);
  });

  test.each(['without a tick', 'with a tick'])(
    'sends the requests of docs/how-it-works.md, and no others: %s',
    async (how) => {
      if (how === 'with a tick') createHeartbeat('rng');
      const page = readFileSync(new URL('../../docs/how-it-works.md', import.meta.url), 'utf8');
      const [, section = ''] = /## The requests of a drain\n(.*?)\n## /s.exec(page) ?? [];
      const rows = section.matchAll(/^\| \d+ \| .* \| (`.*`) \|$/gm);
      const documented = [...rows].flatMap(([, requests = '']) => requests.slice(1, -1).split('`, `'));
      // The first drain creates the journal and the lease. After a minute the logs are silent.
      await rng.carryOut({ ...DRAIN_IT, pods: [await rng.somePod()] });
      await pass(60_000);
      const { proposing, carryingOut } = await callsOf({ ...DRAIN_IT, pods: rng.inRotation().slice(0, 1) });
      expect(carryingOut.map(shortened).sort()).toEqual(documented.sort());
      expect(section).toContain(`sends ${carryingOut.length} requests`);
      // A preview changes nothing, and needs no lease.
      expect(proposing).toHaveLength(15);
    },
  );

  test('is proven by lists and later watches on a cluster that rejects open lists', async () => {
    rng.cluster.setIntercept(({ query }) => (query.has('sendInitialEvents') ? { status: 422 } : 'pass'));
    const { carryingOut } = await callsOf({ ...DRAIN_IT, pods: [await rng.somePod()] });
    expect(rng.inRotation()).toHaveLength(4);
    const watches = carryingOut
      .map(shortened)
      .filter((call) => /^(list|watch) (pods|endpointslices|replicasets)$/.test(call));
    expect([...new Set(watches)].sort()).toEqual(
      ['list', 'watch'].flatMap((verb) => ['endpointslices', 'pods', 'replicasets'].map((kind) => `${verb} ${kind}`)),
    );
  });

  test('knows if a tick will remind people of the pod', async () => {
    const request = { ...DRAIN_IT, pods: [await rng.somePod()] };
    const asker: Asker = { by: 'U042', role: 'operator', requestId: 'look' };
    const proposals = [await rng.pitlane.propose(request, asker), await new Process(rng).propose(request, asker)];
    const operations = proposals.flatMap((proposal) => (proposal.kind === 'proposal' ? proposal.plan.operation : []));
    expect(operations.map(({ hasTick }) => hasTick)).toEqual([undefined, true]);
  });

  describe('observes the cluster once more, under the lease,', () => {
    const looks = (calls: readonly string[]) => calls.filter((call) => call.endsWith('/services')).length;

    async function looksAfter(decide: () => Promise<void>): Promise<number> {
      const name = await rng.somePod();
      rng.calls = [];
      const asker: Asker = { by: 'U042', role: 'admin', requestId: 'looks' };
      const work = rng.pitlane.carryOut({ ...DRAIN_IT, pods: [name] }, asker, {
        deadline: Date.now() + 15_000,
        async decide() {
          await decide();
          return { kind: 'carryOut' };
        },
      });
      expect((await during(work)).kind).toBe('done');
      return looks(rng.calls);
    }

    test('only if it has to', async () => {
      expect(await looksAfter(async () => {})).toBe(1);
    });

    test('if another operation held the lease since the first observation', async () => {
      const other = connectionTo(rng.cluster.kubeConfigInProcess);
      const claim = { namespace: rng.namespace, identity: 'other/1' };
      const patience = { now: Date.now, sleep: async () => {}, deadline: Date.now() + 1_000 };
      const holdIt = async () => (await acquireLease(other, claim, patience)).release();
      expect(await looksAfter(holdIt)).toBe(2);
    });

    test('if the first observation took some seconds', async () => {
      let isSlow = true;
      rng.cluster.setIntercept(({ path }) => {
        if (!isSlow || !path.endsWith('/horizontalpodautoscalers')) return 'pass';
        isSlow = false;
        return 'hang';
      });
      expect(await looksAfter(async () => {})).toBe(2);
    });

    test('if the decision takes a person some seconds', async () => {
      expect(await looksAfter(() => wait(3_000))).toBe(2);
    });
  });

  test('leaves no lease and no journal behind if it is refused', async () => {
    const name = await rng.somePod();
    const { outcome } = await rng.carryOut({ ...RESTORE_IT, pods: [name] });
    expect(outcome).toMatchObject({ kind: 'refusal', checks: [{ code: 'NotDrained' }] });
    expect(rng.cluster.api.list('leases', rng.namespace)).toEqual([]);
    expect(rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng')).toBeUndefined();
  });

  test('writes nothing if the request is delivered again', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name] }, { requestId: 'one' });
    const { outcome, events } = await rng.carryOut({ ...DRAIN_IT, pods: [name] }, { requestId: 'one' });
    expect(outcome).toMatchObject({ kind: 'repeated', entry: { ended: { kind: 'done' } } });
    expect(titles(events)).toEqual([]);
  });

  test('never takes the service below its minimum, even with all pods at once', async () => {
    const names = (await rng.list()).members.map(({ pod }) => pod.name);
    let fewest = names.length;
    const unsubscribe = rng.cluster.api.subscribe(() => {
      const serving = rng.cluster.api
        .list('pods', rng.namespace)
        .filter(
          ({ metadata, status }) => metadata.labels?.app === 'rng' && !metadata.deletionTimestamp && isReady(status),
        );
      fewest = Math.min(fewest, serving.length);
    });
    const results = await Promise.all(names.map((name) => rng.carryOut({ ...DRAIN_IT, pods: [name] })));
    unsubscribe();
    // 3 of 4 must stay: the next may go only once the replacement of the one before is in rotation.
    expect(fewest).toBe(3);
    expect(results.map(({ outcome }) => outcome.kind)).toContain('done');
  });

  test('changes nothing in a dry run, and has the answer of the API server', async () => {
    const name = await rng.somePod();
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [name], dryRun: true });
    expect(outcome).toMatchObject({
      kind: 'proposal',
      why: 'dryRun',
      tried: [expect.stringContaining(name)],
    });
    expect(rng.pod(name)?.metadata.labels?.[DRAINED_FROM]).toBeUndefined();
  });

  test('proposes the nearest name for an unknown pod', async () => {
    const name = await rng.somePod();
    const typo = `${name.slice(-5, -1)}_`;
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [typo] });
    expect(outcome).toMatchObject({ kind: 'notUnderstood', code: 'PodUnknown', instead: [`drain ${name}`] });
  });

  test('says of a pod of another service that it exists', async () => {
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'redis-0', namespace: rng.namespace },
      spec: { containers: [{ name: 'redis', image: 'redis' }] },
    });
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: ['redis-0'] });
    const message = expect.stringContaining(rng.namespace);
    expect(outcome).toMatchObject({ kind: 'notUnderstood', code: 'PodUnknown', message });
  });

  test('offers the candidates if the name is missing or matches several', async () => {
    const none = await rng.carryOut(DRAIN_IT);
    expect(none.outcome).toMatchObject({ kind: 'choice', candidates: [{}, {}, {}, {}] });
    const many = await rng.carryOut({ ...DRAIN_IT, pods: ['rng-'] });
    expect(many.outcome).toMatchObject({ kind: 'choice', candidates: [{}, {}, {}, {}] });
  });

  test('refuses a service that is not configured', async () => {
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, service: 'hasher' });
    expect(outcome).toMatchObject({ kind: 'notUnderstood', code: 'ServiceUnknown' });
  });
});

describe('restore', () => {
  test('returns the pod to rotation, without the surplus pod and without marks', async () => {
    const name = await rng.somePod();
    const before = rng.pod(name)?.metadata;
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    const { outcome } = await rng.carryOut({ ...RESTORE_IT, pods: [name] });
    expect(outcome.kind).toBe('done');
    const after = rng.pod(name)?.metadata;
    expect(after?.labels).toEqual(before?.labels);
    expect(after?.annotations ?? {}).toEqual(before?.annotations ?? {});
    expect(after?.ownerReferences).toEqual(before?.ownerReferences);
    const pods = () => rng.cluster.api.list('pods', rng.namespace);
    await until('the surplus pod is gone', () => pods().length === 4);
    expect((await rng.list()).counts).toEqual({ 'in rotation': 4 });
  });

  test('observes the cluster once: the last write is planned on what was watched', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    const { proposing, carryingOut } = await callsOf({ ...RESTORE_IT, pods: [name] });
    // The proposal: one look, and one into the journal; the dry run of the first write.
    expect(byVerb(proposing)).toEqual({ get: 13, patch: 1 });
    // One look, one holding of the lease; two waits of four watches, of which four lists are the first; two Events for
    // each of the two writes.
    expect(byVerb(carryingOut)).toEqual({ get: 11, update: 4, patch: 3, watch: 9, create: 4 });
  });

  test('is finished by the next run if its process died after the first write', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    const ending = new AbortController();
    const first = await rng.carryOut(
      { ...RESTORE_IT, pods: [name] },
      { requestId: 'one', signal: ending.signal, onEvent: ({ kind }) => kind === 'wrote' && ending.abort() },
    );
    expect(first.outcome.kind).toBe('unfinished');
    const { outcome, events } = await rng.carryOut({ ...RESTORE_IT, pods: [name] }, { requestId: 'one' });
    expect(outcome.kind).toBe('done');
    expect(titles(events)).toEqual([`remove Pitlane's marks from ${name}`]);
    expect(rng.pod(name)?.metadata.annotations?.[DRAIN]).toBeUndefined();
  });

  test('is done if another process with the same operation makes the last write', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    let patches = 0;
    rng.cluster.setIntercept(({ method, path, query }) => {
      patches += method === 'PATCH' && path.endsWith(`/pods/${name}`) && !query.has('dryRun') ? 1 : 0;
      if (patches === 2) {
        patches += 1;
        rng.cluster.api.mergePatch('pods', rng.namespace, name, { metadata: { annotations: null } });
      }
      return 'pass';
    });
    const { outcome } = await rng.carryOut({ ...RESTORE_IT, pods: [name] });
    expect(outcome).toMatchObject({ kind: 'done', notes: [] });
  });

  test('reports the changes of an earlier run if it fails', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    const ending = new AbortController();
    await rng.carryOut(
      { ...RESTORE_IT, pods: [name] },
      { requestId: 'one', signal: ending.signal, onEvent: ({ kind }) => kind === 'wrote' && ending.abort() },
    );
    rng.cluster.setIntercept(({ method, path }) =>
      method === 'PATCH' && path.endsWith(`/pods/${name}`) ? { status: 403 } : 'pass',
    );
    const { outcome } = await rng.carryOut({ ...RESTORE_IT, pods: [name] }, { requestId: 'one' });
    expect(outcome).toMatchObject({ kind: 'failed', code: 'Forbidden', stands: [expect.stringContaining(name)] });
    expect(outcome.kind === 'failed' && outcome.undo).toHaveLength(2);
  });

  test('finds a pod whose labels no longer match by its full name and its record', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    rng.cluster.api.mergePatch('pods', rng.namespace, name, {
      metadata: { labels: { [DRAINED_FROM]: null } },
    });
    const { outcome } = await rng.carryOut({ ...RESTORE_IT, pods: [name] });
    expect(outcome.kind).toBe('done');
  });

  test('is refused if no pod is drained', async () => {
    const { outcome } = await rng.carryOut(RESTORE_IT);
    expect(outcome).toMatchObject({ kind: 'notUnderstood', code: 'NoPods', instead: ['list'] });
  });
});
