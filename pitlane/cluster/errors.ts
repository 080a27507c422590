import { describePlace, type Place } from './resource.ts';

/** A Kubernetes API verb, as RBAC rules name it. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** Identifies the call that an error is about. */
export interface CallSite {
  readonly verb: Verb;
  readonly place: Place;
}

interface ErrorDetails {
  /** HTTP status. Absent: there was no answer. */
  readonly status?: number;
  readonly cause?: unknown;
}

/**
 * A failed call to the cluster. Each situation that a caller can act on has its own subclass. The message is a sentence
 * for people, without JSON and secrets.
 */
export abstract class ClusterError extends Error {
  /** True if the same call may succeed later. */
  readonly isRetryable: boolean = false;
  readonly site: CallSite;
  readonly status: number | undefined;

  constructor(site: CallSite, sentence: string, details: ErrorDetails) {
    super(sentence, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.site = site;
    this.status = details.status;
  }
}

function attempted({ verb, place }: CallSite): string {
  return `${verb} ${describePlace(place)}`;
}

/** The object has changed since it was read (409, or 422 to a JSON Patch): observe and plan again. */
export class Conflict extends ClusterError {
  constructor(site: CallSite, details: ErrorDetails) {
    super(site, `${describePlace(site.place)} was modified by another client (${details.status}).`, details);
  }
}

export class NotFound extends ClusterError {
  constructor(site: CallSite, details: ErrorDetails) {
    super(
      site,
      site.place.name === undefined
        ? `The cluster does not serve ${describePlace(site.place)} (404).`
        : `${describePlace(site.place)} does not exist (404).`,
      details,
    );
  }
}

/** A missing permission, in the terms of an RBAC rule. */
export interface Permission {
  readonly user?: string;
  readonly verb: string;
  /** Includes the API group: `leases.coordination.k8s.io`. */
  readonly resource: string;
  readonly namespace?: string;
}

export class Forbidden extends ClusterError {
  readonly missing: Permission;
  /** The words of an admission plugin, policy or webhook. Absent: the authorizer denies it. */
  readonly reason: string | undefined;

  constructor(site: CallSite, missing: Permission, details: ErrorDetails & { readonly reason?: string }) {
    const user = missing.user === undefined ? "Pitlane's user" : `User ${missing.user}`;
    const reason = details.reason === undefined ? '' : ` Reason: ${details.reason}.`;
    super(site, `${user} is not allowed to ${describePermission(missing)} (403).${reason}`, details);
    this.missing = missing;
    this.reason = details.reason;
  }
}

/** `list pods in namespace dockercoins` */
export function describePermission({ verb, resource, namespace }: Permission): string {
  return `${verb} ${resource} ${namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`}`;
}

/** The cluster does not accept the credentials. */
export class Unauthorized extends ClusterError {
  constructor(site: CallSite, details: ErrorDetails) {
    super(site, `Can't ${attempted(site)}: Pitlane's credentials are missing, invalid or expired (401).`, details);
  }
}

/** The API server limits the request rate (429). Nothing was changed. */
export class TooManyRequests extends ClusterError {
  override readonly isRetryable = true;
  /** From the Retry-After header, if any. */
  readonly retryAfterMs: number | undefined;

  constructor(site: CallSite, details: ErrorDetails & { readonly retryAfterMs?: number }) {
    super(site, `Can't ${attempted(site)}: too many requests (429).`, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** There was no answer, or a 5xx. A write may have been applied. */
export class Unavailable extends ClusterError {
  override readonly isRetryable = true;

  constructor(site: CallSite, why: string, details: ErrorDetails) {
    super(site, `Can't ${attempted(site)}: ${why}.`, details);
  }
}

/** The continue token or resourceVersion is too old (410): list again. */
export class Expired extends ClusterError {
  constructor(site: CallSite, details: ErrorDetails) {
    super(site, `Can't ${attempted(site)}: the resource version is too old (410).`, details);
  }
}

/** The API server or a webhook rejects the request (400, 422, …). */
export class Rejected extends ClusterError {
  readonly reasons: readonly string[];

  constructor(site: CallSite, reasons: readonly string[], details: ErrorDetails) {
    super(site, `Can't ${attempted(site)} (${details.status}): ${reasons.join('; ')}.`, details);
    this.reasons = reasons;
  }
}

/** The caller's signal aborted the call. */
export class Stopped extends ClusterError {
  constructor(site: CallSite, details: ErrorDetails) {
    super(site, `Can't ${attempted(site)}: interrupted.`, details);
  }
}

/** The configuration, kubeconfig or credentials do not lead to a cluster. The message is a sentence for people. */
export class CannotConnect extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CannotConnect';
  }
}
