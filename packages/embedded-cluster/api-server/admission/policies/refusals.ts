import { ApiError, detailsOf } from '../../../api/api-error.ts';
import type { Json } from '../../../api/json.ts';
import { type Admitted, Misconfigured } from './matching.ts';

/** The errors of policies in one request; those of policies that ignore failures do not count. */
export class Refusals {
  readonly #counted: { message: string; reason: string }[] = [];

  /** What `work` returns; undefined if it fails. An ApiError passes, since it does not depend on the failure policy. */
  attempt<T>(policy: Json, binding: Json, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (policy.spec.failurePolicy !== 'Ignore') this.#counted.push(refusalOf(policy, binding, error as Error));
      return undefined;
    }
  }

  /** Throws the first error, with all of them as causes. */
  throwIfAny({ kind, object: { metadata } }: Admitted): void {
    const [first] = this.#counted;
    if (first === undefined) return;
    const details = detailsOf(kind.group, kind.resource, metadata.name ?? metadata.generateName ?? '');
    const causes = this.#counted.map(({ message }) => ({ message }));
    throw new ApiError(403, first.reason, first.message, { ...details, causes });
  }
}

function refusalOf({ metadata: { name } }: Json, binding: Json, error: Error) {
  const by = binding === undefined ? `policy "${name}"` : `policy '${name}' with binding '${binding.metadata.name}'`;
  const subject = binding === undefined ? 'policy' : 'binding';
  return error instanceof Misconfigured
    ? { message: `${by} denied request: failed to configure ${subject}: ${error.message}`, reason: 'Forbidden' }
    : { message: `${by} denied request: ${error.message}`, reason: 'Invalid' };
}
