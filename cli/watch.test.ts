import { expect, test } from 'vitest';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { members } from '../pitlane/rotation/membership.ts';
import type { Snapshot } from '../pitlane/rotation/snapshot.ts';
import { NOW, rng } from '../test/builders/snapshot.ts';
import { plain } from './colour.ts';
import type { Session } from './session.ts';
import { changesOf } from './watch.ts';

const MINUTE = 60_000;

/** A screen, and what was written to it since the last look. */
function screen() {
  let [written, told, now] = ['', '', NOW];
  const terminal = {
    now: () => now,
    out: (text: string) => (written += text),
    err: (text: string) => (told += text),
  } as unknown as Session['terminal'];
  const style = { prefix: 'pitlane rng', paint: plain, isChange: false, isWide: false, isTerminal: true, now: NOW };
  const listener = changesOf({ terminal, style: { ...style, width: 80 } });
  return {
    seen(outcome: Outcome): readonly string[] {
      written = '';
      listener.seen(outcome);
      now += MINUTE;
      return written.split('\n').slice(0, -1);
    },
    trouble(text: string): string {
      told = '';
      listener.trouble(text);
      return told;
    },
  };
}

function listed(snapshot: Snapshot): Outcome {
  const all = members(snapshot);
  return { kind: 'listed', service: snapshot.service, at: NOW, members: all, all: false, counts: {}, notes: [] };
}

test('shows the whole list once, then a line for each pod that changed, and nothing because time passes', () => {
  const { seen } = screen();
  const before = rng().drained('7pt82').snapshot();
  const first = seen(listed(before));
  expect(first).toHaveLength(1 + 1 + members(before).length);
  expect(seen(listed(before))).toEqual([]);
  const changed = rng().drained('7pt82').pod('hfbrr', { status: 'CrashLoopBackOff', restarts: 1 }).snapshot();
  const lines = seen(listed(changed));
  // Fewer columns fit beside the longer status, so their titles come again.
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/-hfbrr .*CrashLoopBackOff/);
  expect(lines[1]?.indexOf('CrashLoopBackOff')).toBe(lines[0]?.indexOf('STATUS'));
  const again = seen(
    listed(rng().drained('7pt82').pod('hfbrr', { status: 'CrashLoopBackOff', restarts: 2 }).snapshot()),
  );
  expect(again).toHaveLength(1);
});

test('names a pod that is gone', () => {
  const { seen } = screen();
  const before = rng().snapshot();
  seen(listed(before));
  const [gone, ...others] = before.pods;
  expect(seen(listed({ ...before, pods: others }))).toEqual([`${gone?.name}   gone`]);
});

test('shows drained pods that come', () => {
  const { seen } = screen();
  const list: Outcome = { kind: 'drainedList', at: NOW, drained: [], notes: [] };
  expect(seen(list)).toHaveLength(1);
  const [pod] = rng().snapshot().pods;
  if (pod === undefined) throw new Error('rng has no pod');
  const lines = seen({ ...list, drained: [{ key: 'rng', cluster: 'lab', namespace: 'dockercoins', pod }] });
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(pod.name);
});

test('tells a trouble once, until an answer comes', () => {
  const { seen, trouble } = screen();
  expect(trouble('No answer.')).toBe('--- No answer.\n');
  expect(trouble('No answer.')).toBe('');
  seen(listed(rng().snapshot()));
  expect(trouble('No answer.')).toBe('--- No answer.\n');
});
