import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Call, Connection } from '../../pitlane/cluster/connection.ts';
import type { ChangeRequest } from '../../pitlane/command/request.ts';
import type { Outcome } from '../../pitlane/operate/outcome.ts';
import { messagesOf } from '../../pitlane/rotation/effect.ts';
import { isReady, nameOf, namesOf, type Pod, uidOf } from './objects.ts';
import { Crew, codes, done, drainRequest, expectKind, fourInRotation, recordOn } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

const NAMES = ['web', 'web-internal', 'web-admin'];

/** An API server that takes a while for each change of a pod. */
const slowly = (connection: Connection): Connection => ({
  ...connection,
  async send<T>(call: Call) {
    if (call.place.resource.plural === 'pods' && call.verb === 'patch') await sleep(400);
    return connection.send<T>(call);
  },
});

const WARM = 'example.com/warm';

/** The pod may become ready. */
async function warm(on: Space, pod: Pod): Promise<void> {
  const conditions = [{ type: WARM, status: 'True' }];
  await on.patchStrategic('pods', `${nameOf(pod)}/status`, { status: { conditions } });
}

/** Pods whose replacements do not become ready. */
async function withoutReplacements(on: Space, replicas: number): Promise<readonly Pod[]> {
  for (const name of NAMES) await on.service({ name });
  await on.deployment({ replicas, spec: { readinessGates: [{ conditionType: WARM }] } });
  const pods = await on.untilPods(
    `${replicas} pods that run`,
    (all) => all.length === replicas && all.every(isRunning),
  );
  for (const pod of pods) await warm(on, pod);
  const ready = await on.podsInRotation(replicas);
  for (const name of NAMES) await on.untilListed(ready.map(nameOf), name);
  return ready;
}

const isRunning = ({ status }: Pod): boolean => status?.phase === 'Running';

/**
 * The outcomes of drains of all pods at once, each through the next of the Services. The others are stopped once so many
 * are refused: their replacements never become ready.
 */
async function drainedAtOnce(crew: Crew, pods: readonly Pod[], refusals: number): Promise<readonly Outcome[]> {
  const stopping = new AbortController();
  let refused = 0;
  const ran = pods.map(async (pod, index) => {
    const request = { ...drainRequest(pod), service: NAMES[index % NAMES.length] ?? '' };
    const { outcome } = await crew.run(request, { signal: stopping.signal });
    if (outcome.kind === 'refusal') refused += 1;
    if (refused === refusals) stopping.abort();
    return outcome;
  });
  return Promise.all(ran);
}

/** A slice that another writer keeps, with one endpoint. */
function sliceOf(pod: Pod): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'web-extra',
      labels: {
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'lb-sync.example.com',
      },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: [pod.status?.podIP],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', name: nameOf(pod), namespace: pod.metadata.namespace, uid: uidOf(pod) },
      },
    ],
  };
}

