import type { Connection } from '../../cluster/connection.ts';
import { changeOutages, type Outage, type OutageMarks, readOutages } from '../../cluster/outage-marks.ts';
import { patiently } from '../../cluster/retry.ts';
import { type House, type NamespaceOf, patienceOf } from '../house.ts';
import { within } from '../within.ts';
import type { Courier } from './courier.ts';
import { isMinuteOf } from './minutes.ts';

/** How often a cluster that was found silent twice is looked at. */
const RETRY_EVERY_MINUTES = 5;
/** Found by two ticks, not by two looks of ticks at once. */
const CONFIRMED_MS = 50_000;
/** The first namespace of each of so many clusters keeps the marks of the others. */
const BOARDS = 3;
const BOARD_MS = 3_000;

/** What to tell, and where. */
interface Telling {
  readonly courier: Courier;
  readonly trouble: (error: unknown) => void;
}

/**
 * The clusters that do not answer. They can't keep a mark that says so, and a process forgets: so marks are kept in other
 * clusters. Where there is none, a process tells only of an outage that it has seen begin.
 */
export class Outages {
  readonly #house: House;
  readonly #places: ReadonlyMap<string, readonly NamespaceOf[]>;
  readonly #boards: readonly NamespaceOf[];
  readonly #known = new Map<string, Outage>();
  /** Have answered this process. */
  readonly #seen = new Set<string>();
  #loading: Promise<void> | undefined;

  /** `places`: all that are configured, by cluster. */
  constructor(house: House, places: ReadonlyMap<string, readonly NamespaceOf[]>) {
    this.#house = house;
    this.#places = places;
    this.#boards = places.size < 2 ? [] : [...places.values()].flatMap(([first]) => first ?? []).slice(0, BOARDS);
  }

