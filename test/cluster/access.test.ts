import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RbacObject } from '../../infra/rbac-objects.ts';
import type { Call } from '../../pitlane/cluster/connection.ts';
import { Forbidden } from '../../pitlane/cluster/errors.ts';
import { encodeHeaderValue, identityOf } from '../../pitlane/cluster/identity.ts';
import { PODS } from '../../pitlane/cluster/resource.ts';
import type { Request } from '../../pitlane/command/request.ts';
import type { Role } from '../../pitlane/command/role.ts';
import { commandNames } from '../../pitlane/operations/commands.ts';
import { roleFor } from '../../pitlane/operations/table.ts';
import { messagesOf } from '../../pitlane/rotation/effect.ts';
import { nameOf } from '../contract/objects.ts';
import { until } from '../contract/until.ts';
import { startControlPlane } from '../control-plane/start.ts';
import { asSent, auditOf } from './access/audit.ts';
import { serviceAccount } from './access/caller.ts';
import { FORBIDDEN, MARKED } from './access/confined.ts';
import type { Sent } from './access/recorder.ts';
import { missing, rightsOf, say, unused } from './access/rights.ts';
import { SCENES } from './access/scenes.ts';
import { openWorld, PERSON, type World } from './access/world.ts';

/**
 * The rights that infra/ grants are enough for everything that Pitlane does on Lambda, and none is unnecessary: every
 * command runs with these rights only, and its requests to the API server are compared with the rights.
 */
const { KUBECONFIG } = process.env;
const LAMBDA = 'arn:aws:sts::111122223333:assumed-role/pitlane';

let world: World;
/** Absent on a shared cluster. */
let auditLog: string | undefined;
const unexpected: string[] = [];
/** Each request, with a person of its own, so that what Pitlane sends for it can be told apart. */
const asked: { readonly request: Request; readonly person: string }[] = [];
/** The requests to the API server before the first tick. */
let sentForPeople: readonly Sent[] = [];

beforeAll(async () => {
  world = KUBECONFIG === undefined ? await openOwn() : await openShared(KUBECONFIG);
  await Promise.all(world.stages.map(play));
  sentForPeople = [...world.recorder.sent];
  const first = await tick();
  await Promise.all(world.stages.map(({ scene, on, pods }) => scene.meanwhile?.(on, pods)));
  const did = [...first, ...(await tick())];
  for (const { scene, on, pods } of world.stages)
    if ((await scene.isTicked?.(on, pods, did)) === false)
      unexpected.push(`the tick did not do its part in ${scene.name}: ${did.join('\n')}`);
});

afterAll(() => world?.close());

async function play({ scene, on, pods }: World['stages'][number]): Promise<void> {
  for (const line of scene.lines(scene.name, pods)) {
    if (typeof line === 'function') {
      await line(on);
      continue;
    }
    const [request, ends, withinMs] = line;
    const person = `${PERSON} ${asked.length + 1}`;
    asked.push({ request, person });
    const outcome = await world.ask(request, person, withinMs);
    // The API server of a shared cluster cannot reach the kubelet of this process; it checks RBAC before it tries.
    const needsKubelet = ['logs', 'evidence', 'finish'].includes(request.command);
    if (outcome.kind !== ends && !(KUBECONFIG !== undefined && needsKubelet))
      unexpected.push(`${JSON.stringify(request)} ended as ${JSON.stringify(outcome)}, expected ${ends}`);
  }
}

async function tick(): Promise<readonly string[]> {
  const { did, trouble } = await world.tick();
  unexpected.push(...trouble.map(({ where, error }) => `the tick of ${where}: ${error}`));
  return did;
}

async function openOwn(): Promise<World> {
  const users = [{ token: 'token-of-lambda', user: LAMBDA, groups: ['pitlane-lambda'] }];
  const { kubeconfig, kubeletCert: tls, auditLog: log, stop } = await startControlPlane({ users });
  auditLog = log;
  return openWorld({ kubeConfig: kubeconfig, tls, stop }, SCENES, async () => ({
    kubeconfig,
    context: LAMBDA,
    adapt: (object) => object,
  }));
}

