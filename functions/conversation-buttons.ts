import type { ActJob, ForceJob } from '../pitlane/chat/job.ts';
import type { ChangeRequest } from '../pitlane/command/request.ts';

/** What a pressed button asks for, whatever button it was. */
export interface PressedRequest {
  readonly request: ChangeRequest;
  /** The pod that the button was about: another one of its name is another pod. */
  readonly uid: string;
  /** The same however often the same button is pressed, by whomever: what it asks for is done once. */
  readonly requestId: string;
}

/** Force and a reminder's buttons ask for something new: the operation gets an id of its own, from what was pressed. */
export function pressedRequest(job: ForceJob | ActJob): PressedRequest {
  if (job.kind === 'force') {
    const { request, pod, requestId } = job.force;
    return { request, uid: pod.uid, requestId: `forced ${requestId}` };
  }
  const { request, pod } = job.act;
  // Without the reminder itself nothing tells two of them apart: then each press stands for itself.
  const reminder = job.reminder?.ts ?? job.asker.requestId;
  return { request, uid: pod.uid, requestId: `${request.command} ${pod.uid} of ${reminder}` };
}
