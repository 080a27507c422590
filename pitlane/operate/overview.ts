import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { readKeptSchedules } from '../cluster/journal.ts';
import { limited } from '../cluster/limited.ts';
import { type Patience, patiently } from '../cluster/retry.ts';
import type { DrainedRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { roleFor } from '../operations/table.ts';
import { type KeptSchedules, type Schedule, schedulesOf } from '../rotation/schedule.ts';
import { edgesAfter, timeIn } from '../rotation/schedule-level.ts';
import type { Asker } from './asker.ts';
import { listOf, lookInto } from './drained.ts';
import { type House, type NamespaceOf, namespacesOf } from './house.ts';
import type { DrainedList } from './outcome.ts';

/** What people have taken out of rotation, started and scheduled in all services. */
export interface Overview {
  readonly kind: 'overview';
  /** The keys of the configured services. */
  readonly services: readonly string[];
  /** Its notes are about all that could not be read. */
  readonly list: DrainedList;
  /** In the order of the configuration. */
  readonly schedules: readonly UpcomingSchedule[];
}

export interface UpcomingSchedule {
  /** Of the service. */
  readonly key: string;
  readonly schedule: Schedule;
  /** `enable Mon 2026-11-30 09:00 (Europe/Zurich)`; absent: it does not occur again. */
  readonly next?: string;
}

/** The command that needs the same role, and the same rights in the cluster. */
export const ALL_SERVICES: DrainedRequest = { command: 'drained', service: '' };

/** An answer that a cluster does not give in time is a note, and the others are shown. */
export async function overviewOf(house: House, asker: Asker, patience: Patience): Promise<Overview> {
  const { keys = [], now } = house;
  const mine: House = {
    ...house,
    connect: (cluster) => house.connect(cluster, { ...asker, role: roleFor(ALL_SERVICES) }),
  };
  const seen = await limited(namespacesOf(house, keys), async (space) => {
    const pods = await lookInto(space, mine, patience);
    const kept = pods.isUnread ? NOTHING_KEPT : await keptIn(space, mine, patience);
    return { ...pods, notes: [...pods.notes, ...kept.notes], kept: kept.schedules };
  });
  const kept = new Map(seen.flatMap((space) => [...space.kept]));
  const services = keys.map(house.service).filter((each) => each !== undefined);
  return {
    kind: 'overview',
    services: keys,
    list: listOf(seen, now()),
    schedules: services.flatMap(({ key, policy }) =>
      schedulesOf(policy, kept.get(key)).map((schedule) => upcoming(key, schedule, now())),
    ),
  };
}

interface Kept {
  /** By the key of the service. */
  readonly schedules: ReadonlyMap<string, KeptSchedules>;
  readonly notes: readonly string[];
}

const NOTHING_KEPT: Kept = { schedules: new Map(), notes: [] };

/** The schedules that were added by command; the others stand in pitlane.yaml. */
async function keptIn({ cluster, services }: NamespaceOf, { connect }: House, patience: Patience): Promise<Kept> {
  const schedules = new Map<string, KeptSchedules>();
  const notes: string[] = [];
  await limited(services, async (service: ServiceConfig) => {
    try {
      const kept = await readKeptSchedules(patiently(await connect(cluster), patience), service);
      schedules.set(service.key, kept);
      for (const key of kept.unreadable) notes.push(`${key} of ${service.key} can't be read, and is not followed.`);
    } catch (error) {
      if (!(error instanceof ClusterError || error instanceof CannotConnect)) throw error;
      notes.push(`The schedules of ${service.key} that were added by command could not be read. ${error.message}`);
    }
  });
  return { schedules, notes };
}

function upcoming(key: string, schedule: Schedule, now: number): UpcomingSchedule {
  const [edge] = edgesAfter(schedule, now, 1);
  if (edge === undefined) return { key, schedule };
  return { key, schedule, next: `${edge.does} ${timeIn(schedule.tz, edge.at)} (${schedule.tz})` };
}
