import type { Cause } from '../../api/api-error.ts';
import type { Field } from './field.ts';
import { labelErrors } from './metadata.ts';
import { labelValueErrors, qualifiedNameErrors } from './text.ts';

/** The errors of a LabelSelector (meta/v1/validation). */
export function labelSelectorErrors(selector: Field): Cause[] {
  return [
    ...labelErrors(selector.at('matchLabels')),
    ...selector.at('matchExpressions').each((expression) => {
      const { operator, values = [] } = expression.value;
      const needsValues = ['In', 'NotIn'].includes(operator);
      const hasNone = ['Exists', 'DoesNotExist'].includes(operator);
      const at = expression.at('values');
      return [
        ...at.requiredIf(needsValues && values.length === 0, "must be specified when `operator` is 'In' or 'NotIn'"),
        ...at.forbiddenIf(
          hasNone && values.length > 0,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        ...expression.at('operator', '').invalidIf(!needsValues && !hasNone, 'not a valid selector operator'),
        ...expression.at('key', '').follows(qualifiedNameErrors),
        ...at.each((value) => value.follows(labelValueErrors)),
      ];
    }),
  ];
}
