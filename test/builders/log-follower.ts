import type { Call, Connection } from '../../pitlane/cluster/connection.ts';
import { Unavailable } from '../../pitlane/cluster/errors.ts';
import type { LogsRequest } from '../../pitlane/command/request.ts';
import type { FollowMark } from '../../pitlane/operate/follow-marks.ts';
import type { Outcome } from '../../pitlane/operate/outcome.ts';
import type { Pitlane } from '../../pitlane/operate/use-case.ts';

/** Follows the logs of a request, and keeps what was passed on. */
export class LogFollower {
  readonly lines: string[] = [];
  readonly marks: FollowMark[] = [];
  readonly ended: Promise<Outcome>;
  readonly #stop = new AbortController();

  constructor(pitlane: Pick<Pitlane, 'followLogs'>, request: LogsRequest) {
    const listener = {
      line: (line: string) => void this.lines.push(line),
      mark: (mark: FollowMark) => void this.marks.push(mark),
    };
    this.ended = pitlane.followLogs(request, listener, this.#stop.signal);
  }

  stop(): Promise<Outcome> {
    this.#stop.abort();
    return this.ended;
  }

  /** The lines of one pod, without its name. */
  of(pod: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(`${pod} `)).map((line) => line.slice(pod.length + 1));
  }

  kindsOf(pod: string): readonly string[] {
    return this.marks.flatMap((mark) => ('pod' in mark && mark.pod === pod ? mark.kind : []));
  }
}

/** A container that writes `line 1` and so on, one each 50 ms. */
export function writer(lines: number, then: string): { readonly image: string; readonly command: string[] } {
  const steps = numbered(lines).map((line) => `echo ${line}; sleep 0.05`);
  return { image: 'busybox:1.36', command: ['sh', '-c', [...steps, then].join('; ')] };
}

export function numbered(lines: number): readonly string[] {
  return Array.from({ length: lines }, (_, index) => `line ${index + 1}`);
}

export const isFollowedLog = ({ place, query }: Call) => place.subresource === 'log' && query?.follow === true;

/** Each stream of a log breaks after so many lines that no stream had before. */
export function breakingAfter(most: number): (connection: Connection) => Connection {
  const seen = new Set<string>();
  return (connection) => ({
    ...connection,
    async open(call) {
      const lines = await connection.open(call);
      if (!isFollowedLog(call)) return lines;
      async function* some() {
        let left = most;
        for await (const line of lines) {
          yield line;
          if (!seen.has(line)) left -= 1;
          seen.add(line);
          if (left === 0) throw new Unavailable(call, 'the connection was reset', {});
        }
      }
      return some();
    },
  });
}
