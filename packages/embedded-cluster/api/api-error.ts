import type { V1Status, V1StatusCause, V1StatusDetails } from '@kubernetes/client-node';
import type { Kind } from './kinds.ts';

/** One entry of `details.causes`; `field` is a path, as in `spec.template.metadata.labels`. */
export type Cause = Required<V1StatusCause>;

/** A refusal in the words of a real API server. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: V1StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: V1StatusDetails) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  status(): V1Status {
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

type OfGroup = Pick<Kind, 'group' | 'resource'>;

/** `pods`, `deployments.apps`: how messages name a resource. */
export function groupResource({ group, resource }: OfGroup): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** `kind` is the plural name in most answers. */
export function detailsOf({ group, resource: kind }: OfGroup, name: string): V1StatusDetails {
  return { ...(name !== '' && { name }), ...(group !== '' && { group }), ...(kind !== '' && { kind }) };
}

export function notFound(kind: Kind, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${groupResource(kind)} "${name}" not found`, detailsOf(kind, name));
}

export function alreadyExists(kind: Kind, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${groupResource(kind)} "${name}" already exists`, detailsOf(kind, name));
}

const modified = 'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(kind: OfGroup, name: string, why = modified): ApiError {
  const message = `Operation cannot be fulfilled on ${groupResource(kind)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, detailsOf(kind, name));
}

export function invalid({ group, kind }: Pick<Kind, 'group' | 'kind'>, name: string, causes: Cause[]): ApiError {
  const named = { group, resource: kind };
  const sentences = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const said = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`;
  // Go writes the dot even when only the group is known.
  const message = `${groupResource(named)} "${name}" is invalid: ${said}`;
  return new ApiError(422, 'Invalid', message, { ...detailsOf(named, name), causes });
}

/** Of a request's query or options, such as DeleteOptions. */
export function invalidOptions(kind: string, ...causes: Cause[]): ApiError {
  return invalid({ group: 'meta.k8s.io', kind }, '', causes);
}

export function forbidden(kind: OfGroup, name: string, why: string, causes?: V1StatusCause[]): ApiError {
  const named = name === '' ? groupResource(kind) : `${groupResource(kind)} "${name}"`;
  const details = { ...detailsOf(kind, name), kind: kind.resource, ...(causes && { causes }) };
  return new ApiError(403, 'Forbidden', `${named} is forbidden: ${why}`, details);
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}
