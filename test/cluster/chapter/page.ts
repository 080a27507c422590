import { setTimeout as sleep } from 'node:timers/promises';
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
export async function choosePod(shell: Shell, selector: string): Promise<string> {
  const pod = await shell.set(
    'POD',
    `kubectl get pods ${selector} --sort-by=.metadata.creationTimestamp -o jsonpath='{.items[0].metadata.name}'`,
  );
  const createdAt = await shell.look(`kubectl get pod $POD -o jsonpath='{.metadata.creationTimestamp}'`);
  // A DaemonSet keeps the oldest pod of a node, but of those that were made in the same second the first by name.
  await sleep(Math.max(0, Date.parse(createdAt) + 1_000 - Date.now()));
  return pod;
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
