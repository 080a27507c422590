import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { isMap, isScalar } from 'yaml';
import type { z } from 'zod';
import { nearestWord } from '../text/nearest.ts';
import { alternatives } from '../text/words.ts';
import { jsonSchema } from './schema.ts';

/** A mistake in the file. */
export interface Fault {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** `services.rng.minReady`; empty: the file as a whole. */
  readonly path: string;
  /** What is wrong and what was expected; goes on where the path ends. */
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** A mistake and where it is, before its line is looked up. `isKey`: at the key, not at its value. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly isKey: boolean;
}

export function findingsOf(issues: readonly z.core.$ZodIssue[]): readonly Finding[] {
  return issues.flatMap((issue): readonly Finding[] => {
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => unknownKey(issue.path, key));
      case 'invalid_key':
        return [{ path: issue.path, message: `is no key, ${issue.issues[0]?.message}`, isKey: true }];
      case 'invalid_union': {
        // The one union of the file: text, or keys below it.
        const errors = issue.errors[typeof issue.input === 'string' ? 0 : 1] ?? [];
        return findingsOf(errors).map((finding) => ({ ...finding, path: [...issue.path, ...finding.path] }));
      }
      case 'invalid_type':
        return [{ path: issue.path, message: wrongType(issue), isKey: issue.input === undefined }];
      default:
        return [{ path: issue.path, message: `is not understood, ${issue.message}`, isKey: false }];
    }
  });
}

function wrongType(issue: z.core.$ZodIssueInvalidType): string {
  const collections: Readonly<Record<string, string>> = {
    object: 'expected keys below it',
    record: 'expected keys below it',
    array: 'expected a list',
  };
  const expected = issue.message.startsWith('expected') ? issue.message : collections[issue.expected];
  return issue.input === undefined ? `is missing, ${expected}` : `is not understood, ${expected}`;
}

function unknownKey(parent: Path, key: string): Finding {
  const known = knownKeys(parent);
  const nearest = nearestWord(key, known) ?? known.find((each) => each.toLowerCase() === key.toLowerCase());
  const expected = nearest ?? alternatives(known);
  return { path: [...parent, key], message: `is no known key, expected ${expected}`, isKey: true };
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
}

function knownKeys(path: Path): readonly string[] {
  let node: SchemaNode | undefined = jsonSchema();
  for (const key of path) {
    const others: SchemaNode | boolean | undefined = node?.additionalProperties;
    node = node?.properties?.[String(key)] ?? (typeof others === 'object' ? others : undefined);
  }
  return Object.keys(node?.properties ?? {});
}

/** Looks up the lines and puts the mistakes in the order of the file. What is missing stands where its parent stands. */
export function locate(
  findings: readonly Finding[],
  document: Document,
  lineOf: (offset: number) => { line: number; col: number },
): readonly Fault[] {
  return findings
    .map((finding) => ({ finding, offset: offsetOf(finding, document) }))
    .sort((a, b) => a.offset - b.offset || (pathText(a.finding.path) < pathText(b.finding.path) ? -1 : 1))
    .map(({ finding, offset }) => {
      const { line, col } = lineOf(offset);
      return {
        line: Math.max(1, line),
        column: Math.max(1, col),
        path: pathText(finding.path),
        message: finding.message,
      };
    });
}

function offsetOf({ path, isKey }: Finding, document: Document): number {
  const parent = path.slice(0, -1);
  const map = parent.length === 0 ? document.contents : document.getIn(parent, true);
  const pair = isMap(map) ? pairOf(map, path.at(-1)) : undefined;
  const key = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  const node = path.length === 0 ? undefined : (document.getIn(path, true) as Node | undefined);
  const found = isKey || pair?.value == null ? key : (node?.range?.[0] ?? key);
  if (found !== undefined) return found;
  return path.length === 0 ? 0 : offsetOf({ path: parent, message: '', isKey: true }, document);
}

function pairOf(map: YAMLMap, key: PropertyKey | undefined): Pair | undefined {
  return map.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
}

function pathText(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}
