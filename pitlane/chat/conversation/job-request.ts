import { aboutPod, type ChangeRequest, type Request } from '../../command/request.ts';
import type { PodRef } from '../../rotation/snapshot.ts';
import type { ActJob, ForceJob, Job } from '../job.ts';

/** The request of a pressed button. */
export interface PressedRequest {
  readonly request: ChangeRequest;
  /** The only pod that the button was about: another one of its name is another pod. */
  readonly pod?: PodRef;
  /** The same for each press on the button, so that it is carried out once. */
  readonly requestId: string;
}

/** Force and the buttons of a reminder begin a new operation, whose id comes from the pressed message. */
export function pressedRequest(job: ForceJob | ActJob): PressedRequest {
  if (job.kind === 'force') {
    const { request, pod, requestId } = job.force;
    return { request, ...(pod !== undefined && { pod }), requestId: `forced ${requestId}` };
  }
  const { request, pod } = job.act;
  // Without the reminder, each press counts as its own: two reminders can't be told apart.
  const reminder = job.reminder?.ts ?? job.asker.requestId;
  return { request, pod, requestId: `${request.command} ${pod.uid} of ${reminder}` };
}

/** The request of a job. */
export function requestOf(job: Exclude<Job, { kind: 'tell' }>): Request {
  switch (job.kind) {
    case 'request':
      return job.request;
    case 'choose':
      return aboutPod(job.request, job.pod.name);
    case 'confirm':
    case 'cancel':
      return job.offer.confirmation.request;
    case 'force':
    case 'act':
      return pressedRequest(job).request;
  }
}

/** The id that the operation of a job is made from. */
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
