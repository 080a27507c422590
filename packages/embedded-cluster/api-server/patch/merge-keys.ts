import { allSchemas } from '../openapi/schemas.ts';

/** How a strategic merge patch changes one list or map. Without a rule, a list is replaced and a map is merged. */
export interface MergeRule {
  /** Of the whole list or map, by the patch's. */
  isReplaced: boolean;
  /** The field that identifies an item; absent for lists of plain values. */
  key?: string | undefined;
}

let rules: Map<string, MergeRule> | undefined;

/** The rule of a field such as `V1PodSpec.containers`, from its patch strategy in OpenAPI. */
export function mergeRuleOf(field: string): MergeRule | undefined {
  rules ??= new Map(
    Object.entries(allSchemas()).flatMap(([schema, { properties = {} }]) => {
      const [version = '', struct] = schema.split('.').slice(-2);
      const model = version.replace('v', 'V') + struct;
      return Object.entries(properties).flatMap(([name, property]) => {
        const { 'x-kubernetes-patch-strategy': strategy, 'x-kubernetes-patch-merge-key': key } = property;
        const isReplaced = strategy === 'replace';
        const isRule = isReplaced || strategy?.includes('merge');
        return isRule ? [[`${model}.${name}`, { isReplaced, key }] as const] : [];
      });
    }),
  );
  return rules.get(field);
}
