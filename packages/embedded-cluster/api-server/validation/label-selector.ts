import type { Field } from './field.ts';
import { checkLabels } from './metadata.ts';
import { labelValueErrors, qualifiedNameErrors } from './text.ts';

/** Checks a LabelSelector (meta/v1/validation). */
export function checkLabelSelector(selector: Field): void {
  checkLabels(selector.at('matchLabels'));
  for (const expression of selector.at('matchExpressions').items()) {
    const values = expression.at('values', []);
    const operator = expression.at('operator', '');
    if (['In', 'NotIn'].includes(operator.value)) {
      values.given("must be specified when `operator` is 'In' or 'NotIn'");
    } else if (!['Exists', 'DoesNotExist'].includes(operator.value)) {
      operator.invalid('not a valid selector operator');
    } else if (values.value.length > 0) {
      values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
    expression.at('key', '').follows(qualifiedNameErrors);
    for (const value of values.items()) value.follows(labelValueErrors);
  }
}
