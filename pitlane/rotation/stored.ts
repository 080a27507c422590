import { mapOf, matching, optional, type Rule, shape } from '../text/shape.ts';
import type { Report } from './report.ts';
import { labelKeyFault, labelValueFault, parseLabel } from './selector.ts';
import type { ObjectRef, PodRef } from './snapshot.ts';

// Rules for what the cluster stores. A client that may patch pods or edit ConfigMaps may write anything there.

/** Of an operation: part of the names of lease holders and Kubernetes Events. */
export const isId = matching(/^[\w-]{1,64}$/);

/** Who asked: a Slack user, a user of a terminal, or a runbook's claim of at most 100 characters and a suffix. */
export const isBy = matching(/^.{1,253}$/s);

/** The name of the person, as Slack shows it: text without control and format characters, to stand in parentheses. */
export const isPersonName = matching(/^[^()\p{C}\p{Zl}\p{Zp}]{1,80}$/u);

export const IS_PERSON = { by: isBy, byName: optional(isPersonName) };

/** `because` of a command has at most 500 characters (command/reason.ts). */
export const isReason = matching(/^.{0,500}$/s);

const DNS_LABELS = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Part of request paths and kubectl lines (apimachinery, content/dns.go IsDNS1123Subdomain). */
export const isObjectName: Rule = (name) => typeof name === 'string' && name.length <= 253 && DNS_LABELS.test(name);

/** The API server writes UUIDs. */
export const isUid = matching(/^[\w.:-]{1,128}$/);

/** RFC 3339, in UTC. */
export const isTimestamp: Rule = (text) =>
  typeof text === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) &&
  !Number.isNaN(Date.parse(text));

/** A Slack conversation, or a user for direct messages. */
export const isChannel = matching(/^[CDGUW][A-Z0-9]{1,30}$/);

/** The id of a Slack message in its conversation. */
export const isMessageTs = matching(/^\d{1,20}\.\d{1,20}$/);

export const isReport = shape<Report>({ channel: isChannel, ts: optional(isMessageTs), thread: optional(isMessageTs) });

const POD_REF = { name: isObjectName, uid: isUid };

export const isPodRef = shape<PodRef>(POD_REF);

export const isOwner = shape<ObjectRef>({
  ...POD_REF,
  kind: matching(/^[A-Za-z][A-Za-z0-9]{0,62}$/),
  apiVersion: optional(matching(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)),
});

/** A drain takes off a few labels. Each of them is shown before a restore puts it back. */
const MOST_LABELS = 16;

/** Labels by the rules of Kubernetes. */
export function areLabels(value: unknown): boolean {
  return (
    Object.keys(Object(value)).length <= MOST_LABELS &&
    mapOf((text) => typeof text === 'string' && labelValueFault(text) === undefined)(value) &&
    Object.keys(value as object).every((key) => labelKeyFault(key) === undefined)
  );
}

/** `enabled=yes` */
export const isLabelText: Rule = (text) => typeof text === 'string' && parseLabel(text) !== undefined;
