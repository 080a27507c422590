import type { KubeObject } from '../../api/api.ts';
import { ApiError, badRequest, type Cause, invalidOptions } from '../../api/api-error.ts';
import { meets } from '../../api/label-selector.ts';
import { parseFieldSelector, type Selects } from '../select/field-selector.ts';
import { parseLabelSelector } from '../select/label-selector-text.ts';
import { forbiddenField, notSupported } from '../validation/field.ts';
import type { Exchange } from './exchange.ts';
import type { Target } from './target.ts';

export type ListOptions = ReturnType<typeof listOptionsOf>;

/** The query of a list or a watch. */
export function listOptionsOf(exchange: Exchange, isWatch: boolean) {
  const { params } = exchange;
  const options = {
    resourceVersion: params.get('resourceVersion') ?? '',
    match: params.get('resourceVersionMatch') ?? '',
    continue: params.get('continue') ?? '',
    limit: exchange.number('limit') ?? 0,
    sendInitialEvents: params.has('sendInitialEvents') ? exchange.isSet('sendInitialEvents') : undefined,
  };
  const causes = isWatch ? watchErrors(options) : listErrors(options);
  if (causes.length > 0) throw invalidOptions('ListOptions', ...causes);
  return options;
}

const path = 'resourceVersionMatch';
const whenContinued = forbiddenField(path, 'resourceVersionMatch is forbidden when continue is provided');

/** The causes whose conditions hold. */
export function causesOf(...rules: [isBroken: boolean, cause: Cause][]): Cause[] {
  return rules.filter(([isBroken]) => isBroken).map(([, cause]) => cause);
}

function listErrors({ resourceVersion, match, sendInitialEvents, continue: token }: ListOptions): Cause[] {
  const has = match !== '';
  const withoutVersion = 'resourceVersionMatch is forbidden unless resourceVersion is provided';
  const exactZero = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
  return causesOf(
    [has && resourceVersion === '', forbiddenField(path, withoutVersion)],
    [has && token !== '', whenContinued],
    [has && match !== 'Exact' && match !== 'NotOlderThan', notSupported(path, match, ['Exact', 'NotOlderThan', ''])],
    [match === 'Exact' && resourceVersion === '0', forbiddenField(path, exactZero)],
    [sendInitialEvents !== undefined, forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list')],
  );
}

function watchErrors({ match, sendInitialEvents, continue: token }: ListOptions): Cause[] {
  const isInitial = sendInitialEvents !== undefined;
  const withoutMatch = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  const withoutInitial = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
  const has = match !== '';
  return causesOf(
    [isInitial && match !== 'NotOlderThan', forbiddenField(path, withoutMatch)],
    [has && !isInitial, forbiddenField(path, withoutInitial)],
    [has && match !== 'NotOlderThan', notSupported(path, match, ['NotOlderThan'])],
    [has && token !== '', whenContinued],
  );
}

/** A resourceVersion as a number; 0 for none. Unlike a list, a watch is refused without a reason. */
export function versionNumber(version: string, isWatch: boolean): number {
  if (/^\d*$/.test(version)) return Number(version);
  const value = JSON.stringify(version);
  const why = `resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: invalid syntax`;
  throw isWatch ? new ApiError(500, '', why) : badRequest(`invalid resource version: ${why}`);
}

/** The objects that a list, a watch or a deletecollection selects. */
export interface Selection {
  selects: Selects;
  /** True without label and field selectors. */
  isAll: boolean;
}

export function selectionOf({ params }: Exchange, { kind, namespace, name }: Target): Selection {
  const labels = params.get('labelSelector') ?? '';
  const fields = params.get('fieldSelector') ?? '';
  const requirements = parseLabelSelector(labels);
  const byFields = parseFieldSelector(kind, fields);
  const selects = (object: KubeObject) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    meets(object.metadata.labels, requirements) &&
    byFields(object);
  return { selects, isAll: labels === '' && fields === '' };
}
