import { type ScalarTag, stringify } from 'yaml';

/** YAML 1.1's `=` (tag:yaml.org,2002:value), at which PyYAML gives up. */
const VALUE: ScalarTag = { tag: 'tag:yaml.org,2002:value', default: true, test: /^=$/, resolve: (text) => text };

/** YAML that readers of 1.1 (PyYAML, Ruby, …) and of 1.2 understand alike: `yes`, `1_000` and `2024-01-01` stay texts. */
export function yamlText(data: object): string {
  return stringify(data, {
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1',
    customTags: (tags) => [...tags, VALUE],
  });
}
