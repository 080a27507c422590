import { limited } from '../cluster/limited.ts';
import type { Observation } from '../cluster/observe.ts';
import { readSeenPod } from '../cluster/pod-feed.ts';
import { patiently } from '../cluster/retry.ts';
import type { LogsRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { needsOf } from '../operations/table.ts';
import { Following } from './following.ts';
import { type House, patienceOf, timeToPropose } from './house.ts';
import { containersOf, noContainer, podsOf } from './logs.ts';
import { surveyed } from './missing.ts';
import type { Logged, Outcome } from './outcome.ts';
import { notUnderstood, orFailed } from './problems.ts';
import type { LogListener } from './use-case.ts';

/** Each followed log is a connection. */
const MOST_LOGS = 50;

/**
 * Passes the lines of the request's pods on until the signal. Watches find the pods that begin to match a selector, and mark
 * those that leave or lose their traffic. The log of a named pod ends with the pod.
 */
export async function followLogs(
  house: House,
  service: ServiceConfig,
  request: LogsRequest,
  listener: LogListener,
  signal: AbortSignal,
): Promise<Outcome> {
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  try {
    return await orFailed(async () => {
      const connection = await house.connect(service.cluster);
      const patient = patiently(connection, patienceOf(house, timeToPropose(house), { signal: until }));
      const survey = await surveyed({ house, connection: patient, service }, needsOf(request));
      if (survey.kind !== 'surveyed') return survey;
      const { observation } = survey;
      const found = await podsOf(patient, observation.snapshot, request);
      if (found.kind !== 'pods') return found;
      if (found.pods.length > MOST_LOGS) return tooMany(observation, request, `${found.pods.length} pods`);
      const read = await limited(found.pods, ({ name }) => readSeenPod(patient, service.namespace, name));
      const pods = read.filter((each) => each !== undefined);
      const whole = pods.map(({ pod }) => pod);
      const logs = whole.flatMap((pod) => containersOf(pod, request.container)).length;
      if (logs === 0) return noContainer(whole, request);
      if (logs > MOST_LOGS) return tooMany(observation, request, `${logs} containers`);
      const patience = patienceOf(house, Number.POSITIVE_INFINITY, { signal: until });
      const following = new Following({ connection, observation, request, listener, patience, mostLogs: MOST_LOGS });
      try {
        await following.run(pods);
      } finally {
        ending.abort();
        await following.settled();
      }
      return { kind: 'logged', logs: [], notes: [] } satisfies Logged;
    });
  } finally {
    ending.abort();
  }
}

function tooMany({ snapshot }: Observation, request: LogsRequest, what: string) {
  const message = `${what} of ${snapshot.service.name} match, expected at most ${MOST_LOGS} logs to follow at a time.`;
  const narrower = request.container === undefined ? 'a narrower selector or -c CONTAINER' : 'a narrower selector';
  return notUnderstood('TooManyPods', `${message} Use ${narrower}.`);
}
