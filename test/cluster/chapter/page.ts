import { expect } from 'vitest';
import type { Rotation } from './rotation-of.ts';
import type { Shell } from './shell.ts';

/** A page of the chapter: what a person types on it by hand and with Pitlane, and the rotation that both ways leave. */
export interface Page {
  readonly heading: string;
  readonly both?: (shell: Shell) => Promise<void>;
  readonly byHand?: (shell: Shell) => Promise<void>;
  readonly withPitlane?: (shell: Shell) => Promise<void>;
  readonly leaves?: Rotation;
}

export const PLAIN = { app: 'rng' };
export const GATED = { app: 'rng', enabled: 'yes' };

/** The pods of the DaemonSet and the pod of the Deployment, by the labels that tell them apart. */
export const DAEMONS = '-l app=rng,!pod-template-hash';
export const EXTRA = '-l app=rng,pod-template-hash';

/** The program `worker` calls rng ten times a second. */
export async function untilRequests(shell: Shell, log: string): Promise<void> {
  const window = shell.start(log);
  await window.until('requests', (lines) => lines.filter((line) => line.includes('GET /')).length >= 3);
  await window.stop();
}

/** Sets `$POD` to the oldest pod of a selector: a DaemonSet with two pods on a node keeps the older one. */
export function choosePod(shell: Shell, selector: string): Promise<string> {
  return shell.set(
    'POD',
    `kubectl get pods ${selector} --sort-by=.metadata.creationTimestamp -o jsonpath='{.items[0].metadata.name}'`,
  );
}

export async function memberStates(shell: Shell, which = ''): Promise<string[]> {
  const { members } = JSON.parse(await shell.look(`pitlane rng list ${which} -o json`));
  return members.map(({ state }: { state: string }) => state).toSorted();
}

export async function expectLabels(
  shell: Shell,
  object: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const found = await shell.look(`kubectl get ${object} -o jsonpath='{.spec.template.metadata.labels}'`);
  expect(JSON.parse(found)).toMatchObject(labels);
}
