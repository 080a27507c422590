import { describePlace, type Place } from './resource.ts';

/** The Kubernetes API's word for what a request does to an object: what RBAC rules name. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** Which call it was: every error about the cluster can say so. */
export interface CallSite {
  readonly verb: Verb;
  readonly place: Place;
}

interface Facts {
  /** HTTP status; absent: no answer came. */
  readonly status?: number;
  readonly cause?: unknown;
}

/**
 * Something that the cluster would not or could not do. There is a subclass for each situation that a caller can act
 * on. The message is a sentence for people; it holds no JSON and no secrets.
 */
export abstract class ClusterError extends Error {
  /** Whether the same call may succeed in a moment. */
  abstract readonly isRetryable: boolean;
  readonly site: CallSite;
  readonly status: number | undefined;

  constructor(site: CallSite, sentence: string, facts: Facts) {
    super(sentence, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.site = site;
    this.status = facts.status;
  }
}

function tried({ verb, place }: CallSite): string {
  return `${verb} ${describePlace(place)}`;
}

/** The object is no longer as the plan saw it (409, or 422 to a JSON Patch): observe and plan again. */
export class Conflict extends ClusterError {
  readonly isRetryable = false;

  constructor(site: CallSite, facts: Facts) {
    super(site, `${describePlace(site.place)} was changed by somebody else meanwhile (${facts.status}).`, facts);
  }
}

export class NotFound extends ClusterError {
  readonly isRetryable = false;

  constructor(site: CallSite, facts: Facts) {
    super(
      site,
      site.place.name === undefined
        ? `The cluster does not serve ${describePlace(site.place)} (404).`
        : `There is no ${describePlace(site.place)} (404).`,
      facts,
    );
  }
}

/** A right that is missing, in the words of an RBAC rule. */
export interface Permission {
  readonly user?: string;
  readonly verb: string;
  /** With the group where it has one: `leases.coordination.k8s.io`. */
  readonly resource: string;
  readonly namespace?: string;
}

export class Forbidden extends ClusterError {
  readonly isRetryable = false;
  readonly missing: Permission;

  constructor(site: CallSite, missing: Permission, facts: Facts & { readonly reason?: string }) {
    const who = missing.user === undefined ? "Pitlane's user" : `The user ${missing.user}`;
    super(site, `${who} may not ${describePermission(missing)} (403).${facts.reason ? ` ${facts.reason}` : ''}`, facts);
    this.missing = missing;
  }
}

/** `list pods in namespace dockercoins` */
export function describePermission({ verb, resource, namespace }: Permission): string {
  return `${verb} ${resource} ${namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`}`;
}

/** The cluster does not know who asks. */
export class Unauthorized extends ClusterError {
  readonly isRetryable = false;

  constructor(site: CallSite, facts: Facts) {
    super(
      site,
      `The cluster did not accept pitlane's credentials to ${tried(site)} (401): they are missing, wrong or expired.`,
      facts,
    );
  }
}

/** 429: the API server sheds load. Nothing was changed. */
export class TooManyRequests extends ClusterError {
  readonly isRetryable = true;
  /** From the Retry-After header; absent: the server named no time. */
  readonly retryAfterMs: number | undefined;

  constructor(site: CallSite, facts: Facts & { readonly retryAfterMs?: number }) {
    super(site, `The cluster is too busy to ${tried(site)} (429).`, facts);
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** No answer, or one that says nothing about the object (5xx). A write may have been applied. */
export class Unavailable extends ClusterError {
  readonly isRetryable = true;

  constructor(site: CallSite, why: string, facts: Facts) {
    super(site, `The cluster could not ${tried(site)}: ${why}.`, facts);
  }
}

/** 410: the continue token or resourceVersion is too old. List anew. */
export class Expired extends ClusterError {
  readonly isRetryable = false;

  constructor(site: CallSite, facts: Facts) {
    super(site, `The cluster no longer knows where it was asked to go on to ${tried(site)} (410).`, facts);
  }
}

/** The API server, or a webhook behind it, does not accept what was asked (400, 422, …). */
export class Rejected extends ClusterError {
  readonly isRetryable = false;
  readonly reasons: readonly string[];

  constructor(site: CallSite, reasons: readonly string[], facts: Facts) {
    super(site, `The cluster refused to ${tried(site)} (${facts.status}): ${reasons.join('; ')}.`, facts);
    this.reasons = reasons;
  }
}

/** The caller's own signal ended the call. */
export class Stopped extends ClusterError {
  readonly isRetryable = false;

  constructor(site: CallSite, facts: Facts) {
    super(site, `Stopped before the cluster could ${tried(site)}.`, facts);
  }
}

/** There is no way into the cluster: the configuration, kubeconfig or credentials do not give one. The message is for people. */
export class CannotConnect extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CannotConnect';
  }
}
