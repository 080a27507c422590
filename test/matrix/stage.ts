import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { slackHandler } from '../../functions/slack.ts';
import type { Job } from '../../pitlane/chat/job.ts';
import { type Connection, connectionTo } from '../../pitlane/cluster/connection.ts';
import type { FunctionUrlEvent } from '../../sandbox/slack/deliveries.ts';
import { installGatePolicy } from '../gate-policy.ts';
import { during, startVirtualTime, stopVirtualTime } from '../virtual-time.ts';
import type { Fate } from './fate.ts';
import { Lifetime } from './lifetime.ts';

export const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';

/** The header that tells the cluster how to treat a request. */
const VERDICT = 'x-matrix-verdict';

/** What all cases of a file share: the cluster, and the Slack function that makes jobs. */
export interface Stage {
  readonly cluster: EmbeddedCluster;
  /** Connects to the cluster. With a verdict, that becomes of each request. */
  connect(verdict?: Fate['verdict']): Connection;
  /** The job that the Slack function hands over for a delivery. */
  jobOf(event: FunctionUrlEvent): Promise<Job>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  startVirtualTime(() => Lifetime.current());
  const cluster = await during(startEmbeddedCluster({ historyLength: 500, kubelet: { startMs: 1, lingerMs: 0 } }));
  await installGatePolicy({ cluster });
  cluster.setIntercept(({ headers }) => {
    const verdict = headers[VERDICT];
    return typeof verdict === 'string' ? JSON.parse(verdict) : 'pass';
  });
  let handedOver: Job | undefined;
  const door = slackHandler({
    signingSecrets: () => [SECRET],
    handOver: async ({ job }) => {
      handedOver = JSON.parse(job) as Job;
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
    connect: (verdict) =>
      connectionTo(verdict === undefined ? cluster.kubeConfigInProcess : withVerdict(cluster, verdict)),
    jobOf(event) {
      const job = turn.then(() => jobOf(event));
      turn = job.catch(() => {});
      return job;
    },
    async close() {
      await during(cluster.stop());
      stopVirtualTime();
    },
  };
}

/** Only what breaks a connection needs a socket. */
function withVerdict(
  cluster: EmbeddedCluster,
  verdict: NonNullable<Fate['verdict']>,
): Parameters<typeof connectionTo>[0] {
  const { server, kubeConfigInProcess } = cluster;
  return {
    getCurrentContext: () => 'matrix',
    getCurrentCluster: () => ({ name: 'matrix', server, skipTLSVerify: false }),
    applySecurityAuthentication: async (context) => context.setHeaderParam(VERDICT, JSON.stringify(verdict)),
    ...(typeof verdict === 'object' && { http: kubeConfigInProcess.http }),
  };
}
