import { readFile } from 'node:fs/promises';
import type { Sent } from './recorder.ts';

/** The fields of an audit.k8s.io/v1 Event that the tests read. */
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

/** The audit events of this user, one for each answered request. */
export async function auditOf(file: string, username: string): Promise<readonly AuditEvent[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as AuditEvent).filter(({ user }) => user.username === username);
}

/** Converts an audit event to the form of the recorder. */
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
