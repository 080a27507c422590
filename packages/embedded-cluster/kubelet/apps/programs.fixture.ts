import { Files } from './files.ts';
import type { Surroundings } from './programs.ts';

/** The container of a test: nothing listens, and there is one process. */
export function surroundingsFor(files: Readonly<Record<string, string>> = {}): Surroundings {
  return {
    files: new Files(files, 0),
    env: { HOME: '/root' },
    hostname: 'web',
    podIp: '10.244.1.7',
    now: () => 0,
    processes: () => [{ pid: 1, command: 'sleep infinity' }],
    terminate: (pid) => pid === 1,
    loopbackPort: () => undefined,
  };
}
