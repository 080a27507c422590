import type { Connection } from '../../cluster/connection.ts';
import { type ListedJournal, listJournals } from '../../cluster/journal.ts';
import { listPods } from '../../cluster/list.ts';
import { patiently } from '../../cluster/retry.ts';
import type { ChangeRequest, Request } from '../../command/request.ts';
import type { ServiceConfig } from '../../config.ts';
import type { JournalEntry } from '../../journal.ts';
import type { ChangeOutcome, OperationEvent, Outcome } from '../../outcome.ts';
import { DRAINED_FROM } from '../../rotation/marks.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import type { AdvanceOptions, Asker } from '../asker.ts';
import { type House, patienceOf } from '../house.ts';
import type { Courier } from './courier.ts';
import { lookAfterDrains } from './drains.ts';
import { finishOperations } from './unfinished.ts';

/** What a tick does as anybody else would. */
export interface Acting {
  propose(request: Request, asker: Asker): Promise<Outcome>;
  advance(request: ChangeRequest, asker: Asker, options: AdvanceOptions): AsyncGenerator<OperationEvent, ChangeOutcome>;
  resume(service: string, entry: JournalEntry, options: Resuming): Promise<ChangeOutcome>;
}

export type Resuming = Pick<AdvanceOptions, 'deadline' | 'reporter' | 'signal'>;

export interface TickOptions {
  /** Milliseconds since the epoch: what is not done by then is left to the next tick. */
  readonly deadline: number;
  readonly courier: Courier;
}

/** What a tick did and could not do, for the log. */
export interface TickReport {
  readonly namespaces: number;
  /** A sentence each: `finished drain of rng-b85tm (done)`. */
  readonly did: readonly string[];
  /** What went wrong; everything else was looked after all the same. */
  readonly trouble: readonly TickTrouble[];
}

export interface TickTrouble {
  /** `prod/dockercoins`, or `prod/dockercoins rng`. */
  readonly where: string;
  readonly error: unknown;
}

/** One service in one tick. */
export interface Round {
  readonly house: House;
  readonly pitlane: Acting;
  readonly connection: Connection;
  readonly service: ServiceConfig;
  readonly found: Extract<ListedJournal, { kind: 'kept' }> | undefined;
  /** Those that carry the mark of the service. */
  readonly drained: readonly Pod[];
  readonly options: TickOptions;
  did(sentence: string): void;
  trouble(error: unknown): void;
}

/**
 * Looks after what nobody is at work on: operations that were left, drains whose time is up, records of pods that are
 * gone. Two requests for each namespace tell whether there is anything to do, whatever the number of services. What goes
 * wrong with one cluster or service keeps no other from being looked after.
 */
export async function tick(house: House, pitlane: Acting, options: TickOptions): Promise<TickReport> {
  const did: string[] = [];
  const trouble: TickTrouble[] = [];
  const places = placesOf(house);
  await Promise.all(
    places.map(async ({ cluster, namespace, services }) => {
      const where = `${cluster}/${namespace}`;
      try {
        const connection = patiently(await house.connect(cluster), patienceOf(house, options.deadline));
        const [journals, pods] = await Promise.all([
          listJournals(connection, namespace),
          listPods(connection, { namespace, labelSelector: DRAINED_FROM }, 'whole'),
        ]);
        await Promise.all(
          services.map(async (service) => {
            const place = `${where} ${service.key}`;
            const listed = journals.find((journal) => journal.service === service.service);
            if (listed?.kind === 'unreadable') {
              trouble.push({ where: place, error: new Error(listed.why) });
              return;
            }
            const round: Round = {
              house,
              pitlane,
              connection,
              service,
              found: listed,
              drained: pods.items.filter(({ labels }) => labels[DRAINED_FROM] === service.service),
              options,
              did: (sentence) => did.push(`${place}: ${sentence}`),
              trouble: (error) => trouble.push({ where: place, error }),
            };
            // Side by side: what is waited for, for as long as there is time, keeps nobody from being reminded.
            const work = [finishOperations(round), lookAfterDrains(round)];
            await Promise.all(work.map((each) => each.catch(round.trouble)));
          }),
        );
      } catch (error) {
        trouble.push({ where, error });
      }
    }),
  );
  return { namespaces: places.length, did, trouble };
}

interface NamespaceOf {
  readonly cluster: string;
  readonly namespace: string;
  /** Each Kubernetes Service once, by whichever key comes first. */
  readonly services: readonly ServiceConfig[];
}

function placesOf({ keys = [], service }: House): readonly NamespaceOf[] {
  const services = keys.map(service).filter((each) => each !== undefined);
  const places = Map.groupBy(services, ({ cluster, namespace }) => `${cluster}/${namespace}`);
  return [...places.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const once = new Map(group.toReversed().map((each) => [each.service, each]));
    return [{ cluster: first.cluster, namespace: first.namespace, services: [...once.values()].toReversed() }];
  });
}