function openShared(kubeConfig: string): Promise<World> {
  return openWorld({ kubeConfig, isShared: true, stop: async () => {} }, SCENES, serviceAccount);
}

/** Each request once, without the person, which RBAC ignores. */
function sentInAll(): readonly Sent[] {
  const all = [...world.recorder.sent, ...world.recorder.impersonated].map(({ person: _, ...sent }) => sent);
  return [...new Map(all.map((sent) => [JSON.stringify(sent), sent])).values()];
}

describe('with the rights of infra/', () => {
  test('every command ends as expected', () => {
    expect(unexpected).toEqual([]);
    expect([...new Set(asked.map(({ request }) => request.command))].sort()).toEqual([...commandNames].sort());
  });

  test('each request uses the least role that it needs', () => {
    for (const { request, person } of asked) {
      const groups = sentForPeople
        .filter((sent) => sent.person === encodeHeaderValue(person))
        .map(({ group }) => group);
      const wanted = request.command === 'help' ? [] : [`pitlane:${roleFor(request)}`];
      expect([request, [...new Set(groups)]]).toEqual([request, wanted]);
    }
  });

  test('the API server answers no request with 403', () => {
    expect(world.recorder.forbidden.map(say)).toEqual([]);
  });

  test('every right is used', () => {
    expect(unused(rightsOf(world.rbac), sentInAll())).toEqual([]);
  });

  test('every right is needed', () => {
    const rights = rightsOf(world.rbac);
    expect(missing(rights, sentInAll())).toEqual([]);
    for (const right of new Set(rights.map(say))) {
      const others = rights.filter((other) => say(other) !== right);
      expect(missing(others, sentInAll())).toEqual([right]);
    }
    const more = { ...(rights[0] as (typeof rights)[number]), verb: 'deletecollection' };
    expect(unused([...rights, more], sentInAll())).toEqual([say(more)]);
  });

  test('the audit log names the person and the role of each request', async ({ skip }) => {
    if (auditLog === undefined) return skip('the audit log is a file of the API server');
    const events = (await auditOf(auditLog, LAMBDA)).filter(({ objectRef }) => objectRef !== undefined);
    expect(new Set(events.map(asSent).map(say))).toEqual(new Set(world.recorder.sent.map(say)));
    for (const { impersonatedUser, responseStatus } of events) {
      expect(responseStatus?.code).not.toBe(403);
      const { username, groups = [], extra = {} } = impersonatedUser ?? {};
      expect([username, groups[1]]).toEqual(['pitlane', 'system:authenticated']);
      if (groups[0] === 'pitlane:tick') expect(extra).toEqual({});
      else {
        expect(groups[0]).toMatch(/^pitlane:(viewer|operator|admin)$/);
        expect(extra).toEqual({ 'pitlane-person': [expect.stringMatching(/^Zo%C3%AB( \d+)?$/)] });
      }
    }
  });
});

