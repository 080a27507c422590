import { createHmac, timingSafeEqual } from 'node:crypto';
import { fitsOne, type SigningSecrets } from '../pitlane/chat/signing-secrets.ts';

/** The fields that matter of a Lambda function URL or API Gateway event (payload 2.0). Any may be missing. */
export interface HttpEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  readonly rawPath?: string;
}

/** A recent request from Slack, which is safe to parse. */
export interface VerifiedRequest {
  readonly kind: 'verified';
  readonly contentType: 'application/x-www-form-urlencoded' | 'application/json';
  readonly body: string;
}

export interface RefusedRequest {
  readonly kind: 'refused';
  readonly status: 400 | 401;
  /** For the log. The sender learns nothing. */
  readonly why: string;
}

/** "Verifying requests from Slack" allows 5 minutes, for a clock that is ahead or behind. */
const TOLERANCE_SECONDS = 300;

/**
 * Verifies the signature of the raw bytes before anything is parsed. bolt's AwsLambdaReceiver parses first, reads base64
 * as ASCII and accepts timestamps from the future.
 */
export async function verify(
  event: HttpEvent,
  secrets: SigningSecrets,
  nowMs: number,
): Promise<VerifiedRequest | RefusedRequest> {
  const headers = new Map(Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8');

  const timestamp = headers.get('x-slack-request-timestamp') ?? '';
  if (!/^\d{1,12}$/.test(timestamp)) return refused(401, 'no timestamp');
  const ageSeconds = Math.floor(nowMs / 1000) - Number(timestamp);
  if (ageSeconds > TOLERANCE_SECONDS) return refused(401, `timestamp is ${ageSeconds} s old`);
  if (ageSeconds < -TOLERANCE_SECONDS) return refused(401, `timestamp is ${-ageSeconds} s in the future`);

  const signature = headers.get('x-slack-signature') ?? '';
  if (!/^v0=[0-9a-f]{64}$/.test(signature)) return refused(401, 'no signature');
  const given = Buffer.from(signature.slice(3), 'hex');
  const expected = (secret: string) => createHmac('sha256', secret).update(`v0:${timestamp}:`).update(bytes).digest();
  if (!(await fitsOne(secrets, (secret) => timingSafeEqual(expected(secret), given))))
    return refused(401, 'signature does not match');

  if (bytes.length === 0) return refused(400, 'empty body');
  const contentType = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (contentType !== 'application/x-www-form-urlencoded' && contentType !== 'application/json') {
    return refused(400, `content type ${contentType}`);
  }
  return { kind: 'verified', contentType, body: bytes.toString('utf8') };
}

function refused(status: 400 | 401, why: string): RefusedRequest {
  return { kind: 'refused', status, why };
}
