interface Made<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

/** Makes the value of each key once. With a WeakMap for `made`, a value lives as long as its key. */
export function memo<K = void, V = unknown>(make: (key: K) => V, made: Made<K, V> = new Map()): (key: K) => V {
  return (key) => {
    let value = made.get(key);
    if (value === undefined) {
      value = make(key);
      made.set(key, value);
    }
    return value;
  };
}
