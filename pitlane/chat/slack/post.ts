import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Posted {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A POST that failed. `wasSent`: it may have arrived and had its effect. */
export class PostFailed extends Error {
  readonly wasSent: boolean;
  constructor(message: string, wasSent: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'PostFailed';
    this.wasSent = wasSent;
  }
}

const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * One POST by node:https, since the first global `fetch` of a process takes 40 ms, and this 10 ms. Errors name only the
 * host: the path of a `response_url` is a secret.
 */
export function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<Posted> {
  const target = new URL(url);
  const send = target.protocol === 'http:' ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) => {
      clearTimeout(timer);
      const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
      reject(new PostFailed(`POST to ${target.host} ${why}`, !NEVER_CONNECTED.has(code), cause));
    };
    const request = send(
      target,
      { method: 'POST', headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => fail('was interrupted', error));
        response.on('end', () => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    const timer = setTimeout(() => {
      fail(`was not answered within ${timeoutMs} ms`);
      request.destroy();
    }, timeoutMs);
    request.on('error', (error) => fail('failed', error));
    request.end(body);
  });
}
