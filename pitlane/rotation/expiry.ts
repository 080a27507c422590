import type { DrainRecord } from './marks.ts';
import { THE_POD } from './plan.ts';

/** The tick's action when the time of a drained pod is up: `Pitlane reminds you to restore or finish rng-a`. */
export function expiryText(then: DrainRecord['then']): string {
  switch (then) {
    case 'remind':
      return `Pitlane reminds you to restore or finish ${THE_POD}`;
    case 'restore':
      return `Pitlane restores ${THE_POD} if it is ready and has not restarted, and reminds you otherwise`;
    case 'finish':
      return `Pitlane saves the evidence of ${THE_POD} and deletes it`;
  }
}
