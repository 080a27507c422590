import { describe, expect, test } from 'vitest';
import type { DrainedList, Inspected, OperationsList, Outcome } from '../pitlane/operate/outcome.ts';
import { members } from '../pitlane/rotation/membership.ts';
import { type Progress, proofOf } from '../pitlane/rotation/plan.ts';
import type { Pod, Snapshot } from '../pitlane/rotation/snapshot.ts';
import { history, silence } from '../test/builders/outcomes.ts';
import { NOW, rng } from '../test/builders/snapshot.ts';
import { inColour, plain, printable } from './colour.ts';
import { dataOf } from './data.ts';
import { DRAIN, ended, entry, FINISH, OPERATION, OVERRIDDEN, POD, REFUSALS, WARNING } from './fixtures.ts';
import { narrator } from './progress.ts';
import { render } from './render.ts';
import { logRemarks } from './render-logs.ts';
import type { Style } from './style.ts';

const STYLE: Style = {
  prefix: 'pitlane rng',
  paint: plain,
  isChange: false,
  isWide: false,
  isTerminal: false,
  now: NOW,
};

function listed(snapshot: Snapshot): Extract<Outcome, { kind: 'listed' }> {
  const all = members(snapshot);
  const states = [...new Set(all.map(({ state }) => state))];
  const counts = Object.fromEntries(states.map((state) => [state, all.filter((each) => each.state === state).length]));
  return { kind: 'listed', service: snapshot.service, at: NOW, members: all, all: false, counts, notes: [] };
}

const troubled = rng()
  .pod('hfbrr', { status: 'CrashLoopBackOff', restarts: 12 })
  .notReady('hfbrr')
  .drained('7pt82', { until: '2026-11-25T04:02:07Z', then: 'restore' })
  .snapshot();
/** The text of each milestone of DRAIN before and after it is met. */
const SEEN = [
  [`${POD.name} is still in 1 EndpointSlice`, `${POD.name} is in no EndpointSlice`],
  [`ReplicaSet rng-5f69c6b7d8 still owns ${POD.name}`, `${POD.name} has no controller`],
  ['ReplicaSet rng-5f69c6b7d8 has 3 pods, wants 4', 'rng-5f69c6b7d8-x2k9d, on node-2'],
  ['rng-5f69c6b7d8-x2k9d, on node-2: ContainerCreating', 'rng-5f69c6b7d8-x2k9d is a ready endpoint'],
] as const;

function proof(isMet: (index: number) => boolean): readonly Progress[] {
  return proofOf(DRAIN).map((milestone, index) => ({
    milestone,
    isMet: isMet(index),
    isLost: false,
    seen: SEEN[index]?.[isMet(index) ? 1 : 0] ?? '',
  }));
}

const inspected: Inspected = {
  kind: 'inspected',
  service: troubled.service,
  at: NOW,
  member: listed(troubled).members[0] as Inspected['member'],
  detail: { ...(troubled.pods[1]?.detail as Inspected['detail']), message: 'The node was low on memory.' },
  containers: [
    {
      name: 'rng',
      image: 'dockercoins/rng:v0.1',
      state: 'CrashLoopBackOff',
      restarts: 12,
      requests: 'cpu 100m, memory 64Mi',
      limits: '',
      lastTermination: { reason: 'OOMKilled', exitCode: 137, at: NOW - 200_000, message: 'out of\nmemory' },
    },
  ],
  conditions: [
    { type: 'Ready', status: 'False', since: NOW - 190_000, message: 'containers with unready status: [rng]' },
    { type: 'PodScheduled', status: 'True', since: NOW - 4 * 86_400_000 },
  ],
  findings: [
    { code: 'ContainerEnded', text: 'Container rng ended 3 min ago: OOMKilled, exit code 137: out of <memory>.' },
    { code: 'ImageDiffers', text: 'Container rng runs image rng:v3; 3 of 3 other rng pods run rng:v2.' },
  ],
  endpoints: [
    { addresses: ['10.244.1.7'], isReady: false, isServing: false, isTerminating: false, slice: { name: 'rng-x2v4d' } },
  ],
  events: [
    {
      at: NOW - 30_000,
      type: 'Warning',
      reason: 'BackOff',
      message: 'Back-off restarting failed container',
      count: 31,
    },
    { at: NOW - 300_000, type: 'Normal', reason: 'Pulled', message: 'Container image already present', count: 1 },
  ],
};

