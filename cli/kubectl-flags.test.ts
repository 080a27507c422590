import { describe, expect, test } from 'vitest';
import type { Door } from '../pitlane/operate/asker.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { fakePitlane } from '../test/builders/fake-pitlane.ts';
import { DRAIN, OPERATION, REFUSALS } from './fixtures.ts';
import { addKubectlFlags, withFlags, withKubectlFlags } from './kubectl-flags.ts';

const LAB = { path: '/etc/lab.conf', context: 'lab' };
const ON_LAB = 'kubectl --kubeconfig /etc/lab.conf --context lab -n dockercoins';

test.each([
  [{}, 'kubectl -n a get pods', 'kubectl -n a get pods'],
  [{ context: 'lab' }, 'kubectl -n a get pods', 'kubectl --context lab -n a get pods'],
  [{ path: 'my conf' }, 'kubectl -n a get pods', "kubectl --kubeconfig 'my conf' -n a get pods"],
  [{ context: "it's; rm" }, 'kubectl get pods', "kubectl --context 'it'\\''s; rm' get pods"],
  [LAB, 'restore kubectl ', 'restore kubectl '],
  [
    { context: 'lab' },
    'kubectl get pods && kubectl get svc',
    'kubectl --context lab get pods && kubectl --context lab get svc',
  ],
  [
    { context: 'lab' },
    "kubectl annotate pod a 'b=c && kubectl d'",
    "kubectl --context lab annotate pod a 'b=c && kubectl d'",
  ],
])('%j turns %s into %s', (choice, line, want) => {
  expect(addKubectlFlags(line, choice)).toBe(want);
});

describe('adds the flags to every kubectl line of an outcome', () => {
  const outcomes: readonly Outcome[] = [
    { kind: 'proposal', plan: DRAIN, why: 'dryRun' },
    { kind: 'done', operation: OPERATION, plan: DRAIN, proof: [], tookMs: [], notes: [] },
    { kind: 'unfinished', operation: OPERATION, plan: { ...DRAIN, checks: REFUSALS }, proof: [] },
    { kind: 'failed', message: 'It failed.', stands: [], undo: DRAIN.undo },
    { kind: 'refusal', operation: OPERATION, checks: REFUSALS, isForceable: false },
    { kind: 'notUnderstood', message: 'No.', instead: ['list', 'kubectl -n dockercoins get pods'] },
  ];
  test.each(outcomes)('$kind', (outcome) => {
    const lines = (JSON.stringify(withFlags(outcome, LAB)).match(/"kubectl [^"]*"/g) ?? []).map((line) =>
      line.slice(1),
    );
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line.startsWith(ON_LAB)).toBe(true);
    expect(JSON.stringify(withFlags(outcome, LAB)).replaceAll(ON_LAB, 'kubectl -n dockercoins')).toBe(
      JSON.stringify(outcome),
    );
  });
});

test('adds the flags to every event and every outcome of an instance', async () => {
  const told: unknown[] = [];
  const inner = fakePitlane({
    propose: async () => ({ kind: 'proposal', plan: DRAIN, why: 'dryRun' }),
    async carryOut(_, __, { decide, reporter }) {
      await decide?.({ kind: 'proposal', plan: DRAIN, why: 'needsConfirmation' });
      reporter?.event?.({ kind: 'planned', plan: { ...DRAIN, checks: REFUSALS } });
      return { kind: 'failed', message: 'It failed.', stands: [], undo: DRAIN.undo };
    },
    async watch(_, __, { seen }) {
      seen({ kind: 'notUnderstood', message: 'No.', instead: DRAIN.undo });
      return { kind: 'notUnderstood', message: 'No.', instead: DRAIN.undo };
    },
    followLogs: async () => ({ kind: 'notUnderstood', message: 'No.', instead: DRAIN.undo }),
  });
  const house = withKubectlFlags(inner, LAB);
  const asker = { by: 'ada', role: 'admin' as const, requestId: '1' };
  const request = { command: 'drain', service: 'rng', dryRun: false, force: false } as const;
  const logs = { command: 'logs', service: 'rng', previous: false, tail: 1, follow: true } as const;
  const door: Door = {
    deadline: 0,
    async decide(proposal) {
      told.push(proposal);
      return { kind: 'carryOut' };
    },
    reporter: { event: (event) => told.push(event) },
  };
  told.push(
    await house.propose(request, asker),
    await house.carryOut(request, asker, door),
    await house.watch(
      { command: 'drained', service: 'rng' },
      asker,
      { seen: (outcome) => told.push(outcome), trouble: () => {} },
      new AbortController().signal,
    ),
    await house.followLogs(logs, { line: () => {}, mark: () => {} }, new AbortController().signal),
  );
  const text = JSON.stringify(told);
  expect(told).toHaveLength(7);
  expect(text.match(/kubectl /g)?.length).toBe(text.split(ON_LAB).length - 1);
});
