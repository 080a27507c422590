import { LONGEST_REASON } from '../command/reason.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { Report } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { LONGEST_SECONDS, SHORTEST_SECONDS } from '../text/duration.ts';
import type { Answer, DrainNote, EndKind, JournalEntry } from './entry.ts';

// Whoever may edit ConfigMaps may write whatever they like into the journal, and the tick goes on with it. So every field
// is looked at before it is believed, and a request is held to what could have been typed.

type Fields<T> = { readonly [K in keyof T]: unknown };

/** Whether it is an operation as pitlane writes them. */
export function isEntry(item: unknown): item is JournalEntry {
  if (!isObject<JournalEntry>(item)) return false;
  const { id, request, digest, pod, by, at, report, confirmed, holder, heldUntil, cancel, decided, ended } = item;
  return (
    isId(id) &&
    isRequest(request) &&
    isPod(pod) &&
    isName(by) &&
    isTime(at) &&
    typeof holder === 'string' &&
    isTime(heldUntil) &&
    [digest, confirmed].every(isTextOrAbsent) &&
    [item.hasWritten, item.hasEvidence].every((flag) => flag === undefined || flag === true) &&
    isReportOrAbsent(report) &&
    (cancel === undefined || isCancel(cancel)) &&
    [decided, ended].every((end) => end === undefined || isEnd(end))
  );
}

/** Whether it is a note of a drained pod as pitlane writes them. */
export function isNote(item: unknown): item is DrainNote {
  if (!isObject<DrainNote>(item)) return false;
  const { pod, id, by, at, report, reminder, answered, heldUntil, closed } = item;
  return (
    isId(id) &&
    isPod(pod) &&
    isName(by) &&
    isTime(at) &&
    isReportOrAbsent(report) &&
    (reminder === undefined || isReminder(reminder)) &&
    (answered === undefined || isAnswer(answered)) &&
    (heldUntil === undefined || isTime(heldUntil)) &&
    isTextOrAbsent(closed)
  );
}

const COMMANDS: readonly ChangeRequest['command'][] = ['drain', 'restore', 'extend', 'finish'];

function isRequest(value: unknown): value is ChangeRequest {
  if (!isObject<ChangeRequest & { forSeconds: number; because: string }>(value)) return false;
  const { command, service, dryRun, force, forSeconds, because } = value;
  const isDuration = typeof forSeconds === 'number' && forSeconds >= SHORTEST_SECONDS && forSeconds <= LONGEST_SECONDS;
  return (
    COMMANDS.some((known) => known === command) &&
    typeof service === 'string' &&
    typeof dryRun === 'boolean' &&
    typeof force === 'boolean' &&
    (forSeconds === undefined || isDuration) &&
    (because === undefined || (typeof because === 'string' && because.length <= LONGEST_REASON))
  );
}

const ENDS: Readonly<Record<EndKind, true>> = {
  done: true,
  failed: true,
  refused: true,
  cancelled: true,
  superseded: true,
  givenUp: true,
};

function isEnd(value: unknown): boolean {
  if (!isObject<NonNullable<JournalEntry['ended']>>(value)) return false;
  const { kind, at, message } = value;
  return typeof kind === 'string' && Object.hasOwn(ENDS, kind) && isTime(at) && typeof message === 'string';
}

function isCancel(value: unknown): boolean {
  if (!isObject<NonNullable<JournalEntry['cancel']>>(value)) return false;
  const { by, at, instead, to } = value;
  const isKnown = to === undefined || COMMANDS.some((known) => known === to);
  return isName(by) && isTime(at) && (instead === undefined || isId(instead)) && isKnown;
}

function isReminder(value: unknown): boolean {
  if (!isObject<NonNullable<DrainNote['reminder']>>(value)) return false;
  const { until, count, at, message } = value;
  const isCounted = typeof count === 'number' && Number.isInteger(count) && count > 0;
  return isTime(until) && isCounted && isTime(at) && (message === undefined || isMessage(message));
}

function isAnswer(value: unknown): boolean {
  return isObject<Answer>(value) && COMMANDS.some((known) => known === value.command) && isName(value.by);
}

function isMessage(value: unknown): boolean {
  return isObject<Report>(value) && typeof value.channel === 'string' && typeof value.ts === 'string';
}

function isReportOrAbsent(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject<Report>(value)) return false;
  return typeof value.channel === 'string' && [value.ts, value.thread].every(isTextOrAbsent);
}

/** The name goes into the path of requests. Rule: apimachinery, content/dns.go IsDNS1123Subdomain. */
function isPod(value: unknown): value is PodRef {
  if (!isObject<PodRef>(value)) return false;
  const { name, uid } = value;
  return typeof name === 'string' && /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name) && isName(uid);
}

/** It goes into the name of the lease's holder and of Kubernetes Events. */
function isId(value: unknown): boolean {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;
}

/** A runbook's claim has at most 100 characters and a word behind it. */
const LONGEST_NAME = 253;

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= LAST_MS;
}

/** What a Date holds (ECMAScript, "Time Values and Time Range"). */
const LAST_MS = 8.64e15;

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isObject<T>(value: unknown): value is Fields<T> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