const drainedPod = { ...troubled.pods[0], labels: { 'pitlane.dev/drained-from': 'rng' } } as Pod;
const RECORD = {
  v: 1,
  id: '1',
  service: 'rng',
  labels: {},
  was: 'in rotation',
  annotations: {},
  then: 'remind',
} as const;
const drainedList: DrainedList = {
  kind: 'drainedList',
  at: NOW,
  drained: [
    {
      key: 'rng',
      cluster: 'prod',
      namespace: 'dockercoins',
      pod: drainedPod,
      record: { ...RECORD, by: 'ada', because: '5xx', at: '2026-11-20T03:00:00Z', until: '2026-11-20T04:00:00Z' },
    },
    {
      key: 'rng',
      cluster: 'prod',
      namespace: 'dockercoins',
      pod: { ...drainedPod, name: 'rng-5f69c6b7d8-7pt82' },
      record: { ...RECORD, by: 'deploy-bot (runbook)', at: '2026-11-24T03:00:00Z', until: '2026-11-24T04:00:00Z' },
    },
    {
      key: 'web',
      cluster: 'lab',
      namespace: 'shop',
      pod: { ...drainedPod, name: 'web-canary', labels: { 'pitlane.dev/canary': 'web' } },
    },
  ],
  notes: ["Can't read namespace redis of cluster lab. User pitlane is not allowed to list pods (403)."],
};

const operationsList: OperationsList = {
  kind: 'operations',
  service: 'rng',
  at: NOW,
  underWay: [
    entry(3, { written: [`drain ${POD.uid}`] }),
    entry(2, { heldUntil: 0, by: 'U0ADA00000', cancel: { by: 'ada', at: NOW - 10_000 } }),
  ],
  ended: [ended(4), ended(5, 'failed', 'User pitlane is not allowed to patch pods (403).')],
};

const operation = OPERATION;
const outcomes: Record<string, Outcome> = {
  list: listed(troubled),
  'list-nothing': {
    ...listed(rng().pods(0).snapshot()),
    selector: 'app=web',
    notes: ['No pod has the label app=rng; 3 pods have app=rngs.'],
  },
  inspect: inspected,
  choice: {
    kind: 'choice',
    request: { command: 'inspect', service: 'rng', pod: 'rng-' },
    message: 'rng- matches 4 pods of rng. Which one?',
    candidates: listed(troubled).members,
  },
  'not-understood': {
    kind: 'notUnderstood',
    message: 'No pod of rng matches b85tn.',
    instead: ['inspect rng-5f69c6b7d8-b85tm'],
  },
  'drain-dry-run': { kind: 'proposal', plan: DRAIN, why: 'dryRun', tried: ['Accepted: remove label app=rng.'] },
  'drain-confirm': { kind: 'proposal', plan: { ...DRAIN, checks: [WARNING, OVERRIDDEN] }, why: 'needsConfirmation' },
  'drain-refused': { kind: 'refusal', operation: OPERATION, checks: REFUSALS, isForceable: false },
  'drain-done': {
    kind: 'done',
    operation,
    plan: DRAIN,
    proof: proof((index) => index !== 3),
    tookMs: [120, undefined, 1_480, undefined],
    notes: ['The replacement is not scheduled yet.'],
    silence: [silence(42_000, false, POD)],
  },
  'drain-unfinished': {
    kind: 'unfinished',
    operation,
    plan: DRAIN,
    proof: proof((index) => index < 2),
    silence: [silence(400, true, POD)],
  },
  'drain-failed': {
    kind: 'failed',
    operation,
    message: "Can't patch Pod rng-5f69c6b7d8-b85tm (422): denied by the admission webhook.",
    stands: ['The pod is drained, but has no record.'],
    undo: DRAIN.undo,
  },
  'drain-goes-on': { kind: 'unfinished', operation, plan: DRAIN, proof: proof((index) => index < 2), goesOn: true },
  'drain-denied': {
    kind: 'denied',
    request: OPERATION.request,
    needed: 'operator',
    message: 'drain needs the role operator; you are a viewer. Operators: S0123456789.',
  },
  'drain-running': { kind: 'running', entry: entry(1) },
  'drain-repeated': { kind: 'repeated', entry: ended(1) },
  'drain-cancelled': {
    kind: 'cancelled',
    entry: {
      ...ended(1, 'cancelled', 'The label app=rng is removed. The rest was not checked.'),
      cancel: { by: 'ada', at: NOW - 40_000 },
    },
    undo: DRAIN.undo,
  },
  'restore-done': {
    kind: 'done',
    operation: {
      ...operation,
      request: { command: 'restore', service: 'rng', pods: ['b85tm'], dryRun: false, force: false },
    },
    plan: { ...DRAIN, undo: [] },
    proof: [],
    tookMs: [],
    notes: [],
  },
  operations: operationsList,
  history: history(),
  'history-none': { ...history(), changes: [] },
  'drained-list': drainedList,
  'drained-nothing': { ...drainedList, drained: [], notes: [] },
  'finish-dry-run': { kind: 'proposal', plan: FINISH, why: 'dryRun', tried: ['Accepted: remove label app=rng.'] },
  'finish-done': {
    kind: 'done',
    operation: FINISH.operation,
    plan: FINISH,
    proof: proofOf(FINISH).map((milestone) => ({ milestone, isMet: true, isLost: false, seen: 'it is gone' })),
    tookMs: [31_000],
    notes: [],
  },
};

