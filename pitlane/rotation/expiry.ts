import type { DrainRecord } from './marks.ts';

/** What pitlane does when the time of a drained pod has come, to follow `In 1 h`. */
export function saysExpiry(then: DrainRecord['then']): string {
  switch (then) {
    case 'remind':
      return 'pitlane reminds you to restore or finish it';
    case 'restore':
      return 'pitlane restores it if it is ready and has not restarted, else reminds you';
    case 'finish':
      return 'pitlane keeps its evidence and deletes it';
  }
}