describe('the cluster refuses', () => {
  const stage = () => world.stages.find(({ scene }) => scene.name === 'deployment') as World['stages'][number];
  const pods = () => ({ resource: PODS, namespace: stage().on.name });
  /** A pod in rotation. */
  const somePod = async () => (await stage().on.readyPods(4, 'app=web')).map(nameOf)[0] ?? '';
  const patching = async (as: Parameters<typeof identityOf>[0]) =>
    world.connection.as(identityOf(as)).send({
      verb: 'patch',
      place: { ...pods(), name: await somePod() },
      body: [{ op: 'add', path: '/metadata/labels/marked', value: 'yes' }],
      dryRun: true,
    });

  test.each([
    ['a viewer', { by: PERSON, role: 'viewer' } as const],
    ['a person without a role', { by: PERSON, role: 'none' } as const],
    ['the tick for no person', undefined],
  ])('a write to a pod by %s', async (_, as) => {
    await expect(patching(as)).rejects.toThrow(Forbidden);
  });

  test('a request with the credentials of Pitlane that impersonates no user', async () => {
    await expect(world.connection.send({ verb: 'list', place: pods() })).rejects.toThrow(Forbidden);
  });

  test.each([
    ['another user', { user: 'kubernetes-admin' }],
    ['a group of its own choice', { user: 'pitlane', group: 'system:masters' }],
    ['another extra field', { user: 'pitlane', group: 'pitlane:viewer', extra: { scopes: 'all' } }],
  ])('a request that impersonates %s', async (_, identity) => {
    await expect(world.connection.as(identity).send({ verb: 'list', place: pods() })).rejects.toThrow(Forbidden);
  });

  // On a shared cluster the policies are not installed.
  describe.skipIf(KUBECONFIG !== undefined)('by its policies', () => {
    const asking = async (role: Role, call: Call) => world.connection.as(identityOf({ by: PERSON, role })).send(call);

    test.each(FORBIDDEN)('$what, asked by a stolen $role', async ({ role, call }) => {
      const refused = await asking(role, call(stage().on.name, await somePod())).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(refused).toBeInstanceOf(Forbidden);
      expect(String(refused)).toMatch(/ValidatingAdmissionPolicy 'pitlane-(pods|own-objects)'/);
    });

    test('to delete a pod of a workload that was only marked', async () => {
      const name = await somePod();
      await stage().on.patch('pods', name, { metadata: MARKED });
      const place = { ...pods(), name };
      await expect(asking('operator', { verb: 'delete', place })).rejects.toThrow(Forbidden);
      const none = (of: object) => Object.fromEntries(Object.keys(of).map((key) => [key, null]));
      const metadata = { labels: none(MARKED.labels), annotations: none(MARKED.annotations) };
      await stage().on.patch('pods', name, { metadata });
    });

    test('nothing that others do', async () => {
      const name = 'by-hand';
      const { on } = stage();
      await on.create('pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
        spec: { containers: [{ name: 'app', image: 'example/app:v1' }] },
      });
      await on.patch('pods', name, { spec: { activeDeadlineSeconds: 3_600 } });
      await on.delete('pods', name, { gracePeriodSeconds: 0 });
    });
  });

  describe('a drain after a right is removed', () => {
    const named = (kind: RbacObject['kind'], name: string, namespace?: string) =>
      world.rbac.find(
        ({ kind: its, metadata }) => its === kind && metadata.name === name && metadata.namespace === namespace,
      ) as RbacObject;

    test('the outcome names the missing right, and nothing changes', async () => {
      const role = named('Role', 'pitlane-operator', stage().on.name);
      const without = (role.rules ?? []).map((rule) => ({
        ...rule,
        verbs: rule.resources.includes('pods') ? rule.verbs.filter((verb) => verb !== 'patch') : rule.verbs,
      }));
      await world.replace({ ...role, rules: without });
      const isRefused = (error: unknown) => error instanceof Forbidden;
      await until('refused', () => patching({ by: PERSON, role: 'operator' }).then(() => false, isRefused), Boolean);
      world.recorder.forbidden.length = 0;
      const request = { command: 'drain', service: 'deployment', pods: [await somePod()] } as const;
      const outcome = await world.ask({ ...request, dryRun: false, force: false }, PERSON);
      expect(outcome).toMatchObject({
        kind: 'failed',
        message: expect.stringMatching(/\bpatch pods\b/),
        stands: [],
      });
      expect(new Set(world.recorder.forbidden.map(say))).toEqual(new Set(['pitlane:operator may patch pods']));
      await world.replace(role);
      await until('allowed again', () => patching({ by: PERSON, role: 'operator' }), Boolean);
    });

    test('the plan works without the rights on the whole cluster, and names the missing right', async () => {
      const role = named('ClusterRole', 'pitlane-headroom');
      await world.replace({ ...role, rules: [] });
      const request = { command: 'drain', service: 'deployment', pods: [await somePod()], force: false } as const;
      const effects = async () => {
        const outcome = await world.ask({ ...request, dryRun: true }, PERSON);
        return outcome.kind === 'proposal' ? messagesOf(outcome.plan.effects) : [outcome.kind];
      };
      const namesRight = (text: string) => /\blist (nodes|pods)\b/.test(text);
      await until('the missing right in the effects', effects, (seen) => seen.some(namesRight));
    });
  });
});
