import type { ChangeRequest } from '../command/request.ts';
import { operationNamed } from './table.ts';

/** The request as other people may see it, and as it is kept once it is over: without values that may be secret. */
export function concealed<R extends ChangeRequest>(request: R): R {
  const values = Object.fromEntries(Object.entries(request));
  const hidden = operationNamed(request.command).fields.map(({ conceal }) => conceal?.(values));
  return Object.assign({}, request, ...hidden);
}
