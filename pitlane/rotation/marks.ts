import type { ObjectRef } from './snapshot.ts';

/** Pod label: the name of the Service that the pod was drained from. */
export const DRAINED_FROM = 'pitlane.dev/drained-from';
/** Pod annotation: the DrainRecord as JSON. */
export const DRAIN = 'pitlane.dev/drain';
/** Pod label: the name of the Service that the canary joins. */
export const CANARY = 'pitlane.dev/canary';
/** Service annotation: the gate that pitlane set up. */
export const GATE = 'pitlane.dev/gate';

/** What pitlane writes on a pod that it drains, and reads to restore it. */
export interface DrainRecord {
  readonly v: 1;
  /** The id of the operation that drained it. */
  readonly id: string;
  readonly service: string;
  /** The labels that were taken off, with their values. */
  readonly labels: Readonly<Record<string, string>>;
  /** The controller that owned it; absent: none did. */
  readonly owner?: ObjectRef;
  readonly by: string;
  readonly because?: string;
  /** RFC 3339. */
  readonly at: string;
  /** RFC 3339; absent: no limit. */
  readonly until?: string;
  readonly then: 'remind' | 'restore' | 'finish';
  readonly report?: { readonly channel: string; readonly ts?: string };
  /** A restore that has put the labels back and waits for the surplus pod to go. */
  readonly restoring?: { readonly id: string; readonly by: string; readonly at: string };
}
