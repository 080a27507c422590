import { type AwsCredentials, type AwsRequest, signedHeaders } from './signature.ts';

export interface AwsAnswer {
  readonly status: number;
  readonly body: string;
  /** The kind of error, such as ThrottlingException. Empty: unknown. */
  readonly errorType: string;
}

export interface AskOptions {
  readonly credentials: AwsCredentials;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const TIMEOUT_MS = 5_000;
/** Of all attempts together: the caller has more to do. */
const PATIENCE_MS = 15_000;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 200;
const TEMPORARY = /^(Throttl|TooManyRequests|RequestLimitExceeded|InternalFailure|ServiceUnavailable)/;

/**
 * Sends a read to AWS. While AWS throttles, fails or does not answer, it is repeated with growing pauses. Rejects if the
 * last attempt had no answer.
 */
export async function askAws(request: AwsRequest, options: AskOptions): Promise<AwsAnswer> {
  const deadline = options.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt += 1) {
    const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1);
    const isLast = () => attempt >= ATTEMPTS || options.now() + pause >= deadline;
    try {
      const answer = await once(request, options);
      if (!isTemporary(answer) || isLast()) return answer;
    } catch (error) {
      if (isLast()) throw error;
    }
    await options.sleep(pause);
  }
}

async function once(request: AwsRequest, { credentials, now }: AskOptions): Promise<AwsAnswer> {
  const { method, url, body } = request;
  const response = await fetch(url, {
    method,
    headers: signedHeaders(request, credentials, now()),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return { status: response.status, body: text, errorType: response.ok ? '' : errorTypeOf(response, text) };
}

/** A header of the JSON protocols, `__type` in their body, or an element of the older XML. */
function errorTypeOf({ headers }: Response, body: string): string {
  const [, type = ''] = /"__type"\s*:\s*"([^"]+)"|<Code>([^<]+)<\/Code>/.exec(body)?.filter(Boolean) ?? [];
  return (headers.get('x-amzn-errortype') ?? type).replace(/^.*#/, '').replace(/:.*$/, '');
}

function isTemporary({ status, errorType }: AwsAnswer): boolean {
  return status === 429 || status >= 500 || TEMPORARY.test(errorType);
}
