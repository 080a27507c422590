/**
 * The size to which the largest are cut, so that all together have room. For example, sizes 10, 50 and 90 in a room of 100
 * become 10, 45 and 45: the share is 45.
 */
export function fairShare(sizes: readonly number[], room: number): number {
  let left = room;
  let share = 0;
  for (const [index, size] of sizes.toSorted((a, b) => a - b).entries()) {
    share = Math.floor(left / (sizes.length - index));
    if (size > share) break;
    left -= size;
    share = size;
  }
  return share;
}
