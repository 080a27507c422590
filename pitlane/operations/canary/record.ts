import type { CanaryRecord } from '../../rotation/marks.ts';
import type { Operation } from '../../rotation/plan.ts';
import { nameOf } from '../../rotation/workload.ts';
import { personOf, timestamp } from '../../text/words.ts';
import { variableName } from './fields.ts';
import type { CanaryRequest } from './request.ts';
import type { Templated } from './workload.ts';

/** Long enough to read a few logs, and short enough for a forgotten canary. */
const DEFAULT_SECONDS = 20 * 60;

export function secondsOf({ forSeconds }: CanaryRequest): number {
  return forSeconds ?? DEFAULT_SECONDS;
}

export function recordOf(operation: Operation<CanaryRequest>, workload: Templated, now: number): CanaryRecord {
  const { id, report, request } = operation;
  const { because, image, env, args } = request;
  return {
    v: 1,
    id,
    from: nameOf(workload),
    ...personOf(operation),
    ...(because !== undefined && { because }),
    at: timestamp(now),
    until: timestamp(now + secondsOf(request) * 1000),
    ...(image !== undefined && { image }),
    ...(env !== undefined && { env: env.map(variableName) }),
    ...(args !== undefined && { args }),
    ...(report !== undefined && { report }),
  };
}
