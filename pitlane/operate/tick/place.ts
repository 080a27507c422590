import { beat } from '../../cluster/heartbeat.ts';
import { readJournals } from '../../cluster/journal.ts';
import { type Observation, survey } from '../../cluster/observe.ts';
import type { ServiceConfig } from '../../config/config.ts';
import { EMPTY_JOURNAL } from '../../journal/entry.ts';
import { gateText } from '../../rotation/gate-record.ts';
import { DRAINED_FROM } from '../../rotation/marks.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import type { NamespaceOf } from '../house.ts';
import type { TickOptions, TickTrouble } from '../use-case.ts';
import { endCanaries } from './canaries.ts';
import { lookAfterDisabled } from './disabled.ts';
import { lookAfterDrains } from './drains.ts';
import { lookAfterGate } from './gates.ts';
import { isThorough } from './minutes.ts';
import type { Round } from './round.ts';
import { keepSchedules } from './schedules.ts';
import { finishOperations } from './unfinished.ts';

/** One cluster in one tick. */
export interface ClusterRound extends Pick<Round, 'house' | 'pitlane' | 'connection' | 'connect' | 'patience'> {
  readonly options: TickOptions;
  /** The pods of the namespace with the mark of a drain. */
  drainedIn(namespace: string): Promise<readonly Pod[]>;
  readonly did: string[];
  readonly trouble: TickTrouble[];
}

export interface Place extends NamespaceOf {
  /** Of all configured places. */
  readonly index: number;
}

/** Looks after the services of a namespace. Never rejects. */
export async function lookAfterPlace(
  { drainedIn, did, trouble, ...cluster }: ClusterRound,
  place: Place,
): Promise<void> {
  const { house, connection } = cluster;
  const isThoroughNow = isThorough(house.now(), place.index);
  const { namespace, services } = place;
  const where = `${place.cluster}/${namespace}`;
  try {
    const names = services.map(({ service }) => service);
    const beating = isThoroughNow ? beat(connection, namespace, names, house.now()) : undefined;
    beating?.catch((error) => trouble.push({ where, error }));
    const [journals, pods] = await Promise.all([readJournals(connection, namespace, names), drainedIn(namespace)]);
    await Promise.all(
      services.map(async (service) => {
        const at = `${where} ${service.key}`;
        const listed = journals.find((journal) => journal.service === service.service);
        for (const kept of [listed?.journal, listed?.admin])
          for (const why of kept?.troubles ?? []) trouble.push({ where: at, error: new Error(why) });
        const round: Round = {
          ...cluster,
          service,
          journals: listed,
          journal: listed?.journal?.journal ?? EMPTY_JOURNAL,
          drained: pods.filter(({ labels }) => labels[DRAINED_FROM] === service.service),
          isThorough: isThoroughNow,
          survey: surveyOnce(service, house.now),
          did: (sentence) => did.push(`${at}: ${sentence}`),
          trouble: (error) => trouble.push({ where: at, error }),
        };
        // Side by side: a wait for an operation must not delay reminders.
        const work = [
          finishOperations(round),
          lookAfterDrains(round),
          lookAfterDisabled(round),
          endCanaries(round),
          lookAfterGate(round),
          keepSchedules(round),
        ];
        await Promise.all(work.map((each) => each.catch(round.trouble)));
      }),
    );
    await beating?.catch(() => {});
  } catch (error) {
    trouble.push({ where, error });
  }
}

function surveyOnce(service: ServiceConfig, now: () => number): Round['survey'] {
  const made = new Map<string, Promise<Observation>>();
  return (connection, gate) => {
    const known = made.get(gateText(gate));
    if (known !== undefined) return known;
    const policy = { ...service.policy, gate };
    const observed = survey(connection, { ...service, policy }, { members: 'summary', onlySelected: true }, now);
    made.set(gateText(gate), observed);
    return observed;
  };
}
