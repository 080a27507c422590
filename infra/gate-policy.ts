import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';

/** A MutatingAdmissionPolicy or its binding. */
export interface AdmissionObject {
  readonly apiVersion: string;
  readonly kind: 'MutatingAdmissionPolicy' | 'MutatingAdmissionPolicyBinding';
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

/** The plural of a kind in URLs. */
export const ADMISSION_RESOURCES = {
  MutatingAdmissionPolicy: 'mutatingadmissionpolicies',
  MutatingAdmissionPolicyBinding: 'mutatingadmissionpolicybindings',
} as const;

/** The objects of gate-policy.yaml, in the order in which they are created. */
export async function gatePolicy(): Promise<readonly AdmissionObject[]> {
  const text = await readFile(new URL('gate-policy.yaml', import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS());
}
