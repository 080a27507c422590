import type { Kind } from './kinds.ts';

/** One entry of `details.causes`; `path` is the field's, as in `spec.template.metadata.labels`. */
export interface Cause {
  reason: string;
  message: string;
  field: string;
}

interface Details {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: Partial<Cause>[];
  retryAfterSeconds?: number;
}

/** The JSON body of an answer without an object. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: object;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: Details;
  code?: number;
}

/** A refusal in the words of a real API server. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Details | undefined;

  constructor(code: number, reason: string, message: string, details?: Details) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  status(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason !== '' && { reason: this.reason }),
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }
}

/** `pods`, `deployments.apps`: how messages name a resource. */
export function groupResource(kind: Pick<Kind, 'group' | 'resource'>): string {
  return kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
}

function resourceDetails(kind: Kind, name: string): Details {
  return { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.resource };
}

export function notFound(kind: Kind, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${groupResource(kind)} "${name}" not found`, resourceDetails(kind, name));
}

export function alreadyExists(kind: Kind, name: string): ApiError {
  const message = `${groupResource(kind)} "${name}" already exists`;
  return new ApiError(409, 'AlreadyExists', message, resourceDetails(kind, name));
}

const modified = 'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(kind: Kind, name: string, why: string = modified): ApiError {
  const message = `Operation cannot be fulfilled on ${groupResource(kind)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, resourceDetails(kind, name));
}

/** Names the kind instead of the resource, as Kubernetes does for the preconditions of a delete. */
export function preconditionFailed(kind: Kind, name: string, why: string): ApiError {
  const named = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const details = { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.kind };
  return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${named} "${name}": ${why}`, details);
}

export function invalid(kind: Pick<Kind, 'group' | 'kind'>, name: string, causes: readonly Cause[]): ApiError {
  // Go writes the dot even when only the group is known.
  const named = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const sentences = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const said = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`;
  return new ApiError(422, 'Invalid', `${named} "${name}" is invalid: ${said}`, {
    ...(name !== '' && { name }),
    ...(kind.group !== '' && { group: kind.group }),
    ...(kind.kind !== '' && { kind: kind.kind }),
    causes: [...causes],
  });
}

export function forbidden(
  kind: Pick<Kind, 'group' | 'resource'>,
  name: string,
  why: string,
  causes?: Partial<Cause>[],
): ApiError {
  const named = name === '' ? groupResource(kind) : `${groupResource(kind)} "${name}"`;
  const details = {
    ...(name !== '' && { name }),
    ...(kind.group !== '' && { group: kind.group }),
    kind: kind.resource,
    ...(causes && { causes }),
  };
  return new ApiError(403, 'Forbidden', `${named} is forbidden: ${why}`, details);
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function methodNotAllowed(
  message = 'the server does not allow this method on the requested resource',
): ApiError {
  return new ApiError(405, 'MethodNotAllowed', message, {});
}
