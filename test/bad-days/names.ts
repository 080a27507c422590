/** What the tests call the four pods of rng. */
export const ALIASES = ['rng-a', 'rng-b', 'rng-c', 'rng-d'];

/** Between the names that the cluster has made up and those that the tests know. */
export class Names {
  readonly #pods: readonly string[];
  readonly #namespace: string;

  constructor(pods: readonly string[], namespace: string) {
    this.#pods = pods;
    this.#namespace = namespace;
  }

  /** What a person types or a program sends, with the names that the cluster knows. */
  real(text: string): string {
    return text.replace(/\brng-([a-d])\b/g, (alias, letter: string) => this.#pods['abcd'.indexOf(letter)] ?? alias);
  }

  /** What a person reads, with the names that the tests know, and without times and references. */
  told(text: string): string {
    const replicaSet = this.#pods[0]?.replace(/-[^-]+$/, '') ?? '';
    return this.#pods
      .reduce((told, name, index) => told.replaceAll(name, ALIASES[index] ?? name), text)
      .replace(new RegExp(`${replicaSet}-[a-z0-9]{5}\\b`, 'g'), 'rng-new')
      .replaceAll(replicaSet, 'rng-rs')
      .replaceAll(this.#namespace, 'ns')
      .replace(/ \(\d+(\.\d)? m?s\)/g, '')
      .replace(/no answer within [\d.]+ s/g, 'no answer within N s')
      .replace(/(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)? UTC/g, 'TIME')
      .replace(/(reference) [0-9a-f]{10}/gi, '$1 R');
  }
}
