import type { Inspected, Logged, Outcome } from '../../pitlane/operate/outcome.ts';
import { type Plan, type Progress, podsIn, proofOf, writesOf } from '../../pitlane/rotation/plan.ts';
import type { PodRef } from '../../pitlane/rotation/snapshot.ts';
import {
  change,
  DRAIN,
  ended,
  entry,
  history,
  listed,
  member,
  NOW,
  OPERATION,
  operations,
  PLAN,
  pod,
  progress,
  RNG,
  silence,
} from './outcomes.ts';
import { podNeeds } from './pod-needs.ts';

/** Every kind of outcome, with `size` pods, notes, checks and so on in it. */
export function everyOutcome(size: number): { readonly [Kind in Outcome['kind']]: Extract<Outcome, { kind: Kind }> } {
  const many = <T>(make: (index: number) => T): T[] => Array.from({ length: size }, (_, index) => make(index));
  const plan = planOf(many);
  const proof: readonly Progress[] = many((index) => ({
    ...(progress(index % 2 === 0)[0] as Progress),
    isLost: index % 3 === 0,
  }));
  const notes = many((index) => `note ${index}`);
  const members = many((index) => member(index, 'not ready', { status: 'ImagePullBackOff', restarts: index }));
  return {
    listed: listed(size, { all: true, selector: 'app=rng', members, notes }),
    drainedList: {
      kind: 'drainedList',
      at: NOW,
      drained: many((index) => ({ key: 'rng', cluster: 'lab', namespace: 'dockercoins', pod: pod(index) })),
      notes,
    },
    inspected: inspected(many),
    logged: logged(many),
    evidence: {
      kind: 'evidence',
      service: { key: 'rng', namespace: 'dockercoins' },
      pod: podsIn(OPERATION.subject)[0] as PodRef,
      at: NOW,
      files: many((index) => ({ name: `logs/${index}.log`, text: 'GET /32 500\n', isCut: true })),
      findings: many((index) => ({ code: 'LogErrors', text: `${index} × in rng: ERROR ${'<&>'.repeat(60)}` })),
      notes,
    },
    operations: operations(size, size),
    history: { ...history(), last: size, changes: many((index) => change(index, Math.min(size, 100))) },
    manifest: {
      kind: 'manifest',
      what: 'DaemonSet rng',
      manifest: {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'rng', namespace: 'dockercoins' },
        spec: { selector: { matchLabels: { app: 'rng' } } },
      },
      text: many((index) => `line${index}: <&>\n`).join(''),
    },
    gate: {
      kind: 'gate',
      service: { name: 'rng', namespace: 'dockercoins', selector: { app: 'rng', enabled: 'yes' } },
      at: NOW,
      gate: {
        label: 'enabled=yes',
        isInSelector: true,
        record: {
          v: 1,
          label: 'enabled=yes',
          via: 'admission',
          newPods: 'in',
          by: 'U0ADA00000',
          at: '2026-11-24T03:02:07Z',
          id: 'op-gate',
        },
      },
      inRotation: size,
      labelled: many((index) => pod(index).name),
      unlabelled: many((index) => pod(size + index).name),
      disabled: many((index) => pod(size + index).name),
      otherValue: many((index) => `${pod(size + index).name} (enabled=)`),
      stragglers: many((index) => pod(2 * size + index).name),
      hasRule: true,
      templates: many((index) => ({ name: `Deployment rng-${index}`, hasLabel: index % 2 === 0 })),
      troubles: many((index) => ({ code: `Trouble${index}`, message: `trouble ${index}` })),
    },
    schedules: {
      kind: 'schedules',
      service: { name: 'rng', namespace: 'dockercoins' },
      at: NOW,
      schedules: many((index) => ({
        id: (0x3f2a9c + index).toString(16),
        cron: '0 9 * * 1-5',
        tz: 'Europe/Zurich',
        does: 'enable',
        forSeconds: 28_800,
        selector: `track=canary-${index}`,
        because: 'office hours',
        now: 'disable',
        next: [
          { at: NOW + 3_600_000, does: 'enable', text: 'Tue 2026-11-24 05:12' },
          { at: NOW + 32_400_000, does: 'disable', text: 'Tue 2026-11-24 13:12' },
        ],
        enabled: many((number) => pod(number).name),
        disabled: many((number) => pod(size + number).name),
        added: { by: 'U0ADA00000', at: NOW, operation: 'op-schedule' },
      })),
      notes,
    },
    helped: { kind: 'helped', text: many((index) => `line ${index}`).join('\n') },
    denied: { kind: 'denied', request: DRAIN, needed: 'operator', message: 'drain is for operators.' },
    notUnderstood: { kind: 'notUnderstood', message: 'No such pod.', instead: many((index) => `drain ${index}`) },
    choice: { kind: 'choice', request: DRAIN, message: 'Which one?', candidates: members },
    refusal: { kind: 'refusal', operation: OPERATION, isForceable: true, checks: plan.checks },
    proposal: { kind: 'proposal', plan, why: 'needsConfirmation', tried: notes },
    running: { kind: 'running', entry: entry(1, { report: { channel: 'C0OPS00000', ts: '1796000000.000200' } }) },
    repeated: { kind: 'repeated', entry: ended(1, 'failed', 'It failed.') },
    cancelled: { kind: 'cancelled', entry: ended(1, 'cancelled', 'It stands.'), undo: plan.undo },
    done: {
      kind: 'done',
      operation: OPERATION,
      plan,
      proof,
      tookMs: many((index) => index),
      notes,
      silence: many((index) => silence(index * 1_000, index < 2, pod(index))),
    },
    unfinished: {
      kind: 'unfinished',
      operation: OPERATION,
      plan,
      proof,
      left: notes,
      trouble: 'The cluster did not answer.',
      silence: many((index) => silence(index * 1_000, false, pod(index))),
    },
    failed: { kind: 'failed', operation: OPERATION, message: 'It failed.', stands: notes, undo: plan.undo },
  };
}

