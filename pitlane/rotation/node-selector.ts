import { type Labels, valueIn } from './labels.ts';

/** core/v1 NodeSelectorTerm: all of its parts must match. A term without parts matches no node. */
export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeRequirement[];
  /** Only `metadata.name` is a known field. */
  readonly matchFields?: readonly NodeRequirement[];
}

interface NodeRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** One of the terms matches the node (component-helpers, scheduling/corev1/nodeaffinity). */
export function matchesNode(
  terms: readonly NodeSelectorTerm[],
  node: { readonly name: string; readonly labels: Labels },
): boolean {
  return terms.some(
    ({ matchExpressions = [], matchFields = [] }) =>
      matchExpressions.length + matchFields.length > 0 &&
      matchExpressions.every((each) => meets(each, valueIn(node.labels, each.key))) &&
      matchFields.every((each) => meets(each, each.key === 'metadata.name' ? node.name : undefined)),
  );
}

function meets({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Gt':
      return isInteger(value) && Number(value) > Number(values[0]);
    case 'Lt':
      return isInteger(value) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function isInteger(value: string | undefined): boolean {
  return value !== undefined && /^[+-]?\d+$/.test(value);
}
