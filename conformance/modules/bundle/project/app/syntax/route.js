// Syntax of recent years.
class Counter {
  static #made = 0;
  static { Counter.#made += 1; }
  #n = 0;
  get value() { return this.#n; }
  up() { this.#n ||= 1; this.#n **= 2; return this; }
  static has(value) { return #n in value; }
}

async function* numbers() {
  yield* [1, 2, 3];
}

export async function GET() {
  const found = [];
  for await (const number of numbers()) found.push(number);
  const { a, ...rest } = { a: 1, b: 2, c: 3 };
  label: for (const x of found) { if (x === 2) break label; }
  return Response.json({
    found, rest, a, value: new Counter().up().value, has: [Counter.has(new Counter()), Counter.has({})],
    optional: undefined?.x?.[0]?.(), nullish: null ?? 'default', big: String(2n ** 64n), regex: 'aBc'.replace(/(?<=a)b/i, '-'),
    template: String.raw`a\n${1}`, last: found.at(-1), grouped: Object.fromEntries([['x', 1]]), separators: 1_000,
  });
}
