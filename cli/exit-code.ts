import { isChange, type Request } from '../pitlane/command/request.ts';
import type { EndKind } from '../pitlane/journal/entry.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { type Plan, podsLeftOut } from '../pitlane/rotation/plan.ts';

export const DONE = 0;
/** Failed, or not completed in time. */
export const FAILED = 1;
/** The command, the configuration or the kubeconfig is invalid. */
export const MISREAD = 2;
/** Refused, or not confirmed. */
export const REFUSED = 3;
/** As shells report SIGINT. */
export const INTERRUPTED = 130;

type Code<O extends Outcome> = number | ((outcome: O, request: Request) => number);

const CODES: { readonly [K in Outcome['kind']]: Code<Extract<Outcome, { kind: K }>> } = {
  listed: DONE,
  inspected: DONE,
  logged: DONE,
  helped: DONE,
  drainedList: DONE,
  evidence: DONE,
  operations: DONE,
  history: DONE,
  gate: DONE,
  manifest: DONE,
  schedules: DONE,
  done: ({ plan }) => partOf(plan),
  repeated: ({ entry }) => exitCodeOf(entry.ended?.kind),
  // Success for `cancel` itself, failure for the cancelled operation.
  cancelled: (_, request) => (isChange(request) ? FAILED : DONE),
  running: FAILED,
  unfinished: FAILED,
  failed: FAILED,
  notUnderstood: MISREAD,
  choice: MISREAD,
  proposal: ({ why, plan }) => (why === 'dryRun' ? partOf(plan) : REFUSED),
  refusal: REFUSED,
  denied: REFUSED,
};

export function exitCode(outcome: Outcome, request: Request): number {
  const code = CODES[outcome.kind] as Code<Outcome>;
  return typeof code === 'number' ? code : code(outcome, request);
}

/** A change that left refused pods out is only partly done. */
function partOf(plan: Plan): number {
  return podsLeftOut(plan).length > 0 ? REFUSED : DONE;
}

/** The exit code of the first attempt. */
function exitCodeOf(kind: EndKind | undefined): number {
  if (kind === 'done') return DONE;
  return kind === 'refused' ? REFUSED : FAILED;
}
