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

/** metav1.Status, as far as pitlane reads it. */
interface Status {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes?: readonly { readonly field?: string; readonly message?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

/** Turns an answer that is not 2xx into the error that says what the caller can do about it. */
export function errorForResponse(
  site: CallSite,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): ClusterError {
  const said = readStatus(body);
  switch (status) {
    case 401:
      return new Unauthorized(site, { status });
    case 403:
      return forbidden(site, said);
    case 404:
      // Of a group that it does not serve the API server says so in plain text; the core group is always there.
      return site.place.resource.group === '' && said.kind !== 'Status'
        ? new Unavailable(site, `${NO_API_SERVER} (it answered 404 in words of its own)`, {})
        : new NotFound(site, { status });
    case 409:
      return new Conflict(site, { status });
    case 410:
      return new Expired(site, { status });
    case 422:
      // A failed JSON Patch `test` says neither that it was one nor which (handlers/patch.go, applyJSPatch).
      // Validation, in contrast, names the fields.
      return site.verb === 'patch' && reasonsOf(said).length === 0
        ? new Conflict(site, { status })
        : new Rejected(site, reasonsOrMessage(said), { status });
    case 429:
      return new TooManyRequests(site, { status, ...retryAfter(headers, said) });
  }
  if (status >= 500) {
    return new Unavailable(site, `it answered ${status}${said.message ? ` (${sentence(said.message)})` : ''}`, {
      status,
    });
  }
  return new Rejected(site, reasonsOrMessage(said), { status });
}

/** The error in a watch's ERROR event, whose object is a Status with the code in it. */
export function errorForStatus(site: CallSite, object: unknown): ClusterError {
  const code = isRecord(object) && typeof object.code === 'number' ? object.code : 500;
  return errorForResponse(site, code, {}, JSON.stringify(object));
}

/** The error for a call that got no answer at all. */
export function errorForNoResponse(site: CallSite, cause: unknown, timeoutMs: number): Unavailable {
  return new Unavailable(site, whyNoAnswer(cause, timeoutMs), { cause });
}

const CONNECTION_TROUBLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address (connection refused)',
  ECONNRESET: 'the connection broke off',
  UND_ERR_SOCKET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  ENOTFOUND: 'its host name can not be resolved',
  EAI_AGAIN: 'its host name can not be resolved at the moment',
  UND_ERR_CONNECT_TIMEOUT: 'it did not accept a connection in time',
  ETIMEDOUT: 'it did not accept a connection in time',
  EHOSTUNREACH: 'its address can not be reached',
  ENETUNREACH: 'its address can not be reached',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by the authority in the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by the authority in the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the authority in the kubeconfig',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

const NO_API_SERVER = 'what answered is no API server';

function whyNoAnswer(cause: unknown, timeoutMs: number): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
    if (error instanceof SyntaxError) return `${NO_API_SERVER} (its answer is no JSON)`;
    const code = 'code' in error ? CONNECTION_TROUBLE[String(error.code)] : undefined;
    if (code !== undefined) return code;
  }
  return 'the connection failed';
}

/** The authorizer's sentence (apiserver, handlers/responsewriters/errors.go): it may name another right than the call's own, `impersonate` for one. */
const DENIED =
  /^.*? is forbidden: User "(?<user>[^"]*)" cannot (?<verb>\S+) resource "(?<resource>[^"]*)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]*)"| at the cluster scope)?(?::? ?(?<reason>.*))?$/s;

function forbidden(site: CallSite, said: Status): Forbidden {
  const denied = said.message?.match(DENIED)?.groups;
  if (denied === undefined) {
    // An admission plugin or webhook, which has its own words: quota, policy.
    return new Forbidden(site, ownPermission(site), {
      status: 403,
      ...(said.message ? { reason: `It said: ${sentence(said.message)}.` } : {}),
    });
  }
  const { user, verb, resource, group, namespace } = denied;
  return new Forbidden(
    site,
    {
      ...(user ? { user } : {}),
      verb: verb ?? site.verb,
      resource: group ? `${resource}.${group}` : (resource ?? ''),
      ...(namespace ? { namespace } : {}),
    },
    { status: 403 },
  );
}

function ownPermission({ verb, place }: CallSite): Permission {
  const { group, plural } = place.resource;
  const full = [place.subresource === undefined ? plural : `${plural}/${place.subresource}`, group].filter(Boolean);
  return {
    verb,
    resource: full.join('.'),
    ...(place.namespace === undefined ? {} : { namespace: place.namespace }),
  };
}

function retryAfter(headers: Readonly<Record<string, string>>, said: Status): { retryAfterMs?: number } {
  const seconds = Number(headers['retry-after'] ?? said.details?.retryAfterSeconds ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
}

function reasonsOf(said: Status): string[] {
  return (said.details?.causes ?? []).map(({ field, message }) =>
    [field, message && sentence(message)].filter(Boolean).join(': '),
  );
}

function reasonsOrMessage(said: Status): string[] {
  const reasons = reasonsOf(said);
  return reasons.length > 0 ? reasons : [said.message ? sentence(said.message) : 'it did not say why'];
}

const LONGEST_QUOTE = 300;

/** A server's message as part of one of our sentences: one line, bounded, no full stop. */
function sentence(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)} …` : line;
}

function readStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) ? parsed : {};
  } catch {
    // A proxy in between answers in HTML or plain text, which helps nobody in a sentence.
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
