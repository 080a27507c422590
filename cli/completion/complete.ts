import { readFlags } from '../../pitlane/command/flags.ts';
import { namespaceNames, nodeNames, podNames, serviceNames } from '../../pitlane/operate/names.ts';
import { OPTION_FLAGS, readOptions } from '../options.ts';
import { type FoundTarget, findConfig, findTarget, knownContexts } from '../target.ts';
import type { Terminal } from '../terminal.ts';
import { type Candidate, type Position, positionOf, type Source } from './position.ts';

/** A person waits at the prompt. */
const PATIENCE_MS = 3_000;

/** The endings of an answer: the shell completes nothing else, or files. */
const NO_FILES = ':4';
const FILES = ':0';

/** The answer to a shell or to kubectl. Empty if the cluster does not answer: an error would end up in the prompt. */
export async function complete(args: readonly string[], terminal: Terminal): Promise<string> {
  const position = positionOf(args);
  if (position.sources.some(({ kind }) => kind === 'files')) return `${FILES}\n`;
  const found = await Promise.all(
    position.sources.map((source) => candidatesOf(source, position, terminal).catch(() => [])),
  );
  const lines = found
    .flat()
    .filter(({ text }) => text.startsWith(position.typed))
    .map(({ text, about }) => `${position.prefix}${text}${about === undefined ? '' : `\t${about}`}`);
  return `${[...new Set(lines), NO_FILES].join('\n')}\n`;
}

async function candidatesOf(source: Source, position: Position, terminal: Terminal): Promise<readonly Candidate[]> {
  if (source.kind === 'words') return source.words;
  const names = inTime(namesOf(source, position, terminal));
  return (await names).map((text) => ({ text }));
}

async function namesOf(source: Exclude<Source, { kind: 'words' }>, { options: tokens }: Position, terminal: Terminal) {
  const { env, now } = terminal;
  const flags = readFlags(tokens, OPTION_FLAGS);
  const read = flags.kind === 'arguments' ? readOptions(flags.flags) : flags;
  if (read.kind !== 'options') return [];
  const { options } = read;
  if (source.kind === 'contexts') return knownContexts(options, env);
  const found = await findConfig(options, env);
  const config = found?.kind === 'config' ? found.config : undefined;
  const keys = Object.keys(config?.services ?? {});
  const target = (key: string): FoundTarget => {
    const each = findTarget(key, config, options, env);
    if (each.kind === 'fault') throw new Error(each.messages.join(' '));
    return each;
  };
  switch (source.kind) {
    case 'services': {
      if (keys.length > 0) return keys;
      const { connection, service } = target('');
      return serviceNames(connection, service.namespace);
    }
    case 'namespaces':
      return namespaceNames(target('').connection);
    case 'nodes':
      return nodeNames(target('').connection);
    case 'pods': {
      const { connection, service } = target(source.service);
      const pods = await podNames(connection, service, source.command, now);
      return pods.filter((name) => !source.besides.includes(name));
    }
    case 'files':
      return [];
  }
}

async function inTime<T>(work: Promise<readonly T[]>): Promise<readonly T[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly T[]>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, []);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
