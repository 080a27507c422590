import type { Check, Milestone, Phase, Plan } from './plan.ts';
import type { PodRef } from './snapshot.ts';

/** The plan without what it does to some of its pods, and why, by pod. Undefined: nothing would be left of it. */
export function leaveOut(
  plan: Plan,
  found: readonly { readonly pod: PodRef; readonly check: Check }[],
): Plan | undefined {
  if (found.length === 0) return plan;
  const uids = new Set(found.map(({ pod }) => pod.uid));
  const phases = plan.phases.flatMap((phase): Phase[] => {
    const until = phase.until.flatMap((milestone) => withoutPods(milestone, uids));
    const writes = phase.writes.filter(({ target }) => !uids.has(target.uid));
    return until.length === 0 && writes.length === 0 ? [] : [{ ...phase, writes, until }];
  });
  const checks = found.map(({ pod, check }): Check => ({ ...check, level: 'leftOut', pod: pod.name }));
  return phases.length === 0 ? undefined : { ...plan, phases, checks: [...checks, ...plan.checks] };
}

function withoutPods(milestone: Milestone, uids: ReadonlySet<string>): Milestone[] {
  const { condition } = milestone;
  if (!('pods' in condition)) return uids.has(condition.pod.uid) ? [] : [milestone];
  const pods = condition.pods.filter(({ uid }) => !uids.has(uid));
  return pods.length === 0 ? [] : [{ ...milestone, condition: { ...condition, pods } }];
}
