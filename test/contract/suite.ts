import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { access } from './access.ts';
import { admissionPolicies } from './admission-policies.ts';
import { adoption } from './adoption.ts';
import { budgets } from './budgets.ts';
import { type ClusterSource, TestCluster } from './cluster.ts';
import { cronJobs } from './cron-jobs.ts';
import { daemonAdoption } from './daemon-adoption.ts';
import { deletionOrder } from './deletion-order.ts';
import { deletions } from './deletions.ts';
import { endpointSlices } from './endpoint-slices.ts';
import { followingLogs } from './following-logs.ts';
import { garbage } from './garbage.ts';
import { gatePolicies } from './gate-policy.ts';
import { jobs } from './jobs.ts';
import { limitRanges } from './limits.ts';
import { logs } from './logs.ts';
import { namespaces } from './namespaces.ts';
import { nodeLifecycle } from './node-lifecycle.ts';
import { patches } from './patches.ts';
import { asked } from './product-asked.ts';
import { byHand } from './product-by-hand.ts';
import { canaries } from './product-canary.ts';
import { debugging } from './product-debug.ts';
import { draining } from './product-drain.ts';
import { finding } from './product-evidence.ts';
import { extending } from './product-extend.ts';
import { finishing } from './product-finish.ts';
import { gatingByAdmission, gatingByTemplate } from './product-gate.ts';
import { gating } from './product-gate-label.ts';
import { meanwhile } from './product-meanwhile.ts';
import { owners } from './product-owners.ts';
import { reading } from './product-reads.ts';
import { refusing } from './product-refusals.ts';
import { restoring } from './product-restore.ts';
import { roomForReplacements } from './product-room.ts';
import { scheduling } from './product-schedule.ts';
import { severalServices } from './product-services.ts';
import { spreading, spreadingByAdmission } from './product-spread.ts';
import { inSteps } from './product-steps.ts';
import { switching } from './product-switch.ts';
import { undoing } from './product-undo.ts';
import { quotas } from './quotas.ts';
import { reads } from './reads.ts';
import { refusalsOfLabels } from './refusals-labels.ts';
import { refusalsOfNames } from './refusals-names.ts';
import { refusalsOfObjects } from './refusals-objects.ts';
import { refusalsOfPatches } from './refusals-patches.ts';
import { refusalsOfQueries } from './refusals-queries.ts';
import { refusalsOfRequests } from './refusals-requests.ts';
import { refusalsOfWorkloads } from './refusals-workloads.ts';
import { release } from './release.ts';
import { revisions } from './revisions.ts';
import { rollout } from './rollout.ts';
import { room } from './room.ts';
import { selectorless } from './selectorless.ts';
import { services } from './services.ts';
import type { Space } from './space.ts';
import { traps } from './traps.ts';
import { watches } from './watches.ts';
import { writes } from './writes.ts';

/** Registers one case. Each case runs in its own namespace, at the same time as others. */
export type Case = (rule: string, run: (on: Space) => Promise<void>) => void;

/** The cases of one theme. */
export type Theme = (rule: Case) => void;

const themes: Readonly<Record<string, Theme>> = {
  pitlane: (rule) => {
    for (const theme of [
      reading,
      finding,
      draining,
      roomForReplacements,
      refusing,
      owners,
      byHand,
      restoring,
      gating,
      extending,
      finishing,
      undoing,
      gatingByTemplate,
      canaries,
      switching,
      scheduling,
      severalServices,
      meanwhile,
    ])
      theme(rule);
  },
  writes,
  patches,
  reads,
  logs,
  'following logs': followingLogs,
  watches,
  deletions,
  release,
  adoption,
  'adoption by DaemonSets': daemonAdoption,
  'endpoint slices': endpointSlices,
  'Services without a selector': selectorless,
  'deletion order': deletionOrder,
  'disruption budgets': budgets,
  'garbage collection': garbage,
  namespaces,
  access,
  quotas,
  'limit ranges': limitRanges,
  services,
  'room for pods': room,
  'admission policies': admissionPolicies,
  'gate policy': gatePolicies,
  'traps of labels': traps,
  'asked of the API server': asked,
  'gate by admission': gatingByAdmission,
  spread: spreading,
  'spread by admission': spreadingByAdmission,
  debug: debugging,
  steps: inSteps,
  rollouts: rollout,
  revisions,
  jobs,
  'cron jobs': cronJobs,
  'node lifecycle': nodeLifecycle,
  'refusals: names': refusalsOfNames,
  'refusals: labels': refusalsOfLabels,
  'refusals: patches': refusalsOfPatches,
  'refusals: queries': refusalsOfQueries,
  'refusals: objects': refusalsOfObjects,
  'refusals: workloads': refusalsOfWorkloads,
  'refusals: requests': refusalsOfRequests,
};

/** The themes that run the product. */
const OF_PRODUCT = [
  'pitlane',
  'asked of the API server',
  'gate by admission',
  'spread',
  'spread by admission',
  'debug',
  'steps',
];

const WITH_POLICIES = [admissionPolicies, asked, gatePolicies, gatingByAdmission, spreadingByAdmission, traps];

/** Longer than a wait for a condition: a wait that fails says more than a case that times out. */
const caseTimeoutMs = 300_000;

export interface ContractOptions {
  /** The API server cannot reach the kubelet of this process, so it has no logs. */
  hasNoLogs?: boolean;
  /**
   * Installs no admission policies. An API server of 1.36 that loses its last policy with ConfigMap parameters learns of no
   * later change of ConfigMaps for policies until it is restarted (generic/policy_source.go), so they suit only a cluster
   * that ends with the tests.
   */
  hasNoPolicies?: boolean;
  /** Only some of the themes; default: all. */
  isWanted?: (theme: string) => boolean;
  /** Only the themes that run Pitlane. */
  isOfProduct?: boolean;
  /** How many cases run at the same time: with many more, a busy machine answers Pitlane too late. */
  concurrency?: number;
}

/**
 * The behaviour of a Kubernetes cluster that Pitlane relies on, and the behaviour of Pitlane on a cluster. The same cases
 * run on a real control plane, which is the oracle, and on the embedded cluster, which imitates it: a case that passes
 * only on the real one has found a bug of the embedded one.
 */
export function describeContract(
  name: string,
  open: () => Promise<ClusterSource>,
  {
    hasNoLogs = false,
    hasNoPolicies = false,
    isOfProduct = false,
    concurrency = 10,
    isWanted = () => true,
  }: ContractOptions = {},
): void {
  vi.setConfig({ maxConcurrency: concurrency });
  let cluster: TestCluster;
  const rules: string[] = [];

  describe(name, () => {
    beforeAll(async () => {
      cluster = await TestCluster.open(await open());
    });
    afterAll(() => cluster?.close());

    for (const [theme, cases] of Object.entries(themes)) {
      if (!isWanted(theme)) continue;
      if (isOfProduct && !OF_PRODUCT.includes(theme)) continue;
      if (hasNoLogs && [logs, followingLogs].includes(cases)) continue;
      if (hasNoPolicies && WITH_POLICIES.includes(cases)) continue;
      describe.concurrent(theme, () =>
        cases((rule, run) => {
          rules.push(rule);
          test(
            rule,
            async () => {
              const space = await cluster.space();
              try {
                await run(space);
              } finally {
                await cluster.remove(space);
              }
            },
            caseTimeoutMs,
          );
        }),
      );
    }

    test('gives each case its own name', () => {
      expect(rules.filter((rule, at) => rules.indexOf(rule) !== at)).toEqual([]);
    });
  });
}
