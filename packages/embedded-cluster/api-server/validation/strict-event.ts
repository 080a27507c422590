import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { Field } from './field.ts';

/** The stricter rules of events.k8s.io (core/validation/events.go), on the fields of core/v1. */
export function strictEventErrors(given: Json): Cause[] {
  const event = new Field(given, '');
  const { type = '', source } = given;
  const isSource = source?.component || source?.host;
  const unset = {
    firstTimestamp: given.firstTimestamp,
    lastTimestamp: given.lastTimestamp,
    count: given.count,
    source: isSource,
  };
  return [
    ...seriesErrors(event.at('series')),
    ...event.at('eventTime').given(),
    ...event.at('type').invalidIf(!['Normal', 'Warning'].includes(type), `has invalid value: ${type}`, ''),
    ...Object.entries(unset).flatMap(([field, isSet]) => event.at(field).invalidIf(isSet, 'needs to be unset', '')),
  ];
}

function seriesErrors(series: Field): Cause[] {
  if (!series.value) return [];
  return [
    ...series.at('count').invalidIf(!(series.value.count >= 2), 'should be at least 2', ''),
    ...series.at('lastObservedTime').given(),
  ];
}

const fixed = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
];

/** Only the series of an existing event may change. */
export function changedStrictEventErrors(event: Json, old: KubeObject): Cause[] {
  const series = new Field(event.series, 'series');
  const shown: Record<string, string> = { reportingComponent: 'reportingController' };
  return [
    ...(isEqual(event.series, old.series) ? [] : seriesErrors(series)),
    ...fixed.flatMap((field) => new Field(event[field], shown[field] ?? field).unchangedFrom(old[field])),
  ];
}
