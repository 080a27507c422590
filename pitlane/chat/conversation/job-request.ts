import type { ChangeRequest, Request } from '../../command/request.ts';
import type { ActJob, ForceJob, Job } from '../job.ts';

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

/** What a job asks for. */
export function requestOf(job: Exclude<Job, { kind: 'tell' }>): Request {
  switch (job.kind) {
    case 'request':
      return job.request;
    case 'choose':
      return { ...job.request, pod: job.pod.name } as Request;
    case 'confirm':
    case 'cancel':
      return job.offer.confirmation.request;
    case 'force':
    case 'act':
      return pressedRequest(job).request;
  }
}

/** What the operation of a job is known by. */
export function requestIdOf(job: Job): string {
  switch (job.kind) {
    case 'confirm':
    case 'cancel':
      return job.offer.requestId;
    case 'force':
    case 'act':
      return pressedRequest(job).requestId;
    default:
      return job.asker.requestId;
  }
}
