// Keeps everything in this process and notes each call. Words in a key or URL make it misbehave.
const state = (globalThis.cacheState ??= { calls: [], instances: [], entries: new Map() });

const shownKey = (key) => key.replace(/[0-9a-f]{64}|^[0-9a-f]{40,}$/g, '#');
const shownText = (text) => text.replaceAll(process.env.ORIGIN_PORT ?? 'PORT', 'PORT').replace(/[0-9a-f]{40,}/g, '#');

function shown(value) {
  return JSON.parse(shownText(JSON.stringify(value, (name, one) => (one === undefined ? 'undefined' : one))));
}

// An entry without what differs from run to run.
function shownEntry(value) {
  if (value === null || typeof value !== 'object') return value;
  if (value.kind === 'FETCH') {
    const { data, ...rest } = value;
    const { body, headers, ...others } = data;
    return shown({ ...rest, data: { ...others, body: typeof body, headers: Object.keys(headers) } });
  }
  const { body, ...rest } = value;
  return shown({ ...rest, body: Buffer.isBuffer(body) ? `Buffer ${body}` : typeof body });
}

const note = (...call) => {
  state.calls.push(call);
};

export default class CacheHandler {
  constructor(options) {
    const kinds = Object.fromEntries(
      Object.entries(options).map(([name, value]) => [name, name === 'serverDistDir' || name === 'fs' || name === '_requestHeaders' ? typeof value : value]),
    );
    state.instances.push({ ...shown(kinds), isNew: new.target === CacheHandler });
  }

  async get(key, ctx) {
    note('get', shownKey(key), shown(ctx));
    const about = `${key} ${ctx.fetchUrl ?? ''}`;
    if (about.includes('get-throws')) throw new Error('no entry today');
    if (about.includes('get-null')) return null;
    if (about.includes('get-text')) return 'rubbish';
    if (about.includes('get-number')) return 5;
    if (about.includes('get-empty')) return {};
    const entry = state.entries.get(key);
    if (entry === undefined) return undefined;
    if (about.includes('get-other-kind')) return { ...entry, value: { ...entry.value, kind: 'PAGES' } };
    if (about.includes('get-no-value')) return { ...entry, value: null };
    if (about.includes('get-string-body')) return { ...entry, value: { ...entry.value, body: 'a text' } };
    if (about.includes('get-bytes')) return { ...entry, value: { ...entry.value, body: new Uint8Array([98, 121, 116, 101, 115]) } };
    if (about.includes('get-no-headers')) return { ...entry, value: { kind: 'APP_ROUTE', status: entry.value.status, body: entry.value.body } };
    if (about.includes('get-no-status')) return { ...entry, value: { kind: 'APP_ROUTE', headers: entry.value.headers, body: entry.value.body } };
    if (about.includes('get-minus-one')) return { ...entry, lastModified: -1 };
    if (about.includes('get-no-time')) return { value: entry.value };
    if (about.includes('get-old')) return { ...entry, lastModified: Date.now() - 100_000 };
    if (about.includes('get-control')) return { ...entry, cacheControl: { revalidate: 7, expire: 70 } };
    if (about.includes('get-expired')) return { ...entry, lastModified: Date.now() - 100_000, cacheControl: { revalidate: 7, expire: 70 } };
    return entry;
  }

  async set(key, data, ctx) {
    note('set', shownKey(key), shownEntry(data), shown(ctx));
    if (`${key} ${ctx.fetchUrl ?? ''}`.includes('set-throws')) throw new Error('no room today');
    state.entries.set(key, { value: data, lastModified: Date.now(), tags: ctx.tags ?? (data?.headers?.['x-next-cache-tags'] ?? '').split(',') });
  }

  async revalidateTag(...args) {
    note('revalidateTag', shown(args));
    const tags = [args[0]].flat();
    if (tags.includes('drop-throws')) throw new Error('no such tag today');
    if (!tags.some((tag) => tag.includes('forgotten'))) return;
    for (const [key, entry] of state.entries) {
      if (entry.tags.some((tag) => tags.includes(tag))) state.entries.delete(key);
    }
  }

  resetRequestCache() {
    state.instances.push('resetRequestCache');
  }
}
