// Header fields in all forms.
import { at, FC, text } from '../lib/probe.js';

export const fields = {
  'headers-forms': async (K) => {
    const out = [];
    for (const h of [
      () => ({ 'X-A': '1', 'x-b': '2' }),
      () => (new Headers({ 'x-a': '1', 'x-b': '2' })),
      () => ([['x-a', '1'],
      ['x-b', '2']]),
      () => (new Map([['x-a', '1'],
      ['x-b', '2']])),
      () => ({ 'x-b': '2', 'x-a': '1' })
    ])
      out.push(await text(at('echo', K), { ...FC, headers: h() }));
    return out;
  },
  'headers-duplicates': async (K) => {
    return [
      await text(at('echo', K),
      { ...FC, headers: [['x-a', '1'],
      ['x-a', '2']] }),
      await text(at('echo', K),
      { ...FC, headers: [['x-a', '2']] }),
      await text(at('echo', K),
      { ...FC, headers: [['x-a', '1, 2']] })
    ];
  },
  'headers-trace': async (K) => {
    return [
      await text(at('echo', K),
      { ...FC, headers: { traceparent: '00-1-1-01', 'x-a': '1' } }),
      await text(at('echo', K),
      { ...FC, headers: { traceparent: '00-2-2-01', tracestate: 'q', 'x-a': '1' } }),
      await text(at('echo', K),
      { ...FC, headers: { 'x-a': '1' } })
    ];
  },
  'headers-auth': async (K) => {
    const h = (a) => ({ ...FC, headers: { authorization: a } });
    return [
      await text(at('echo', K), h('a')),
      await text(at('echo', K), h('a')),
      await text(at('echo', K), h('b')),
      await text(at('echo', K), FC)
    ];
  },
  'headers-cookie': async (K) => {
    const h = (a) => ({ next: { revalidate: 60 }, headers: { cookie: a } });
    return [
      await text(at('echo', K), h('a=1')), await text(at('echo', K), h('a=1')), await text(at('echo', K), h('a=2'))
    ];
  },
  'headers-invalid': async (K) => {
    return [
      await text(at('echo', K),
      { ...FC, headers: { 'x a': '1' } }),
      await text(at('echo', K),
      { ...FC, headers: { 'x-a': 'é€' } }),
      await text(at('echo', K),
      { ...FC, headers: 'x' }),
      await text(at('echo', K),
      { ...FC, headers: [['a']] })
    ];
  },
  'headers-range': async (K) => {
    return [
      await text(at('echo', K),
      { ...FC, headers: { range: 'bytes=0-1' } }),
      await text(at('echo', K),
      { ...FC, headers: { range: 'bytes=0-1' } })
    ];
  },
  'headers-conditional': async (K) => {
    return [
      await text(at('lastmod', K),
      { ...FC, headers: { 'if-none-match': '"x"' } }),
      await text(at('lastmod', K),
      { ...FC, headers: { 'if-none-match': '"x"' } })
    ];
  },
  'stored-vary': async (K) => {
    return [
      await text(at('echo', K),
      { ...FC, headers: { accept: 'a/b' } }),
      await text(at('echo', K),
      { ...FC, headers: { accept: 'c/d' } }),
      await text(at('echo', K),
      { ...FC, headers: { 'user-agent': 'me' } }),
      await text(at('echo', K),
      { ...FC, headers: { 'accept-language': 'de' } })
    ];
  },
};
