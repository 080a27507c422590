import { type Document, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import { suggestion } from '../text/nearest.ts';
import { alternatives } from '../text/words.ts';
import { jsonSchema } from './schema.ts';

/** A mistake in the file. */
export interface Fault {
  /** Line and column count from 1. */
  readonly line: number;
  readonly column: number;
  /** `services.rng.minReady`; empty: the file as a whole. */
  readonly path: string;
  /** One sentence with the path, what is wrong and what is expected. */
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** A mistake before its line is looked up. */
export interface Finding {
  readonly path: Path;
  readonly message: (path: string) => string;
  /** True: points at the key, not at its value. */
  readonly isKey: boolean;
}

export function findingsOf(issues: readonly z.core.$ZodIssue[]): readonly Finding[] {
  return issues.flatMap((issue): readonly Finding[] => {
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => unknownField(issue.path, key));
      case 'invalid_key': {
        const message = (path: string) => `${path} is not a valid key: ${issue.issues[0]?.message}.`;
        return [{ path: issue.path, message, isKey: true }];
      }
      case 'invalid_union': {
        // The only union in the file: text or a mapping.
        const errors = issue.errors[typeof issue.input === 'string' ? 0 : 1] ?? [];
        return findingsOf(errors).map((finding) => ({ ...finding, path: [...issue.path, ...finding.path] }));
      }
      case 'invalid_type':
        return [wrongType(issue)];
      default:
        return [invalid(issue.path, issue.message)];
    }
  });
}

function wrongType({ path, message, input, expected: type }: z.core.$ZodIssueInvalidType): Finding {
  const expected = message.startsWith('expected') ? message : `expected a ${type === 'array' ? 'list' : 'mapping'}`;
  return input === undefined ? missing(path, expected) : invalid(path, expected);
}

export function missing(path: Path, expected: string): Finding {
  return { path, message: (at) => `${at} is missing: ${expected}.`, isKey: true };
}

export function invalid(path: Path, expected: string): Finding {
  return { path, message: (at) => `${at || 'The file'} is invalid: ${expected}.`, isKey: false };
}

/** For a mapping that must have exactly one of these fields. The schema reports unknown ones. */
export function notOneOf(path: Path, mapping: object, fields: readonly string[]): readonly Finding[] {
  const given = fields.filter((field) => Object.hasOwn(mapping, field));
  if (given.length === 1 || (given.length === 0 && Object.keys(mapping).length > 0)) return [];
  const has = given.length === 0 ? 'is empty' : `has ${alternatives(given, 'and')}`;
  return [{ path, message: (at) => `${at} ${has}: expected one of ${alternatives(fields)}.`, isKey: true }];
}

function unknownField(parent: Path, key: string): Finding {
  const message = (path: string) => `Unknown field "${path}". ${suggestion(key, knownFields(parent))}`;
  return { path: [...parent, key], message, isKey: true };
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
}

function knownFields(path: Path): readonly string[] {
  let node: SchemaNode | undefined = jsonSchema();
  for (const key of path) {
    const others: SchemaNode | boolean | undefined = node?.items ?? node?.additionalProperties;
    node = node?.properties?.[String(key)] ?? (typeof others === 'object' ? others : undefined);
  }
  return Object.keys(node?.properties ?? {});
}

/** Looks up the lines and sorts the mistakes by their place in the file. A missing field is reported at its parent. */
export function locate(
  findings: readonly Finding[],
  document: Document,
  lineOf: (offset: number) => { line: number; col: number },
): readonly Fault[] {
  return findings
    .map((finding) => ({ finding, offset: offsetOf(finding, document), path: pathText(finding.path) }))
    .sort((a, b) => a.offset - b.offset || (a.path < b.path ? -1 : 1))
    .map(({ finding, offset, path }) => {
      const { line, col } = lineOf(offset);
      return { line: Math.max(1, line), column: Math.max(1, col), path, message: finding.message(path) };
    });
}

function offsetOf({ path, isKey }: Pick<Finding, 'path' | 'isKey'>, document: Document): number {
  const parent = path.slice(0, -1);
  const map = parent.length === 0 ? document.contents : document.getIn(parent, true);
  const pair = isMap(map) ? pairOf(map, path.at(-1)) : undefined;
  const key = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  const node = path.length === 0 ? undefined : (document.getIn(path, true) as Node | undefined);
  // An item of a list has no key.
  const isAtKey = (isKey && !isSeq(map)) || (isMap(map) && pair?.value == null);
  const found = isAtKey ? key : (node?.range?.[0] ?? key);
  if (found !== undefined) return found;
  return path.length === 0 ? 0 : offsetOf({ path: parent, isKey: true }, document);
}

function pairOf(map: YAMLMap, key: PropertyKey | undefined): Pair | undefined {
  return map.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
}

function pathText(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}
