import { clock } from '../text/age.ts';
import { count } from '../text/words.ts';

/** Something that happened to a pod while its log was followed. */
export type FollowMark =
  | ({ readonly kind: 'joined' | 'left' | 'rejoined'; readonly selector: string } & OfPod)
  /** Its state in the EndpointSlices of the service. */
  | ({ readonly kind: EndpointState } & OfPod)
  | ({ readonly kind: 'restarted'; readonly container: string; readonly restarts: number } & OfPod)
  | ({ readonly kind: 'ended'; readonly status: string } & OfPod)
  | ({ readonly kind: 'terminating' | 'gone' } & OfPod)
  /** So many logs are followed already. */
  | ({ readonly kind: 'notFollowed'; readonly followed: number } & OfPod)
  /** A sentence: a log that can't be read, a missing permission, a broken connection. */
  | { readonly kind: 'trouble'; readonly why: string };

export type EndpointState = 'inEndpoints' | 'notReady' | 'outOfEndpoints';

interface OfPod {
  readonly pod: string;
  /** When it was seen, milliseconds since the epoch. */
  readonly at: number;
}

export function followMarkText(mark: FollowMark): string {
  if (mark.kind === 'trouble') return mark.why;
  const { pod } = mark;
  const at = clock(mark.at, mark.at);
  switch (mark.kind) {
    case 'joined':
      return `${pod} joined: matches ${mark.selector} (${at})`;
    case 'left':
      return `${pod} left: no longer matches ${mark.selector} (${at}); its log is followed until the pod ends`;
    case 'rejoined':
      return `${pod} matches ${mark.selector} again (${at})`;
    case 'inEndpoints':
      return `${pod} is in the endpoints since ${at}`;
    case 'notReady':
      return `${pod} is in the endpoints, but not ready, since ${at}`;
    case 'outOfEndpoints':
      return `${pod} is out of the endpoints since ${at}`;
    case 'restarted':
      return `${pod} restarted container ${mark.container}, ${count(mark.restarts, 'restart')} so far (${at})`;
    case 'ended':
      return `${pod} ended: ${mark.status} (${at})`;
    case 'terminating':
      return `${pod} is terminating (${at})`;
    case 'gone':
      return `${pod} is gone (${at})`;
    case 'notFollowed':
      return `${pod} is not followed: ${count(mark.followed, 'log')} are followed already (${at})`;
  }
}
