import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { invalidValue, required } from './field-error.ts';

/** The stricter rules of events.k8s.io (core/validation/events.go), on the fields of core/v1. */
export function strictEventErrors(event: Json): Cause[] {
  const causes = seriesErrors(event.series);
  if (!event.eventTime) causes.push(required('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    causes.push(invalidValue('type', '', `has invalid value: ${event.type ?? ''}`));
  }
  for (const field of ['firstTimestamp', 'lastTimestamp', 'count', 'source']) {
    const value = event[field];
    const isSet = field === 'source' ? value?.component || value?.host : value;
    if (isSet) causes.push(invalidValue(field, '', 'needs to be unset'));
  }
  return causes;
}

function seriesErrors(series: Json): Cause[] {
  if (!series) return [];
  const causes: Cause[] = [];
  if (!(series.count >= 2)) causes.push(invalidValue('series.count', '', 'should be at least 2'));
  if (!series.lastObservedTime) causes.push(required('series.lastObservedTime'));
  return causes;
}

const fixed = [
  ['involvedObject'],
  ['reason'],
  ['message'],
  ['source'],
  ['firstTimestamp'],
  ['lastTimestamp'],
  ['count'],
  ['type'],
  ['eventTime'],
  ['action'],
  ['related'],
  ['reportingComponent', 'reportingController'],
  ['reportingInstance'],
] as const;

/** Only the series of an existing event may change. */
export function changedStrictEventErrors(event: Json, old: KubeObject): Cause[] {
  const causes = isEqual(event.series, old.series) ? [] : seriesErrors(event.series);
  for (const [field, shown = field] of fixed) {
    if (!isEqual(event[field], old[field]))
      causes.push(invalidValue(shown, event[field] ?? null, 'field is immutable'));
  }
  return causes;
}
