import { createHmac, timingSafeEqual } from 'node:crypto';
import { isText, matching, shape } from '../text/shape.ts';
import type { Job } from './job.ts';
import { fitsOne, type SigningSecrets } from './signing-secrets.ts';

/**
 * A job as the Slack function hands it over. A job names its asker, and the right to invoke the worker is not the right to ask
 * as anyone: so the worker takes only what was signed with Slack's signing secret.
 */
export interface SignedJob {
  /** The job as JSON: the signed text. */
  readonly job: string;
  /** Milliseconds since the epoch. */
  readonly signedAt: number;
  readonly signature: string;
}

export type ReadJob =
  | { readonly kind: 'job'; readonly job: Job }
  /** `why`: for the log. */
  | { readonly kind: 'refused'; readonly why: string };

/** Lambda drops an event that has waited for 60 s (serverless.yml, maximumEventAge). The rest is for clocks and a cold start. */
const TOLERANCE_MS = 120_000;

export function signJob(job: Job, secret: string, now: number): SignedJob {
  const text = JSON.stringify(job);
  return { job: text, signedAt: now, signature: signatureOf(text, now, secret) };
}

const isSignedJob = shape<SignedJob>({
  job: isText,
  signedAt: Number.isSafeInteger,
  signature: matching(/^[0-9a-f]{64}$/),
});

/** Reads an event of the worker. Nothing is parsed before the signature is verified. */
export async function readSignedJob(
  event: unknown,
  secrets: SigningSecrets,
  now: number,
  toleranceMs: number = TOLERANCE_MS,
): Promise<ReadJob> {
  if (!isSignedJob(event)) return { kind: 'refused', why: 'the event is not a signed job from the Slack function' };
  const { job, signedAt, signature } = event;
  const given = Buffer.from(signature, 'hex');
  const fits = (secret: string) => timingSafeEqual(given, Buffer.from(signatureOf(job, signedAt, secret), 'hex'));
  if (!(await fitsOne(secrets, fits))) return { kind: 'refused', why: 'the signature of the job does not match' };
  const ageMs = now - signedAt;
  if (Math.abs(ageMs) > toleranceMs)
    return { kind: 'refused', why: `the job was signed ${Math.round(ageMs / 1000)} s ago` };
  return { kind: 'job', job: JSON.parse(job) as Job };
}

/** Slack signs texts that begin with `v0:`, so that none of its signatures is one of a job. */
function signatureOf(job: string, signedAt: number, secret: string): string {
  return createHmac('sha256', secret).update(`pitlane-job:${signedAt}:${job}`).digest('hex');
}
