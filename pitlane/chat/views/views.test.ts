import { describe, expect, test } from 'vitest';
import { blockFaults } from '../../../sandbox/slack/limits.ts';
import { render } from '../../../sandbox/slack/terminal.ts';
import {
  DRAIN,
  drained,
  listed,
  member,
  NOW,
  OPERATION,
  PLAN,
  POD,
  pod,
  progress,
  RNG,
  silence,
} from '../../../test/builders/outcomes.ts';
import { podNeeds } from '../../../test/builders/pod-needs.ts';
import type { Inspected, Logged } from '../../operate/outcome.ts';
import { help } from '../../operations/commands.ts';
import type { Plan } from '../../rotation/plan.ts';
import type { Message } from '../blocks/blocks.ts';
import { readButtonValue } from '../blocks/button-value.ts';
import { confirmButtons } from '../blocks/buttons.ts';
import { follow, startReport } from './change-report.ts';
import { askedView, progressView } from './change-view.ts';
import { testMessages } from './golden.fixture.ts';
import type { Setting } from './setting.ts';
import { outcomeView } from './views.ts';

const SETTING: Setting = { address: '/rng' };
const OFFER = { at: NOW, requestId: '13345224609.738474920.8088930838d88f008e0' };

const REPORT = [
  { kind: 'planned', plan: PLAN } as const,
  { kind: 'wrote', key: `drain ${POD.uid}`, title: `take the label app off ${POD.name}` } as const,
  { kind: 'progress', proof: progress(true, false, false) } as const,
].reduce((report, event, index) => follow(report, event, NOW + index * 200), startReport(PLAN, 'U0GRACE000'));

const INSPECTED: Inspected = {
  kind: 'inspected',
  service: RNG,
  at: NOW,
  member: member(1, 'not ready', { status: 'CrashLoopBackOff', restarts: 12, containers: { ready: 0, total: 1 } }),
  detail: {
    version: '1000',
    phase: 'Running',
    isReady: false,
    containers: [],
    claims: [],
    ownVolumes: [],
    graceSeconds: 30,
    hostNetwork: false,
    initContainers: [],
    needs: podNeeds({ cpu: 100, memory: 67_108_864 }),
  },
  containers: [
    {
      name: 'rng',
      image: 'dockercoins/rng:v0.1',
      state: 'waiting: CrashLoopBackOff',
      restarts: 12,
      requests: 'cpu 100m, memory 64Mi',
      limits: '',
      lastTermination: { reason: 'OOMKilled', exitCode: 137, at: NOW - 90_000, message: 'out of <memory>' },
    },
  ],
  conditions: [
    { type: 'Ready', status: 'False', since: NOW - 600_000, message: 'containers with unready status: [rng]' },
    { type: 'PodScheduled', status: 'True', since: NOW - 86_400_000 },
  ],
  findings: [
    { code: 'ContainerEnded', text: 'Container rng ended 3 min ago: OOMKilled, exit code 137: out of <memory>.' },
    { code: 'ImageDiffers', text: 'Container rng runs image rng:v3; 3 of 3 other rng pods run rng:v2.' },
  ],
  endpoints: [],
  events: Array.from({ length: 14 }, (_, index) => ({
    at: NOW - index * 60_000,
    type: index === 0 ? 'Warning' : 'Normal',
    reason: index === 0 ? 'BackOff' : 'Pulled',
    message: index === 0 ? 'Back-off restarting failed container' : 'Container image already present',
    count: index === 0 ? 44 : 1,
  })),
};

