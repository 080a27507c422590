import type { KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import type { Field } from '../validation/field.ts';
import { qualifiedNameErrors } from '../validation/text.ts';

const maxCharacters: Record<string, number> = { reportingInstance: 128, action: 128, reason: 128, message: 1024 };

/** The rules for events of both versions (core/validation/events.go), on the fields of core/v1. */
export function checkEvent(event: Field): void {
  const namespace: string = event.value.metadata.namespace ?? '';
  const involved = event.at('involvedObject.namespace', '');
  const isNew = Boolean(event.value.eventTime);
  const ofCluster = isNew ? ['default', 'kube-system'] : ['', 'default'];
  const isRight = involved.value === '' ? ofCluster.includes(namespace) : isNew || involved.value === namespace;
  if (!isRight) involved.invalid('does not match event.namespace');
  if (!isNew) return;
  event.at('reportingComponent').given();
  event.at('reportingComponent', '').follows(qualifiedNameErrors);
  for (const [name, max] of Object.entries(maxCharacters)) {
    const text = event.at(name, '');
    if (name !== 'message') text.given();
    if (Buffer.byteLength(text.value) > max) text.invalid(`can have at most ${max} characters`, '');
  }
}

/** The stricter rules of events.k8s.io (core/validation/events.go), on the fields of core/v1. */
export function checkStrictEvent(event: Field): void {
  const { type = '', source } = event.value;
  checkSeries(event.at('series'));
  event.at('eventTime').given();
  if (type !== 'Normal' && type !== 'Warning') event.at('type').invalid(`has invalid value: ${type}`, '');
  for (const field of ['firstTimestamp', 'lastTimestamp', 'count'])
    if (event.value[field]) event.at(field).invalid('needs to be unset', '');
  if (source?.component || source?.host) event.at('source').invalid('needs to be unset', '');
}

function checkSeries(series: Field): void {
  if (!series.value) return;
  if (!(series.value.count >= 2)) series.at('count').invalid('should be at least 2', '');
  series.at('lastObservedTime').given();
}

/** Only the series of an existing event may change. */
export function checkChangedStrictEvent(event: Field, old: KubeObject): void {
  if (!isEqual(event.value.series, old.series)) checkSeries(event.at('series'));
  for (const field of ['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count'])
    event.at(field).unchangedFrom(old[field]);
  for (const field of ['type', 'eventTime', 'action', 'related']) event.at(field).unchangedFrom(old[field]);
  event.as(event.value.reportingComponent, 'reportingController').unchangedFrom(old.reportingComponent);
  event.at('reportingInstance').unchangedFrom(old.reportingInstance);
}
