import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { forbiddenField, invalidValue, required } from './field-error.ts';
import { labelErrors } from './metadata.ts';
import { labelValueErrors, qualifiedNameErrors } from './text.ts';

/** The errors of a LabelSelector (meta/v1/validation). */
export function labelSelectorErrors(selector: Json, path: string): Cause[] {
  if (!selector) return [];
  const causes = labelErrors(selector.matchLabels, `${path}.matchLabels`);
  (selector.matchExpressions ?? []).forEach((expression: Json, index: number) => {
    causes.push(...expressionErrors(expression, `${path}.matchExpressions[${index}]`));
  });
  return causes;
}

function expressionErrors({ key, operator, values = [] }: Json, path: string): Cause[] {
  const causes: Cause[] = [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        causes.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        causes.push(
          forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      }
      break;
    default:
      causes.push(invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  for (const error of qualifiedNameErrors(key ?? '')) causes.push(invalidValue(`${path}.key`, key ?? '', error));
  values.forEach((value: string, index: number) => {
    for (const error of labelValueErrors(value)) causes.push(invalidValue(`${path}.values[${index}]`, value, error));
  });
  return causes;
}
