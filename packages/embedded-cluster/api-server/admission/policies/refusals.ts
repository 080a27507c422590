import { ApiError } from '../../../api/api-error.ts';
import type { Json } from '../../../api/json.ts';
import type { Admitted } from './matching.ts';

/** The errors of policies in one request; those of policies that ignore failures do not count. */
export class Refusals {
  readonly #counted: { message: string; reason: string }[] = [];

  /** An error of the policy or of a binding, before anything is evaluated. */
  addMisconfigured(policy: Json, binding: Json, error: unknown): void {
    const subject = binding === undefined ? 'policy' : 'binding';
    this.#add(policy, binding, `failed to configure ${subject}: ${(error as Error).message}`, 'Forbidden');
  }

  addFailed(policy: Json, binding: Json, error: unknown): void {
    this.#add(policy, binding, (error as Error).message, 'Invalid');
  }

  #add(policy: Json, binding: Json, message: string, reason: string): void {
    if (policy.spec.failurePolicy === 'Ignore') return;
    const { name } = policy.metadata;
    const by = binding === undefined ? `policy "${name}"` : `policy '${name}' with binding '${binding.metadata.name}'`;
    this.#counted.push({ message: `${by} denied request: ${message}`, reason });
  }

  /** Throws the first error, with all of them as causes. */
  throwIfAny({ kind, object: { metadata } }: Admitted): void {
    const [first] = this.#counted;
    if (first === undefined) return;
    const name: string = metadata.name ?? metadata.generateName ?? '';
    throw new ApiError(403, first.reason, first.message, {
      ...(name !== '' && { name }),
      ...(kind.group !== '' && { group: kind.group }),
      kind: kind.resource,
      causes: this.#counted.map(({ message }) => ({ message })),
    });
  }
}
