import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';

/** A ValidatingAdmissionPolicy or its binding. */
export interface ConfiningObject {
  readonly kind: 'ValidatingAdmissionPolicy' | 'ValidatingAdmissionPolicyBinding';
  readonly metadata: { readonly name: string };
}

/** The plural of a kind in URLs. */
export const CONFINING_RESOURCES = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
} as const;

/** The objects of confine-policy.yaml, in the order in which they are created. */
export async function confinePolicy(): Promise<readonly ConfiningObject[]> {
  const text = await readFile(new URL('confine-policy.yaml', import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS());
}
