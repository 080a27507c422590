import type { IncomingHttpHeaders } from 'node:http';
import { redact } from '../evidence/redact.ts';
import { oneLine } from '../text/printable.ts';
import { parseObject } from '../text/shape.ts';
import {
  type CallSite,
  type ClusterError,
  Conflict,
  Expired,
  Forbidden,
  NotFound,
  type Permission,
  Rejected,
  TooManyRequests,
  Unauthorized,
  Unavailable,
} from './errors.ts';
import { isRecord } from './json.ts';

/** The fields of a metav1.Status that Pitlane reads. */
interface Status {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes?: readonly { readonly field?: string; readonly message?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

/** Turns a response that is not 2xx into the error class that the caller can act on. */
export function errorForResponse(
  site: CallSite,
  status: number,
  headers: IncomingHttpHeaders,
  body: string,
): ClusterError {
  // HTML or plain text from a proxy does not help in a sentence.
  const parsed: Status = parseObject(body) ?? {};
  const reasons = reasonsOf(parsed);
  switch (status) {
    case 401:
      return new Unauthorized(site, { status });
    case 403:
      return forbidden(site, parsed);
    case 404:
      // The API server answers in plain text for a group that it does not serve; it always serves the core group.
      return site.place.resource.group === '' && parsed.kind !== 'Status'
        ? new Unavailable(site, `${NOT_AN_API_SERVER} (404 without a Kubernetes status)`, {})
        : new NotFound(site, { status });
    case 409:
      return new Conflict(site, { status });
    case 410:
      return new Expired(site, { status });
    case 429:
      return new TooManyRequests(site, { status, retryAfterMs: retryAfterMs(headers, parsed) });
  }
  // A failed JSON Patch `test` is not named as one (handlers/patch.go, applyJSPatch); validation names the fields.
  if (status === 422 && site.verb === 'patch' && reasons.length === 0) return new Conflict(site, { status });
  if (status >= 300 && status < 400)
    return new Unavailable(
      site,
      `the server redirects to ${addressOf(headers.location)}, which Pitlane does not follow`,
      {},
    );
  const message = parsed.message && asClause(parsed.message);
  return status >= 500
    ? new Unavailable(site, `HTTP ${status}${message ? ` (${message})` : ''}`, { status })
    : new Rejected(site, reasons.length > 0 ? reasons : [message || 'no reason given'], { status });
}

/** The error of a watch's ERROR event, whose object is a Status with a code. */
export function errorForStatus(site: CallSite, object: unknown): ClusterError {
  const code = isRecord(object) && typeof object.code === 'number' ? object.code : 500;
  return errorForResponse(site, code, {}, JSON.stringify(object));
}

/** The error of a call without an answer. */
export function errorForNoResponse(site: CallSite, cause: unknown, timeoutMs: number): Unavailable {
  return new Unavailable(site, reasonForNoResponse(cause, timeoutMs), { cause });
}

const UNKNOWN_AUTHORITY = "the server's certificate is not signed by the CA of the kubeconfig";
const NOT_AN_API_SERVER = 'the server is not a Kubernetes API server';

/** Node's code for an HTTP proxy that opens no tunnel. */
export const PROXY_REFUSED = 'ERR_PROXY_TUNNEL';

const CONNECTION_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: "the server's host name does not resolve",
  EAI_AGAIN: "the server's host name does not resolve at the moment",
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another host name",
};

function reasonForNoResponse(cause: unknown, timeoutMs: number): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
    if (error instanceof SyntaxError) return `${NOT_AN_API_SERVER} (its answer is not JSON)`;
    const code = 'code' in error ? String(error.code) : '';
    if (code === PROXY_REFUSED)
      return `the proxy refused the connection (${error.message.replace(/^.*(?=HTTP\/)/, '')})`;
    const reason = CONNECTION_ERRORS[code];
    if (reason !== undefined) return reason;
  }
  return 'connection failed';
}

/**
 * The authorizer's message (apiserver, handlers/responsewriters/errors.go). The missing permission may differ from the
 * call's own, such as `impersonate`.
 */
const DENIED =
  /^.*? is forbidden: User "(?<user>[^"]*)" cannot (?<verb>\S+) resource "(?<resource>[^"]*)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]*)"| at the cluster scope)?(?::? ?(?<reason>.*))?$/s;

function forbidden(site: CallSite, parsed: Status): Forbidden {
  const denied = parsed.message?.match(DENIED)?.groups;
  if (denied === undefined) {
    // The message of an admission plugin or webhook, such as a quota or a policy.
    const reason = parsed.message ? asClause(parsed.message) : undefined;
    return new Forbidden(site, ownPermission(site), { status: 403, reason });
  }
  const { user, verb = site.verb, resource = '', group, namespace } = denied;
  const missing = {
    user: user || undefined,
    verb,
    resource: group ? `${resource}.${group}` : resource,
    namespace: namespace || undefined,
  };
  return new Forbidden(site, missing, { status: 403 });
}

function ownPermission({ verb, place }: CallSite): Permission {
  const { group, plural } = place.resource;
  const full = [place.subresource === undefined ? plural : `${plural}/${place.subresource}`, group].filter(Boolean);
  return { verb, resource: full.join('.'), namespace: place.namespace };
}

function retryAfterMs(headers: IncomingHttpHeaders, parsed: Status): number | undefined {
  const seconds = Number(headers['retry-after'] ?? parsed.details?.retryAfterSeconds ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function reasonsOf(parsed: Status): string[] {
  return (parsed.details?.causes ?? []).map(({ field, message }) =>
    [field, message && asClause(message)].filter(Boolean).join(': '),
  );
}

/** Without credentials and query, which may be secret. */
function addressOf(location = 'no address'): string {
  if (!URL.canParse(location)) return asClause(location.replace(/[?#].*$/s, ''));
  const { protocol, host, pathname } = new URL(location);
  return asClause(`${protocol}//${host}${pathname}`);
}

const MAX_QUOTE_LENGTH = 300;

/** A server's message for use inside a sentence: one line, redacted, shortened and without a full stop. */
function asClause(message: string): string {
  const line = oneLine(redact(message)).replace(/\.$/, '');
  return line.length > MAX_QUOTE_LENGTH ? `${line.slice(0, MAX_QUOTE_LENGTH)} …` : line;
}
