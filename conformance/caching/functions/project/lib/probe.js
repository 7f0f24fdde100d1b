import { values } from './values.js';
import { outcome, show } from './show.js';
let runs = 0;
async function taker(key, value) { 'use cache'; runs++; return show(value); }
async function takerIn(key, holder) { 'use cache'; runs++; return show(holder.v); }
async function pass(key, value) { 'use cache'; runs++; return { back: value }; }
async function passRoot(key, value) { 'use cache'; runs++; return value; }
async function giver(key, name) { 'use cache'; runs++; return values[name][0](); }
async function giverIn(key, name) { 'use cache'; runs++; return { v: values[name][0]() }; }
const settle = () => new Promise((r) => setTimeout(r, 3));
async function count(list) { const out = []; for (const one of list) { const before = runs; const got = await outcome(one); await settle(); out.push([runs - before, got]); } return out; }
export const probes = {
  arg: (k, n) => count([() => taker(k, values[n][0]()), () => taker(k, values[n][0]()), () => taker(k, values[n][1]())]),
  argin: (k, n) => count([() => takerIn(k, { v: values[n][0]() }), () => takerIn(k, { v: values[n][0]() })]),
  pass: async (k, n) => { const v = values[n][0](); const w = values[n][0](); const out = await count([async () => { const got = await pass(k, v); return [got.back === v, got]; }, async () => { const got = await pass(k, w); return [got.back === w, got.back === v, got]; }]); return out; },
  passroot: async (k, n) => { const v = values[n][0](); const w = values[n][0](); return count([async () => { const got = await passRoot(k, v); return [got === v, got]; }, async () => { const got = await passRoot(k, w); return [got === w, got === v]; }]); },
  give: (k, n) => count([() => giver(k, n), () => giver(k, n)]),
  givein: (k, n) => count([() => giverIn(k, n), () => giverIn(k, n)]),
  captured: (k, n) => { const mk = (v) => async () => { 'use cache'; runs++; return [k, await show(v)]; }; return count([() => mk(values[n][0]())(), () => mk(values[n][0]())(), () => mk(values[n][1]())()]); },
};
export const names = Object.keys(values);
