import { couldBeTyped } from '../command/fields.ts';
import type { ChangeRequest } from '../command/request.ts';
import { ROLES } from '../command/role.ts';
import { MOST_PODS } from '../command/rules.ts';
import { isOperation, operationNamed } from '../operations/table.ts';
import type { Report, Subject } from '../rotation/plan.ts';
import type { ObjectRef, PodRef } from '../rotation/snapshot.ts';
import type { Answer, DrainNote, EndKind, JournalEntry } from './entry.ts';

// Anyone who may edit ConfigMaps may write anything into the journal, and the tick acts on it. So every field is checked
// before it is believed.

type Fields<T> = { readonly [K in keyof T]: unknown };

/** The operation as this version keeps them; undefined: it is not one, or another version wrote it. */
export function entryOfItem(item: unknown): JournalEntry | undefined {
  const entry = upgraded(item);
  return isEntry(entry) ? entry : undefined;
}

function isEntry(item: unknown): item is JournalEntry {
  if (!isObject<JournalEntry>(item)) return false;
  const { v, id, request, subject, role, digest, by, at, report, confirmed, holder, heldUntil, cancel } = item;
  return (
    v === 2 &&
    isId(id) &&
    isRequest(request) &&
    isSubject(subject) &&
    ROLES.some((known) => known === role) &&
    isName(by) &&
    isTime(at) &&
    typeof holder === 'string' &&
    isTime(heldUntil) &&
    [digest, confirmed].every(isTextOrAbsent) &&
    [item.accepted, item.written, item.evidence, item.leftOut].every(isTextsOrAbsent) &&
    isReportOrAbsent(report) &&
    (cancel === undefined || isCancel(cancel)) &&
    [item.decided, item.ended].every((end) => end === undefined || isEnd(end))
  );
}

/** Entries of the first version were about one pod, and always an operator's. */
function upgraded(item: unknown): unknown {
  if (!isObject<{ v: 1; pod: PodRef; request: { pod?: string } }>(item) || item.v !== undefined) return item;
  const { v: _v, pod, hasWritten, hasEvidence, request, ...rest } = item as typeof item & Record<string, unknown>;
  if (!isPod(pod) || !isObject<{ command: string; pod: string }>(request)) return item;
  const { pod: _, ...asked } = request;
  return {
    v: 2,
    ...rest,
    request: asked,
    subject: { kind: 'pods', pods: [pod] },
    role: 'operator',
    ...(hasWritten === true && { written: [`${String(request.command)} ${pod.uid}`] }),
    ...(hasEvidence === true && { evidence: [pod.uid] }),
  };
}

function isSubject(value: unknown): value is Subject {
  if (!isObject<{ kind: string; pods: unknown; by: unknown; service: unknown }>(value)) return false;
  if (value.kind === 'service') {
    const { service } = value;
    return isObject<ObjectRef>(service) && service.kind === 'Service' && isPod(service);
  }
  const { pods } = value;
  const isList = Array.isArray(pods) && pods.length > 0 && pods.length <= MOST_PODS && pods.every(isPod);
  return value.kind === 'pods' && isList && isTextOrAbsent(value.by);
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

/** A request is held to what could have been typed: an operation's own values, of their form, and nothing else. */
function isRequest(value: unknown): value is ChangeRequest {
  if (!isObject<Record<string, unknown>>(value)) return false;
  const { command, service, ...values } = value as Readonly<Record<string, unknown>>;
  if (!isOperation(command) || typeof service !== 'string') return false;
  const { force, ...typed } = values;
  return (
    typeof force === 'boolean' && typeof typed.dryRun === 'boolean' && couldBeTyped(operationNamed(command), typed)
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
  const isKnown = to === undefined || isOperation(to);
  return isName(by) && isTime(at) && (instead === undefined || isId(instead)) && isKnown;
}

function isReminder(value: unknown): boolean {
  if (!isObject<NonNullable<DrainNote['reminder']>>(value)) return false;
  const { until, count, at, message } = value;
  const isCounted = typeof count === 'number' && Number.isInteger(count) && count > 0;
  return isTime(until) && isCounted && isTime(at) && (message === undefined || isMessage(message));
}

function isAnswer(value: unknown): boolean {
  return isObject<Answer>(value) && isOperation(value.command) && isName(value.by);
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

function isTextsOrAbsent(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
}

function isObject<T>(value: unknown): value is Fields<T> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
