import type { ActJob, ForceJob } from '../pitlane/chat/job.ts';
import type { ChangeRequest } from '../pitlane/command/request.ts';

/** What a pressed button asks for, whatever button it was. */
export interface PressedRequest {
  readonly request: ChangeRequest;
  /** The pod that the button was about: another one of its name is another pod. */
  readonly uid: string;
  /** The same for every delivery of the same press, and never that of another press. */
  readonly requestId: string;
}

/** Force and a reminder's buttons ask for something new: the operation gets an id of its own, from the press and what was pressed. */
export function pressedRequest(job: ForceJob | ActJob): PressedRequest {
  const { requestId: press } = job.asker;
  if (job.kind === 'force') {
    const { request, pod, requestId } = job.force;
    return { request, uid: pod.uid, requestId: `${press} of ${requestId}` };
  }
  const { request, pod } = job.act;
  return { request, uid: pod.uid, requestId: `${press} of ${pod.uid}` };
}
