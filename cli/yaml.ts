import { Document, Scalar, type ScalarTag, visit } from 'yaml';
import { escapeUnprintable, isUnprintable, yamlEscape } from '../pitlane/text/printable.ts';

/** The `=` of YAML 1.1 (tag:yaml.org,2002:value), which PyYAML rejects. */
const VALUE_TAG: ScalarTag = { tag: 'tag:yaml.org,2002:value', default: true, test: /^=$/, resolve: (text) => text };

/**
 * YAML that means the same in versions 1.1 (PyYAML, Ruby, …) and 1.2: `yes`, `1_000` and `2024-01-01` stay strings. What
 * acts on a screen is escaped.
 */
export function yamlText(data: object): string {
  const document = new Document(data, {
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1',
    customTags: (tags) => [...tags, VALUE_TAG],
  });
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === 'string' && needsQuotes(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // The library (2.9.1) folds long lines within characters of two UTF-16 units.
  return escapeUnprintable(document.toString({ lineWidth: 0 }), yamlEscape);
}

/** As a block, the library (2.9.1) loses the spaces of a text that begins with white space. */
function needsQuotes(text: string): boolean {
  return /^\s/.test(text) || isUnprintable(text);
}
