import type { Undone } from '../command/request.ts';
import { fingerprintOf } from '../rotation/make-plan.ts';
import type { Check, Plan } from '../rotation/plan.ts';
import { time } from '../text/words.ts';

/** The code of the check that makes every undo ask. */
export const UNDOES = 'Undoes';

/** The plan of an operation that undoes another one: it names that one, and always needs a confirmation. */
export function asUndo(plan: Plan, undoes: Undone): Plan {
  const check: Check = { code: UNDOES, level: 'warning', message: `${undoText(undoes)}.` };
  return {
    ...plan,
    checks: [check, ...plan.checks],
    fingerprint: fingerprintOf([check], [undoes.id, plan.fingerprint], []),
  };
}

/** `Undo of drain of rng-a (3f2a…) by ada at 2026-11-24 10:02:00 UTC` */
export function undoText({ id, what, by, at, except }: Undone): string {
  return `Undo of ${what} (${id}) by ${by} at ${time(at)}${except === undefined ? '' : `, except ${except}`}`;
}
