import { outcome } from './show.js';
import { cacheLife, cacheTag, revalidateTag, unstable_cache } from 'next/cache';
import { redirect, notFound, permanentRedirect } from 'next/navigation';
import { cookies, draftMode } from 'next/headers';
let runs = 0;
const tick = () => new Promise<void>((r) => setTimeout(r, 20));
async function boom(key: string) { 'use cache'; runs++; throw new TypeError('boom ' + key); }
const attempt = async (f: () => Promise<unknown>) => { const before = runs; const got: any = await outcome(f); return [runs - before, got.digest ?? got.value, got.error]; };
async function top(n: number): Promise<number> { 'use cache'; runs++; return n === 0 ? 0 : (await top(n - 1)) + 1; }
const arrowTop = async (n: number): Promise<number> => { 'use cache'; runs++; return n === 0 ? 0 : (await arrowTop(n - 1)) + 1; };
async function even(n: number): Promise<boolean> { 'use cache'; runs++; return n === 0 ? true : odd(n - 1); }
async function odd(n: number): Promise<boolean> { 'use cache'; runs++; return n === 0 ? false : even(n - 1); }
export class Service { static label = 'svc'; static async find(id: string) { 'use cache'; runs++; return `${Service.label} ${id}`; } static all = async (k: string) => { 'use cache'; return [k]; } }
const dict = { async get(k: string, lang: 'en' | 'de' = 'en') { 'use cache'; runs++; return ({ en: 'hello', de: 'hallo' } as const)[lang] + k; }, prop: async (k: string) => { 'use cache'; return k; }, 'quoted key': async function (k: string) { 'use cache'; return k; } };
async function inner(k: string) { 'use cache'; runs++; cacheTag('inner-' + k); return { list: [k] }; }
async function twiceInside(k: string) { 'use cache'; const a = await inner(k); a.list.push('changed'); const b = await inner(k); return [a === b, b.list.length]; }
async function outerFails(k: string) { 'use cache'; return boom(k); }
async function outerCatches(k: string) { 'use cache'; try { return await boom(k); } catch (e: any) { return [e.message.slice(0, 30), typeof e.digest]; } }
async function gone(k: string) { 'use cache'; runs++; notFound(); }
async function moved(k: string) { 'use cache'; redirect('/elsewhere?' + k); }
async function throwsText() { 'use cache'; throw 'a text'; }
async function throwsObject() { 'use cache'; throw { code: 1 }; }
async function throwsNull() { 'use cache'; throw null; }
class MyError extends Error { code = 'E_MINE'; constructor(m: string) { super(m); this.name = 'MyError'; } }
async function throwsMine() { 'use cache'; throw new MyError('mine'); }
async function throwsDigest() { 'use cache'; throw Object.assign(new Error('dig'), { digest: 'OWN' }); }
async function throwsCause() { 'use cache'; throw new Error('outer', { cause: new Error('inner') }); }
async function mutates(o: any) { 'use cache'; o.added = 1; o.list.push(9); return { o, list: o.list, n: o.list.length }; }
async function lifeOf(p: any, k: string) { 'use cache'; cacheLife(p); return 'ok'; }
async function tagged(...t: any[]) { 'use cache'; cacheTag(...t); return t.length; }
const stringTag = async (k: string) => { 'use cache'; (cacheTag as any)(['a', 'b']); return k; };
async function never(k: string) { 'use cache'; return { fast: 1, slow: new Promise((r) => setTimeout(() => r('late'), 200)) }; }
async function overloaded(a: string): Promise<string>; async function overloaded(a: number): Promise<string>; async function overloaded(a: any): Promise<string> { 'use cache'; return typeof a; }
async function generic<T extends { id: string }>(item: T): Promise<T['id']> { 'use cache'; return item.id satisfies string; }
enum Color { Red = 'red', Blue = 'blue' }
async function enumed(c: Color = Color.Blue) { 'use cache'; return c === Color.Blue ? 'blue!' : c; }
const unst = unstable_cache(async (a: any) => { runs++; return { a, at: runs }; }, ['unst'], { tags: ['unst'] });
async function usesUnst(k: string) { 'use cache'; return unst(k); }
const unstOuter = unstable_cache(async (k: string) => inner('u' + k), ['unstOuter']);
export const calls: Record<string, (k: string) => Promise<unknown>> = {
  retryImmediate: async (k) => [await attempt(() => boom(k)), await attempt(() => boom(k))].map((x: any) => [x[0], x[2]]),
  retrySame: async (k) => { const a: any = await outcome(() => boom(k)); const b: any = await outcome(() => boom(k)); return JSON.stringify(a) === JSON.stringify(b); },
  retryMicro: async (k) => { const a = await attempt(() => boom(k)); for (let i = 0; i < 20; i++) await null; const b = await attempt(() => boom(k)); return [a[0], b[0]]; },
  retryImm: async (k) => { const a = await attempt(() => boom(k)); await new Promise((r) => setImmediate(r)); const b = await attempt(() => boom(k)); return [a[0], b[0]]; },
  retryTimer: async (k) => { const a = await attempt(() => boom(k)); await new Promise((r) => setTimeout(r, 0)); const b = await attempt(() => boom(k)); return [a[0], b[0]]; },
  retryTick: async (k) => { const a = await attempt(() => boom(k)); await tick(); const b = await attempt(() => boom(k)); return [a[0], b[0]]; },
  retryParallel: async (k) => { const before = runs; await Promise.all([1, 2, 3].map(() => outcome(() => boom(k)))); return runs - before; },
  recursion: async (k) => { const b = runs; const n = Number(k) % 7 + 3; const v = await top(n); const c = runs - b; await top(n - 1); return [v === n, c, runs - b - c]; },
  recursionArrow: async (k) => { const b = runs; const v = await arrowTop(5); const c = runs - b; await arrowTop(4); return [v, c, runs - b - c]; },
  mutual: async () => [await even(6), await odd(3)],
  service: async (k) => { const b = runs; return [await Service.find(k), await Service.find(k), runs - b, await Service.all(k), Service.find.name, Service.find.length, Object.keys(Service)]; },
  dict: async (k) => [await dict.get(k), await dict.get(k, 'de'), await dict.get(k, undefined), await dict.prop(k), await dict['quoted key'](k), dict.get.name, dict.prop.name, dict.get.length],
  twiceInside, outerFails: (k) => outcome(() => outerFails(k)), outerCatches,
  gone: (k) => gone(k), goneCaught: (k) => outcome(() => gone(k)), goneTwice: async (k) => { const b = runs; await outcome(() => gone(k)); await tick(); await outcome(() => gone(k)); return runs - b; }, moved: (k) => moved(k),
  throwsText: () => outcome(throwsText), throwsObject: () => outcome(throwsObject), throwsNull: () => outcome(throwsNull), throwsMine: () => outcome(throwsMine), throwsDigest: () => outcome(throwsDigest), throwsCause: () => outcome(throwsCause),
  mutates: async (k) => { const o: any = { k, list: [1] }; const r: any = await mutates(o); return [r.o === o, r.list === o.list, r.n, o, 'added' in r.o]; },
  lifeNegative: async (k) => { await lifeOf({ revalidate: -1 }, k); return outcome(() => lifeOf({ revalidate: -1 }, k)); },
  lifeNegExpire: (k) => outcome(() => lifeOf({ expire: -5 }, k)),
  lifeNegStale: (k) => outcome(() => lifeOf({ stale: -5 }, k)),
  lifeNan: (k) => outcome(() => lifeOf({ stale: NaN }, k)), lifeFalse: (k) => outcome(() => lifeOf({ revalidate: false }, k)), lifeInf: (k) => outcome(() => lifeOf({ revalidate: Infinity, expire: Infinity }, k)),
  lifeNegInf: (k) => outcome(() => lifeOf({ revalidate: -Infinity }, k)), lifeArr: (k) => outcome(() => lifeOf([1], k)), lifeNull: (k) => outcome(() => lifeOf(null, k)), lifeEqual: (k) => outcome(() => lifeOf({ revalidate: 5, expire: 5 }, k)), lifeZero: (k) => outcome(() => lifeOf({ stale: 0, revalidate: 0, expire: 0 }, k)), lifeSpaces: (k) => outcome(() => lifeOf('minutes ', k)),
  lifeStr: (k) => outcome(() => lifeOf({ expire: '5' }, k)),
  tags: async (k) => [await outcome(() => tagged('x'.repeat(257), k)), await outcome(() => tagged(5 as any, k)), await outcome(() => stringTag(k)), await outcome(() => tagged(...Array.from({ length: 130 }, (_, i) => k + i))), await outcome(() => tagged('')), await outcome(() => tagged())],
  overloaded: async () => [await overloaded('a'), await overloaded(1)], generic: async (k) => [await generic({ id: k }), await enumed(), await enumed(Color.Red)],
  captureLet: async (k) => { let r = 1; async function f() { 'use cache'; return [k, r]; } const g = async () => { 'use cache'; return [k, r, 'g']; }; r = 2; return [await f(), await g()]; },
  captureMutated: async (k) => { const o = { a: 1, k }; const g = async () => { 'use cache'; return o; }; o.a = 2; return [await g(), o]; },
  captureMember: async (k) => { const o = { a: { b: k }, db: new Map([['x', () => 1]]), fn: () => 1 }; const g = async (x: number) => { 'use cache'; return [o.a.b, x]; }; return g(1); },
  captureRequestLike: async (k) => { const req = { nextUrl: new URL('http://a/' + k), secret: () => 1 }; const g = async () => { 'use cache'; return req.nextUrl.pathname; }; return g(); },
  captureMethod: async (k) => { const o = { items: [1, 2], f: () => 1 }; const g = async () => { 'use cache'; return o.items.map((x) => x + 1).concat(o.items.length, k as any); }; return g(); },
  captureOptional: async (k) => { const o: any = { k }; const g = async () => { 'use cache'; return [o.missing?.deep ?? 'none', o.k]; }; return g(); },
  captureShorthand: async (k) => { const a = 1; const g = async () => { 'use cache'; return { a, k }; }; return g(); },
  captureFn: (k) => outcome(async () => { const f = () => 1; const g = async () => { 'use cache'; return f(); }; return g(); }),
  captureClass: (k) => outcome(async () => { const p = new Service(); const g = async () => { 'use cache'; return p; }; return g(); }),
  captureDestructured: async (k) => { const { a, ...rest } = { a: 1, b: 2, c: k }; const [x, , y = 5] = [1, 2]; const g = async () => { 'use cache'; return [a, rest, x, y]; }; return g(); },
  captureParam: async (k) => { const f = ({ q, w = 1 }: any, ...more: any[]) => async () => { 'use cache'; return [q, w, more, k]; }; return [await f({ q: 1 }, 2, 3)(), await f({ q: 2 })()]; },
  captureNested: async (k) => { const a = 1; const g = async (b: number) => { 'use cache'; const c = b + 1; const h = async (d: number) => { 'use cache'; return [a, b, c, d, k]; }; return h(4); }; return g(2); },
  captureShadow: async (k) => { const v = 'outer'; const g = async (v: string) => { 'use cache'; { const v = 'block'; void v; } return [v, k]; }; return [await g('inner'), v]; },
  captureIife: async (k) => (async () => { 'use cache'; return ['iife', k]; })(),
  captureArg: async (k) => Promise.all([1, 2].map(async (n) => { 'use cache'; return [n, k]; })),
  captureObject: async (k) => { const p = k; const o = { async m(x: number) { 'use cache'; return [x, p]; } }; return [await o.m(1), await o.m(2)]; },
  captureAssign: async (k) => { let n = 0; const g = async () => { 'use cache'; n++; return [n, k]; }; return [await g(), await g(), n]; },
  usesUnst: async (k) => { const a: any = await usesUnst(k); const b: any = await usesUnst(k); return [a.a, a.at === b.at]; },
  unstOuter: async (k) => [await unstOuter(k), await unstOuter(k)],
  unstArgs: async (k) => { const f = unstable_cache(async (a: any) => JSON.stringify(a), [k]); return [await outcome(() => f(10n as any)), await f(undefined), await f(new Date(5)), await f(() => 1), await f(new Map([[1, 2]]))]; },
};
