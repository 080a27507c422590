import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { adoption } from './adoption.ts';
import { budgets } from './budgets.ts';
import { type ClusterSource, TestCluster } from './cluster.ts';
import { daemonAdoption } from './daemon-adoption.ts';
import { deletionOrder } from './deletion-order.ts';
import { deletions } from './deletions.ts';
import { endpointSlices } from './endpoint-slices.ts';
import { garbage } from './garbage.ts';
import { logs } from './logs.ts';
import { patches } from './patches.ts';
import { draining } from './product-drain.ts';
import { extending } from './product-extend.ts';
import { finishing } from './product-finish.ts';
import { meanwhile } from './product-meanwhile.ts';
import { reading } from './product-reads.ts';
import { refusing } from './product-refusals.ts';
import { restoring } from './product-restore.ts';
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
import { rollout } from './rollout.ts';
import { selectorless } from './selectorless.ts';
import type { Space } from './space.ts';
import { watches } from './watches.ts';
import { writes } from './writes.ts';

/** Registers one rule. Each runs in a namespace of its own, beside others. */
export type Case = (rule: string, run: (on: Space) => Promise<void>) => void;

/** The cases of one theme. */
export type Theme = (rule: Case) => void;

const themes: Readonly<Record<string, Theme>> = {
  pitlane: (rule) => {
    for (const theme of [reading, draining, refusing, restoring, extending, finishing, meanwhile]) theme(rule);
  },
  writes,
  patches,
  reads,
  logs,
  watches,
  deletions,
  'pods that lose a label': release,
  'pods that get their labels back': adoption,
  'pods that get back to a DaemonSet': daemonAdoption,
  'endpoint slices': endpointSlices,
  'Services without selector': selectorless,
  'deletion order': deletionOrder,
  'disruption budgets': budgets,
  'garbage collection': garbage,
  quotas,
  rollouts: rollout,
  'refusals: names': refusalsOfNames,
  'refusals: labels': refusalsOfLabels,
  'refusals: patches': refusalsOfPatches,
  'refusals: queries': refusalsOfQueries,
  'refusals: objects': refusalsOfObjects,
  'refusals: workloads': refusalsOfWorkloads,
  'refusals: requests': refusalsOfRequests,
};

/** Longer than a few waits that all succeed late: a wait that fails says more than a case that runs out of time. */
const caseTimeoutMs = 60_000;

export interface ContractOptions {
  /** The API server cannot call the kubelet of this process, so that it has no logs to give. */
  hasNoLogs?: boolean;
  /** How many cases run beside each other. */
  concurrency?: number;
}

/**
 * What a Kubernetes cluster does, as far as pitlane relies on it, and what pitlane does with it. The same cases run on
 * a real control plane, which is the oracle, and on the embedded one, which imitates it: a case that passes on the
 * first and not on the second has found a bug of the second.
 */
export function describeContract(
  name: string,
  open: () => Promise<ClusterSource>,
  { hasNoLogs = false, concurrency = 20 }: ContractOptions = {},
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
      if (hasNoLogs && cases === logs) continue;
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

    test('no two rules have the same name', () => {
      expect(rules.filter((rule, at) => rules.indexOf(rule) !== at)).toEqual([]);
    });
  });
}
