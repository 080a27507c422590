import { pause } from '../../client/pause.ts';
import { isProgram } from '../apps/command.ts';
import type { Container } from '../pod.ts';
import { type ContainerRun, loopbackPort } from './container-run.ts';
import { probeOnce } from './probe.ts';

/** The caller ends a hook that takes too long. */
const maxTimerSeconds = 2_147_483;

type Handler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;

/**
 * Runs a postStart or preStop hook; returns whether it succeeded (kubelet/lifecycle/handlers.go). A program that the
 * built-in shell does not have succeeds, as the image of a real cluster has it.
 */
export async function runHook(
  { exec, httpGet, sleep }: Handler,
  { run, container, podIp, from }: Where,
): Promise<boolean> {
  if (sleep !== undefined) return pause(sleep.seconds * 1000, run.signal);
  if (httpGet !== undefined) {
    const target = { container, podIp, from, loopbackPort: (port: number) => loopbackPort(run.serving, port) };
    const outcome = await probeOnce({ httpGet, timeoutSeconds: maxTimerSeconds }, target);
    // Any answer is a success.
    return outcome.hasSucceeded || outcome.isAnswered === true;
  }
  const command = exec?.command ?? [];
  if (!isProgram(command[0] ?? '')) return true;
  const ignore = () => {};
  const io = { stdin: undefined, out: ignore, err: ignore, isTerminal: false, signal: run.signal };
  return (await run.exec(command, io)) === 0;
}

interface Where {
  run: ContainerRun;
  container: Container;
  podIp: string;
  /** The source address of requests. */
  from: string;
}
