import { type Check, type Milestone, type Phase, type Plan, replacementTitle } from './plan.ts';
import type { PodRef } from './snapshot.ts';

/** The plan without some of its pods, each with the reason. Undefined: nothing would be left of the plan. */
export function leaveOut(
  plan: Plan,
  found: readonly { readonly pod: PodRef; readonly check: Check }[],
): Plan | undefined {
  if (found.length === 0) return plan;
  const pods = found.map(({ pod }) => pod);
  const uids = new Set(pods.map(({ uid }) => uid));
  const phases = plan.phases.flatMap((phase): Phase[] => {
    const until = phase.until.flatMap((milestone) => withoutPods(milestone, uids));
    const writes = phase.writes.filter(({ target }) => !uids.has(target.uid));
    return until.length === 0 && writes.length === 0 ? [] : [{ ...phase, writes, until }];
  });
  const checks = found.map(({ pod, check }): Check => ({ ...check, level: 'leftOut', pod: pod.name }));
  const undo = undoWithout(plan.undo, pods);
  return phases.length === 0 ? undefined : { ...plan, phases, checks: [...checks, ...plan.checks], undo };
}

/** The kubectl lines without those of some pods. */
export function undoWithout(undo: readonly string[], pods: readonly PodRef[]): readonly string[] {
  const names = new Set(pods.map(({ name }) => name));
  return undo.filter((line) => !names.has(/ pod (\S+)/.exec(line)?.[1] ?? ''));
}

function withoutPods(milestone: Milestone, uids: ReadonlySet<string>): Milestone[] {
  const { condition } = milestone;
  if ('pod' in condition) return uids.has(condition.pod.uid) ? [] : [milestone];
  if (!('pods' in condition)) return [milestone];
  const pods = condition.pods.filter(({ uid }) => !uids.has(uid));
  if (pods.length === condition.pods.length) return [milestone];
  const title = replacementTitle(condition.kind, pods.length);
  return pods.length === 0 ? [] : [{ ...milestone, title, condition: { ...condition, pods } }];
}
