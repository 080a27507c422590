import { ApiError } from '../../api/api-error.ts';
import type { ApiRequest, ApiResponse } from './messages.ts';

/**
 * What an interceptor does to a request. `hang`: never answers. `drop`: cuts the connection before anything is done.
 * `lose-answer`: carries the request out, then cuts the connection. A status without a body gets a Status object with
 * the code's usual reason.
 */
export type Verdict =
  | 'pass'
  | 'hang'
  | 'drop'
  | 'lose-answer'
  | { delayMs: number }
  | { status: number; body?: object | string; headers?: Record<string, string> };

export type Intercept = (request: {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: ApiRequest['headers'];
}) => Verdict | undefined;

const reasons: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** Carries out the verdict; returns true when the server must still handle the request. */
export async function intercepted(response: ApiResponse, verdict: Verdict): Promise<boolean> {
  if (verdict === 'pass' || verdict === 'lose-answer') return true;
  if (verdict === 'hang') return false;
  if (verdict === 'drop') {
    response.destroy();
    return false;
  }
  if ('delayMs' in verdict) {
    await new Promise((resolve) => setTimeout(resolve, verdict.delayMs));
    return true;
  }
  const { status, headers } = verdict;
  const body = verdict.body ?? new ApiError(status, reasons[status] ?? '', `intercepted with ${status}`).status();
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return false;
}
