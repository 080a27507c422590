import { stringify } from 'yaml';
import type { KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { type Json, textOf } from '../../api/json.ts';
import { groupVersionOf, isStoredVersion, type Kind } from '../../api/kinds.ts';
import { layoutOf } from '../table/table.ts';
import { served } from '../versions.ts';
import type { Exchange } from './exchange.ts';

/** Tables for kubectl, and PartialObjectMetadata for clients that need only metadata. */
const shapes = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'];

const accepted = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
].join(', ');

/** The first supported clause of the Accept header; throws 406 when there is none. Without `as`: the whole object. */
export function wantedBy({ request }: Exchange): { as?: string; isYaml: boolean } {
  for (const clause of (request.headers.accept || '*/*').split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    if (!['application/json', 'application/yaml', '*/*', 'application/*'].includes(type)) continue;
    const isYaml = type === 'application/yaml';
    const { as, g, v = '' } = Object.fromEntries(parameters.map((parameter) => parameter.split('=', 2)));
    if (as === undefined) return { isYaml };
    if (g === 'meta.k8s.io' && ['v1', 'v1beta1'].includes(v) && shapes.includes(as)) return { as, isYaml };
  }
  throw new ApiError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${accepted}`, {});
}

export function sendObject(exchange: Exchange, code: number, kind: Kind, object: KubeObject): void {
  send(exchange, code, kind, false, objectText(exchange, kind, object));
}

export function sendList(exchange: Exchange, kind: Kind, objects: readonly KubeObject[], metadata: ListMeta): void {
  send(exchange, 200, kind, true, listText(exchange, kind, objects, metadata));
}

function send(exchange: Exchange, code: number, { group, kind }: Kind, isList: boolean, text: string): void {
  const { as, isYaml } = wantedBy(exchange);
  if (as === (isList ? 'PartialObjectMetadata' : 'PartialObjectMetadataList')) {
    // The real server names its internal type.
    const goType = `*${group === '' ? 'core' : group.split('.')[0]}.${kind}${isList ? 'List' : ''}`;
    const message = `you requested ${as}, but the requested object is ${isList ? '' : 'not '}a list (${goType})`;
    throw new ApiError(406, 'NotAcceptable', message);
  }
  if (isYaml) exchange.send(code, stringify(JSON.parse(text)), 'application/yaml');
  else exchange.send(code, `${text}\n`);
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

/** One object: whole, metadata only, or a Table of one row. In a watch, only the first Table names the columns. */
export function objectText(exchange: Exchange, kind: Kind, object: KubeObject, hasColumns = true): string {
  const { as } = wantedBy(exchange);
  if (as === undefined) return textOf(served(kind, object));
  if (as !== 'Table') return JSON.stringify(partial(object));
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  return tableText(exchange, kind, [object], metadata, hasColumns);
}

function listText(exchange: Exchange, kind: Kind, objects: readonly KubeObject[], metadata: ListMeta): string {
  const { as } = wantedBy(exchange);
  if (as === 'Table') return tableText(exchange, kind, objects, metadata, true);
  const isPartial = as === 'PartialObjectMetadataList';
  const items = objects.map((object) => (isPartial ? JSON.stringify(partial(object)) : itemText(kind, object)));
  const listKind = isPartial ? 'PartialObjectMetadataList' : `${kind.kind}List`;
  const apiVersion = isPartial ? 'meta.k8s.io/v1' : groupVersionOf(kind);
  const head = `{"kind":"${listKind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)}`;
  return `${head},"items":[${items.join(',')}]}`;
}

function tableText(
  exchange: Exchange,
  kind: Kind,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  hasColumns: boolean,
): string {
  const include = exchange.params.get('includeObject') ?? 'Metadata';
  const now = exchange.cluster.now();
  const layout = layoutOf(kind);
  const rows = objects.map((object) => {
    const cells = JSON.stringify(layout.cells(object, now));
    const conditions = layout.conditions?.(object);
    const said = conditions === undefined ? '' : `,"conditions":${JSON.stringify(conditions)}`;
    if (include === 'None') return `{"cells":${cells}${said}}`;
    const shown = include === 'Object' ? textOf(served(kind, object)) : JSON.stringify(partial(object));
    return `{"cells":${cells}${said},"object":${shown}}`;
  });
  const columns = JSON.stringify(hasColumns ? layout.columns : null);
  const head = `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(metadata)}`;
  return `${head},"columnDefinitions":${columns},"rows":[${rows.join(',')}]}`;
}
