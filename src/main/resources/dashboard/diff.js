// The differences between two texts, line by line.

/**
 * Compares by the longest common subsequence, which needs the fewest changes.
 *
 * @returns lines in order: {kind, text, before, after}. The kind is "same", "removed" or "added".
 *   `before` and `after` are the line's numbers in the two texts, null in a text without the line
 */
export function diff(one, other) {
  const before = one.split("\n");
  const after = other.split("\n");
  const common = lengths(before, after);
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ kind: "same", text: before[i], before: ++i, after: ++j });
    } else if (j === after.length || (i < before.length && common[i + 1][j] >= common[i][j + 1])) {
      lines.push({ kind: "removed", text: before[i], before: ++i, after: null });
    } else {
      lines.push({ kind: "added", text: after[j], before: null, after: ++j });
    }
  }
  return lines;
}

/**
 * Returns a table. Its entry [i][j] is the length of the longest common subsequence of two parts:
 * `before` from line i on, and `after` from line j on.
 */
function lengths(before, after) {
  const table = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      table[i][j] =
        before[i] === after[j]
          ? table[i + 1][j + 1] + 1
          : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

/**
 * Leaves out equal lines, except for `around` lines on each side of a change. The result has
 * {kind: "skipped", count} in place of lines that are left out.
 */
export function folded(lines, around = 3) {
  const near = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - around), index + around + 1)
      .some((line) => line.kind !== "same"),
  );
  const result = [];
  lines.forEach((line, index) => {
    if (near[index]) result.push(line);
    else if (result.at(-1)?.kind === "skipped") result.at(-1).count += 1;
    else result.push({ kind: "skipped", count: 1 });
  });
  return result;
}
