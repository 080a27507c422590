import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { Played } from '../play.ts';
import { find, isLeaving, uidOf } from '../scene.ts';

/** The pods that were deleted. */
export function deaths({ before, after }: Played): readonly KubeObject[] {
  return before.objects.pods.filter((pod) => {
    const later = find(after, 'pods', uidOf(pod));
    return !isLeaving(pod) && (later === undefined || isLeaving(later));
  });
}

/** The pods that were created. */
export function births({ before, after }: Played): readonly KubeObject[] {
  return after.objects.pods.filter((pod) => find(before, 'pods', uidOf(pod)) === undefined);
}