const LOGGED: Logged = {
  kind: 'logged',
  logs: [
    {
      pod: pod(1).name,
      container: 'rng',
      isCut: false,
      text: `${Array.from({ length: 300 }, (_, index) => `03:12:${index} GET /32 500 <!channel> \`\`\` & so on`).join('\n')}\n`,
    },
    { pod: pod(2).name, container: 'rng', isCut: false, text: '' },
  ],
  notes: [],
};

const odd = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    member(index, 'not ready', { status: 'ImagePullBackOff', restarts: index }),
  );

const MESSAGES: Record<string, Message> = {
  'list-1': outcomeView(listed(1), SETTING),
  'list-30': outcomeView(listed(30), SETTING),
  'list-30-all': outcomeView(listed(30, { all: true }), SETTING),
  'list-300': outcomeView(listed(300), SETTING),
  'list-300-all': outcomeView(listed(300, { all: true }), SETTING),
  'list-300-not-ready': outcomeView(listed(300, { members: odd(300), counts: { 'not ready': 300 } }), SETTING),
  'list-selector': outcomeView(listed(30, { members: [drained(2)], selector: 'enabled!=yes' }), SETTING),
  'list-shared': outcomeView(listed(1, { members: [{ ...drained(2), state: 'in rotation' }] }), SETTING),
  'list-nothing': outcomeView(
    listed(0, { counts: {}, notes: ['rng selects app=rngg, and no pod carries it; the nearest is app=rng (4 pods).'] }),
    SETTING,
  ),
  inspect: outcomeView(INSPECTED, SETTING),
  logs: outcomeView(LOGGED, SETTING),
  choice: outcomeView(
    { kind: 'choice', request: DRAIN, message: 'Which pod of rng shall be drained?', candidates: listed(5).members },
    SETTING,
  ),
  'choice-300': outcomeView(
    { kind: 'choice', request: { ...DRAIN, because: '"&"'.repeat(160) }, message: 'Which one?', candidates: odd(300) },
    SETTING,
  ),
  'proposal-dry-run': outcomeView(
    {
      kind: 'proposal',
      plan: PLAN,
      why: 'dryRun',
      tried: [`The API server would take the label app off ${POD.name}.`],
    },
    SETTING,
  ),
  'proposal-confirm': outcomeView(
    { kind: 'proposal', plan: PLAN, why: 'needsConfirmation' },
    { ...SETTING, offer: OFFER },
  ),
  'proposal-changed': outcomeView({ kind: 'proposal', plan: PLAN, why: 'changed' }, { ...SETTING, offer: OFFER }),
  refusal: outcomeView(
    {
      kind: 'refusal',
      operation: OPERATION,
      isForceable: true,
      checks: [
        { code: 'ReplacedByOwner', level: 'ok', message: 'ReplicaSet rng-7c5d9f8b6 replaces the pod.' },
        {
          code: 'TooFewInRotation',
          level: 'refusal',
          message: 'rng would have 1 pod in rotation, minimum 2.',
          instead: 'restore b85tm',
          isForceable: true,
        },
        { code: 'RolloutUnderWay', level: 'warning', message: 'Deployment rng is being rolled out.' },
      ],
    },
    SETTING,
  ),
  asked: askedView(startReport(PLAN), SETTING),
  'progress-begins': progressView(startReport(PLAN), SETTING),
  progress: progressView(REPORT, SETTING),
  'progress-retrying': progressView(
    follow(REPORT, { kind: 'retrying', why: 'The API server answered 429; trying again in 2 s (2 of 5).' }, NOW),
    SETTING,
  ),
  done: outcomeView(
    {
      kind: 'done',
      operation: OPERATION,
      plan: PLAN,
      proof: progress(true, true, true),
      tookMs: [200, 400, 14_200],
      notes: ['The log of rng-7c5d9f8b6 was kept.'],
      silence: [silence(42_000)],
    },
    { ...SETTING, report: REPORT },
  ),
  unfinished: outcomeView(
    {
      kind: 'unfinished',
      operation: OPERATION,
      plan: PLAN,
      proof: progress(true, true, false),
      silence: [silence(400, true)],
    },
    { ...SETTING, report: REPORT },
  ),
  'failed-half-way': outcomeView(
    {
      kind: 'failed',
      operation: OPERATION,
      message: 'Patching pod rng-7c5d9f8b6 in dockercoins was answered 403: the verb patch on pods is missing.',
      stands: ['The label app is off.'],
      undo: PLAN.undo,
    },
    { ...SETTING, reference: '1a2b3c4d' },
  ),
  'not-understood': outcomeView(
    { kind: 'notUnderstood', message: 'rng has no pod "b85tn".', instead: ['drain b85tm', 'drain c85tn'] },
    SETTING,
  ),
};

testMessages(MESSAGES);

test('never claims that there is no traffic', () => {
  expect(JSON.stringify(MESSAGES)).not.toMatch(/no traffic/i);
});

test('a change that is done shows since when the pod is out of the endpoints, in the time zone of the reader', () => {
  const since = Math.floor((NOW + 400) / 1000);
  expect(JSON.stringify(MESSAGES.done?.blocks)).toContain(`<!date^${since}^{time_secs}|03:12:07 UTC>`);
});

test('a log that is too long is cut at a line, from the beginning', () => {
  const lines = render(MESSAGES.logs?.blocks ?? []).lines.filter((line) => line.includes('GET'));
  expect(lines.length).toBeLessThan(300);
  expect(lines.at(-1)).toContain('03:12:299');
  expect(lines.every((line) => /^ {4}03:12:\d+ GET .* so on$/.test(line))).toBe(true);
});

describe('the buttons of a proposal', () => {
  const asked = { ...OFFER, address: '/rng' };
  const pressablesOf = (plan: Plan) => {
    const block = confirmButtons(plan, asked);
    return block && { ...render([block]), faults: blockFaults([block]) };
  };

  test('carry the request and what was shown, and return it', () => {
    const pressables = pressablesOf(PLAN)?.pressables ?? [];
    expect(pressables.map(({ label }) => label)).toEqual(['Confirm drain', 'Cancel']);
    expect(readButtonValue(pressables[0]?.value ?? '')).toEqual({
      request: DRAIN,
      pod: POD,
      address: '/rng',
      offer: { ...OFFER, by: 'U0ADA00000', fingerprint: PLAN.fingerprint },
    });
  });

  const longest = (because: string): Plan => {
    const name = 'p'.repeat(253);
    const request = { ...DRAIN, service: 's'.repeat(63), pods: [name], because };
    const subject = { kind: 'pods', pods: [{ name, uid: POD.uid }] } as const;
    return { ...PLAN, operation: { ...OPERATION, request, subject }, fingerprint: 'f'.repeat(71) };
  };

  test('have room for the longest names and the longest ordinary reason', () => {
    const plan = longest('é'.repeat(500));
    const { pressables = [], faults } = pressablesOf(plan) ?? {};
    expect(faults).toEqual([]);
    expect(readButtonValue(pressables[0]?.value ?? '')?.request).toEqual(plan.operation.request);
  });

  test('are left out if a reason of 500 ampersands does not fit', () => {
    expect(pressablesOf(longest('&'.repeat(500)))).toBeUndefined();
  });

  test.each(['', '{', '{"v":2}', '{"v":1,"by":"U1","at":1}', 'null', '[]'])(
    'are not read if they are of another version: %s',
    (value) => {
      expect(readButtonValue(value)).toBeUndefined();
    },
  );
});

test('help keeps its columns and its brackets', () => {
  const { text, blocks } = outcomeView({ kind: 'helped', text: '/rng drain <pod>\n\nTakes a pod out.' }, SETTING);
  expect(text).toBe('/rng drain &lt;pod&gt;');
  expect(render(blocks).lines).toEqual(['    /rng drain <pod>', '    ', '    Takes a pod out.']);
});

test('help shows every command, and cuts none of them in two', () => {
  const text = help({ command: 'help', service: 'rng' });
  const { blocks } = outcomeView({ kind: 'helped', text }, SETTING);
  const lines = text.split('\n').filter((line) => line !== '');
  expect(render(blocks).lines.filter((line) => line.trim() !== '')).toEqual(lines.map((line) => `    ${line}`));
  for (const block of blocks) expect(block).toMatchObject({ text: { text: expect.stringMatching(/^```\n\S/) } });
});

test('mentions the person who drained the pod, but not a person whom the reason names', () => {
  const message = 'rng-a is already drained from rng: by U0ADA00000 at TIME, because <!channel> told by U0BOB00000.';
  const checks = [{ code: 'AlreadyDrained', level: 'refusal', message, isForceable: false }] as const;
  const { blocks } = outcomeView({ kind: 'refusal', operation: OPERATION, checks, isForceable: false }, SETTING);
  const sent = JSON.stringify(blocks);
  expect(sent).toContain('by <@U0ADA00000> at TIME, because &lt;!channel&gt; told by U0BOB00000.');
});
