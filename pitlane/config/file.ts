import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { scheduleOf } from '../rotation/schedule.ts';
import {
  type ClusterConfig,
  type Config,
  DEFAULT_CONFIG_FILE,
  DEFAULT_POLICY,
  type Grant,
  type ServiceConfig,
} from './config.ts';
import { deployOf } from './deploy-schema.ts';
import { type Fault, findingsOf, locate } from './faults.ts';
import { crossFieldFindings } from './rules.ts';
import { timetableOf } from './schedules.ts';
import { type ConfigFile, entrySchemas, fileSchema } from './schema.ts';

export type LoadedConfig =
  | { readonly kind: 'config'; readonly config: Config; readonly path: string }
  /** All mistakes, in the order of the file. */
  | { readonly kind: 'faulty'; readonly path: string; readonly faults: readonly Fault[] }
  /** The file can't be read; one sentence says why. `isAbsent`: it does not exist. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly isAbsent: boolean; readonly message: string };

/** `PITLANE_CONFIG`, or `pitlane.yaml` in the working directory. */
export function configPath(env: Readonly<Record<string, string | undefined>>): string {
  return env.PITLANE_CONFIG || DEFAULT_CONFIG_FILE;
}

export function loadConfig(path: string): LoadedConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a directory' : `${code}`;
    const message = `Can't read the configuration ${path}: ${why}.`;
    return { kind: 'unreadable', path, isAbsent: code === 'ENOENT', message };
  }
  return parseConfig(text, path);
}

export function parseConfig(text: string, path: string): LoadedConfig {
  const lines = new LineCounter();
  // Failsafe keeps every value as the text that was written: `yes`, `on` and `1` in a gate stay as they are.
  const document = parseDocument(text, { schema: 'failsafe', merge: true, lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => lines.linePos(offset);
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos, message }) => {
      const { line, col } = lineOf(pos[0]);
      return { line, column: col, path: '', message: `The file is not valid YAML: ${message.replace(/\.$/, '')}.` };
    });
    return { kind: 'faulty', path, faults };
  }
  const written: unknown = document.toJS();
  const parsed = fileSchema.safeParse(written ?? {}, { reportInput: true });
  const issues = parsed.error?.issues ?? [];
  const findings = [...findingsOf([...issues, ...belowInvalidKeys(issues, written)]), ...crossFieldFindings(written)];
  if (!parsed.success || findings.length > 0)
    return { kind: 'faulty', path, faults: locate(findings, document, lineOf) };
  return { kind: 'config', path, config: configOf(parsed.data) };
}

/** Checks the values of invalid keys too: zod stops at the key. */
function belowInvalidKeys(issues: readonly z.core.$ZodIssue[], written: unknown): readonly z.core.$ZodIssue[] {
  return issues.flatMap(({ code, path }) => {
    const [part, key] = path;
    if (code !== 'invalid_key' || (part !== 'clusters' && part !== 'services')) return [];
    const value = (written as Record<typeof part, Record<PropertyKey, unknown>>)[part][key as string];
    const below = entrySchemas[part].safeParse(value, { reportInput: true });
    return (below.error?.issues ?? []).map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
  });
}

/** `pitlane.yaml:9:5: Unknown field "services.rng.minRedy". Did you mean "minReady"?` */
export function formatFault(path: string, { line, column, message }: Fault): string {
  return `${path}:${line}:${column}: ${message}`;
}

function configOf(file: ConfigFile): Config {
  const [onlyCluster = ''] = Object.keys(file.clusters);
  const { viewer, operator, admin } = file.access ?? {};
  return {
    clusters: mapValues(file.clusters, clusterOf),
    services: mapValues(file.services, (service, key) => serviceOf(key, service, onlyCluster)),
    access: {
      viewer: { ...NO_GRANT, ...viewer },
      operator: { ...NO_GRANT, ...operator },
      admin: { ...NO_GRANT, ...admin },
    },
    ...(file.deploy && { deploy: deployOf(file.deploy) }),
  };
}

const NO_GRANT: Grant = { everyone: false, users: [], userGroups: [], runbooks: false };

function clusterOf({ eks, kubeconfig, secret }: ConfigFile['clusters'][string]): ClusterConfig {
  if (eks !== undefined) return { kind: 'eks', ...eks };
  if (secret !== undefined) return { kind: 'secret', secret };
  return { kind: 'kubeconfig', ...kubeconfig };
}

function serviceOf(key: string, file: ConfigFile['services'][string], onlyCluster: string): ServiceConfig {
  return {
    key,
    cluster: file.cluster ?? onlyCluster,
    namespace: file.namespace,
    service: file.service ?? key,
    policy: {
      minReady: file.minReady,
      maxDrained: file.maxDrained ?? DEFAULT_POLICY.maxDrained,
      gate: file.gate ?? DEFAULT_POLICY.gate,
      drain: {
        forSeconds: file.drain?.for ?? DEFAULT_POLICY.drain.forSeconds,
        then: file.drain?.then ?? DEFAULT_POLICY.drain.then,
      },
      ...(file.debug && { debugImage: file.debug.image }),
      ...(file.schedules && { schedules: file.schedules.map((each) => scheduleOf(timetableOf(each), each.because)) }),
    },
    channel: file.channel,
    onlyChannels: file.only?.channels,
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
