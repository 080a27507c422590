import type { KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { type Json, textOf } from '../../api/json.ts';
import { groupVersionOf, isStoredVersion, type Kind } from '../../api/kinds.ts';
import { rowConditions, rowOf, tableColumns } from '../table/table.ts';
import { served } from '../versions.ts';
import type { Exchange } from './exchange.ts';
import type { Wanted } from './media.ts';

/** Refuses one object's metadata for a list, and a list's for one object. */
function checkShape({ as }: Wanted, { group, kind }: Kind, isList: boolean): void {
  if (as !== (isList ? 'PartialObjectMetadata' : 'PartialObjectMetadataList')) return;
  // The real server names its internal type.
  const goType = `*${group === '' ? 'core' : group.split('.')[0]}.${kind}${isList ? 'List' : ''}`;
  const message = `you requested ${as}, but the requested object is ${isList ? '' : 'not '}a list (${goType})`;
  throw new ApiError(406, 'NotAcceptable', message);
}

const itemTexts = new WeakMap<object, string>();

/** An object as an item of a list, without kind and apiVersion as on the real server. */
function itemText(kind: Kind, object: KubeObject): string {
  // Only texts of the stored version are kept: one for each object.
  const known = isStoredVersion(kind) ? itemTexts.get(object) : undefined;
  if (known !== undefined) return known;
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = served(kind, object);
  const text = JSON.stringify(rest);
  if (isStoredVersion(kind) && Object.isFrozen(object)) itemTexts.set(object, text);
  return text;
}

function partial({ metadata }: KubeObject): Json {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** The text of one object in the wanted representation: whole, metadata only, or a Table of one row. */
export function objectText(exchange: Exchange, kind: Kind, object: KubeObject): string {
  const { as } = exchange.wanted;
  checkShape(exchange.wanted, kind, false);
  if (as === 'PartialObjectMetadata') return JSON.stringify(partial(object));
  if (as === 'Table') return tableText(exchange, kind, [object], { resourceVersion: object.metadata.resourceVersion });
  return textOf(served(kind, object));
}

export function listText(exchange: Exchange, kind: Kind, objects: readonly KubeObject[], metadata: ListMeta): string {
  const { as } = exchange.wanted;
  checkShape(exchange.wanted, kind, true);
  if (as === 'Table') return tableText(exchange, kind, objects, metadata);
  const isPartial = as === 'PartialObjectMetadataList';
  const items = objects.map((object) => (isPartial ? JSON.stringify(partial(object)) : itemText(kind, object)));
  const listKind = isPartial ? 'PartialObjectMetadataList' : `${kind.kind}List`;
  const apiVersion = isPartial ? 'meta.k8s.io/v1' : groupVersionOf(kind);
  const head = `{"kind":"${listKind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)}`;
  return `${head},"items":[${items.join(',')}]}`;
}

/** The text of the object in a watch event. */
export function watchedText(exchange: Exchange, kind: Kind, object: KubeObject, isFirst: boolean): string {
  const { as } = exchange.wanted;
  if (as === 'Table') {
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    return tableText(exchange, kind, [object], metadata, isFirst);
  }
  if (as !== 'object') return JSON.stringify(partial(object));
  return textOf(served(kind, object));
}

function tableText(
  exchange: Exchange,
  kind: Kind,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  hasColumns = true,
): string {
  const include = exchange.params.get('includeObject') ?? 'Metadata';
  const now = exchange.cluster.now();
  const rows = objects.map((object) => {
    const cells = JSON.stringify(rowOf(kind, object, now));
    const conditions = rowConditions(kind, object);
    const said = conditions === undefined ? '' : `,"conditions":${JSON.stringify(conditions)}`;
    if (include === 'None') return `{"cells":${cells}${said}}`;
    const shown = include === 'Object' ? textOf(served(kind, object)) : JSON.stringify(partial(object));
    return `{"cells":${cells}${said},"object":${shown}}`;
  });
  // Only the first table of a watch names the columns.
  const columns = JSON.stringify(hasColumns ? tableColumns(kind) : null);
  const head = `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(metadata)}`;
  return `${head},"columnDefinitions":${columns},"rows":[${rows.join(',')}]}`;
}
