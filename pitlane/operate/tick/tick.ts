import { beat } from '../../cluster/heartbeat.ts';
import { readJournals } from '../../cluster/journal.ts';
import { listPods } from '../../cluster/list.ts';
import { type Observation, survey } from '../../cluster/observe.ts';
import { patiently } from '../../cluster/retry.ts';
import type { ServiceConfig } from '../../config/config.ts';
import { gateText } from '../../rotation/gate-record.ts';
import { DRAINED_FROM } from '../../rotation/marks.ts';
import { type House, namespacesOf, patienceOf } from '../house.ts';
import type { TickOptions, TickReport, TickTrouble } from '../use-case.ts';
import { endCanaries } from './canaries.ts';
import { lookAfterDisabled } from './disabled.ts';
import { lookAfterDrains } from './drains.ts';
import { lookAfterGate } from './gates.ts';
import { isThorough } from './minutes.ts';
import type { Acting, Round } from './round.ts';
import { keepSchedules } from './schedules.ts';
import { finishOperations } from './unfinished.ts';

/**
 * Continues the operations that no process works on, looks after drained pods, canaries and gates, and keeps schedules. One
 * request for each namespace and two for each service show if there is anything to do; every 10 minutes two more for each
 * namespace show that a tick looks after its services. An error of one cluster does not affect the others.
 */
export async function tick(house: House, pitlane: Acting, options: TickOptions): Promise<TickReport> {
  const did: string[] = [];
  const trouble: TickTrouble[] = [];
  const places = namespacesOf(house, house.keys ?? []);
  await Promise.all(
    places.map(async ({ cluster, namespace, services }) => {
      const where = `${cluster}/${namespace}`;
      try {
        const connection = patiently(await house.connect(cluster), patienceOf(house, options.deadline));
        const beating = isThorough(house.now())
          ? beat(
              connection,
              namespace,
              services.map(({ service }) => service),
              house.now(),
            )
          : undefined;
        beating?.catch((error) => trouble.push({ where, error }));
        const [journals, pods] = await Promise.all([
          readJournals(
            connection,
            namespace,
            services.map(({ service }) => service),
          ),
          listPods(connection, { namespace, labelSelector: DRAINED_FROM }, 'whole'),
        ]);
        await Promise.all(
          services.map(async (service) => {
            const place = `${where} ${service.key}`;
            const listed = journals.find((journal) => journal.service === service.service);
            for (const kept of [listed?.journal, listed?.admin])
              for (const why of kept?.troubles ?? []) trouble.push({ where: place, error: new Error(why) });
            const round: Round = {
              house,
              pitlane,
              connection,
              service,
              journals: listed,
              drained: pods.items.filter(({ labels }) => labels[DRAINED_FROM] === service.service),
              options,
              survey: surveyOnce(service, house.now),
              did: (sentence) => did.push(`${place}: ${sentence}`),
              trouble: (error) => trouble.push({ where: place, error }),
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
    }),
  );
  return { namespaces: places.length, did, trouble };
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
