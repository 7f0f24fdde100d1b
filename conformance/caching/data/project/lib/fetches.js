import { at, outcome, text } from './origin.js';

const cached = { cache: 'force-cache' };
const twice = async (run) => [await outcome(run), await outcome(run)];
const post = (body, more = {}) => ({ method: 'POST', body, ...cached, ...more });

export const fetches = {
  plain: (key) => twice(() => text(at(key))),
  'default-mode': (key) => twice(() => text(at(key), { cache: 'default' })),
  'force-cache': (key) => twice(() => text(at(key), cached)),
  'no-store': (key) => twice(() => text(at(key), { cache: 'no-store' })),
  'no-cache': (key) => twice(() => text(at(key), { cache: 'no-cache' })),
  reload: (key) => twice(() => text(at(key), { cache: 'reload' })),
  'revalidate-60': (key) => twice(() => text(at(key), { next: { revalidate: 60 } })),
  'revalidate-1': (key) => outcome(() => text(at(key), { next: { revalidate: 1 } })),
  'revalidate-false': (key) => twice(() => text(at(key), { next: { revalidate: false } })),
  'revalidate-0': (key) => twice(() => text(at(key), { next: { revalidate: 0 } })),
  'tags-alone': (key) => twice(() => text(at(key), { next: { tags: [key] } })),
  'no-store-and-60': (key) => twice(() => text(at(key), { cache: 'no-store', next: { revalidate: 60 } })),
  'force-cache-and-0': (key) => twice(() => text(at(key), { ...cached, next: { revalidate: 0 } })),
  'force-cache-and-60': (key) => twice(() => text(at(key), { ...cached, next: { revalidate: 60 } })),
  parallel: async (key) => {
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => text(at(key), cached)));
    return [new Set(all).size, all[0]];
  },
  'two-revalidates': (key) => Promise.all([60, 120].map((revalidate) => text(at(key), { next: { revalidate } }))),
  'post-bodies': async (key) => {
    const bodies = ['one', 'one', 'two', new TextEncoder().encode('one'), new URLSearchParams({ a: 'one' }), new Blob(['one'])];
    const found = [];
    for (const body of bodies) {
      found.push(await text(at(key, 'echo'), post(body)));
    }
    return found;
  },
  'post-form': async (key) => {
    const form = () => {
      const made = new FormData();
      made.append('a', 'one');
      return made;
    };
    return [await text(at(key), post(form())), await text(at(key), post(form()))];
  },
  'post-stream': async (key) => {
    const stream = (word) => new Blob([word]).stream();
    const found = [];
    for (const word of ['one', 'one', 'two']) {
      found.push(await text(at(key, 'echo'), post(stream(word), { duplex: 'half' })));
    }
    return found;
  },
  methods: async (key) => {
    const found = [];
    for (const method of ['GET', 'PUT', 'DELETE', 'GET', 'PUT']) {
      found.push(await text(at(key), { method, ...cached }));
    }
    return found;
  },
  head: (key) => twice(async () => (await fetch(at(key), { method: 'HEAD', ...cached })).headers.get('x-origin')),
  fields: async (key) => {
    const found = [];
    for (const headers of [{ 'x-a': '1' }, { 'x-a': '2' }, { 'X-A': '1' }, [['x-a', '1']], new Headers({ 'x-a': '1' }), {}]) {
      found.push(await text(at(key, 'echo'), { headers, ...cached }));
    }
    return found;
  },
  authorization: async (key) => {
    const found = [];
    for (const authorization of ['Bearer a', 'Bearer b', 'Bearer a']) {
      found.push(await text(at(key, 'echo'), { headers: { authorization }, ...cached }));
    }
    return found;
  },
  cookies: async (key) => {
    const found = [];
    for (const cookie of ['a=1', 'a=2', 'a=1']) {
      found.push(await text(at(key), { headers: { cookie }, ...cached }));
    }
    return found;
  },
  trace: async (key) => {
    const found = [];
    for (const traceparent of ['00-a', '00-b']) {
      found.push(await text(at(key), { headers: { traceparent, tracestate: traceparent }, ...cached }));
    }
    return found;
  },
  queries: async (key) => {
    const found = [];
    for (const query of ['?x=1', '?x=2', '', '?x=1', '?', '#hash']) {
      found.push(await text(at(key) + query, cached));
    }
    return found;
  },
  inputs: async (key) => {
    const url = at(key);
    return [await text(url, cached), await text(new URL(url), cached), await text(new Request(url), cached), await text(new Request(url, cached))];
  },
  'request-with-body': async (key) => {
    const request = (body) => new Request(at(key, 'echo'), { method: 'POST', body });
    return [await text(request('one'), cached), await text(request('one'), cached), await text(request('two'), cached)];
  },
  status: (key) => twice(() => text(at(key), cached)),
  reply: (key) =>
    twice(async () => {
      const reply = await fetch(at(key), cached);
      const { ok, status, statusText, type, redirected } = reply;
      const copy = reply.clone();
      const fields = ['content-type', 'content-length', 'x-origin'].map((name) => reply.headers.get(name));
      const url = reply.url === at(key);
      return { ok, status, statusText, type, redirected, url, fields, text: await reply.text(), copy: await copy.text(), used: reply.bodyUsed };
    }),
  unread: async (key) => {
    await fetch(at(key), cached);
    return text(at(key), cached);
  },
  'first-unread': async (key) => {
    const reply = await fetch(at(key), cached);
    await reply.body?.cancel();
    return text(at(key), cached);
  },
  big: async (key) => {
    const size = async () => (await text(at(key, 'bytes/2200000'), cached)).length;
    return [await size(), await size()];
  },
  nearly: async (key) => {
    const size = async () => (await text(at(key, 'bytes/1400000'), cached)).length;
    return [await size(), await size()];
  },
  unreachable: () => outcome(async () => (await fetch('http://127.0.0.1:1/', cached)).status).then((text) => text.split(':')[0]),
  'aborted-before': (key) => outcome(() => text(at(key), { ...cached, signal: AbortSignal.abort() })),
  'negative': (key) => outcome(() => text(at(key), { next: { revalidate: -1 } })),
  'not-a-number': (key) => outcome(() => text(at(key), { next: { revalidate: Number.NaN } })),
  'a-string': (key) => outcome(() => text(at(key), { next: { revalidate: '60' } })),
  'a-fraction': (key) => twice(() => text(at(key), { next: { revalidate: 1.5 } })),
  infinite: (key) => twice(() => text(at(key), { next: { revalidate: Number.POSITIVE_INFINITY } })),
  null: (key) => twice(() => text(at(key), { next: { revalidate: null } })),
  'tag-number': (key) => twice(() => text(at(key), { ...cached, next: { tags: [5, key] } })),
  'tag-long': (key) => twice(() => text(at(key), { ...cached, next: { tags: ['x'.repeat(257), key] } })),
  'tag-edge': (key) => twice(() => text(at(key), { ...cached, next: { tags: ['x'.repeat(256)] } })),
  'tags-many': (key) => twice(() => text(at(key), { ...cached, next: { tags: Array.from({ length: 130 }, (_, index) => `${key}-${index}`) } })),
  'tags-string': (key) => twice(() => text(at(key), { ...cached, next: { tags: key } })),
  tagged: (key) => text(at(key), { ...cached, next: { tags: [key] } }),
  'internal': (key) => twice(() => text(at(key), { ...cached, next: { internal: true } })),
};
