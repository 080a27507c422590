import { couldBeTyped } from '../command/fields.ts';
import type { Undone } from '../command/request.ts';
import { ROLES } from '../command/role.ts';
import { MOST_PODS } from '../command/rules.ts';
import { isOperation, operationNamed } from '../operations/table.ts';
import { IS_SETUP } from '../rotation/gate-record.ts';
import type { Subject } from '../rotation/plan.ts';
import { SCHEDULE_ID } from '../rotation/schedule.ts';
import {
  IS_PERSON,
  isBy,
  isChannel,
  isId,
  isMessageTs,
  isObjectName,
  isOwner,
  isPodRef,
  isReport,
  isUid,
} from '../rotation/stored.ts';
import { isObject, isText, listOf, matching, optional, type Rule, shape } from '../text/shape.ts';
import type { Answer, DrainNote, GateNote, JournalEntry, PastChange, ScheduleNote } from './entry.ts';
import { ENDINGS } from './words.ts';

// Anyone who may edit ConfigMaps may write anything into the journal, and the tick acts on it. So every field is checked.

/** A hash or a code. */
const isToken = matching(/^[\w.:-]{1,128}$/);

/** The range of a Date (ECMAScript, "Time Values and Time Range"). */
const isTime: Rule = (value) => typeof value === 'number' && Math.abs(value) <= 8.64e15;

function isService(value: unknown): boolean {
  return isOwner(value) && value.kind === 'Service';
}

const isEnd = shape<NonNullable<JournalEntry['ended']>>({
  kind: (kind) => typeof kind === 'string' && Object.hasOwn(ENDINGS, kind),
  at: isTime,
  message: isText,
});

const isUndoneText = matching(/^.{1,500}$/s);

const isUndone = shape<Undone>({
  id: isId,
  what: isUndoneText,
  by: isBy,
  at: isTime,
  except: optional(isUndoneText),
});

const isEntry = shape<JournalEntry>({
  v: (version) => version === 2,
  id: isId,
  request: isRequest,
  subject: isSubject,
  role: isRole,
  digest: optional(isToken),
  ...IS_PERSON,
  at: isTime,
  report: optional(isReport),
  confirmed: optional(isToken),
  accepted: optional(listOf(isToken)),
  holder: isText,
  heldUntil: isTime,
  written: optional(listOf(isText)),
  evidence: optional(listOf(isUid)),
  leftOut: optional(listOf(isUid)),
  opposite: optional(isObject),
  cancel: optional(
    shape<NonNullable<JournalEntry['cancel']>>({
      ...IS_PERSON,
      at: isTime,
      instead: optional(isId),
      to: optional(isOperation),
    }),
  ),
  decided: optional(isEnd),
  ended: optional(isEnd),
});

const isReminderMessage = shape<{ channel: string; ts: string; pod?: string }>({
  channel: isChannel,
  ts: isMessageTs,
  // Earlier versions noted the name of the pod.
  pod: optional(isObjectName),
});

/** A note of a drained or disabled pod or a canary as Pitlane writes it. */
export const isNote = shape<DrainNote>({
  kind: optional((kind) => kind === 'disabled' || kind === 'canary'),
  pod: isPodRef,
  id: isId,
  ...IS_PERSON,
  at: isTime,
  report: optional(isReport),
  until: optional(isTime),
  isUnproven: optional((isUnproven) => isUnproven === true),
  reminder: optional(
    shape<NonNullable<DrainNote['reminder']>>({
      until: isTime,
      count: (count) => Number.isInteger(count) && Number(count) > 0,
      at: isTime,
      message: optional(isReminderMessage),
    }),
  ),
  answered: optional(shape<Answer>({ command: isOperation, by: isBy })),
  heldUntil: optional(isTime),
  closed: optional(isText),
});

/** A note of a gate as Pitlane writes it. */
export const isGateNote = shape<GateNote>({
  ...IS_SETUP,
  id: isId,
  by: isBy,
  at: isTime,
  report: optional(isReport),
  told: optional(listOf(shape<NonNullable<GateNote['told']>[number]>({ code: isToken, at: isTime }))),
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
  seen: listOf(isUid),
  isSettled: optional((isSettled) => isSettled === true),
  told: optional(listOf(isText)),
  heldUntil: optional(isTime),
});

const isChange = shape<PastChange>({
  v: (version) => version === 1,
  id: isId,
  request: isRequest,
  subject: isSubject,
  leftOut: optional((pods) => Array.isArray(pods) && pods.length <= MOST_PODS && pods.every(isPodRef)),
  opposite: optional(isObject),
  role: isRole,
  ...IS_PERSON,
  at: isTime,
  ended: isEnd,
});

/** A change of the past as Pitlane writes it. */
export function isPastChange(item: unknown): item is PastChange {
  return isChange(item) && isAboutItsSubject(item);
}

/** An operation as Pitlane writes it. */
export function isJournalEntry(item: unknown): item is JournalEntry {
  return isEntry(item) && isAboutItsSubject(item);
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

function isRole(role: unknown): boolean {
  return ROLES.some((known) => known === role);
}

const isServiceSubject = shape<Subject & { readonly kind: 'service' }>({
  kind: (kind) => kind === 'service',
  service: isService,
});

const isPodsSubject = shape<Subject & { readonly kind: 'pods' }>({
  kind: (kind) => kind === 'pods',
  pods: (pods) => Array.isArray(pods) && pods.length > 0 && pods.length <= MOST_PODS && pods.every(isPodRef),
  by: optional(isText),
});

function isSubject(value: unknown): boolean {
  return isServiceSubject(value) || isPodsSubject(value);
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