test.each(Object.entries(outcomes))('%s', async (name, outcome) => {
  const text = render(outcome, { ...STYLE, isChange: name.startsWith('drain') });
  await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.golden.txt`);
});

test('a wide list shows uids and labels', async () => {
  const text = render(listed(troubled), { ...STYLE, isWide: true });
  await expect(`${text}\n`).toMatchFileSnapshot('golden/list-wide.golden.txt');
});

test('a list as JSON keeps its field names', async () => {
  const text = JSON.stringify(dataOf(listed(troubled), NOW), null, 2);
  await expect(`${text}\n`).toMatchFileSnapshot('golden/list.golden.json');
});

test('operations as JSON have RFC 3339 times and no internal fields', async () => {
  const text = JSON.stringify(dataOf(operationsList, NOW), null, 2);
  await expect(`${text}\n`).toMatchFileSnapshot('golden/operations.golden.json');
});

test('the history as JSON has RFC 3339 times, and as many changes as were asked for', async () => {
  const text = JSON.stringify(dataOf({ ...history(), last: 3 }, NOW), null, 2);
  await expect(`${text}\n`).toMatchFileSnapshot('golden/history.golden.json');
});

test('a plan as JSON hides the environment of a new pod', () => {
  const env = [{ name: 'A', value: 'hunter2' }];
  const object = { kind: 'Pod', spec: { containers: [{ name: 'rng', env, args: ['--token', 'hunter2'] }] } };
  const target = { kind: 'Pod', uid: '', namespace: 'dockercoins', name: 'rng-canary' };
  const write = { kind: 'create', key: 'pod', title: 'create Pod rng-canary', target, object } as const;
  const phase = { title: '', writes: [write], until: [], lease: 'none' as const };
  const data = dataOf({ kind: 'proposal', plan: { ...DRAIN, phases: [phase] }, why: 'dryRun' }, NOW);
  expect(JSON.stringify(data)).not.toContain('hunter2');
  expect(JSON.stringify(data)).toContain('"name":"A","value":"<redacted>"');
});

test('drained pods as JSON', async () => {
  const text = JSON.stringify(dataOf(drainedList, NOW), null, 2);
  await expect(`${text}\n`).toMatchFileSnapshot('golden/drained-list.golden.json');
});

test('a repeated operation as JSON has the same form as in the list', () => {
  const first = ended(1);
  const listed = dataOf({ ...operationsList, underWay: [], ended: [first] }, NOW) as { ended: readonly object[] };
  expect(dataOf({ kind: 'repeated', entry: first }, NOW)).toEqual({ kind: 'repeated', entry: listed.ended[0] });
});

test('reports each step of a change once, as it happens', async () => {
  const narrate = narrator(STYLE);
  const lines = [
    ...narrate({ kind: 'planned', plan: DRAIN }, 0),
    ...narrate({ kind: 'wrote', key: 'drain b85tm', title: 'remove label app=rng from rng-5f69c6b7d8-b85tm' }, 210),
    ...narrate({ kind: 'progress', proof: proof((index) => index === 1) }, 240),
    ...narrate({ kind: 'progress', proof: proof((index) => index < 2) }, 900),
    ...narrate({ kind: 'planned', plan: DRAIN }, 950),
    ...narrate(
      { kind: 'retrying', why: "Can't get Pod x: too many requests (429). Retrying in 1.0 s (attempt 2)." },
      1_000,
    ),
    ...narrate({ kind: 'progress', proof: proof(() => true) }, 12_340),
  ];
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/progress.golden.txt');
});

describe('on a screen', () => {
  const many = listed(rng().pods(30).snapshot());

  test('shows the first 20 pods in rotation and how to list the others', () => {
    const lines = render(many, { ...STYLE, isTerminal: true }).split('\n');
    expect(lines).toHaveLength(1 + 1 + 20 + 1);
    expect(lines.at(-1)).toMatch(/\b10\b.* pitlane rng list --all$/);
  });

  test.each([80, 60])('a list fits %i columns, and keeps the name, the state and the record of each pod', (width) => {
    const screen = { ...STYLE, isTerminal: true, width };
    const [, header = '', ...rows] = render({ ...listed(troubled), notes: [] }, screen).split('\n');
    expect(header.split(/ {2,}/)).toEqual(expect.arrayContaining(['NAME', 'STATE', 'STATUS', 'DRAINED']));
    expect(header).not.toContain('OWNER');
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(80);
    const all = listed(rng().pods(3).snapshot());
    for (const row of render(all, screen).split('\n')) expect(row.length).toBeLessThanOrEqual(width);
  });

  test('shows all pods with --all, as to a pipe', () => {
    expect(render({ ...many, all: true }, { ...STYLE, isTerminal: true }).split('\n')).toHaveLength(32);
    expect(render(many, STYLE).split('\n')).toHaveLength(32);
  });

  test('adds colours without changing column widths', () => {
    const coloured = render(listed(troubled), { ...STYLE, paint: inColour });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: matches colour codes.
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(render(listed(troubled), STYLE));
    expect(coloured).toContain('\u001b[31mCrashLoopBackOff\u001b[39m');
  });

  test('names the drained service of a pod that is an endpoint of another one', () => {
    const shared = listed(troubled).members.map((member) => ({ ...member, state: 'in rotation' as const }));
    expect(render({ ...listed(troubled), members: shared }, STYLE)).toContain('from rng by ');
  });

  test('replaces control characters in names, reasons and logs', () => {
    const evil = 'x\u001b]0;owned\u0007\nrng-1   in rotation';
    const text = render({ ...many, notes: [evil] }, { ...STYLE, isTerminal: true });
    expect(text.split('\n')[1]).toBe('x ]0;owned rng-1   in rotation');
    const log = { pod: 'p', container: 'c', text: 'a\u001b[2Jb\n\tc\n', isCut: false };
    expect(render({ kind: 'logged', logs: [log], notes: [] }, { ...STYLE, isTerminal: true })).toBe('a\ufffd[2Jb\n\tc');
  });
});

test('lets only the own colours through, and only to a screen', () => {
  const text = `${inColour('red', 'lost')} \u001b[2J\u001b[8mhidden\u009b31m \u202e`;
  expect(printable(text, true)).toBe('\u001b[31mlost\u001b[39m \ufffd[2Jhidden \ufffd');
  expect(printable(text, false)).toBe('lost \ufffd[2Jhidden \ufffd');
});

describe('logs', () => {
  const log = (pod: string, text: string, isCut = false) => ({ pod, container: 'rng', text, isCut });

  test('of one container are printed as they are, but for colours and what acts on a screen', () => {
    const text = 'one\r\n\u001b[1;31mtwo\u001b[0m\tü\n\u009b2Jthree\n';
    expect(render({ kind: 'logged', logs: [log('a', text)], notes: [] }, STYLE)).toBe('one\ntwo\tü\n\ufffd2Jthree');
  });

  test('of several containers get titles, and remarks are separate', () => {
    const logged = {
      kind: 'logged',
      logs: [log('a', '1\n'), log('b', '2\n', true)],
      notes: ['c has no log.'],
    } as const;
    expect(render(logged, STYLE)).toBe('==> a rng <==\n1\n\n==> b rng <==\n2');
    expect(logRemarks(logged)).toEqual(['c has no log.', expect.stringContaining('b rng')]);
  });
});
