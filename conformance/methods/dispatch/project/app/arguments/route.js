export function GET(...given) {
  return Response.json({ count: given.length, this: String(this), keys: Object.keys(given[1]) });
}
