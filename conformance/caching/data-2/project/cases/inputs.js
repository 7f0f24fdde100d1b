// What is asked for: texts, URLs, requests, and options beside them.
import { at, FC, O, text, tried, twice } from '../lib/probe.js';

export const inputs = {
  'input-url': async (K) => { return [await text(new URL(at('v', K)), FC), await text(at('v', K), FC)]; },
  'input-request': async (K) => {
    return [await text(new Request(at('v', K), FC)), await text(new Request(at('v', K), FC))];
  },
  'input-request-vs-string': async (K) => { return [await text(new Request(at('v', K)), FC), await text(at('v', K), FC)]; },
  'input-request-next': async (K) => {
    return [
      await text(new Request(at('v', K),
      { next: { revalidate: 60 } })),
      await text(new Request(at('v', K),
      { next: { revalidate: 60 } }))
    ];
  },
  'input-request-init-next': async (K) => { return twice(() => new Request(at('v', K)), () => ({ next: { revalidate: 60 } })); },
  'input-request-init-overrides': async (K) => {
    return [
      await text(new Request(at('echo', K),
      { ...FC, method: 'POST', body: 'a', headers: { 'x-a': '1' } }),
      { method: 'PUT', body: 'b' }),
      await text(new Request(at('echo', K),
      { ...FC, method: 'PUT', body: 'b', headers: { 'x-a': '1' } }))
    ];
  },
  'input-request-init-headers': async (K) => {
    const r = () => new Request(at('echo', K), { ...FC, headers: { 'x-a': '1', 'x-b': '2' } });
    return [
      await text(r(), { headers: { 'x-c': '3' } }), await text(r(), { headers: { 'x-c': '3' } }), await text(r())
    ];
  },
  'input-request-clone': async (K) => {
    const r = new Request(at('echo', K), { ...FC, method: 'POST', body: 'hello' });
    const a = await text(r.clone());
    return [a, r.bodyUsed, await text(r)];
  },
  'input-request-cache-init-nostore': async (K) => {
    return [
      await text(new Request(at('v', K), FC),
      { cache: 'no-store' }),
      await text(new Request(at('v', K), FC),
      { cache: 'no-store' })
    ];
  },
  'input-request-nostore-init-force': async (K) => {
    return [
      await text(new Request(at('v', K),
      { cache: 'no-store' }), FC),
      await text(new Request(at('v', K),
      { cache: 'no-store' }), FC)
    ];
  },
  'input-nextrequest': async (K) => {
    const { NextRequest } = await import('next/server');
    return [await text(new NextRequest(at('v', K), FC)), await text(new NextRequest(at('v', K), FC))];
  },
  'input-incoming': async (K, S, request) => {
    const u = new URL(request.url);
    void u;
    return [
      await text(new Request(at('echo', K), request), FC), await text(new Request(at('echo', K), request), FC)
    ];
  },
  'input-credentials-url': async (K) => {
    return [
      await text(at('echo', K).replace('//', '//u:p@'), FC), await text(at('echo', K).replace('//', '//u:p@'))
    ];
  },
  'input-fragment': async (K) => {
    return [
      await text(at('v', K) + '#a', FC), await text(at('v', K) + '#b', FC), await text(at('v', K), FC)
    ];
  },
  'input-query-order': async (K) => {
    return [
      await text(at('q', K, '?a=1&b=2'), FC), await text(at('q', K, '?b=2&a=1'), FC), await text(at('q', K, '?a=1&b=2'), FC)
    ];
  },
  'input-url-normalised': async (K) => {
    return [
      await text(O + '/v/x/../' + K, FC),
      await text(O + '/v/' + K, FC),
      await text('  ' + O + '/v/' + K, FC),
      await text(O.toUpperCase().replace('HTTP', 'http') + '/v/' + K, FC)
    ];
  },
  'input-percent': async (K) => {
    return [
      await text(at('q', K, '?a=%41'), FC),
      await text(at('q', K, '?a=A'), FC),
      await text(at('q', K, '?a=ü'), FC),
      await text(at('q', K, '?a=%C3%BC'), FC)
    ];
  },
  'input-object-tostring': async (K) => { return [await text({ toString: () => at('v', K) }, FC), await text(at('v', K), FC)]; },
  'input-data-url': async () => {
    return [
      await text('data:text/plain,hello', FC),
      await text('data:text/plain,hello', FC),
      await tried(async () => (await fetch('data:text/plain,hello', FC)).url)
    ];
  },
  'input-blob-url': async () => {
    const u = URL.createObjectURL(new Blob(['hey']));
    const out = [await text(u, FC), await text(u)];
    URL.revokeObjectURL(u);
    return out.map(String);
  },
};
