import type { Operated } from '../pitlane/operate/operated.ts';
import type { DoorName, Log } from './log.ts';

/** Writes the line of an operation, for all doors. Only an operation that has ended counts. */
export function logOperation(door: DoorName, log: Log): (operated: Operated) => void {
  return ({ ended, times, ...operated }) => {
    const counted = ended !== undefined && {
      operations: 1,
      refusals: ended === 'refused' ? 1 : 0,
      failures: ended === 'failed' ? 1 : 0,
    };
    log(ended === 'failed' ? 'error' : 'info', { door, event: 'operation', ...operated, ...times, ...counted });
  };
}
