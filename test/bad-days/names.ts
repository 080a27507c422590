/** What the tests call the four pods of rng. */
export const ALIASES = ['rng-a', 'rng-b', 'rng-c', 'rng-d'];

/** Translates between the names that the cluster generates and those that the tests know. */
export class Names {
  readonly #pods: readonly string[];
  readonly #namespace: string;

  constructor(pods: readonly string[], namespace: string) {
    this.#pods = pods;
    this.#namespace = namespace;
  }

  toReal(text: string): string {
    return text.replace(/\brng-([a-d])\b/g, (alias, letter: string) => this.#pods['abcd'.indexOf(letter)] ?? alias);
  }

  /** Without what differs from run to run: times, references, folders, nodes. */
  toAliases(text: string): string {
    const replicaSet = this.#pods[0]?.replace(/-[^-]+$/, '') ?? '';
    return this.#pods
      .reduce((told, name, index) => told.replaceAll(name, ALIASES[index] ?? name), text)
      .replace(new RegExp(`${replicaSet}-[a-z0-9]{5}\\b`, 'g'), 'rng-new')
      .replaceAll(replicaSet, 'rng-rs')
      .replaceAll(this.#namespace, 'ns')
      .replace(/ \(\d+(\.\d)? m?s\)/g, '')
      .replace(/no answer within [\d.]+ s/g, 'no answer within N s')
      .replace(/'pitlane\.dev\/drain=\{.*?\}'/g, "'pitlane.dev/drain={…}'")
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
      .replace(/\bnode-\d\b/g, 'node-N')
      .replace(/\/tmp\/pitlane-[a-z-]+-\w{6}\b/g, 'DIR')
      .replace(/(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)? UTC/g, 'TIME')
      .replace(/\b\d+(\.\d+)? \w+( \d+ \w+)? ago/g, 'WHILE ago')
      .replace(/(reference:?) [0-9a-f]{10}/gi, '$1 R')
      .replace(/(\(|operation )[0-9a-f]{10}\b/g, '$1ID');
  }
}
