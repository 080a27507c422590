import type { Cause } from '../../api/api-error.ts';
import { ApiError, badRequest, invalid } from '../../api/api-error.ts';
import { forbiddenField, notSupported } from '../validation/field-error.ts';
import type { Exchange } from './exchange.ts';

/** The query of a list or a watch. */
export interface ListOptions {
  resourceVersion: string;
  match: string;
  continue: string;
  limit: number;
  /** Undefined when the parameter is missing. */
  sendInitialEvents: boolean | undefined;
}

export function listOptionsOf(exchange: Exchange, isWatch: boolean): ListOptions {
  const { params } = exchange;
  const options: ListOptions = {
    resourceVersion: params.get('resourceVersion') ?? '',
    match: params.get('resourceVersionMatch') ?? '',
    continue: params.get('continue') ?? '',
    limit: exchange.number('limit') ?? 0,
    sendInitialEvents: params.has('sendInitialEvents') ? exchange.isSet('sendInitialEvents') : undefined,
  };
  const causes = isWatch ? watchErrors(options) : listErrors(options);
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes);
  return options;
}

const path = 'resourceVersionMatch';

function listErrors({ resourceVersion, match, sendInitialEvents, continue: token }: ListOptions): Cause[] {
  const causes: Cause[] = [];
  if (match !== '') {
    if (resourceVersion === '') {
      causes.push(forbiddenField(path, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    if (token !== '') causes.push(forbiddenField(path, 'resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      causes.push(notSupported(path, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === '0') {
      causes.push(forbiddenField(path, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (sendInitialEvents !== undefined) {
    causes.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return causes;
}

function watchErrors({ match, sendInitialEvents, continue: token }: ListOptions): Cause[] {
  const causes: Cause[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    causes.push(forbiddenField(path, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match === '') return causes;
  if (sendInitialEvents === undefined) {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    causes.push(forbiddenField(path, why));
  }
  if (match !== 'NotOlderThan') causes.push(notSupported(path, match, ['NotOlderThan']));
  if (token !== '') causes.push(forbiddenField(path, 'resourceVersionMatch is forbidden when continue is provided'));
  return causes;
}

/** A resourceVersion as a number; 0 for none. */
export function versionNumber(version: string): number {
  if (version === '') return 0;
  if (/^\d+$/.test(version)) return Number(version);
  const value = JSON.stringify(version);
  const why = `Invalid value: ${value}: strconv.ParseUint: parsing ${value}: invalid syntax`;
  throw badRequest(`invalid resource version: resourceVersion: ${why}`);
}

/** Throws 504 for a version that does not exist yet, so that the client retries soon. */
export function checkNotFuture(version: number, current: number): void {
  if (version <= current) return;
  const message = `Timeout: Too large resource version: ${version}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  throw new ApiError(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
}
