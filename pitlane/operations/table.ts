import type { ChangeRequest, ReadRequest, Request } from '../command/request.ts';
import type { Role } from '../command/role.ts';
import type { Needs } from '../rotation/snapshot.ts';
import { drain } from './drain/drain.ts';
import { extend } from './extend/extend.ts';
import { finish } from './finish/finish.ts';
import { READS } from './reads.ts';
import { restore } from './restore/restore.ts';
import type { OperationSpec, PodChoice, ReadSpec } from './spec.ts';

/** Every operation by its name, in the order of the help. A new one is its folder, a line here and one in planners.ts. */
const TABLE = { drain, restore, extend, finish } as const satisfies Readonly<Record<string, OperationSpec>>;

export type OperationName = keyof typeof TABLE;
export const OPERATIONS: readonly OperationSpec[] = Object.values(TABLE);

const BY_NAME: ReadonlyMap<string, OperationSpec> = new Map(Object.entries(TABLE));

/** The operation of that name. A name that none has is a bug, or a record of another version: ask `isOperation` first. */
export function operationNamed(name: string): OperationSpec {
  const spec = BY_NAME.get(name);
  if (spec === undefined) throw new Error(`there is no operation ${name}`);
  return spec;
}

export function isOperation(name: unknown): name is string {
  return typeof name === 'string' && BY_NAME.has(name);
}

export function specOf(request: Request): OperationSpec | ReadSpec {
  return BY_NAME.get(request.command) ?? READS[request.command as ReadRequest['command']];
}

/** The least role that may ask for it. To override a refusal takes an admin. */
export function roleFor(request: Request): Role {
  return 'force' in request && request.force ? 'admin' : specOf(request).role;
}

/** Which pods the request may be about. */
export function podsFor(request: Request): PodChoice {
  return specOf(request).pods ?? { includes: () => true, none: (service) => `${service} has no pods.` };
}

/** What the request's operation, or its answer, needs to see. */
export function needsOf(request: Request): Needs {
  const spec = specOf(request);
  return 'needs' in spec
    ? spec.needs
    : { members: 'summary', owner: false, bystanders: false, adopters: false, headroom: false };
}

/** The request that takes a change back; undefined: no command does. */
export function oppositeOf(request: ChangeRequest, pods: readonly string[]): ChangeRequest | undefined {
  const { opposite } = operationNamed(request.command);
  return opposite === undefined
    ? undefined
    : { command: opposite, service: request.service, pods, dryRun: false, force: false };
}
