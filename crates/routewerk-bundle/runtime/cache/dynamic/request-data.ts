/** What only a client's request has: the properties of it that make a handler dynamic. */

/** Of a `NextRequest`. */
export const OF_REQUEST: readonly string[] = [
  ...['headers', 'cookies', 'url', 'body', 'blob', 'json', 'text', 'arrayBuffer', 'formData'],
];

/** Of its `nextUrl`. */
export const OF_URL: ReadonlySet<PropertyKey> = new Set([
  ...['search', 'searchParams', 'url', 'href', 'toJSON', 'toString', 'origin'],
]);