  /** Reads the marks, if this process has not yet. `anew`: even so. */
  load(anew: boolean): Promise<void> {
    if (this.#loading === undefined || anew) this.#loading = this.#load();
    return this.#loading;
  }

  async #load(): Promise<void> {
    const read = await Promise.all(
      this.#boards.map(async (board) => ({ board, marks: await this.#on(board, readOutages) })),
    );
    for (const cluster of this.#places.keys()) {
      const others = read.filter(({ board, marks }) => board.cluster !== cluster && marks !== undefined);
      if (others.length === 0) continue;
      this.#set(
        cluster,
        others.flatMap(({ marks }) => marks?.get(cluster) ?? []),
      );
    }
  }

  isKnown(cluster: string): boolean {
    return this.#known.has(cluster);
  }

  /** It is the turn of another tick. */
  isLeftOut(cluster: string, now: number): boolean {
    return this.#known.get(cluster)?.told !== undefined && !isMinuteOf(RETRY_EVERY_MINUTES, now);
  }

  /** The cluster has not answered. Tells its channels, once for all processes, when it is found for the second time. */
  async silent(cluster: string, reason: string, telling: Telling): Promise<void> {
    await this.#loading;
    const now = this.#house.now();
    const before = this.#known.get(cluster) ?? { since: now };
    const marked = await this.#change(cluster, (mark) => (mark === undefined ? before : undefined));
    const outage = marked?.mark ?? before;
    this.#known.set(cluster, outage);
    if (now - outage.since < CONFIRMED_MS) return;
    if (marked === undefined && !this.#seen.has(cluster)) {
      this.#known.set(cluster, { ...outage, told: outage.told ?? [] });
      return;
    }
    const untold = (mark: Outage) =>
      this.#channelsOf(cluster).filter((channel) => mark.told?.includes(channel) !== true);
    let channels = untold(outage);
    const claim = (mark: Outage = outage): Outage | undefined => {
      channels = untold(mark);
      const told = [...(mark.told ?? []), ...channels];
      return mark.told !== undefined && channels.length === 0 ? undefined : { ...mark, told };
    };
    // Marked first: if this process dies now, it is told nowhere, instead of twice.
    const claimed = (await this.#change(cluster, claim))?.mark ?? claim() ?? outage;
    this.#known.set(cluster, claimed);
    const failed = await this.#tell(cluster, channels, outage.since, telling, reason);
    if (failed.length === 0) return;
    const told = claimed.told?.filter((channel) => !failed.includes(channel)) ?? [];
    this.#known.set(cluster, { ...claimed, told });
    await this.#change(cluster, (mark) => mark && { ...mark, told });
  }

  /** The cluster has answered. */
  async answered(cluster: string, telling: Telling): Promise<void> {
    await this.#loading;
    this.#seen.add(cluster);
    const outage = this.#known.get(cluster);
    if (outage === undefined) return;
    this.#known.delete(cluster);
    let removed: Outage | undefined;
    const changed = await this.#change(cluster, (mark) => {
      removed = mark;
      return mark && 'none';
    });
    const over = changed === undefined ? outage : removed;
    const channels = this.#channelsOf(cluster).filter((channel) => over?.told?.includes(channel));
    if (over !== undefined) await this.#tell(cluster, channels, over.since, telling);
  }

  /** Returns the channels to try again. */
  async #tell(
    cluster: string,
    channels: readonly string[],
    since: number,
    { courier, trouble }: Telling,
    reason?: string,
  ): Promise<readonly string[]> {
    const services = this.#servicesOf(cluster);
    const failed = await Promise.all(
      channels.map(async (channel) => {
        const keys = services.filter((service) => service.channel === channel).map(({ key }) => key);
        const news = { cluster, channel, services: keys, since, retryMinutes: RETRY_EVERY_MINUTES };
        try {
          await courier.tellOfOutage(reason === undefined ? news : { ...news, reason });
          return [];
        } catch (error) {
          trouble(error);
          return [channel];
        }
      }),
    );
    return failed.flat();
  }

  #channelsOf(cluster: string): readonly string[] {
    return [...new Set(this.#servicesOf(cluster).flatMap(({ channel }) => channel ?? []))];
  }

  #servicesOf(cluster: string) {
    return (this.#places.get(cluster) ?? []).flatMap((place) => place.services);
  }

  /** The earliest of the marks, with all their channels. */
  #set(cluster: string, marks: readonly Outage[]): void {
    const [first] = [...marks].sort((a, b) => a.since - b.since);
    const told = marks.flatMap((mark) => (mark.told === undefined ? [] : [mark.told]));
    if (first === undefined) this.#known.delete(cluster);
    else this.#known.set(cluster, { since: first.since, ...(told.length > 0 && { told: [...new Set(told.flat())] }) });
  }

  /**
   * Changes the mark on the boards: by compare-and-swap on the first that answers, and then on the others as it is there.
   * Undefined: none answers.
   */
  async #change(
    cluster: string,
    change: (mark: Outage | undefined) => Outage | 'none' | undefined,
  ): Promise<{ readonly mark: Outage | undefined } | undefined> {
    const boards = this.#boards.filter((board) => board.cluster !== cluster);
    let kept: { readonly mark: Outage | undefined } | undefined;
    for (const board of boards) {
      const wanted = kept === undefined ? change : () => kept?.mark ?? 'none';
      const marks = await this.#on(board, (connection, namespace) =>
        changeOutages(connection, namespace, (all) => {
          const mark = wanted(all.get(cluster));
          const isSo = mark === 'none' ? !all.has(cluster) : JSON.stringify(mark) === JSON.stringify(all.get(cluster));
          return mark === undefined || isSo ? undefined : withMark(all, cluster, mark);
        }),
      );
      if (marks !== undefined) kept ??= { mark: marks.get(cluster) };
    }
    return kept;
  }

  /** Undefined: the board does not answer. */
  async #on<T>(
    { cluster, namespace }: NamespaceOf,
    work: (connection: Connection, namespace: string) => Promise<T>,
  ): Promise<T | undefined> {
    const house = this.#house;
    const attempt = async () => {
      const patience = patienceOf(house, house.now() + BOARD_MS);
      return work(patiently(await house.connect(cluster), patience), namespace);
    };
    const result = attempt().catch(() => undefined);
    return within(BOARD_MS, result);
  }
}

function withMark(marks: OutageMarks, cluster: string, mark: Outage | 'none'): OutageMarks {
  const others = [...marks].filter(([name]) => name !== cluster);
  return new Map(mark === 'none' ? others : [...others, [cluster, mark]]);
}
