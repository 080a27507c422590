import type { KubeObject } from '../../api/api.ts';
import { badRequest } from '../../api/api-error.ts';
import { meets, type Requirement } from '../../api/label-selector.ts';
import { parseFieldSelector, type Selects } from '../select/field-selector.ts';
import { parseLabelSelector, SelectorError } from '../select/label-selector-text.ts';
import type { Exchange } from './exchange.ts';
import type { Target } from './target.ts';

/** The objects that a list, a watch or a deletecollection selects. */
export interface Selection {
  selects: Selects;
  /** True without label and field selectors. */
  isAll: boolean;
}

export function selectionOf({ params }: Exchange, { kind, namespace, name }: Target): Selection {
  const labels = params.get('labelSelector') ?? '';
  const fields = params.get('fieldSelector') ?? '';
  const requirements = labels === '' ? [] : parsed(labels);
  const byFields = parseFieldSelector(kind, fields);
  const selects = (object: KubeObject) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    meets(object.metadata.labels, requirements) &&
    byFields(object);
  return { selects, isAll: labels === '' && fields === '' };
}

function parsed(selector: string): Requirement[] {
  try {
    return parseLabelSelector(selector);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}
