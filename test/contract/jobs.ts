import { expect } from 'vitest';
import type { Refusal } from './http.ts';
import * as manifests from './manifests.ts';
import { type Job, nameOf, type Pod } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

const indexKey = 'batch.kubernetes.io/job-completion-index';

function run(on: Space, script: string, spec: object): Promise<Job> {
  return on.job({ spec, pod: { container: { image: 'busybox', command: ['sh', '-c', script], ports: [] } } });
}

const conditionsOf = ({ status }: Job) =>
  (status?.conditions ?? []).map(({ type, status: is, reason, message }) => [type, is, reason, message]);

function untilJob(on: Space, type: string, is = 'True'): Promise<Job> {
  const isThere = ({ status }: Job) => status?.conditions?.some((each) => each.type === type && each.status === is);
  return on.untilObject<Job>(`${type} ${is}`, 'jobs', (job) => isThere(job) === true);
}

/** The conditions that lead to an end, and the end, say the same. */
const ended = (first: string, last: string, reason: string, message: string) => [
  [first, 'True', reason, message],
  [last, 'True', reason, message],
];

const indexesOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.labels?.[indexKey]).sort();

/** How Jobs count, retry and end. */
export const jobs: Theme = (rule) => {
  rule('an Indexed Job runs one pod for each index, which knows its index', async (on) => {
    await run(on, 'true', { completions: 3, parallelism: 2, completionMode: 'Indexed' });
    const job = await untilJob(on, 'Complete');
    const completed = ended(
      'SuccessCriteriaMet',
      'Complete',
      'CompletionsReached',
      'Reached expected number of succeeded pods',
    );
    expect(conditionsOf(job)).toEqual(completed);
    expect([job.status?.succeeded, job.status?.completedIndexes]).toEqual([3, '0-2']);
    const pods = await on.pods();
    expect(indexesOf(pods)).toEqual(['0', '1', '2']);
    for (const { metadata, spec } of pods) {
      const index = metadata.annotations?.[indexKey];
      const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.labels['${indexKey}']` };
      expect([metadata.generateName, spec.hostname, metadata.finalizers]).toEqual([
        `web-${index}-`,
        `web-${index}`,
        undefined,
      ]);
      expect(spec.containers[0]?.env).toEqual([{ name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef } }]);
    }
    await on.untilEvent('Job', 'web', 'Completed: Job completed');
  });

  rule('a Job with a limit per index fails the index, lets the others go on, and then fails', async (on) => {
    const script = 'exit 3';
    await run(on, script, { completions: 2, parallelism: 1, completionMode: 'Indexed', backoffLimitPerIndex: 0 });
    const job = await untilJob(on, 'Failed');
    expect(conditionsOf(job)).toEqual(ended('FailureTarget', 'Failed', 'FailedIndexes', 'Job has failed indexes'));
    expect([job.status?.failed, job.status?.failedIndexes, job.status?.succeeded]).toEqual([2, '0,1', undefined]);
    const counts = (await on.pods()).map(
      ({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'],
    );
    expect(counts).toEqual(['0', '0']);
  });

  rule('a Job fails with more failed indexes than it allows', async (on) => {
    const spec = { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 0 };
    await run(on, 'exit 1', { ...spec, maxFailedIndexes: 1 });
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    expect(conditionsOf(await untilJob(on, 'Failed'))).toEqual(
      ended('FailureTarget', 'Failed', 'MaxFailedIndexesExceeded', message),
    );
  });

  rule('a Job fails at once by the exit code that its failure policy names', async (on) => {
    const onExitCodes = { containerName: 'app', operator: 'In', values: [42] };
    await run(on, 'exit 42', { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes }] } });
    const job = await untilJob(on, 'Failed');
    const [pod] = await on.pods();
    const message = `Container app for pod ${on.name}/${nameOf(pod)} failed with exit code 42 matching FailJob rule at index 0`;
    expect(conditionsOf(job)).toEqual(ended('FailureTarget', 'Failed', 'PodFailurePolicy', message));
    expect(job.status?.failed).toBe(1);
  });

  rule('a Job does not count the failures that its policy ignores, and replaces the pod', async (on) => {
    const onExitCodes = { operator: 'In', values: [42] };
    const rules = [{ action: 'Ignore', onExitCodes }];
    await run(on, 'exit 42', { backoffLimit: 0, podFailurePolicy: { rules } });
    await on.untilPods('a second pod', (pods) => pods.length >= 2);
    const job = await on.get<Job>('jobs', 'web');
    expect([job.status?.failed, conditionsOf(job)]).toEqual([undefined, []]);
  });

  rule('a Job succeeds by the rule of its success policy, and ends its other pods', async (on) => {
    const rules = [{ succeededIndexes: '1' }, { succeededCount: 1 }];
    await on.job({
      spec: { completions: 2, parallelism: 2, completionMode: 'Indexed', successPolicy: { rules } },
      pod: { spec: { nodeName: manifests.nodeWithoutKubelet, terminationGracePeriodSeconds: 0 } },
    });
    const pods = await on.untilPods('pods of both indexes', ({ length }) => length === 2);
    const first = pods.find(({ metadata }) => metadata.labels?.[indexKey] === '0');
    await on.patch('pods', `${nameOf(first)}/status`, { status: { phase: 'Succeeded' } });
    const job = await untilJob(on, 'Complete');
    expect(conditionsOf(job)).toEqual(
      ended('SuccessCriteriaMet', 'Complete', 'SuccessPolicy', 'Matched rules at index 1'),
    );
    expect([job.status?.succeeded, job.status?.failed, job.status?.completedIndexes]).toEqual([1, undefined, '0']);
    expect(indexesOf(await on.pods())).toEqual(['0']);
  });

  rule('a Job that is suspended starts no pods, and begins anew when it is resumed', async (on) => {
    await run(on, 'true', { suspend: true });
    const suspended = await untilJob(on, 'Suspended');
    expect(conditionsOf(suspended)).toEqual([['Suspended', 'True', 'JobSuspended', 'Job suspended']]);
    expect([suspended.status?.startTime, await on.pods()]).toEqual([undefined, []]);
    await on.patch('jobs', 'web', { spec: { suspend: false } });
    const job = await untilJob(on, 'Complete');
    expect(conditionsOf(job)[0]).toEqual(['Suspended', 'False', 'JobResumed', 'Job resumed']);
    await on.untilEvent('Job', 'web', 'Completed: Job completed');
    const events = await on.eventsOn('Job', 'web');
    expect(events.filter((event) => /^(Suspended|Resumed)/.test(event)).sort()).toEqual([
      'Resumed: Job resumed',
      'Suspended: Job suspended',
    ]);
  });

  rule('a Job fails after its deadline, once its pods are gone', async (on) => {
    await run(on, 'sleep 1000', { activeDeadlineSeconds: 2 });
    const message = 'Job was active longer than specified deadline';
    const job = await untilJob(on, 'Failed');
    expect(conditionsOf(job)).toEqual(ended('FailureTarget', 'Failed', 'DeadlineExceeded', message));
    expect([job.status?.failed, await on.pods()]).toEqual([1, []]);
    await on.untilEvent('Job', 'web', `DeadlineExceeded: ${message}`);
  });

  rule('a Job is refused with policies that do not fit its mode, and with counts below zero', async (on) => {
    const refusal = async (spec: object, restartPolicy = 'Never'): Promise<string[]> => {
      const body = manifests.job({ spec, pod: { spec: { restartPolicy } } }, on.cluster.placement);
      const { body: answer } = await on.ask<Refusal>('POST', 'jobs', '', { body, query: { dryRun: 'All' } });
      return answer.details?.causes?.map(({ field, message }) => `${field}: ${message}`) ?? [];
    };
    const indexed = { completions: 2, completionMode: 'Indexed' };
    const onExitCodes = { operator: 'In', values: [0, 1] };
    expect(await refusal({ parallelism: -1, backoffLimit: -2 })).toEqual([
      'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
      'spec.backoffLimit: Invalid value: -2: must be greater than or equal to 0',
    ]);
    expect(await refusal({ backoffLimitPerIndex: 1 })).toEqual([
      'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
    ]);
    expect(await refusal({ ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 3 })).toEqual([
      'spec.maxFailedIndexes: Invalid value: 3: must be less than or equal to completions',
    ]);
    expect(await refusal({ podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes }] } }, 'OnFailure')).toEqual(
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    );
    expect(await refusal({ ...indexed, successPolicy: { rules: [{ succeededCount: 3 }] } })).toEqual([
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of specified completions)',
    ]);
    expect(await refusal({ ...indexed, backoffLimitPerIndex: 1, podReplacementPolicy: 'Failed' })).toEqual([]);
  });

  rule('a Job with a time to live is deleted with its pods', async (on) => {
    await run(on, 'true', { ttlSecondsAfterFinished: 0 });
    await on.untilGone('jobs', 'web');
    expect(await on.pods()).toEqual([]);
  });
};
