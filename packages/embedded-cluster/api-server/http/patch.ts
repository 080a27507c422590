import { parse } from 'yaml';
import type { KubeObject } from '../../api/api.ts';
import { ApiError, badRequest, invalidOptions } from '../../api/api-error.ts';
import { isMap, type Json } from '../../api/json.ts';
import { groupVersionOf, type Kind } from '../../api/kinds.ts';
import { undeclaredFields } from '../decode/decode.ts';
import { jsonPatched } from '../patch/json-patch.ts';
import { mergePatched } from '../patch/merge-patch.ts';
import { goMap, strategicallyMerged } from '../patch/strategic.ts';
import { required } from '../validation/field-error.ts';
import { served } from '../versions.ts';
import { type Exchange, jsonMistake } from './exchange.ts';
import { patchedObject } from './incoming.ts';

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const apply = 'application/apply-patch+yaml';

export interface Patch {
  /** The patched object; `current` is undefined when the patch creates it. */
  applyTo(current: KubeObject | undefined): Json;
  /** Server-side apply creates a missing object; other patches do not. */
  mayCreate: boolean;
}

/** Reads the patch in the request's body. */
export async function incomingPatch(exchange: Exchange, kind: Kind): Promise<Patch> {
  const type = (exchange.request.headers['content-type'] ?? '').split(';')[0]?.trim() as string;
  if (type === apply && !exchange.params.get('fieldManager')) {
    throw invalidOptions('PatchOptions', required('fieldManager', 'is required for apply patch'));
  }
  // The real server's router refuses it with this message.
  if (![json, merge, strategic, apply].includes(type)) {
    throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
  const patch = read(await exchange.text(), type);
  const isInMemory = type === strategic;
  return {
    mayCreate: type === apply,
    applyTo(current) {
      const object = current === undefined ? {} : served(kind, current);
      if (type === apply) checkDeclared(kind, patch);
      const patched = patchedBy(type, kind, object, patch);
      return patchedObject(exchange, kind, patched, isInMemory ? goMap(patch) : JSON.stringify(patched), isInMemory);
    },
  };
}

function read(text: string, type: string): Json {
  let patch: Json;
  try {
    patch = type === apply ? parse(text) : JSON.parse(text);
  } catch (error) {
    const why = type === apply ? (error as Error).message : jsonMistake(text);
    throw badRequest(`error decoding patch: ${why}`);
  }
  if (type !== json && !isMap(patch)) {
    const why = 'json: cannot unmarshal array into Go value of type map[string]interface {}';
    throw badRequest(`error decoding patch: ${why}`);
  }
  return patch;
}

/**
 * Server-side apply refuses unknown fields however strict the client asked to be (managedfields/internal/structuredmerge.go,
 * Apply). Kubernetes names one field of each object in random order; this is the first.
 */
function checkDeclared(kind: Kind, patch: Json): void {
  const errors = undeclaredFields(kind.model, patch).map((path) => `.${path}: field not declared in schema`);
  if (errors.length === 0) return;
  const { namespace = '', name = '' } = patch.metadata ?? {};
  const object = `${namespace}/${name}; ${groupVersionOf(kind)}, Kind=${kind.kind}`;
  const why = errors.length === 1 ? errors[0] : `errors:\n${errors.map((each) => `  ${each}\n`).join('')}`;
  throw new ApiError(500, '', `failed to create typed patch object (${object}): ${why}`);
}

/**
 * Server-side apply is a strategic merge here: without field ownership there are no conflicts, and a field that an
 * earlier apply has set stays.
 */
function patchedBy(type: string, kind: Kind, object: Json, patch: Json): Json {
  if (type === json) return jsonPatched(object, patch);
  if (type === merge) return mergePatched(object, patch);
  return strategicallyMerged(kind.model, object, patch);
}