/** Several Services that select the same pods, and slices that do not follow labels. */
export const severalServices: Theme = (rule) => {
  rule('two drains at once through two Services never take both pods', async (on) => {
    const outcomes = await drainedAtOnce(new Crew(on, {}, slowly, NAMES), await withoutReplacements(on, 2), 1);
    const refused = outcomes.filter(({ kind }) => kind === 'refusal').map((outcome) => codes(outcome, 'refusal'));
    expect(refused).toEqual([['BelowMinimum', 'OtherBelowMinimum', 'OtherBelowMinimum']]);
    expect((await on.pods('app=web')).filter(isReady)).toHaveLength(1);
  });

  rule('drain of the only pod warns of the gap, and reports how long it was', async (on) => {
    const [only] = await withoutReplacements(on, 1);
    const running = new Crew(on, { minReady: 0 }).drain(nameOf(only as Pod));
    await on.untilListed([]);
    const [next] = await on.untilPods(
      'a replacement that runs',
      ([first]) => first !== undefined && isRunning(first),
      'app=web',
    );
    await warm(on, next as Pod);
    const { plan, notes } = done(await running);
    expect(messagesOf(plan.effects).join()).toContain('NO pods in rotation until the replacement is ready');
    expect(notes.join()).toMatch(/^web had NO ready endpoint for \d+ s\.$/);
  });

  rule('drain reports that the Service is down while the replacement is not ready', async (on) => {
    const [only] = await withoutReplacements(on, 1);
    const crew = new Crew(on, { minReady: 0 });
    const stopping = new AbortController();
    const { outcome } = await crew.run(drainRequest(nameOf(only as Pod)), {
      signal: stopping.signal,
      onEvent(event) {
        if (event.kind === 'progress' && event.proof[0]?.isMet) stopping.abort();
      },
    });
    expect(expectKind(outcome, 'unfinished').trouble).toMatch(/^web has had NO ready endpoint for \d+ s\.$/);
  });

  rule('a crowd of drains through three Services never goes below the minimum', async (on) => {
    const crew = new Crew(on, { minReady: 4, maxDrained: 9 }, undefined, NAMES);
    const outcomes = await drainedAtOnce(crew, await withoutReplacements(on, 7), 4);
    expect(outcomes.filter(({ kind }) => kind === 'refusal')).toHaveLength(4);
    expect((await on.pods('app=web')).filter(isReady)).toHaveLength(4);
  });

  rule('drain asks about the last pod of another Service, and says how many stay', async (on) => {
    const [canary] = await fourInRotation(on);
    await on.label(canary, { track: 'canary' });
    await on.service({ name: 'canary', selector: { app: 'web', track: 'canary' } });
    await on.service({ name: 'web-internal' });
    await on.untilListed([nameOf(canary)], 'canary');
    const outcome = expectKind(await new Crew(on).read(drainRequest(canary, { dryRun: true })), 'proposal');
    expect(codes(outcome, 'ok', 'warning')).toEqual(expect.arrayContaining(['LastOfAnother', 'OtherKeepsPods']));
    const through = expectKind(
      await new Crew(on, {}, undefined, ['canary']).read(drainRequest(canary, { dryRun: true })),
      'refusal',
    );
    expect(codes(through, 'refusal')).toEqual(['OtherBelowMinimum']);
  });

  rule('drain with --all-services takes a pod out of two Services, and restore puts it back into both', async (on) => {
    await on.service();
    await on.service({ name: 'front', selector: { front: 'yes' } });
    const labels = { app: 'web', front: 'yes' };
    await on.deployment({ replicas: 3, labels, selector: { app: 'web' } });
    const pods = await on.podsInRotation(3);
    const [bad] = pods;
    const crew = new Crew(on, {}, undefined, ['front']);
    done(await crew.drain(bad));
    await on.untilListed([nameOf(bad), ...namesOf(await on.readyPods(3, 'app=web'))], 'front');
    done(await crew.run({ ...drainRequest(bad), allServices: true } as ChangeRequest));
    await on.untilListed(namesOf(await on.readyPods(3, 'app=web')), 'front');
    expect(recordOn(await on.getPod(nameOf(bad))).labels).toEqual({ app: 'web', front: 'yes' });
    done(await crew.restore(bad));
    const back = namesOf(await on.readyPods(3, 'app=web'));
    expect(back).toContain(nameOf(bad));
    await on.untilListed(back, 'front');
  });

  rule('pods without the port of the Service take no traffic', async (on) => {
    await on.service({ spec: { ports: [{ port: 80, targetPort: 'http' }] } });
    await on.deployment({ name: 'old', replicas: 1, labels: { app: 'web', gen: 'old' } });
    const container = { ports: [{ name: 'web', containerPort: 8080 }] };
    await on.deployment({ name: 'new', replicas: 3, labels: { app: 'web', gen: 'new' }, container });
    await on.readyPods(4);
    const [old] = await on.readyPods(1, 'gen=old');
    await on.untilListed(namesOf(await on.pods()));
    const crew = new Crew(on);
    const listed = expectKind(await crew.read({ command: 'list', service: 'web', all: true }), 'listed');
    expect(listed.counts).toEqual({ 'in rotation': 1, 'no port': 3 });
    expect(listed.notes.join()).toContain(
      '3 ready pods are listed without port http (no container port is named http)',
    );
    const refused = expectKind(await crew.read(drainRequest(old, { dryRun: true })), 'refusal');
    expect(codes(refused, 'refusal')).toEqual(['BelowMinimum']);
  });

  rule('drain names the slice of another writer, which goes on listing the pod', async (on) => {
    const [bad] = await fourInRotation(on);
    await on.create('endpointslices', sliceOf(bad));
    const crew = new Crew(on);
    const { outcome, events } = await crew.run(drainRequest(bad));
    const planned = events.flatMap((event) => (event.kind === 'planned' ? codes(event.plan, 'warning') : []));
    expect(planned).toEqual(['ListedByAnother']);
    expect(JSON.stringify(expectKind(outcome, 'unfinished').proof)).toContain(
      'still in EndpointSlice web-extra, kept by lb-sync.example.com',
    );
    const listed = expectKind(await crew.read({ command: 'list', service: 'web', all: true }), 'listed');
    expect(listed.members.filter(({ isStillListed }) => isStillListed).map(({ pod }) => pod.name)).toEqual([
      nameOf(bad),
    ]);
    expect(listed.notes.join()).toContain('EndpointSlice web-extra, kept by lb-sync.example.com, lists 1 endpoint');
  });

  rule('a Service without a selector goes on sending traffic by its slices, and the list names them', async (on) => {
    const [first] = await fourInRotation(on);
    await on.patch('services', 'web', { spec: { selector: null } });
    const crew = new Crew(on);
    const listed = expectKind(await crew.read({ command: 'list', service: 'web', all: true }), 'listed');
    expect(listed.notes.join()).toMatch(/EndpointSlice web-\w+, lists 4 endpoints, 4 ready/);
    const refused = await crew.read(drainRequest(first, { dryRun: true }));
    expect(refused.kind).not.toBe('proposal');
  });
};
