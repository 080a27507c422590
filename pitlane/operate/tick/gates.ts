import { carryOut } from '../../cluster/carry-out.ts';
import type { Connection } from '../../cluster/connection.ts';
import { NotFound } from '../../cluster/errors.ts';
import { limited } from '../../cluster/limited.ts';
import { focus } from '../../cluster/observe.ts';
import { SERVICES } from '../../cluster/resource.ts';
import { patiently } from '../../cluster/retry.ts';
import type { GateNote } from '../../journal/entry.ts';
import { type GateTrouble, labelsWithout, labelWrite } from '../../rotation/gate.ts';
import { findingsOfGate, stragglersTrouble } from '../../rotation/gate-watch.ts';
import { parseLabel } from '../../rotation/selector.ts';
import type { GateLabel, Needs, Pod, Snapshot } from '../../rotation/snapshot.ts';
import { count, list } from '../../text/words.ts';
import { HOLD_MS, isServiceBusy, replaceNote } from './held-notes.ts';
import type { Round } from './round.ts';

/** The time to look at a gate, to label pods and to tell people. */
const LEAST_MS = 3_000;
const HOUR_MS = 3_600_000;
const AGAIN_MS = 24 * HOUR_MS;
/** The next tick labels the others. */
const MOST_LABELLED = 100;
/** Ticks with stragglers, in less than an hour from one to the next, after which people are told. */
const MANY_TICKS = 2;
const SERVICE_GONE = 'GateServiceGone';

type Stragglers = GateNote['stragglers'];

interface Seen {
  /** Undefined: the Service is gone. */
  readonly snapshot?: Snapshot;
  readonly stragglers: readonly Pod[];
  readonly troubles: readonly GateTrouble[];
}

/**
 * Looks after the gate of the service, from its setup until it is removed: labels stragglers, and tells people once of
 * what GitOps, Helm, a rollback or a person has reverted. In three requests if all is well; where templates have the label,
 * in two more for each workload.
 */
export async function lookAfterGate(round: Round): Promise<void> {
  const { journals, journal, house, options } = round;
  const [note] = journal.gates;
  const label = note && parseLabel(note.label);
  if (note === undefined || label === undefined) return;
  if (isServiceBusy(journal) || (note.heldUntil ?? 0) > house.now() || options.deadline - house.now() < LEAST_MS)
    return;
  const connection = await operatorOf(round, note);
  const seen = await look(round, connection, note, label);
  const now = house.now();
  const ticks = stragglersAfter(note.stragglers, seen.stragglers, now);
  const troubles = [...seen.troubles, ...keepComing(note, ticks, seen)];
  const told = (note.told ?? []).filter(({ code }) => troubles.some((trouble) => trouble.code === code));
  const toldOf = (code: string) => told.find((each) => each.code === code);
  const isNews = troubles.some(({ code }) => isDue(toldOf(code), now));
  const isOver = told.length < (note.told?.length ?? 0);
  if (seen.stragglers.length === 0 && !isNews && !isOver) return;
  const holding = { ...note, heldUntil: house.now() + HOLD_MS };
  const held = await replaceNote(round, 'gates', note, holding, journals?.journal);
  if (held === undefined) return;
  await labelStragglers(round, connection, label, seen);
  if (isNews) await tell(round, note, troubles);
  const codes = troubles.map(({ code }) => ({ code, at: now }));
  const nowTold = isNews ? codes : told;
  const news = { told: nowTold.length === 0 ? undefined : nowTold, stragglers: ticks, heldUntil: undefined };
  await replaceNote(round, 'gates', held.note, { ...held.note, ...news }, held.kept);
}

async function look(round: Round, connection: Connection, note: GateNote, label: GateLabel): Promise<Seen> {
  const { service, journals } = round;
  try {
    const surveyed = await round.survey(connection, label);
    const { name, uid } = surveyed.snapshot.service;
    const subject = { kind: 'service', service: { kind: 'Service', name, uid } } as const;
    const { snapshot } = note.via === 'template' ? await focus(connection, surveyed, subject, OWNERS) : surveyed;
    const rule = { kind: 'seen', value: journals?.rule } as const;
    const withGate = { ...snapshot, gate: { rule, probe: { kind: 'unknown', why: 'It was not asked for.' } } } as const;
    return { snapshot: withGate, ...findingsOfGate(withGate, note) };
  } catch (error) {
    if (!(error instanceof NotFound && error.site.place.resource === SERVICES)) throw error;
    const message = `Service ${service.service}, which had the gate ${note.label}, is gone. If it comes back, Pitlane checks its gate again.`;
    return { stragglers: [], troubles: [{ code: SERVICE_GONE, message }] };
  }
}

const OWNERS: Needs = { members: 'summary', owner: true, bystanders: false, adopters: false, headroom: false };

/** With the rights of an operator, who may label pods. */
export async function operatorOf(
  { connect, patience }: Round,
  { id, by }: Pick<GateNote, 'id' | 'by'>,
): Promise<Connection> {
  return patiently(await connect({ by, role: 'operator', requestId: `look after ${id}` }), patience);
}

/** At once, and then once a day. About a Service that is gone, there is nothing to do. */
function isDue(last: NonNullable<GateNote['told']>[number] | undefined, now: number): boolean {
  return last === undefined || (last.code !== SERVICE_GONE && now - last.at >= AGAIN_MS);
}

function stragglersAfter(before: Stragglers, late: readonly Pod[], now: number): Stragglers {
  const isRecent = before !== undefined && now - before.at < HOUR_MS;
  if (late.length === 0) return isRecent ? before : undefined;
  return { ticks: isRecent ? before.ticks + 1 : 1, at: now };
}

function keepComing(note: GateNote, ticks: Stragglers, { snapshot, stragglers, troubles }: Seen) {
  const isOften = ticks !== undefined && ticks.ticks >= MANY_TICKS;
  return isOften && snapshot !== undefined ? stragglersTrouble(snapshot, note, stragglers, troubles) : [];
}

/** A pod that has been labelled, disabled or drained since stays as it is. */
async function labelStragglers(
  { patience, did, trouble }: Round,
  connection: Connection,
  label: GateLabel,
  { snapshot, stragglers }: Seen,
): Promise<void> {
  if (snapshot === undefined) return;
  const members = labelsWithout(snapshot, label);
  const labelled = await limited(stragglers.slice(0, MOST_LABELLED), async (pod) => {
    try {
      const write = labelWrite(snapshot, pod, label, members);
      const { kind } = await carryOut(connection, write, patience, { remainingMs: async () => 10_000 });
      return kind === 'written' ? [pod.name] : [];
    } catch (error) {
      trouble(error);
      return [];
    }
  });
  const names = labelled.flat();
  if (names.length > 0) did(`labelled ${count(names.length, 'straggler')}: ${list([...names].sort(), 5)}`);
}

async function tell({ options, service, did }: Round, note: GateNote, troubles: readonly GateTrouble[]): Promise<void> {
  const canRepair = troubles.every(({ code }) => code !== SERVICE_GONE);
  await options.courier.warn({ note, service, troubles, canRepair });
  did(`gate ${note.label}: ${troubles.map(({ code, message }) => `${code}: ${message}`).join(' ')}`);
}
