import { hash64 } from '../text/hash.ts';
import { messagesOf } from './effect.ts';
import { type Check, changesNothing, type Operation, type Phase, type Plan, type Write } from './plan.ts';

/** A phase; absent: no writes, nothing to wait for, and the lease of the namespace. */
export type PhaseDraft = Pick<Phase, 'title'> & Partial<Phase>;

interface Parts
  extends Partial<
    Pick<Plan, 'checks' | 'effects' | 'undo' | 'hasBegun' | 'opposite' | 'gate' | 'diff' | 'next' | 'failure'>
  > {
  readonly phases: readonly PhaseDraft[];
}

/**
 * The plan for one pod or service. Unless said otherwise, it has begun where its first phase has nothing left to write.
 *
 * @param lasting the sentences of the effects, without times and numbers that change all the time, for the fingerprint
 */
export function makePlan(
  operation: Operation,
  { checks = [], effects = [], phases: drafts, undo = [], hasBegun, opposite, gate, diff, next, failure }: Parts,
  lasting = messagesOf(effects),
): Plan {
  const phases = drafts.map((draft): Phase => ({ writes: [], until: [], lease: 'namespace', ...draft }));
  const writes = phases[0]?.writes ?? [];
  const begun = hasBegun ?? writes.length === 0;
  const isNothing = changesNothing({ phases, hasBegun: begun });
  return {
    kind: 'plan',
    operation,
    checks,
    effects,
    phases,
    hasBegun: begun,
    undo: isNothing ? [] : undo,
    ...(gate !== undefined && { gate }),
    ...(diff !== undefined && { diff }),
    ...(next !== undefined && { next }),
    ...(failure !== undefined && { failure }),
    ...(opposite !== undefined && !isNothing && { opposite }),
    fingerprint: fingerprintOf(checks, lasting, writes),
  };
}

/**
 * Identifies what a person confirms: check codes and levels, effects, and what the writes touch, without values that hold
 * times. In hexadecimal: it detects changes, not forgery.
 */
export function fingerprintOf(checks: readonly Check[], effects: readonly string[], writes: readonly Write[]): string {
  const found = checks.map(({ code, level, pod }) => (pod === undefined ? [code, level] : [code, level, pod]));
  const text = JSON.stringify([found, effects, writes.map(touched)]);
  return hash64(text).toString(16).padStart(16, '0');
}

function touched(write: Write): unknown {
  const { key, title, target } = write;
  return [key, title, target.uid, write.kind === 'patch' ? write.patch.map(({ op, path }) => [op, path]) : write.kind];
}
