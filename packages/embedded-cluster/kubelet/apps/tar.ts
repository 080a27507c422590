const blockSize = 512;

export interface TarEntry {
  name: string;
  /** Undefined: a directory. */
  data: Buffer | undefined;
  mode: number;
  /** Milliseconds since the epoch. */
  changedAt: number;
}

/** A POSIX ustar archive. */
export function packed(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => [header(entry), padded(entry.data ?? Buffer.alloc(0))]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

function header({ name, data, mode, changedAt }: TarEntry): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, digits: number) => block.write(value.toString(8).padStart(digits, '0'), at);
  const split = name.length > 100 ? name.indexOf('/', name.length - 101) : -1;
  block.write(name.slice(split + 1), 0, 100);
  if (split > 0) block.write(name.slice(0, split), 345, 155);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(data?.length ?? 0, 124, 11);
  octal(Math.floor(changedAt / 1000), 136, 11);
  block.write(data === undefined ? '5' : '0', 156);
  block.write('ustar\x0000', 257);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((blockSize - (data.length % blockSize)) % blockSize)]);
}

/** Files and directories; long names come from PAX or GNU headers, and other types are skipped. */
export function unpacked(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  for (let at = 0; at + blockSize <= archive.length && archive[at] !== 0; ) {
    const block = archive.subarray(at, at + blockSize);
    const text = (from: number, length: number) => block.toString('utf8', from, from + length).split('\0')[0] as string;
    const size = Number.parseInt(text(124, 12), 8) || 0;
    const data = archive.subarray(at + blockSize, at + blockSize + size);
    const type = text(156, 1);
    const prefix = text(345, 155);
    const name: string = longName ?? (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`);
    longName = undefined;
    if (type === 'x') longName = /\d+ path=(.*)\n/.exec(data.toString('utf8'))?.[1];
    if (type === 'L') longName = data.toString('utf8').replace(/\0+$/, '');
    const rest = { name, mode: Number.parseInt(text(100, 8), 8), changedAt: Number.parseInt(text(136, 12), 8) * 1000 };
    if (type === '0' || type === '') entries.push({ ...rest, data: Buffer.from(data) });
    if (type === '5') entries.push({ ...rest, data: undefined });
    at += blockSize + Math.ceil(size / blockSize) * blockSize;
  }
  return entries;
}
