import { type ChangeRequest, isChange, type ReadRequest, type Request } from '../command/request.ts';
import type { Role } from '../command/role.ts';
import type { Needs } from '../rotation/snapshot.ts';
import { disable } from './disable/disable.ts';
import { drain } from './drain/drain.ts';
import { enable } from './enable/enable.ts';
import { extend } from './extend/extend.ts';
import { finish } from './finish/finish.ts';
import { READS } from './reads.ts';
import { restore } from './restore/restore.ts';
import type { OperationSpec, PodChoice, ReadSpec } from './spec.ts';

/** Every operation by its name, in the order of the help. A new one is its folder, a line here and one in planners.ts. */
const TABLE = { drain, restore, disable, enable, extend, finish } as const satisfies Readonly<
  Record<string, OperationSpec>
>;

export type OperationName = keyof typeof TABLE;
export const OPERATIONS: readonly OperationSpec[] = Object.values(TABLE);

const BY_NAME: ReadonlyMap<string, OperationSpec> = new Map(Object.entries(TABLE));

/** The operation of that name. Check names from records with `isOperation` first: they may be of another version. */
export function operationNamed(name: string): OperationSpec {
  const spec = BY_NAME.get(name);
  if (spec === undefined) throw new Error(`unknown operation ${name}`);
  return spec;
}

export function isOperation(name: unknown): name is string {
  return typeof name === 'string' && BY_NAME.has(name);
}

export function specOf(request: Request): OperationSpec | ReadSpec {
  return BY_NAME.get(request.command) ?? READS[request.command as ReadRequest['command']];
}

/** The request changes the cluster or an operation in progress. */
export function makesChanges(request: Request): boolean {
  return isChange(request) || specOf(request).makesChanges === true;
}

/** The least role that may run the request. Only admins may override refusals. */
export function roleFor(request: Request, { role } = specOf(request)): Role {
  if ('force' in request && request.force) return 'admin';
  return typeof role === 'function' ? role(request) : role;
}

/** The pods that the request accepts. */
export function podsFor(request: Request): PodChoice {
  return specOf(request).pods ?? { includes: () => true, none: (service) => `${service} has no pods.` };
}

/** The parts of the cluster that the operation or the answer needs. */
export function needsOf(request: Request): Needs {
  const spec = specOf(request);
  return 'needs' in spec
    ? spec.needs
    : { members: 'summary', owner: false, bystanders: false, adopters: false, headroom: false };
}

/** The request that undoes a change of those pods; undefined: no command does. */
export function oppositeOf({ command, service }: ChangeRequest, pods: readonly string[]): ChangeRequest | undefined {
  const { opposite, subject } = operationNamed(command);
  if (opposite === undefined) return undefined;
  return { command: opposite, service, ...(subject === 'pods' && { pods }), dryRun: false, force: false };
}