type Many = <T>(make: (index: number) => T) => T[];

function planOf(many: Many): Plan {
  const levels = ['ok', 'warning', 'refusal', 'overridden', 'leftOut'] as const;
  const [write] = writesOf(PLAN);
  const [milestone] = proofOf(PLAN);
  if (write === undefined || milestone === undefined) throw new Error('a plan has a write and a proof');
  return {
    ...PLAN,
    checks: many((index) => ({
      code: `Check${index}`,
      level: levels[index % levels.length] ?? 'ok',
      message: `check ${index}`,
      instead: `restore ${index}`,
      isForceable: true,
    })),
    effects: many((index) => ({ code: `Effect${index}`, message: `effect ${index}` })),
    phases: [{ title: 'write', writes: many(() => write), until: many(() => milestone), lease: 'namespace' }],
    undo: many((index) => `kubectl label pod ${index}`),
  };
}

function inspected(many: Many): Inspected {
  return {
    kind: 'inspected',
    service: RNG,
    at: NOW,
    member: member(1, 'not ready', {
      labels: Object.fromEntries(many((index) => [`example.com/label-${index}`, 'value'])),
    }),
    detail: {
      version: '1',
      phase: 'Running',
      isReady: false,
      containers: [],
      initContainers: [],
      claims: [],
      ownVolumes: [],
      graceSeconds: 30,
      hostNetwork: false,
      needs: podNeeds({ cpu: 100, memory: 67_108_864 }),
      message: 'The node was low on memory.',
    },
    containers: many((index) => ({
      name: `container-${index}`,
      image: 'dockercoins/rng:v0.1',
      state: 'waiting: CrashLoopBackOff',
      restarts: index,
      requests: 'cpu 100m',
      limits: '',
      lastTermination: { reason: 'OOMKilled', exitCode: 137, at: NOW, message: 'out of memory' },
    })),
    conditions: many((index) => ({ type: `Condition${index}`, status: 'False', since: NOW, message: 'why' })),
    findings: many((index) => ({ code: 'NodeTainted', text: `Finding ${index}: ${'<&>'.repeat(100)}` })),
    endpoints: [],
    events: many(() => ({ at: NOW, type: 'Warning', reason: 'BackOff', message: 'Back-off', count: 44 })),
  };
}

function logged(many: Many): Logged {
  const text = `${Array.from({ length: 100 }, (_, line) => `03:12:${line} GET /32 500`).join('\n')}\n`;
  return {
    kind: 'logged',
    logs: many((index) => ({ pod: pod(index).name, container: 'rng', text, isCut: false })),
    notes: many((index) => `note ${index}`),
  };
}

/** Fields whose values Pitlane, the API server or Slack choose. */
const FIXED = new Set([
  'kind',
  'command',
  'level',
  'state',
  'was',
  'why',
  'then',
  'op',
  'uid',
  'needed',
  'fingerprint',
  'condition',
]);

/** The value with this text wherever text from outside can appear, such as a label, a log line or a record. */
export function saying<T>(text: string, value: T, key = ''): T {
  if (typeof value === 'string') return (FIXED.has(key) ? value : text) as T;
  if (Array.isArray(value)) return value.map((each) => saying(text, each, key)) as T;
  if (typeof value !== 'object' || value === null || FIXED.has(key)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, saying(text, each, name)])) as T;
}
