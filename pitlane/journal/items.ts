import { couldBeTyped } from '../command/fields.ts';
import type { Undone } from '../command/request.ts';
import { ROLES } from '../command/role.ts';
import { MOST_PODS } from '../command/rules.ts';
import { isOperation, operationNamed } from '../operations/table.ts';
import { IS_SETUP } from '../rotation/gate-record.ts';
import type { Report } from '../rotation/plan.ts';
import { SCHEDULE_ID } from '../rotation/schedule.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { isObject, isText, listOf, matching, optional, type Rule, shape } from '../text/shape.ts';
import type { Answer, DrainNote, GateNote, JournalEntry, PastChange, ScheduleNote } from './entry.ts';
import { ENDINGS } from './words.ts';

// Anyone who may edit ConfigMaps may write anything into the journal, and the tick acts on it. So every field is checked.

/** Part of the names of lease holders and Kubernetes Events. */
const isId = matching(/^[\w-]{1,64}$/);

/** A runbook's claim has at most 100 characters and a suffix. */
const isName = matching(/^.{1,253}$/s);

/** The range of a Date (ECMAScript, "Time Values and Time Range"). */
const isTime: Rule = (value) => typeof value === 'number' && Math.abs(value) <= 8.64e15;

/** The name is part of request paths (apimachinery, content/dns.go IsDNS1123Subdomain). */
const OBJECT_REF = { name: matching(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/), uid: isName };
const isPod = shape<PodRef>(OBJECT_REF);

const isService = shape({ ...OBJECT_REF, kind: (kind) => kind === 'Service' });

const isReport = shape<Report>({ channel: isText, ts: optional(isText), thread: optional(isText) });

const isEnd = shape<NonNullable<JournalEntry['ended']>>({
  kind: (kind) => typeof kind === 'string' && Object.hasOwn(ENDINGS, kind),
  at: isTime,
  message: isText,
});

const isUndoneText = matching(/^.{1,500}$/s);

const isUndone = shape<Undone>({
  id: isId,
  what: isUndoneText,
  by: isName,
  at: isTime,
  except: optional(isUndoneText),
});

const isEntry = shape<JournalEntry>({
  v: (version) => version === 2,
  id: isId,
  request: isRequest,
  subject: isSubject,
  role: isRole,
  digest: optional(isText),
  by: isName,
  at: isTime,
  report: optional(isReport),
  confirmed: optional(isText),
  accepted: optional(listOf(isText)),
  holder: isText,
  heldUntil: isTime,
  written: optional(listOf(isText)),
  evidence: optional(listOf(isText)),
  leftOut: optional(listOf(isText)),
  opposite: optional(isObject),
  cancel: optional(
    shape<NonNullable<JournalEntry['cancel']>>({
      by: isName,
      at: isTime,
      instead: optional(isId),
      to: optional(isOperation),
    }),
  ),
  decided: optional(isEnd),
  ended: optional(isEnd),
});

/** A note of a drained or disabled pod or a canary as Pitlane writes it. */
export const isNote = shape<DrainNote>({
  kind: optional((kind) => kind === 'disabled' || kind === 'canary'),
  pod: isPod,
  id: isId,
  by: isName,
  at: isTime,
  report: optional(isReport),
  until: optional(isTime),
  reminder: optional(
    shape<NonNullable<DrainNote['reminder']>>({
      until: isTime,
      count: (count) => Number.isInteger(count) && Number(count) > 0,
      at: isTime,
      message: optional(shape({ channel: isText, ts: isText })),
    }),
  ),
  answered: optional(shape<Answer>({ command: isOperation, by: isName })),
  heldUntil: optional(isTime),
  closed: optional(isText),
});

/** A note of a gate as Pitlane writes it. */
export const isGateNote = shape<GateNote>({
  ...IS_SETUP,
  id: isId,
  by: isName,
  at: isTime,
  report: optional(isReport),
  told: optional(listOf(shape<NonNullable<GateNote['told']>[number]>({ code: isText, at: isTime }))),
  stragglers: optional(
    shape<NonNullable<GateNote['stragglers']>>({
      ticks: (ticks) => Number.isInteger(ticks) && Number(ticks) > 0,
      at: isTime,
    }),
  ),
  heldUntil: optional(isTime),
});

/** A note of a schedule as Pitlane writes it. */
export const isScheduleNote = shape<ScheduleNote>({
  id: matching(SCHEDULE_ID),
  since: isTime,
  seenAt: isTime,
  seen: listOf(isName),
  isSettled: optional((isSettled) => isSettled === true),
  told: optional(listOf(isText)),
  heldUntil: optional(isTime),
});

const isChange = shape<PastChange>({
  v: (version) => version === 1,
  id: isId,
  request: isRequest,
  subject: isSubject,
  leftOut: optional((pods) => Array.isArray(pods) && pods.length <= MOST_PODS && pods.every(isPod)),
  opposite: optional(isObject),
  role: isRole,
  by: isName,
  at: isTime,
  ended: isEnd,
});

/** A change of the past as Pitlane writes it. */
export function isPastChange(item: unknown): item is PastChange {
  return isChange(item) && isAboutItsSubject(item);
}

/** The operation as this version keeps it. Undefined: it is not one, or another version wrote it. */
export function entryOfItem(item: unknown): JournalEntry | undefined {
  const entry = upgraded(item);
  return isEntry(entry) && isAboutItsSubject(entry) ? entry : undefined;
}

function isAboutItsSubject({
  request,
  subject,
  opposite,
}: Pick<JournalEntry, 'request' | 'subject' | 'opposite'>): boolean {
  const spec = operationNamed(request.command);
  const isUndoable = () => spec.opposite !== undefined && couldBeTyped(operationNamed(spec.opposite), opposite ?? {});
  return subject.kind === spec.subject && (opposite === undefined || isUndoable());
}

/** Entries of the first version were about one pod, and always an operator's. */
function upgraded(item: unknown): unknown {
  if (!isObject(item) || item.v !== undefined) return item;
  const { v: _v, pod, hasWritten, hasEvidence, request, ...rest } = item;
  if (!isPod(pod) || !isObject(request)) return item;
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

function isRole(role: unknown): boolean {
  return ROLES.some((known) => known === role);
}

function isSubject(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind, pods, by, service } = value;
  if (kind === 'service') return isService(service);
  const isList = Array.isArray(pods) && pods.length > 0 && pods.length <= MOST_PODS && pods.every(isPod);
  return kind === 'pods' && isList && (by === undefined || isText(by));
}

/** Only what could have been typed: the operation's own values, in their form. */
function isRequest(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { command, service, ...values } = value;
  if (!isOperation(command) || typeof service !== 'string') return false;
  const { force, undoes, bySchedule, ...typed } = values;
  return (
    typeof force === 'boolean' &&
    typeof typed.dryRun === 'boolean' &&
    (undoes === undefined || isUndone(undoes)) &&
    (bySchedule === undefined || (typeof bySchedule === 'string' && SCHEDULE_ID.test(bySchedule))) &&
    couldBeTyped(operationNamed(command), typed)
  );
}
