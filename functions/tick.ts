import type { Context } from 'aws-lambda';
import { slackCourier } from '../pitlane/chat/conversation/courier.ts';
import { LAST_CALL_MS, LAST_WORD_MS } from '../pitlane/chat/slack/api.ts';
import { inTurn } from '../pitlane/chat/slack/in-turn.ts';
import { peopleIn } from '../pitlane/chat/slack/people.ts';
import { ConfigUnusable } from '../pitlane/config/config.ts';
import { isObject, matching, shape } from '../pitlane/text/shape.ts';
import { loggingColdStart } from './cold-start.ts';
import { invocationOf } from './hand-over.ts';
import { openHouse } from './house.ts';
import { logJson, logOf } from './log.ts';
import { slackClient } from './slack-client.ts';
import { slackSecrets } from './slack-secrets.ts';
import type { WorkerDoor } from './worker.ts';

export interface TickDoor extends Omit<WorkerDoor, 'signingSecrets'> {
  /** Invokes this function with an event. Absent: it does not run on Lambda. */
  readonly invoke?: ((event: ClusterEvent) => Promise<void>) | undefined;
}

/** The tick of one cluster. */
export interface ClusterEvent {
  readonly cluster: string;
}

/** The answer to a person who invokes the tick by hand. */
export interface TickAnswer {
  readonly ok: boolean;
  readonly namespaces: number;
  readonly did: readonly string[];
  /** One sentence for each problem. */
  readonly trouble: readonly string[];
}

/** Runs each minute. Never rejects: problems go into the log, and the next tick tries again. */
export function tickHandler(
  door: TickDoor,
): (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<TickAnswer> {
  return async (event, context) => {
    const { house, slack, people, now, editIntervalMs, invoke } = door;
    const log = logOf('tick', door.log);
    const refused = refusalOf(event);
    if (refused !== undefined) {
      log('error', { event: 'invalidInput', why: refused });
      return { ok: false, namespaces: 0, did: [], trouble: [refused] };
    }
    const startedAt = now();
    const end = startedAt + context.getRemainingTimeInMillis();
    try {
      const { pitlane, access } = house();
      const courier = slackCourier({
        roleOf: async (userId) => (await people.roleOf({ userId, teamId: '' }, access)).role,
        slack: inTurn(slack(end - LAST_CALL_MS), { now, deadline: end - LAST_CALL_MS }),
        now,
        onError: (what, error) => log('warn', { event: what, error }),
        intervalMs: editIntervalMs,
      });
      const { namespaces, did, trouble } = await pitlane.tick({
        deadline: end - LAST_WORD_MS,
        courier,
        ...(isClusterEvent(event) && { cluster: event.cluster }),
        ...(invoke !== undefined && { handOver: (cluster) => invoke({ cluster }) }),
      });
      for (const why of did) log('info', { event: 'did', why });
      for (const { where, error } of trouble) log('error', { event: 'trouble', why: where, error });
      if (did.length > 0) log('info', { event: 'over', tookMs: now() - startedAt });
      return { ok: trouble.length === 0, namespaces, did, trouble: trouble.map(toSentence) };
    } catch (error) {
      log('error', { event: 'failed', error });
      const why = error instanceof ConfigUnusable ? error.message : 'Pitlane hit an internal error.';
      return { ok: false, namespaces: 0, did: [], trouble: [why] };
    }
  };
}

/**
 * EventBridge sends the time; a person who invokes it by hand sends nothing, or the name of a cluster, as the tick itself
 * does. It takes no orders.
 */
function refusalOf(event: unknown): string | undefined {
  const isEmpty = event === undefined || event === null || (isObject(event) && Object.keys(event).length === 0);
  if (isEmpty || isSchedule(event) || isClusterEvent(event)) return undefined;
  return 'The tick takes no commands: its event has to be empty, from a schedule of EventBridge, or {"cluster": NAME}. Send commands to the function runbook.';
}

const isClusterEvent = shape<ClusterEvent>({ cluster: matching(/^.{1,253}$/) });

/** The events of EventBridge's rules and of its Scheduler. */
function isSchedule(event: unknown): boolean {
  if (!isObject(event)) return false;
  const isClock = event.source === 'aws.events' || event.source === 'aws.scheduler';
  return isClock && event['detail-type'] === 'Scheduled Event';
}

function toSentence({ where, error }: { readonly where: string; readonly error: unknown }): string {
  return `${where}: ${error instanceof Error ? error.message : String(error)}`;
}

const secrets = slackSecrets({
  onStale: (error) => logJson('warn', { door: 'tick', event: 'secretNotRenewed', error }),
});
const slack = slackClient(secrets);

export const handler = loggingColdStart(
  'tick',
  tickHandler({
    house: () => openHouse('tick'),
    slack,
    people: peopleIn({ slack, now: Date.now }),
    log: logJson,
    now: Date.now,
    // Set by Lambda.
    invoke: process.env.AWS_LAMBDA_FUNCTION_NAME === undefined ? undefined : invocationOf('AWS_LAMBDA_FUNCTION_NAME'),
  }),
);
