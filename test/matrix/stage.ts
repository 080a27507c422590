import './fast-time.ts';
import { slackHandler } from '../../functions/slack.ts';
import type { Job } from '../../pitlane/chat/job.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../sandbox/cluster/start.ts';
import type { FunctionUrlEvent } from '../../sandbox/slack/deliveries.ts';
import { VERDICT } from './invocation.ts';

export const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';

/** What all cases of a file share: a cluster, and the door that verifies and reads what Slack delivers. */
export interface Stage {
  readonly cluster: EmbeddedCluster;
  /** What the door hands over to the worker for a delivery. */
  jobOf(event: FunctionUrlEvent): Promise<Job>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const cluster = await startEmbeddedCluster({ kubelet: { startMs: 1, lingerMs: 0 } });
  cluster.setIntercept(({ headers }) => {
    const verdict = headers[VERDICT];
    return typeof verdict === 'string' ? JSON.parse(verdict) : 'pass';
  });
  let handedOver: Job | undefined;
  const door = slackHandler({
    signingSecret: () => SECRET,
    handOver: async (job) => {
      handedOver = JSON.parse(JSON.stringify(job)) as Job;
    },
    log: () => {},
    now: Date.now,
  });
  let turn: Promise<unknown> = Promise.resolve();
  const jobOf = async (event: FunctionUrlEvent): Promise<Job> => {
    handedOver = undefined;
    const { statusCode } = await door(event, { awsRequestId: 'matrix' } as never);
    if (handedOver === undefined) throw new Error(`nothing was handed over (${statusCode})`);
    return handedOver;
  };
  return {
    cluster,
    jobOf(event) {
      const job = turn.then(() => jobOf(event));
      turn = job.catch(() => {});
      return job;
    },
    close: () => cluster.stop(),
  };
}
