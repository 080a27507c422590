// Loads the bundles of this folder with the code that an earlier run has compiled, which halves the time of a list. Node's own
// compile cache keeps only what is compiled before a module runs; this one keeps all that a whole request has used.
const { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } =
  require('node:fs');
const { homedir } = require('node:os');
const { join } = require('node:path');
const { Script } = require('node:vm');

// By the build: the name of each bundle, with a hash of its content in it.
const FILES = BUNDLE_FILES;

/** @type {Map<string, { exports: object }>} */
const loaded = new Map();

/** Loads a bundle. @param {string} name */
function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const file = join(__dirname, FILES[name]);
  const cacheFile = join(cacheFolder(), `${FILES[name]}-${process.version}-${process.arch}`);
  const cachedData = readKept(cacheFile);
  // The build makes ASCII only, which Node reads fastest as latin1.
  const source = `(function (exports, require, module) {${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(source, { filename: file, cachedData });
  const module = { exports: {} };
  loaded.set(name, module);
  script.runInThisContext()(module.exports, requireFromBundle, module);
  if (cachedData === undefined || script.cachedDataRejected)
    process.on('exit', () => {
      // After --help, the code of a request is not compiled yet.
      if (module.exports.isWarm?.() ?? true) save(cacheFile, script);
    });
  return module.exports;
}

/** @param {string} name */
function requireFromBundle(name) {
  return Object.hasOwn(FILES, name) ? load(name) : require(name);
}

function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pitlane');
}

/** V8 does not notice damaged code, and crashes. */
const CHECKSUM_BYTES = 4;
/** Disks lose whole blocks, so a word of each 64 bytes tells, and takes a millisecond less than all of them. */
const STEP = 16;

/** @param {Uint8Array} code */
function checksumOf(code) {
  const words = new Int32Array(code.buffer, code.byteOffset, code.length >> 2);
  let sum = code.length;
  for (let at = 0; at < words.length; at += STEP) sum = (Math.imul(sum, 31) + words[at]) | 0;
  return sum;
}

/** Undefined: there is none, or it is not safe. Code of another user never runs, as with sudo. @param {string} file */
function readKept(file) {
  let descriptor;
  try {
    descriptor = openSync(file, 'r');
    const { uid } = fstatSync(descriptor);
    if (process.getuid !== undefined && uid !== process.getuid()) return undefined;
    const kept = readFileSync(descriptor);
    const code = kept.subarray(0, -CHECKSUM_BYTES);
    return checksumOf(code) === kept.readInt32LE(code.length) ? code : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Another process may save or read the same file. Without the right to write, every start takes the longer time. */
function save(file, script) {
  const folder = cacheFolder();
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const code = script.createCachedData();
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeInt32LE(checksumOf(code));
    writeFileSync(unfinished, Buffer.concat([code, checksum]), { mode: 0o600 });
    renameSync(unfinished, file);
    const current = Object.values(FILES);
    for (const other of readdirSync(folder))
      if (!current.some((each) => other.startsWith(each))) rmSync(join(folder, other), { force: true });
  } catch {
    removeIfThere(unfinished);
  }
}

/** @param {string} file */
function removeIfThere(file) {
  try {
    rmSync(file, { force: true });
  } catch {
    // It could not be created either.
  }
}

load('main');
