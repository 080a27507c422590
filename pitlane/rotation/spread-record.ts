import { parseObject, shape } from '../text/shape.ts';
import { SPREAD } from './marks.ts';
import type { Labels } from './snapshot.ts';
import { IS_PERSON, isId, isTimestamp } from './stored.ts';

/** What Pitlane writes on the DaemonSet that it creates, and on the Deployment that it scales down, as JSON in an annotation. */
export interface SpreadRecord {
  readonly v: 1;
  /** The id of the operation. */
  readonly id: string;
  /** The replicas of the Deployment before. */
  readonly replicas: number;
  readonly by: string;
  readonly byName?: string;
  /** RFC 3339. */
  readonly at: string;
}

/** More replicas than a person has asked for were written by other hands. */
const MOST_REPLICAS = 10_000;

const isSpreadRecord = shape<SpreadRecord>({
  v: (version) => version === 1,
  id: isId,
  replicas: (number) => Number.isInteger(number) && Number(number) >= 0 && Number(number) <= MOST_REPLICAS,
  ...IS_PERSON,
  at: isTimestamp,
});

/** Undefined: there is none, or none of this version. Users who may edit the workload may write anything there. */
export function readSpread(annotations: Labels): SpreadRecord | undefined {
  const record = parseObject(annotations[SPREAD] ?? '');
  return isSpreadRecord(record) ? record : undefined;
}
