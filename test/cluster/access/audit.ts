import { readFile } from 'node:fs/promises';
import type { Sent } from './recorder.ts';

/** What is of interest in an audit.k8s.io/v1 Event. */
export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: {
    readonly username: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

/** What the API server has written down of this user, each request once it was answered. */
export async function auditOf(file: string, username: string): Promise<readonly AuditEvent[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as AuditEvent).filter(({ user }) => user.username === username);
}

/** The same as the recorder has it. */
export function asSent({ verb, impersonatedUser, objectRef }: AuditEvent): Sent {
  const { apiGroup = '', resource = '', subresource, namespace, name } = objectRef ?? {};
  return {
    group: impersonatedUser?.groups?.find((group) => group.startsWith('pitlane:')),
    verb,
    apiGroup,
    resource: [resource, subresource].filter(Boolean).join('/'),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}
