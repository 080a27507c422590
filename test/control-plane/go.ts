import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

const progressSeconds = 10;

/** From go.mod; k8s.io/kubernetes requires it. */
const neededGo = { major: 1, minor: 26 };

const advice =
  `Needed: Go ${neededGo.major}.${neededGo.minor} or newer. Install it (https://go.dev/dl/), ` +
  'or Go 1.21 or newer, which can fetch that toolchain itself, and make sure that `go` is on PATH.';

/** Lets the Go command fetch a newer toolchain if go.mod requires one. */
export function goEnv(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: 'auto', GOWORK: 'off', CGO_ENABLED: '0' };
}

/** Returns the Go command; throws an error with advice if it is missing or too old. */
export async function findGo(sources: string): Promise<string> {
  let output: string;
  try {
    output = (await run('go', ['version'], { cwd: sources, env: goEnv() })).stdout;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(`${missing ? 'No `go` on PATH.' : 'Go could not fetch its toolchain.'} ${advice}`, { cause });
  }
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(output)?.map(Number) ?? [];
  if (major !== neededGo.major || minor === undefined || minor < neededGo.minor) {
    throw new Error(`Found ${output.trim()}. ${advice}`);
  }
  return 'go';
}

interface Compilation {
  go: string;
  /** The folder of go.mod. */
  sources: string;
  /** The version that the programs report. */
  version: string;
  output: string;
  log: (line: string) => void;
}

export async function compile({ go, sources, version, output, log }: Compilation): Promise<void> {
  log('fetching the Go modules of Kubernetes (about 200 MB, unless cached)');
  const { stdout } = await run(go, ['list', '-deps', '.'], { cwd: sources, env: goEnv(), maxBuffer: 1 << 26 });
  const packages = stdout.trim().split('\n').length;

  log(`building Kubernetes ${version}: 5 to 20 minutes the first time on a machine`);
  const started = Date.now();
  const child = spawn(go, ['build', '-v', ...buildFlags(version), '-o', output, '.'], {
    cwd: sources,
    env: goEnv(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let compiled = 0;
  const complaints: string[] = [];
  // `go build -v` names each package on standard error when it starts to compile it.
  createInterface(child.stderr).on('line', (line) => {
    if (/^[\w.~/-]+$/.test(line)) compiled += 1;
    else if (!line.startsWith('go: downloading ')) complaints.push(line);
  });
  const progress = setInterval(() => {
    log(`  ${elapsed(started)}: compiled ${compiled} of at most ${packages} packages`);
  }, progressSeconds * 1000);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  }).finally(() => clearInterval(progress));
  if (code !== 0) throw new Error(`go build failed:\n${complaints.slice(-30).join('\n')}`);
  log(`  built in ${elapsed(started)}`);
}

/** Tags and stripping are those of the Kubernetes release builds. */
export function buildFlags(version: string): string[] {
  return ['-trimpath', '-buildvcs=false', '-tags', 'notest,grpcnotrace', '-ldflags', linkerFlags(version)];
}

/** Sets the version like hack/lib/version.sh of Kubernetes; the default is v0.0.0-master. */
function linkerFlags(version: string): string {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const values = [
    `gitVersion=${version}`,
    `gitMajor=${major}`,
    `gitMinor=${minor}`,
    'gitCommit=',
    'gitTreeState=clean',
  ];
  const places = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  return ['-s', '-w', ...places.flatMap((place) => values.map((value) => `-X ${place}.${value}`))].join(' ');
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
