import { cluster } from './rules/cluster.ts';
import { config } from './rules/config.ts';
import { checkEvent } from './rules/event.ts';
import { jobs } from './rules/jobs.ts';
import type { Rules } from './rules/kind-rules.ts';
import { mutatingPolicies } from './rules/mutating-policy.ts';
import { network } from './rules/network.ts';
import { pods } from './rules/pod.ts';
import { quotas } from './rules/quota.ts';
import { rbac } from './rules/rbac.ts';
import { workloads } from './rules/workloads.ts';

/** By resource. Kinds without an entry have no rules of their own. */
const rules: Record<string, Rules> = {
  pods,
  ...workloads,
  ...jobs,
  ...network,
  ...cluster,
  ...config,
  ...quotas,
  ...rbac,
  ...mutatingPolicies,
  events: { checkNew: checkEvent },
};

export function rulesOf(resource: string): Rules {
  return rules[resource] ?? {};
}
