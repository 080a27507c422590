import { type ScalarTag, stringify } from 'yaml';

/** The `=` of YAML 1.1 (tag:yaml.org,2002:value), which PyYAML rejects. */
const VALUE_TAG: ScalarTag = { tag: 'tag:yaml.org,2002:value', default: true, test: /^=$/, resolve: (text) => text };

/** YAML that means the same in versions 1.1 (PyYAML, Ruby, …) and 1.2: `yes`, `1_000` and `2024-01-01` stay strings. */
export function yamlText(data: object): string {
  return stringify(data, {
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1',
    customTags: (tags) => [...tags, VALUE_TAG],
  });
}
